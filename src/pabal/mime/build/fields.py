"""Header fields written: folding, text, dates, message-ids, parameters (RFC 5322 §2.2.3, §3.3, §3.6.4).

Lines have at most 76 characters where a word allows it (RFC 2047 §2, RFC 5322 §2.1.1), never more than 998.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from pabal.mime.build.errors import Unwritable, refuse_line_breaks, utf8
from pabal.mime.build.parameters import parameter_pieces
from pabal.mime.build.words import text_pieces

FOLDED_LINE = 76  # RFC 2047 §2: MUST for a line with an encoded-word; RFC 5322 §2.1.1 asks for 78
LONGEST_LINE = 998  # RFC 5322 §2.1.1: MUST, without CRLF
_OLDEST_YEAR = 1900  # RFC 5322 §3.3

_NAME = re.compile(r"[!-9;-~]+")  # RFC 5322 §3.6.8 ftext
_MESSAGE_ID = re.compile(r"<[!-;=?-~]+>")  # what mail holds, wider than RFC 5322 §3.6.4
_DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def folded(name: str, pieces: Sequence[str]) -> bytes:
    """One field; each piece after the first begins with the space before which it may be folded."""
    if not _NAME.fullmatch(name):
        raise Unwritable(f"{name!r} is no field name: only printable ASCII without colon and space is")
    lines = [f"{name}:"]
    for number, piece in enumerate(pieces):
        piece = piece if number else f" {piece}"
        if len(lines[-1]) + len(piece) > FOLDED_LINE and (number or _must_fit(piece)):
            lines.append(piece)
        else:
            lines[-1] += piece
    octets = [utf8(line, name) for line in lines]
    if max(map(len, octets)) > LONGEST_LINE:
        raise Unwritable(f"{name}: a word that cannot be folded is longer than a line of {LONGEST_LINE} octets")
    return b"\r\n".join(octets) + b"\r\n"


def _must_fit(piece: str) -> bool:
    """A first piece leaves the line of its name only where the line's length is a MUST."""
    return piece.startswith(" =?") or len(piece) > LONGEST_LINE - FOLDED_LINE


def text_field(name: str, text: str) -> bytes:
    """An unstructured field (RFC 5322 §2.2.1)."""
    return folded(name, text_pieces(text, name, used=len(name) + 2))


def date_time(moment: datetime) -> str:
    """RFC 5322 §3.3 date-time, in the zone of ``moment``, which must have one."""
    offset = moment.utcoffset()
    if offset is None:
        raise Unwritable("Date: the time has no zone, so it is no moment")
    if offset % timedelta(minutes=1):
        return date_time(moment.astimezone(UTC))
    if moment.year < _OLDEST_YEAR:
        raise Unwritable(f"Date: {moment.year} is before {_OLDEST_YEAR}")
    minutes = abs(offset) // timedelta(minutes=1)
    zone = f"{'-' if offset < timedelta() else '+'}{minutes // 60:02}{minutes % 60:02}"
    day = f"{_DAYS[moment.weekday()]}, {moment.day} {_MONTHS[moment.month - 1]} {moment.year}"
    return f"{day} {moment:%H:%M:%S} {zone}"


def message_id_field(name: str, ids: Sequence[str]) -> bytes:
    """Message-ID, In-Reply-To, References: ids with their angle brackets (RFC 5322 §3.6.4)."""
    for identifier in ids:
        refuse_line_breaks(identifier, name)
        if not _MESSAGE_ID.fullmatch(identifier):
            raise Unwritable(
                f"{name}: {identifier!r} is no message-id: <left@right> in printable ASCII without space"
            )
    return folded(name, [identifier if not number else f" {identifier}" for number, identifier in enumerate(ids)])


def value_field(name: str, value: str, parameters: Sequence[tuple[str, str]] = ()) -> bytes:
    """``Name: value; parameter=...`` (RFC 2045 §5.1, RFC 2183 §2)."""
    refuse_line_breaks(value, name)
    pieces = [value]
    for parameter, text in parameters:
        for piece in parameter_pieces(parameter, text):
            pieces[-1] += ";"
            pieces.append(f" {piece}")
    return folded(name, pieces)
