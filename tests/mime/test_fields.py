"""Where a header ends, what a field is, and which fields a client selects."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pabal.mime import parse
from pabal.mime.fields import all_fields, body_start, first, select_fields, unfold, values
from pabal.mime.text import header_text

HEADER = b"From: a@b\r\nSubject: one\r\n two\r\nX-A: 1\r\nx-a: 2\r\n\r\n"


@pytest.mark.parametrize(
    ("message", "body"),
    [
        (b"A: 1\r\n\r\nbody", b"body"),
        (b"A: 1\n\nbody", b"body"),
        (b"\r\nbody", b"body"),
        (b"", b""),
        (b"A: 1", b""),
        (b"A: 1\r\n", b""),
        (b"SUBJECT: Test subject\r\ntest content\r\n", b"test content\r\n"),
        (b"no header at all\r\n", b"no header at all\r\n"),
        (b"From kim Mon Jan  1 00:00:00 2026\nA: 1\n\nbody", b"body"),
        (b"A: 1\r\n  folded without colon\r\n\r\nbody", b"body"),
        (b"A: 1\r\n \r\n\r\nbody", b"body"),
    ],
)
def test_a_header_ends_at_the_first_empty_line_or_line_without_colon(message: bytes, body: bytes) -> None:
    assert message[body_start(message) :] == body
    assert parse(message).body == body


def test_a_header_without_an_empty_line_is_marked() -> None:
    assert parse(b"SUBJECT: x\r\ntext\r\n").defects == ["header-without-empty-line"]
    assert parse(b"SUBJECT: x\r\n\r\ntext\r\n").defects == []


def test_unfolding_keeps_the_white_space_after_the_break() -> None:
    assert unfold(b" one\r\n\t two\r\n") == b"one\t two"


def test_fields_keep_their_order_and_their_names() -> None:
    assert all_fields(HEADER) == [(b"From", b"a@b"), (b"Subject", b"one two"), (b"X-A", b"1"), (b"x-a", b"2")]


def test_names_compare_without_case() -> None:
    assert values(HEADER, b"X-a") == [b"1", b"2"]
    assert first(HEADER, b"x-A") == b"1"
    assert first(HEADER, b"absent") is None


def test_a_space_before_the_colon_is_obsolete_but_read() -> None:
    assert first(b"Subject : x\r\n\r\n", b"subject") == b"x"


def test_selected_fields_stand_as_they_were_and_end_in_an_empty_line() -> None:
    assert (
        select_fields(HEADER, [b"subject", b"X-A"], exclude=False)
        == b"Subject: one\r\n two\r\nX-A: 1\r\nx-a: 2\r\n\r\n"
    )


def test_excluding_leaves_all_others() -> None:
    assert select_fields(HEADER, [b"X-A", b"FROM"], exclude=True) == b"Subject: one\r\n two\r\n\r\n"


def test_no_such_field_leaves_the_empty_line() -> None:
    assert select_fields(HEADER, [b"absent"], exclude=False) == b"\r\n"


def test_a_last_field_without_a_line_end_gets_one() -> None:
    assert select_fields(b"A: 1", [b"A"], exclude=False) == b"A: 1\r\n\r\n"


@given(st.binary(max_size=200))
def test_selecting_and_excluding_share_out_the_header(octets: bytes) -> None:
    chosen = select_fields(octets, [b"a"], exclude=False)
    others = select_fields(octets, [b"a"], exclude=True)
    assert chosen.endswith(b"\r\n")
    assert others.endswith(b"\r\n")
    assert len(chosen) + len(others) - 4 <= len(octets) + 2


def test_a_decoded_field() -> None:
    assert header_text(b"Subject: =?euc-kr?b?vsiz5w==?=\r\n\r\n", b"subject") == "안녕"
    assert header_text(HEADER, b"absent") == ""
