"""Commands that change or copy messages (RFC 9051 §6.3.12, §6.4.3, §6.4.6-6.4.9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pabal.protocol.imap.commands import Command
from pabal.protocol.imap.cursor import Cursor, Literal
from pabal.protocol.imap.dates import date_time
from pabal.protocol.imap.sequence import SequenceSet

FLAGS_MAXIMUM = 256
SYSTEM_FLAGS = {b"\\SEEN": 1, b"\\ANSWERED": 2, b"\\FLAGGED": 4, b"\\DELETED": 8, b"\\DRAFT": 16}


@dataclass(frozen=True, slots=True)
class FlagList:
    """``bits`` as in the mail model; ``keywords`` in the client's spelling."""

    bits: int
    keywords: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Append(Command):
    """RFC 9051 §6.3.12."""

    mailbox: str
    flags: FlagList
    internal_date: datetime | None
    message: Literal


@dataclass(frozen=True, slots=True)
class Store(Command):
    """RFC 9051 §6.4.6; ``operation`` is b"+", b"-" or b"" (replace)."""

    messages: SequenceSet
    operation: bytes
    silent: bool
    flags: FlagList
    by_uid: bool


@dataclass(frozen=True, slots=True)
class Copy(Command):
    """RFC 9051 §6.4.7; ``move``: MOVE, §6.4.8."""

    messages: SequenceSet
    mailbox: str
    move: bool
    by_uid: bool


@dataclass(frozen=True, slots=True)
class Expunge(Command):
    """RFC 9051 §6.4.3; ``uids``: UID EXPUNGE, §6.4.9."""

    uids: SequenceSet | None = None


def append(cursor: Cursor) -> Append:
    # append = "APPEND" SP mailbox [SP flag-list] [SP date-time] SP literal
    cursor.sp()
    mailbox = cursor.mailbox()
    cursor.sp()
    flags, internal_date = FlagList(0, ()), None
    if cursor.peek() == b"(":
        flags = flag_list(cursor)
        cursor.sp()
    if cursor.peek() == b'"':
        internal_date = date_time(cursor)
        cursor.sp()
    return Append(mailbox, flags, internal_date, cursor.any_literal())


def flag_list(cursor: Cursor) -> FlagList:
    # flag-list = "(" [flag *(SP flag)] ")"
    return _flags(cursor, cursor.parenthesised(cursor.flag, maximum=FLAGS_MAXIMUM, empty=True))


def _flags(cursor: Cursor, flags: tuple[bytes, ...]) -> FlagList:
    bits = 0
    keywords: dict[str, str] = {}
    for flag in flags:
        if flag.startswith(b"\\"):
            if flag.upper() not in SYSTEM_FLAGS and flag.upper() != b"\\RECENT":
                raise cursor.fail("system flag of RFC 9051 §2.3.2")
            bits |= SYSTEM_FLAGS.get(flag.upper(), 0)  # \Recent: clients copy it back; it cannot be set
        else:
            keyword = flag.decode("ascii")
            keywords.setdefault(keyword.casefold(), keyword)  # compared without case
    return FlagList(bits, tuple(keywords.values()))


def store(cursor: Cursor, *, by_uid: bool = False) -> Store:
    # store = "STORE" SP sequence-set SP ["+" / "-"] "FLAGS" [".SILENT"] SP (flag-list / (flag *(SP flag)))
    cursor.sp()
    messages = cursor.sequence_set()
    cursor.sp()
    operation = cursor.peek() if cursor.peek() in (b"+", b"-") else b""
    cursor.take(operation + b"FLAGS")
    silent = cursor.skip(b".SILENT")
    cursor.sp()
    flags = flag_list(cursor) if cursor.peek() == b"(" else _bare_flags(cursor)
    return Store(messages, operation, silent, flags, by_uid)


def _bare_flags(cursor: Cursor) -> FlagList:
    flags = [cursor.flag()]
    while not cursor.at_end():
        cursor.sp()
        flags.append(cursor.flag())
    return _flags(cursor, tuple(flags))


def copy(cursor: Cursor, *, by_uid: bool = False, move: bool = False) -> Copy:
    # copy = "COPY" SP sequence-set SP mailbox
    cursor.sp()
    messages = cursor.sequence_set()
    cursor.sp()
    return Copy(messages, cursor.mailbox(), move, by_uid)


def move(cursor: Cursor, *, by_uid: bool = False) -> Copy:
    return copy(cursor, by_uid=by_uid, move=True)


def expunge(cursor: Cursor, *, by_uid: bool = False) -> Expunge:
    # "EXPUNGE" / "UID EXPUNGE" SP sequence-set
    if not by_uid:
        return Expunge()
    cursor.sp()
    return Expunge(cursor.sequence_set())
