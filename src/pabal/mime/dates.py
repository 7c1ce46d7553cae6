"""Dates of header fields to Unix seconds, all forms that mail holds (RFC 5322 §3.3, §4.3; RFC 5256 §2.2).

Two and three digit years, named and military zones, comments and white space anywhere, missing
seconds, the order of asctime(3) and ISO 8601 are read.  An invalid zone counts as UTC, an invalid time as midnight.
"""

from __future__ import annotations

import re
from datetime import date

_MONTHS = {name: number for number, name in enumerate(b"jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_ZONES = {b"ut": 0, b"gmt": 0, b"utc": 0, b"z": 0, b"edt": -4, b"est": -5, b"cdt": -5, b"cst": -6}
_ZONES |= {b"mdt": -6, b"mst": -7, b"pdt": -7, b"pst": -8, b"kst": 9, b"jst": 9, b"cet": 1, b"cest": 2, b"bst": 1}

_USUAL = re.compile(
    rb"\s*(?:[A-Za-z]{3,9}\.?,?)?\s*(\d{1,2})[\s-]+([A-Za-z]{3})[A-Za-z]*\.?,?[\s-]+(\d{2,4})"
    rb"(?:,?\s+(\d{1,2})\s*[:.]\s*(\d{1,2})(?:\s*[:.]\s*(\d{1,2}))?(?:\.\d+)?)?\s*([+-]\s*\d{1,4}|[A-Za-z]+)?"
)
_ASCTIME = re.compile(
    rb"\s*(?:[A-Za-z]{3,9},?\s+)?([A-Za-z]{3})[A-Za-z]*\s+(\d{1,2}),?\s+(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?"
    rb"\s+(?:([A-Za-z]{1,5}|[+-]\d{4})\s+)?(\d{4})\s*([+-]\d{4})?"
)
_ISO = re.compile(
    rb"\s*(\d{4})-(\d{1,2})-(\d{1,2})(?:[T\s]+(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?(?:\.\d+)?)?\s*([+-]\d\d:?\d\d|[A-Za-z]+)?"
)
_COMMENT = re.compile(rb"\([^()]*+\)")
_COMMENT_LEVELS = 3  # nested deeper, it is no date


def parse_date(value: bytes) -> int | None:
    """Unix seconds; None when there is no date in it."""
    value = value[:256]
    for _ in range(_COMMENT_LEVELS):
        if b"(" not in value:
            break
        value = _COMMENT.sub(b" ", value)
    if found := _USUAL.match(value):
        day, month, year, hour, minute, second, zone = found.groups()
        return _seconds(_year(year), _MONTHS.get(month.lower()), day, (hour, minute, second), zone)
    if found := _ASCTIME.match(value):
        month, day, hour, minute, second, zone, year, offset = found.groups()
        return _seconds(int(year), _MONTHS.get(month.lower()), day, (hour, minute, second), zone or offset)
    if found := _ISO.match(value):
        year, month, day, hour, minute, second, zone = found.groups()
        return _seconds(int(year), int(month), day, (hour, minute, second), zone)
    return None


def _year(digits: bytes) -> int:
    """RFC 5322 §4.3: 00 to 49 are of this century, 50 to 99 and three digits count from 1900."""
    year = int(digits)
    if len(digits) >= 4:
        return year
    return year + (2000 if year < 50 else 1900)


def _seconds(
    year: int, month: int | None, day: bytes, clock: tuple[bytes | None, ...], zone: bytes | None
) -> int | None:
    try:
        days = date(year, month or 0, int(day)).toordinal() - 719163  # of 1970-01-01
    except ValueError:
        return None
    hour, minute, second = (int(part or 0) for part in clock)
    if hour > 23 or minute > 59 or second > 60:
        return days * 86400
    return days * 86400 + hour * 3600 + minute * 60 + second - _offset(zone)


def _offset(zone: bytes | None) -> int:
    """Seconds east of Greenwich; a zone that is not known, the military letters too, says nothing (§4.3)."""
    if not zone:
        return 0
    if zone[:1] not in b"+-":
        return _ZONES.get(zone.lower(), 0) * 3600
    digits = b"".join(zone[1:].split()).replace(b":", b"").rjust(4, b"0")
    hours, minutes = int(digits[:-2]), int(digits[-2:])
    if minutes > 59:
        return 0
    return (hours * 3600 + minutes * 60) * (-1 if zone[:1] == b"-" else 1)
