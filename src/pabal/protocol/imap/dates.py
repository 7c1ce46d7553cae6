"""date and date-time as clients write them (RFC 9051 §9)."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone

from pabal.protocol.imap.cursor import Cursor

_MONTHS = {
    name: number
    for number, name in enumerate(
        (b"JAN", b"FEB", b"MAR", b"APR", b"MAY", b"JUN", b"JUL", b"AUG", b"SEP", b"OCT", b"NOV", b"DEC"), start=1
    )
}
_DATE = re.compile(rb"(\d{1,2})-([A-Za-z]{3})-(\d{4})")
_DATE_TIME = re.compile(rb'"([ \d]\d)-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)([0-5]\d)"')


def search_date(cursor: Cursor) -> date:
    """date = date-text / DQUOTE date-text DQUOTE"""
    start = cursor.at
    quoted = cursor.skip(b'"')
    found = _DATE.match(cursor.text, cursor.at)
    if found:
        cursor.at = found.end()
        day, month, year = found.groups()
        try:
            moment = date(int(year), _MONTHS[month.upper()], int(day))
        except (ValueError, KeyError):
            found = None
    if not found or (quoted and not cursor.skip(b'"')):
        cursor.at = start
        raise cursor.fail("date like 1-Feb-2026")
    return moment


def date_time(cursor: Cursor) -> datetime:
    """date-time, aware."""
    found = _DATE_TIME.match(cursor.text, cursor.at)
    moment = _moment(*found.groups()) if found else None
    if not found or moment is None:
        raise cursor.fail('date-time like " 1-Feb-2026 10:00:00 +0900"')
    cursor.at = found.end()
    return moment


def _moment(*fields: bytes) -> datetime | None:
    day, month, year, hour, minute, second, sign, zone_hours, zone_minutes = fields
    offset = timedelta(hours=int(zone_hours), minutes=int(zone_minutes))
    try:
        zone = timezone(offset if sign == b"+" else -offset)
        moment = datetime(
            int(year), _MONTHS[month.upper()], int(day), int(hour), int(minute), min(int(second), 59), tzinfo=zone
        )
        moment.timestamp()  # years that no clock of ours can name
    except (ValueError, KeyError, OverflowError):
        return None
    return moment
