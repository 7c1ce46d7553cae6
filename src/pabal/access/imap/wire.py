"""Flags and moments of the mail model in IMAP's words (RFC 9051 §2.3.2, §9)."""

from __future__ import annotations

from datetime import UTC, datetime

from pabal.mailboxes.interface import ANSWERED, DELETED, DRAFT, FLAGGED, SEEN, Flags
from pabal.protocol.imap.message_commands import FlagList
from pabal.protocol.imap.serialise import date_time, parenthesised

FLAG_NAMES = (
    (ANSWERED, b"\\Answered"),
    (FLAGGED, b"\\Flagged"),
    (DELETED, b"\\Deleted"),
    (SEEN, b"\\Seen"),
    (DRAFT, b"\\Draft"),
)
SYSTEM_FLAGS = parenthesised(name for _, name in FLAG_NAMES)
PERMANENT_FLAGS = SYSTEM_FLAGS[:-1] + b" \\*)"  # any keyword may be made
# Most messages have no keywords, and there are only 32 sets of system flags.
_WITHOUT_KEYWORDS = tuple(
    parenthesised(name for bit, name in FLAG_NAMES if bits & bit) for bits in range(1 << len(FLAG_NAMES))
)


def flag_list(flags: Flags) -> bytes:
    if not flags.keywords:
        return _WITHOUT_KEYWORDS[flags.bits]
    system = (name for bit, name in FLAG_NAMES if flags.bits & bit)
    return parenthesised((*system, *(keyword.encode("ascii") for keyword in flags.keywords)))


def flags_of(wanted: FlagList) -> Flags:
    return Flags(wanted.bits, tuple(sorted(wanted.keywords, key=str.casefold)))


def internal_date(seconds: int) -> bytes:
    return date_time(datetime.fromtimestamp(seconds, UTC))
