"""SEARCH keys as predicates on one message (RFC 9051 §6.4.4).

A key says how much of a message it must see (``Need``), so that a search by flags reads no summary and
a search by date no octets; the cheap keys of a conjunction are asked first.  Text is compared decoded,
in NFC and without case, as substrings.
"""

from __future__ import annotations

import enum
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from pabal.access.imap import octets
from pabal.access.imap.connection import Selected
from pabal.mailboxes.interface import Flags, Message
from pabal.mime.fields import values
from pabal.mime.structure import parse
from pabal.mime.text import is_text, searchable, text_of
from pabal.mime.words import decode_text
from pabal.model.ids import SeqNum, Uid
from pabal.protocol.imap import search_command as keys
from pabal.protocol.imap.search_command import SearchKey
from pabal.store.interface import Blobs


class Need(enum.IntEnum):
    """What a key must see; also its cost."""

    NUMBERS = 0
    FLAGS = 1
    MESSAGE = 2
    HEADER = 3
    TEXT = 4


class Candidate:
    """One message while it is looked at; its octets are read when a key asks, and once."""

    __slots__ = ("_blobs", "_body", "_header", "_octets", "_text", "flags", "message", "number", "uid")

    def __init__(self, number: SeqNum, uid: Uid, flags: Flags, message: Message | None, blobs: Blobs) -> None:
        self.number, self.uid, self.flags, self.message = number, uid, flags, message
        self._blobs = blobs
        self.forget()

    def forget(self) -> None:
        """Let go of what was read, so that a page never holds more than one message's octets."""
        self._header: bytes | None = None
        self._octets: bytes | None = None
        self._text: str | None = None
        self._body: str | None = None

    @property
    def known(self) -> Message:
        assert self.message is not None  # Need.MESSAGE was asked for
        return self.message

    def header(self) -> bytes:
        if self._header is None:
            stop = len(self.known.prefix) + self.known.summary.header_size
            self._header = b"".join(octets.pieces(self._blobs, self.known, 0, stop))
        return self._header

    def octets(self) -> bytes:
        if self._octets is None:
            self._octets = b"".join(octets.pieces(self._blobs, self.known, 0, self.known.size))
        return self._octets

    def text(self) -> str:
        if self._text is None:
            self._text = folded(searchable(self.octets()))
        return self._text

    def body(self) -> str:
        if self._body is None:
            parts = parse(self.octets()).walk()
            self._body = folded("\n".join(text_of(part) for part in parts if is_text(part)))
        return self._body


Test = Callable[[Candidate], bool]


@dataclass(frozen=True, slots=True)
class Predicate:
    need: Need
    test: Test


def folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


def compile_key(key: SearchKey, selected: Selected) -> Predicate:
    """Recursion is bounded by the parser's DEPTH_MAXIMUM."""
    match key:
        case keys.And():
            return _every(sorted((compile_key(each, selected) for each in key.keys), key=lambda each: each.need))
        case keys.Or():
            return _either(compile_key(key.left, selected), compile_key(key.right, selected))
        case keys.Not():
            inner = compile_key(key.key, selected)
            return Predicate(inner.need, lambda candidate: not inner.test(candidate))
        case keys.Members():
            return _members(key, selected)
        case _:
            return _leaf(key)


def _every(inner: list[Predicate]) -> Predicate:
    need = max(each.need for each in inner)
    tests = [each.test for each in inner]
    return Predicate(need, lambda candidate: all(test(candidate) for test in tests))


def _either(left: Predicate, right: Predicate) -> Predicate:
    first, second = sorted((left, right), key=lambda each: each.need)
    return Predicate(second.need, lambda candidate: first.test(candidate) or second.test(candidate))


def _members(key: keys.Members, selected: Selected) -> Predicate:
    numbers = frozenset(number for number, _ in selected.members(key.messages, by_uid=key.by_uid))
    return Predicate(Need.NUMBERS, lambda candidate: candidate.number in numbers)


def _leaf(key: SearchKey) -> Predicate:
    match key:
        case keys.All():
            return Predicate(Need.NUMBERS, lambda _: True)
        case keys.Recent():
            return Predicate(Need.NUMBERS, lambda _: False)
        case keys.HasFlag(bit):
            return Predicate(Need.FLAGS, lambda candidate: bool(candidate.flags.bits & bit))
        case keys.HasKeyword(keyword):
            return Predicate(
                Need.FLAGS, lambda candidate: keyword in (each.casefold() for each in candidate.flags.keywords)
            )
        case keys.Size():
            return Predicate(Need.MESSAGE, lambda candidate: _sized(key, candidate.known.size))
        case keys.Dated():
            return Predicate(Need.MESSAGE, lambda candidate: _dated(key, candidate.known))
        case keys.Header():
            return _header(key)
        case keys.Text():
            return _text(key)
    raise AssertionError(key)


def _sized(key: keys.Size, size: int) -> bool:
    return size > key.octets if key.larger else size < key.octets


def _dated(key: keys.Dated, message: Message) -> bool:
    """RFC 9051 §6.4.4: time and zone are disregarded."""
    seconds = message.summary.sent_at if key.sent else message.internal_date
    day = _day(message.internal_date if seconds is None else seconds)
    if key.comparison == b"ON":
        return day == key.day
    return day < key.day if key.comparison == b"BEFORE" else day >= key.day


def _day(seconds: int) -> date:
    try:
        return datetime.fromtimestamp(seconds, UTC).date()
    except (ValueError, OverflowError, OSError):
        return date.min  # a Date field of a year that no calendar has


def _header(key: keys.Header) -> Predicate:
    wanted = folded(key.text)

    def test(candidate: Candidate) -> bool:
        return any(wanted in folded(decode_text(value)) for value in values(candidate.header(), key.name))

    return Predicate(Need.HEADER, test)


def _text(key: keys.Text) -> Predicate:
    wanted = folded(key.text)
    if key.body_only:
        return Predicate(Need.TEXT, lambda candidate: wanted in candidate.body())
    return Predicate(Need.TEXT, lambda candidate: wanted in candidate.text())
