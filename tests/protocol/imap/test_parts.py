"""Names, sets, patterns and what a server writes (RFC 9051 §5.1, §6.3.9, §9; RFC 3501 §5.1.3)."""

from __future__ import annotations

import itertools
import re
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pabal.protocol.imap import serialise
from pabal.protocol.imap.list_patterns import matches
from pabal.protocol.imap.mailbox_names import (
    decode_mailbox,
    decode_modified_utf7,
    encode_mailbox,
    encode_modified_utf7,
)
from pabal.protocol.imap.sequence import SequenceSet, format_set, merge, parse_sequence_set


def test_the_examples_of_rfc_3501() -> None:
    assert decode_modified_utf7(b"~peter/mail/&U,BTFw-/&ZeVnLIqe-") == "~peter/mail/台北/日本語"
    assert encode_modified_utf7("~peter/mail/台北/日本語") == b"~peter/mail/&U,BTFw-/&ZeVnLIqe-"
    assert encode_modified_utf7("Entwürfe & mehr") == b"Entw&APw-rfe &- mehr"


@pytest.mark.parametrize("octets", [b"&", b"a&b", b"&AGE", b"&A-", b"&2D3eA-", b"&!-", b"&&-"])
def test_what_is_no_modified_utf7_is_refused(octets: bytes) -> None:
    assert decode_modified_utf7(octets) is None


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_name_survives_modified_utf7(name: str) -> None:
    encoded = encode_modified_utf7(name)
    assert encoded.isascii()
    assert decode_modified_utf7(encoded) == name


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=30))
def test_decoding_a_name_never_raises(octets: bytes) -> None:
    for utf8 in (False, True):
        name = decode_mailbox(octets, utf8=utf8)
        assert name is None or encode_mailbox(name, utf8=utf8) is not None


def test_inbox_in_any_case_is_inbox_and_names_are_nfc() -> None:
    assert decode_mailbox(b"iNbOx", utf8=False) == "INBOX"
    assert decode_mailbox("e\u0301".encode(), utf8=True) == "é"
    assert decode_mailbox(b"a\tb", utf8=True) is None


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=8), st.integers(1, 60))
def test_a_resolved_set_holds_what_was_written(ranges: list[tuple[int, int]], highest: int) -> None:
    resolved = SequenceSet(tuple(ranges)).resolve(highest)
    wanted: set[int] = set()
    for first, last in ((first or highest, last or highest) for first, last in ranges):
        wanted |= set(range(min(first, last), max(first, last) + 1))
    assert {number for first, last in resolved for number in range(first, last + 1)} == wanted
    assert all(before[1] + 1 < after[0] for before, after in itertools.pairwise(resolved))


def test_a_star_is_the_highest_even_below_the_other_end() -> None:
    found = parse_sequence_set(b"9:*")
    assert found is not None
    assert found.resolve(5) == [(5, 9)]


def test_a_million_ranges_are_not_expanded() -> None:
    found = parse_sequence_set(b",".join(b"%d:4294967295" % number for number in range(1, 20_000)))
    assert found is not None
    assert found.resolve(7) == [(1, 4294967295)]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(1, 40), max_size=20))
def test_a_formatted_set_is_read_back_in_order(numbers: list[int]) -> None:
    parsed = parse_sequence_set(format_set(numbers)) if numbers else SequenceSet(())
    assert parsed is not None
    assert [number for first, last in parsed.ranges for number in range(first, last + 1)] == numbers


def test_merge_joins_neighbours() -> None:
    assert merge([(1, 2), (3, 4), (4, 9), (11, 11)]) == [(1, 9), (11, 11)]


@settings(max_examples=200, deadline=None)
@given(st.text("ab/%*", max_size=8), st.text("ab/", max_size=8))
def test_a_pattern_matches_what_the_same_regular_expression_does(pattern: str, name: str) -> None:
    expression = "".join(".*" if c == "*" else "[^/]*" if c == "%" else re.escape(c) for c in pattern)
    assert matches(pattern, name) == bool(re.fullmatch(expression, name))


def test_a_pattern_of_many_wildcards_is_not_exponential() -> None:
    assert not matches("*a" * 100 + "b", "a" * 500)
    assert not matches("%" * 5000 + "b", "a" * 500)


@pytest.mark.parametrize(
    ("octets", "written"),
    [
        (b"a b", b'"a b"'),
        (b'a"\\', b'"a\\"\\\\"'),
        (b"a\r\nb", b"{4}\r\na\r\nb"),
        (b"", b'""'),
        (b"\xed\x95\x9c", b"{3}\r\n\xed\x95\x9c"),
    ],
)
def test_strings_are_quoted_where_they_may_be(octets: bytes, written: bytes) -> None:
    assert serialise.string(octets) == written


def test_utf8_is_quoted_once_rev2_is_enabled() -> None:
    assert serialise.string(b"\xed\x95\x9c", utf8=True) == b'"\xed\x95\x9c"'
    assert serialise.nstring(None) == b"NIL"


def test_an_astring_that_looks_like_nil_is_quoted() -> None:
    assert serialise.astring(b"NIL") == b'"NIL"'
    assert serialise.astring(b"INBOX") == b"INBOX"
    assert serialise.astring(b"") == b'""'


def test_the_day_of_a_date_time_takes_two_columns() -> None:
    moment = datetime(2026, 2, 1, 9, 5, 0, tzinfo=timezone(timedelta(hours=-5)))
    assert serialise.date_time(moment) == b'" 1-Feb-2026 09:05:00 -0500"'


def test_text_of_a_response_cannot_break_its_line_or_begin_a_code() -> None:
    assert serialise.text_line("[x] a\r\nb é") == b"x] a b ?"
    assert serialise.text_line("") == b"."
