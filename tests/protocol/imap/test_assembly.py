"""Lines and literals, octet by octet (RFC 9051 §2.2.1, §4.3; RFC 7888)."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pabal.protocol.imap.assembly import (
    INLINE_LITERAL,
    SWALLOWED,
    Assembler,
    Continue,
    NeedOctets,
    Piece,
    Step,
    Whole,
)
from pabal.protocol.imap.cursor import LargeLiteral
from pabal.protocol.imap.settings import ImapSettings

SETTINGS = ImapSettings(
    line_before_login=1000,
    line=8 * 1024,
    literal_before_login=256,
    command=16 * 1024,
    message_size=64 * 1024,
)


def steps(*pieces: bytes, signed_in: bool = True, settings: ImapSettings = SETTINGS) -> list[Step]:
    assembler = Assembler(settings)
    found: list[Step] = []
    for piece in pieces:
        assembler.receive(piece)
        while not isinstance(step := assembler.step(signed_in=signed_in), NeedOctets):
            found.append(step)
    return found


def refusals(*pieces: bytes, signed_in: bool = True) -> list[str]:
    return [step.refusal for step in steps(*pieces, signed_in=signed_in) if isinstance(step, Whole)]


def test_a_command_of_several_lines_is_one() -> None:
    assert steps(b"a LOGIN {3+}\r\nkim {2+}\r\nxy\r\n") == [
        Whole(b"a LOGIN {3+} {2+}", {12: b"kim", 17: b"xy"}),
    ]


def test_only_crlf_ends_a_line() -> None:
    assert refusals(b"a NOOP\nb NOOP\r\n") == ["A line ends with CR LF and holds no other CR, LF or NUL", ""]
    assert refusals(b"a NO\rOP\r\nb NO\0OP\r\n") == ["A line ends with CR LF and holds no other CR, LF or NUL"] * 2


def test_a_literal_may_hold_line_ends_and_what_looks_like_a_marker() -> None:
    (whole,) = steps(b"a X {9+}\r\nb {3}\r\nc\n\r\n")
    assert isinstance(whole, Whole)
    assert whole.literals == {8: b"b {3}\r\nc\n"}


def test_continuation_is_asked_once_for_each_literal_that_waits() -> None:
    found = steps(b"a X {1}\r\n", b"y {1}\r\n", b"z\r\n")
    assert [type(step) for step in found] == [Continue, Continue, Whole]


def test_a_literal_of_nothing_that_waits_is_asked_for_too() -> None:
    assert steps(b"a X {0}\r\n", b"\r\n") == [Continue(), Whole(b"a X {0}", {7: b""})]


@pytest.mark.parametrize(
    ("size", "signed_in", "refusal"),
    [(256, False, ""), (257, False, "Literal is too large"), (257, True, ""), (17_000, True, "Literal is too large")],
)
def test_literals_have_a_bound_before_and_after_sign_in(size: int, signed_in: bool, refusal: str) -> None:
    assert refusals(b"a X {%d+}\r\n" % size, b"x" * size + b"\r\n", signed_in=signed_in) == [refusal]


@pytest.mark.parametrize(("length", "refusal"), [(1000, ""), (1001, "Line is too long")])
def test_a_line_has_a_bound_before_sign_in(length: int, refusal: str) -> None:
    assert refusals(b"a" * length + b"\r\n", signed_in=False) == [refusal]


@pytest.mark.parametrize(("length", "refusal"), [(8192, ""), (8193, "Line is too long")])
def test_a_line_has_a_bound_after_sign_in(length: int, refusal: str) -> None:
    assert refusals(b"a" * length + b"\r\n") == [refusal]


@pytest.mark.parametrize(("size", "refusal"), [(64 * 1024, ""), (64 * 1024 + 1, "Literal is too large")])
def test_a_message_has_its_own_bound(size: int, refusal: str) -> None:
    assert refusals(b"a APPEND x {%d+}\r\n" % size, b"x" * size, b"\r\n") == [refusal]


def test_a_message_before_sign_in_has_no_bound_of_its_own() -> None:
    assert refusals(b"a APPEND x {257}\r\n", signed_in=False) == ["Literal is too large"]


def test_many_literals_together_have_the_bound_of_a_command() -> None:
    octets = b"a X" + b" {5000+}\r\n" + (b"y" * 5000 + b" {5000+}\r\n") * 3 + b"y" * 5000 + b"\r\n"
    assert refusals(octets) == ["Literal is too large"]


def test_a_literal_far_over_the_bound_is_fatal_and_one_over_it_is_swallowed() -> None:
    limit = SWALLOWED * SETTINGS.message_size
    (whole,) = steps(b"a APPEND x {%d+}\r\n" % (limit + 1))
    assert isinstance(whole, Whole)
    assert whole.fatal
    assert steps(b"a APPEND x {%d+}\r\n" % limit) == []
    assert refusals(b"a APPEND x {%d+}\r\n" % limit, b"x" * limit, b"\r\nb NOOP\r\n") == ["Literal is too large", ""]


def test_a_large_message_is_given_out_as_it_comes_and_not_copied() -> None:
    size = INLINE_LITERAL + 10
    first, second = b"x" * 10_000, b"y" * (size - 10_000)
    found = steps(b"a APPEND x {%d+}\r\n" % size, first, second, b"\r\n")
    assert found == [
        Piece(first),
        Piece(second),
        Whole(b"a APPEND x {%d+}" % size, {19: LargeLiteral(size)}),
    ]
    assert isinstance(found[0], Piece)
    assert found[0].octets is first


def test_what_is_refused_is_not_kept() -> None:
    assembler = Assembler(SETTINGS)
    for _ in range(200):
        assembler.receive(b"z" * 1000)
        assert isinstance(assembler.step(signed_in=False), NeedOctets)
        assert len(assembler._buffer) < 2200
    assembler.receive(b"\r\n")
    assert isinstance(assembler.step(signed_in=False), Whole)


def test_an_idle_assembler_holds_nothing() -> None:
    assembler = Assembler(SETTINGS)
    assembler.receive(b"a NOOP\r\n")
    assembler.step(signed_in=True)
    assert assembler._buffer == b""


def test_forgetting_drops_half_a_command() -> None:
    assembler = Assembler(SETTINGS)
    assembler.receive(b"a X {5+}\r\nab")
    assembler.step(signed_in=True)
    assembler.forget()
    assembler.receive(b"b NOOP\r\n")
    assert assembler.step(signed_in=True) == Whole(b"b NOOP")


def test_a_refusal_belongs_to_one_command() -> None:
    assert refusals(b"a" * 9000 + b"\r\n", b"b NOOP\r\n") == ["Line is too long", ""]


LINES = st.lists(
    st.sampled_from([
        b"a NOOP\r\n", b"b X {3+}\r\nabc\r\n", b"c X {0+}\r\n\r\n", b"d APPEND x {20000+}\r\n" + b"m" * 20_000 + b"\r\n",
        b"e" * 9000 + b"\r\n", b"f X {17000+}\r\n" + b"n" * 17_000 + b"\r\n", b"g\n", b"h X {2+}\r\n\r\n {1+}\r\n\n\r\n",
    ]),
    max_size=6,
)  # fmt: skip


def joined(found: list[Step]) -> list[Step]:
    """Pieces that follow each other are one."""
    whole: list[Step] = []
    for step in found:
        if isinstance(step, Piece) and whole and isinstance(before := whole[-1], Piece):
            whole[-1] = Piece(before.octets + step.octets)
        else:
            whole.append(step)
    return whole


def comparable(found: list[Step]) -> list[Step]:
    """Of a line that is too long only its beginning is kept, how much of it depends on how it came."""
    return [
        dataclasses.replace(step, text=step.text[:1], literals={})
        if isinstance(step, Whole) and step.refusal
        else step
        for step in joined(found)
    ]


@settings(max_examples=60, deadline=None)
@given(LINES, st.lists(st.integers(1, 5000), max_size=20))
def test_steps_do_not_depend_on_how_octets_arrive(lines: list[bytes], lengths: list[int]) -> None:
    octets = b"".join(lines)
    pieces, at = [], 0
    for length in lengths:
        pieces.append(octets[at : at + length])
        at += length
    pieces.append(octets[at:])
    assert comparable(steps(*filter(None, pieces))) == comparable(steps(octets))
