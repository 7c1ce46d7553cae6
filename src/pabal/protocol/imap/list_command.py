"""LIST with its selection and return options, and LSUB (RFC 9051 §6.3.9, RFC 5258, RFC 5819, RFC 6154)."""

from __future__ import annotations

from dataclasses import dataclass

from pabal.protocol.imap.commands import Command
from pabal.protocol.imap.cursor import Cursor
from pabal.protocol.imap.list_patterns import normalise_inbox
from pabal.protocol.imap.mailbox_commands import status_items

SELECTION_OPTIONS = frozenset({b"SUBSCRIBED", b"REMOTE", b"RECURSIVEMATCH", b"SPECIAL-USE"})
RETURN_OPTIONS = frozenset({b"SUBSCRIBED", b"CHILDREN", b"SPECIAL-USE"})
OPTIONS_MAXIMUM = 16
PATTERNS_MAXIMUM = 50


@dataclass(frozen=True, slots=True)
class List(Command):
    """``patterns`` are joined with the reference; "" alone asks for the delimiter."""

    patterns: tuple[str, ...]
    selection: frozenset[bytes] = frozenset()
    returns: frozenset[bytes] = frozenset()
    status_items: tuple[bytes, ...] = ()
    extended: bool = False
    lsub: bool = False


@dataclass(slots=True)
class _Returns:
    options: set[bytes]
    status_items: tuple[bytes, ...] = ()


def list_mailboxes(cursor: Cursor) -> List:
    # list = "LIST" [SP list-select-opts] SP mailbox SP mbox-or-pat [SP "RETURN" SP list-return-opts]
    cursor.sp()
    selection: frozenset[bytes] = frozenset()
    extended = cursor.peek() == b"("
    if extended:
        selection = _selection(cursor)
        cursor.sp()
    reference = cursor.mailbox()
    cursor.sp()
    extended = extended or cursor.peek() == b"("
    patterns = _patterns(cursor, reference)
    if cursor.at_end():
        return List(patterns, selection, extended=extended)
    cursor.take(b" RETURN ")
    returns = _Returns(set())
    cursor.parenthesised(lambda: _return_option(cursor, returns), maximum=OPTIONS_MAXIMUM, empty=True)
    return List(patterns, selection, frozenset(returns.options), returns.status_items, extended=True)


def lsub(cursor: Cursor) -> List:
    # lsub = "LSUB" SP mailbox SP list-mailbox
    cursor.sp()
    reference = cursor.mailbox()
    cursor.sp()
    return List((_pattern(cursor, reference),), frozenset({b"SUBSCRIBED"}), lsub=True)


def _selection(cursor: Cursor) -> frozenset[bytes]:
    options = frozenset(
        cursor.parenthesised(lambda: _option(cursor, SELECTION_OPTIONS), maximum=OPTIONS_MAXIMUM, empty=True)
    )
    if b"RECURSIVEMATCH" in options and not options & {b"SUBSCRIBED", b"SPECIAL-USE"}:
        raise cursor.fail("an option for RECURSIVEMATCH to work on")  # RFC 9051 §6.3.9.1: MUST be BAD
    return options


def _option(cursor: Cursor, known: frozenset[bytes]) -> bytes:
    start = cursor.at
    option = cursor.keyword()
    if option not in known:
        cursor.at = start
        raise cursor.fail("list option")
    return option


def _return_option(cursor: Cursor, returns: _Returns) -> None:
    if cursor.skip(b"STATUS "):
        returns.status_items = status_items(cursor)
    else:
        returns.options.add(_option(cursor, RETURN_OPTIONS))


def _patterns(cursor: Cursor, reference: str) -> tuple[str, ...]:
    if cursor.peek() != b"(":
        return (_pattern(cursor, reference),)
    return cursor.parenthesised(lambda: _pattern(cursor, reference), maximum=PATTERNS_MAXIMUM)


def _pattern(cursor: Cursor, reference: str) -> str:
    start = cursor.at
    pattern = cursor.mailbox_name(cursor.list_mailbox(), start)
    return normalise_inbox(reference + pattern) if pattern else ""
