"""Dot-stuffing and TOP, in pieces."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pabal.protocol.pop3.multiline import DotStuffer, TopCutter

# made of what matters: dots, line ends, and a letter
octets = st.lists(st.sampled_from([b".", b"\r\n", b"\r", b"\n", b"a"]), max_size=40).map(b"".join)


def cut(message: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(at % (len(message) + 1) for at in cuts), len(message)]
    return [message[start:end] for start, end in itertools.pairwise(edges)]


def stuffed(pieces: list[bytes]) -> bytes:
    stuffer = DotStuffer()
    return b"".join([*(stuffer.stuff(piece) for piece in pieces), stuffer.end()])


def unstuffed(wire: bytes) -> bytes:
    """As a client reads it: lines until the one that is a dot alone (RFC 1939 §3)."""
    lines = []
    for line in wire.split(b"\r\n"):
        if line == b".":
            return b"".join(each + b"\r\n" for each in lines)
        lines.append(line.removeprefix(b"."))
    raise AssertionError("no end")


def top(pieces: list[bytes], lines: int) -> bytes:
    cutter = TopCutter(lines)
    return b"".join(cutter.cut(piece) for piece in pieces)


@settings(max_examples=200)
@given(octets, st.lists(st.integers(0, 100), max_size=6))
def test_undoing_the_stuffing_gives_the_octets_back(message: bytes, cuts: list[int]) -> None:
    wire = stuffed(cut(message, cuts))
    assert wire == stuffed([message])
    whole = message if message.endswith(b"\r\n") or not message else message + b"\r\n"
    assert unstuffed(wire) == whole
    assert wire.endswith(b".\r\n")


@pytest.mark.parametrize(
    ("message", "wire"),
    [
        (b"", b".\r\n"),
        (b".", b"..\r\n.\r\n"),
        (b"\r\n.\r\n", b"\r\n..\r\n.\r\n"),
        (b"..\r\n", b"...\r\n.\r\n"),
        (b"no end", b"no end\r\n.\r\n"),
    ],
)
def test_stuffing_by_hand(message: bytes, wire: bytes) -> None:
    assert stuffed([message]) == wire


MESSAGE = b"Subject: x\r\nTo: y\r\n\r\none\r\ntwo\r\n\r\nfour\r\n"
HEADER = b"Subject: x\r\nTo: y\r\n\r\n"


@pytest.mark.parametrize(
    ("lines", "body"),
    [
        (0, b""),
        (1, b"one\r\n"),
        (3, b"one\r\ntwo\r\n\r\n"),
        (4, b"one\r\ntwo\r\n\r\nfour\r\n"),
        (99, MESSAGE[len(HEADER) :]),
    ],
)
def test_top_is_the_header_and_so_many_lines(lines: int, body: bytes) -> None:
    assert top([MESSAGE], lines) == HEADER + body


def test_top_of_a_message_without_header_or_body() -> None:
    assert top([b"\r\none\r\ntwo\r\n"], 1) == b"\r\none\r\n"
    assert top([b"Subject: x\r\n"], 1) == b"Subject: x\r\n"
    assert top([b"Subject: x"], 0) == b"Subject: x"
    assert top([], 5) == b""


@settings(max_examples=100)
@given(octets, st.integers(0, 6), st.lists(st.integers(0, 100), max_size=6))
def test_pieces_do_not_change_the_top(message: bytes, lines: int, cuts: list[int]) -> None:
    assert top(cut(message, cuts), lines) == top([message], lines)
    assert message.startswith(top([message], lines))
