"""Dates as mail writes them (RFC 5322 §3.3 and §4.3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pabal.mime.dates import parse_date


def at(*moment: int, hours: float = 0) -> int:
    year, month, day, *clock = moment
    return int(datetime(year, month, day, *clock, tzinfo=timezone(timedelta(hours=hours))).timestamp())


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Fri, 21 Nov 1997 09:55:06 -0600", at(1997, 11, 21, 9, 55, 6, hours=-6)),
        ("21 Nov 1997 09:55:06 +0900", at(1997, 11, 21, 9, 55, 6, hours=9)),
        ("Thu, 13 Feb 1969 23:32 -0330 (Newfoundland Time)", at(1969, 2, 13, 23, 32, hours=-3.5)),
        ("Thu,\r\n 13\r\n Feb\r\n 1969\r\n 23:32\r\n -0330", at(1969, 2, 13, 23, 32, hours=-3.5)),
        ("21 Nov 97 09:55:06 GMT", at(1997, 11, 21, 9, 55, 6)),
        ("21 Nov 26 09:55 UT", at(2026, 11, 21, 9, 55)),
        ("21 Nov 126 09:55 UT", at(2026, 11, 21, 9, 55)),
        ("Fri, 21 Nov 1997 09(comment):   55  :  06 -0600", at(1997, 11, 21, 9, 55, 6, hours=-6)),
        ("Fri, 21 Nov 1997 09:55:06 EDT", at(1997, 11, 21, 9, 55, 6, hours=-4)),
        ("Fri, 21 Nov 1997 09:55:06 PST", at(1997, 11, 21, 9, 55, 6, hours=-8)),
        ("Fri, 21 Nov 1997 09:55:06 Q", at(1997, 11, 21, 9, 55, 6)),
        ("Fri, 21 Nov 1997 09:55:06", at(1997, 11, 21, 9, 55, 6)),
        ("Fri, 21 Nov 1997 09:55:06 +0099", at(1997, 11, 21, 9, 55, 6)),
        ("Fri, 21 Nov 1997 29:55:06 +0900", at(1997, 11, 21)),
        ("Fri, 21 Nov 1997", at(1997, 11, 21)),
        ("21-Nov-1997 09:55:06 +0000", at(1997, 11, 21, 9, 55, 6)),
        ("Fri Nov 21 09:55:06 1997", at(1997, 11, 21, 9, 55, 6)),
        ("Fri Nov 21 09:55:06 EST 1997", at(1997, 11, 21, 9, 55, 6, hours=-5)),
        ("1997-11-21T09:55:06Z", at(1997, 11, 21, 9, 55, 6)),
        ("1997-11-21 09:55:06 +09:00", at(1997, 11, 21, 9, 55, 6, hours=9)),
        ("FRIDAY, 21 NOVEMBER 1997 09:55:06 +0000", at(1997, 11, 21, 9, 55, 6)),
        ("Tue, 30 Jun 2015 23:59:60 +0000", at(2015, 7, 1)),
    ],
)
def test_a_date_is_a_moment(text: str, wanted: int) -> None:
    assert parse_date(text.replace("\r\n", "").encode()) == wanted


@pytest.mark.parametrize(
    "text", ["", "yesterday", "32 Nov 1997", "21 Foo 1997", "30 Feb 2026 10:00", "0 Jan 2026", "(" * 300]
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert parse_date(text.encode()) is None


@given(st.datetimes(timezones=st.just(UTC)).filter(lambda moment: moment.year > 1000), st.integers(-14 * 60, 14 * 60))
def test_every_well_formed_date_reads_back(moment: datetime, minutes: int) -> None:
    zone = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}{abs(minutes) % 60:02}"
    month = "JanFebMarAprMayJunJulAugSepOctNovDec"[moment.month * 3 - 3 :][:3]
    text = f"{moment.day} {month} {moment.year} {moment:%H:%M:%S} {zone}"
    wanted = moment.replace(microsecond=0).timestamp() - minutes * 60
    assert parse_date(text.encode()) == int(wanted)


@given(st.binary(max_size=60))
def test_garbage_is_a_date_or_none(octets: bytes) -> None:
    assert parse_date(octets) is None or isinstance(parse_date(octets), int)
