"""A cursor over one command: one method per grammar rule of RFC 9051 §9, under the rule's name.

The text of a command holds its lines with the literals cut out; ``literals`` maps the position behind
a ``{n}`` marker to the octets that followed it.  A failure is ``BadCommand(expected, at)``, so the
client reads what was expected and where.  Every pattern is linear: no input makes it slow.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from pabal.model.errors import PabalError
from pabal.protocol.imap.mailbox_names import decode_mailbox
from pabal.protocol.imap.sequence import SequenceSet, parse_sequence_set

T = TypeVar("T")

_ATOM = re.compile(rb'[^\x00-\x20(){%*"\\\]\x7f-\xff]+')
_ASTRING = re.compile(rb'[^\x00-\x20(){%*"\\\x7f-\xff]+')
_TAG = re.compile(rb'[^\x00-\x20(){%*"\\+\x7f-\xff]+')
_LIST_MAILBOX = re.compile(rb'[^\x00-\x20(){"\\\x7f-\xff]+')
_QUOTED = re.compile(rb'"((?:[^"\\\r\n\x00]|\\["\\])*)"')
_ESCAPED = re.compile(rb'\\(["\\])')
_LITERAL = re.compile(rb"~?\{\d{1,10}\+?\}")
_NUMBER = re.compile(rb"\d{1,19}")
_SET = re.compile(rb"[0-9:,*]+|\$")

NUMBER64 = 2**63 - 1  # RFC 9051 §4: the largest number64
NUMBER32 = 2**32 - 1


class BadCommand(PabalError):
    """The command breaks the grammar: answered with BAD."""

    def __init__(self, expected: str, at: int) -> None:
        super().__init__(f"Expected {expected} at octet {at}")


@dataclass(frozen=True, slots=True)
class LargeLiteral:
    """A message that went to the caller in pieces while it arrived; only its size is kept here."""

    size: int


Literal = bytes | LargeLiteral


class Cursor:
    """Reads one command from left to right."""

    __slots__ = ("at", "literals", "text", "utf8")

    def __init__(self, text: bytes, literals: Mapping[int, Literal] | None = None, *, utf8: bool = False) -> None:
        self.text = text
        self.literals = literals or {}
        self.at = 0
        self.utf8 = utf8  # RFC 9051 §5.1: mailbox names are UTF-8 once IMAP4rev2 is enabled

    # what every rule is made of
    def fail(self, expected: str) -> BadCommand:
        return BadCommand(expected, self.at + 1)

    def match(self, pattern: re.Pattern[bytes], expected: str) -> bytes:
        found = pattern.match(self.text, self.at)
        if not found:
            raise self.fail(expected)
        self.at = found.end()
        return found.group()

    def peek(self) -> bytes:
        """The next octet; b"" at the end."""
        return self.text[self.at : self.at + 1]

    def at_end(self) -> bool:
        return self.at >= len(self.text)

    def end(self) -> None:
        if not self.at_end():
            raise self.fail("end of command")

    def skip(self, octets: bytes) -> bool:
        """Take ``octets`` (compared without case) if they come next."""
        stop = self.at + len(octets)
        if self.text[self.at : stop].upper() != octets:
            return False
        self.at = stop
        return True

    def take(self, octets: bytes) -> None:
        if not self.skip(octets):
            raise self.fail(octets.decode("ascii"))

    def sp(self) -> None:
        if self.peek() != b" ":
            raise self.fail("SP")
        self.at += 1

    # words
    def tag(self) -> bytes:
        return self.match(_TAG, "tag")

    def atom(self) -> bytes:
        return self.match(_ATOM, "atom")

    def keyword(self) -> bytes:
        """An atom that is a word of the protocol: compared without case."""
        return self.atom().upper()

    def quoted(self) -> bytes:
        return _ESCAPED.sub(rb"\1", self.match(_QUOTED, "quoted string")[1:-1])

    def any_literal(self) -> Literal:
        start = self.at
        self.match(_LITERAL, "literal")
        if self.at not in self.literals:
            self.at = start
            raise self.fail("literal at the end of a line")
        return self.literals[self.at]

    def literal(self) -> bytes:
        start = self.at
        literal = self.any_literal()
        # RFC 9051 §9: only literal8 (a message) may hold NUL
        if isinstance(literal, LargeLiteral) or b"\0" in literal:
            self.at = start
            raise self.fail("literal of at most a few KiB without NUL")
        return literal

    def string(self) -> bytes:
        if self.peek() == b'"':
            return self.quoted()
        if self.peek() == b"{":
            return self.literal()
        raise self.fail("string")

    def astring(self) -> bytes:
        if self.peek() in (b'"', b"{"):
            return self.string()
        return self.match(_ASTRING, "astring")

    def nstring(self) -> bytes | None:
        return None if self.skip(b"NIL") else self.string()

    def list_mailbox(self) -> bytes:
        if self.peek() in (b'"', b"{"):
            return self.string()
        return self.match(_LIST_MAILBOX, "mailbox pattern")

    def number(self, maximum: int = NUMBER32) -> int:
        start = self.at
        number = int(self.match(_NUMBER, "number"))
        if number > maximum:
            self.at = start
            raise self.fail(f"number of at most {maximum}")
        return number

    # names and sets
    def mailbox(self) -> str:
        start = self.at
        return self.mailbox_name(self.astring(), start)

    def mailbox_name(self, octets: bytes, start: int) -> str:
        name = decode_mailbox(octets, utf8=self.utf8)
        if name is None:
            self.at = start
            raise self.fail("mailbox name in UTF-8" if self.utf8 else "mailbox name in modified UTF-7")
        return name

    def unicode_string(self) -> str:
        start = self.at
        try:
            return self.astring().decode("utf-8")
        except UnicodeDecodeError:
            self.at = start
            raise self.fail("UTF-8") from None

    def sequence_set(self) -> SequenceSet:
        start = self.at
        found = parse_sequence_set(self.match(_SET, "sequence set"))
        if found is None:
            self.at = start
            raise self.fail("sequence set")
        return found

    def flag(self) -> bytes:
        """flag = "\\" atom / atom; a system flag in its own spelling is the caller's to check."""
        start = self.at
        if self.peek() == b"\\":
            self.at += 1
        self.atom()
        return self.text[start : self.at]

    # repetition
    def parenthesised(self, item: Callable[[], T], *, maximum: int, empty: bool = False) -> tuple[T, ...]:
        """ "(" item *(SP item) ")"; at most ``maximum`` items."""
        self.take(b"(")
        items: list[T] = []
        if empty and self.skip(b")"):
            return ()
        while True:
            if len(items) == maximum:
                raise self.fail(f"at most {maximum} items")
            items.append(item())
            if self.skip(b")"):
                return tuple(items)
            self.sp()
