"""Each grammar rule by itself (RFC 9051 §9): what it takes, where it stops, what it says it expected."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pabal.protocol.imap import serialise
from pabal.protocol.imap.cursor import NUMBER64, BadCommand, Cursor, LargeLiteral
from pabal.protocol.imap.dates import date_time, search_date

Rule = Callable[[Cursor], object]


def rest(cursor: Cursor) -> bytes:
    return cursor.text[cursor.at :]


@pytest.mark.parametrize(
    ("rule", "text", "value", "left"),
    [
        (Cursor.atom, b"abc]", b"abc", b"]"),
        (Cursor.atom, b"a+-!#$&',./:;<=>?@^_`|}~ x", b"a+-!#$&',./:;<=>?@^_`|}~", b" x"),
        (Cursor.keyword, b"fetch 1", b"FETCH", b" 1"),
        (Cursor.tag, b"A]1 x", b"A]1", b" x"),
        (Cursor.astring, b"a]b c", b"a]b", b" c"),
        (Cursor.astring, b'"a b" c', b"a b", b" c"),
        (Cursor.quoted, b'"\\"\\\\"', b'"\\', b""),
        (Cursor.quoted, b'"\xed\x95\x9c"', b"\xed\x95\x9c", b""),
        (Cursor.quoted, b'""x', b"", b"x"),
        (Cursor.nstring, b"NIL)", None, b")"),
        (Cursor.nstring, b'"NIL"', b"NIL", b""),
        (Cursor.list_mailbox, b"a*%] x", b"a*%]", b" x"),
        (Cursor.list_mailbox, b'"a b*"', b"a b*", b""),
        (Cursor.number, b"0012 ", 12, b" "),
        (Cursor.number, b"4294967295", 4294967295, b""),
        (Cursor.flag, b"\\Seen)", b"\\Seen", b")"),
        (Cursor.flag, b"$Work x", b"$Work", b" x"),
        (Cursor.mailbox, b"INBOX", "INBOX", b""),
        (Cursor.unicode_string, b'"\xed\x95\x9c"', "한", b""),
    ],
)
def test_a_rule_takes_what_is_its_own(rule: Rule, text: bytes, value: object, left: bytes) -> None:
    cursor = Cursor(text)
    assert rule(cursor) == value
    assert rest(cursor) == left


@pytest.mark.parametrize(
    ("rule", "text", "expected"),
    [
        (Cursor.atom, b"(", "atom"),
        (Cursor.atom, b"", "atom"),
        (Cursor.atom, b"\xed\x95\x9c", "atom"),
        (Cursor.tag, b"+", "tag"),
        (Cursor.sp, b"x", "SP"),
        (Cursor.end, b"x", "end of command"),
        (Cursor.quoted, b'"abc', "quoted string"),
        (Cursor.quoted, b'"a\\b"', "quoted string"),
        (Cursor.string, b"abc", "string"),
        (Cursor.nstring, b"abc", "string"),
        (Cursor.literal, b"{3}", "literal at the end of a line"),
        (Cursor.any_literal, b"{x}", "literal"),
        (Cursor.number, b"-1", "number"),
        (Cursor.number, b"4294967296", "number of at most 4294967295"),
        (Cursor.flag, b"\\(", "atom"),
        (Cursor.sequence_set, b"0", "sequence set"),
        (Cursor.sequence_set, b"1:", "sequence set"),
        (Cursor.sequence_set, b"1,,2", "sequence set"),
        (Cursor.sequence_set, b"a", "sequence set"),
        (Cursor.mailbox, b"&A", "mailbox name in modified UTF-7"),
        (Cursor.unicode_string, b'"\xff"', "UTF-8"),
    ],
)
def test_a_failure_says_what_was_expected_and_where(rule: Rule, text: bytes, expected: str) -> None:
    cursor = Cursor(text)
    with pytest.raises(BadCommand, match=f"^Expected {expected} at octet "):
        rule(cursor)


def test_a_mailbox_name_that_is_no_utf8_is_told_so_in_rev2() -> None:
    with pytest.raises(BadCommand, match="UTF-8 at octet 1"):
        Cursor(b'"\xff"', utf8=True).mailbox()


def test_literals_lie_beside_the_text() -> None:
    cursor = Cursor(b"{3} {4+} x", {3: b"abc", 8: b"defg"})
    assert cursor.literal() == b"abc"
    cursor.sp()
    assert cursor.astring() == b"defg"
    assert rest(cursor) == b" x"


def test_only_a_message_may_be_large_or_hold_nul() -> None:
    for literal in (LargeLiteral(9), b"a\0b"):
        with pytest.raises(BadCommand, match="literal of at most a few KiB without NUL at octet 1"):
            Cursor(b"{3}", {3: literal}).literal()
        assert Cursor(b"~{3}", {4: literal}).any_literal() == literal


def test_a_list_is_bounded_and_may_be_empty_only_where_it_is_said() -> None:
    cursor = Cursor(b"(a b c)")
    assert cursor.parenthesised(cursor.atom, maximum=3) == (b"a", b"b", b"c")
    cursor = Cursor(b"(a b c)")
    with pytest.raises(BadCommand, match="at most 2 items"):
        cursor.parenthesised(cursor.atom, maximum=2)
    cursor = Cursor(b"()")
    assert cursor.parenthesised(cursor.atom, maximum=2, empty=True) == ()
    cursor = Cursor(b"()")
    with pytest.raises(BadCommand, match="atom"):
        cursor.parenthesised(cursor.atom, maximum=2)


def test_numbers_of_63_bits_where_the_grammar_has_them() -> None:
    assert Cursor(b"9223372036854775807").number(NUMBER64) == NUMBER64
    with pytest.raises(BadCommand):
        Cursor(b"9223372036854775808").number(NUMBER64)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60))
def test_what_is_written_as_a_string_is_read_back(octets: bytes) -> None:
    written = serialise.string(octets)
    marker = written.find(b"}\r\n") + 1
    cursor = (
        Cursor(written[:marker], {marker: written[marker + 2 :]}) if written.startswith(b"{") else Cursor(written)
    )
    if b"\0" in octets:
        assert cursor.any_literal() == octets
    else:
        assert cursor.string() == octets


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**37),
    st.integers(-12 * 60, 14 * 60),
)
def test_a_date_time_is_read_back_as_it_was_written(seconds: int, offset: int) -> None:
    aware = datetime.fromtimestamp(seconds, timezone(timedelta(minutes=offset)))
    assert date_time(Cursor(serialise.date_time(aware))) == aware


@pytest.mark.parametrize(
    "text",
    [
        b'"1-Feb-2026 10:00:00 +0000"',
        b'"01-Foo-2026 10:00:00 +0000"',
        b'"31-Feb-2026 10:00:00 +0000"',
        b'"01-Feb-2026 24:00:00 +0000"',
        b'"01-Feb-2026 10:60:00 +0000"',
        b'"01-Feb-2026 10:00:00 +2500"',
        b'"01-Feb-2026 10:00:00 +0090"',
        b'"01-Feb-2026 10:00:00"',
        b'"01-Feb-0000 10:00:00 +0000"',
        b"01-Feb-2026",
    ],
)
def test_what_is_no_date_time_is_refused(text: bytes) -> None:
    with pytest.raises(BadCommand, match="date-time"):
        date_time(Cursor(text))


def test_a_leap_second_is_the_second_before_it() -> None:
    assert date_time(Cursor(b'"31-Dec-2016 23:59:60 +0000"')).second == 59


@pytest.mark.parametrize(
    ("text", "day"),
    [(b"1-Feb-2026", date(2026, 2, 1)), (b'"28-FEB-2026"', date(2026, 2, 28)), (b"01-dec-1999 x", date(1999, 12, 1))],
)
def test_search_dates(text: bytes, day: date) -> None:
    assert search_date(Cursor(text)) == day


@pytest.mark.parametrize("text", [b"", b"1-2-2026", b'"1-Feb-2026', b"1-Feb-26", b"30-Feb-2026", b"Feb-1-2026"])
def test_what_is_no_search_date_is_refused(text: bytes) -> None:
    with pytest.raises(BadCommand, match="date like 1-Feb-2026"):
        search_date(Cursor(text))
