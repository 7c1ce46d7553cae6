"""Canonicalisation: the examples of RFC 6376 §3.4, and a plain reading of its rules as the oracle."""

from __future__ import annotations

import hashlib
import re
import tracemalloc
from base64 import b64decode
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pabal.mailauth.dkim.canonical import BLOCK_OCTETS, BodyHash, Canonicalization, canonical_field

SIMPLE, RELAXED = Canonicalization.SIMPLE, Canonicalization.RELAXED
BODIES = st.lists(
    st.sampled_from([b" ", b"\t", b"\r\n", b"\r\n\r\n", b"\r", b"\n", b"a", b"bc", b" \r\n", b"  \t"]), max_size=24
).map(b"".join)


def plainly(body: bytes, method: Canonicalization) -> bytes:
    """RFC 6376 §3.4.3 and §3.4.4 word by word, without regard to speed or memory."""
    lines = body.split(b"\r\n")
    if method is RELAXED:
        lines = [re.sub(rb"[ \t]+", b" ", line).removesuffix(b" ") for line in lines]
    while lines and not lines[-1]:
        lines.pop()
    empty = b"" if method is RELAXED else b"\r\n"
    return b"".join(line + b"\r\n" for line in lines) or empty


def hashed(pieces: list[bytes], method: Canonicalization, limit: int | None = None) -> BodyHash:
    body = BodyHash(method, limit)
    for piece in pieces:
        body.update(piece)
    return body


def cut(octets: bytes, places: list[int]) -> list[bytes]:
    marks = sorted({place % (len(octets) + 1) for place in places} | {0, len(octets)})
    return [octets[start:end] for start, end in pairwise(marks)]


@pytest.mark.parametrize(
    ("method", "canonical"),
    [(SIMPLE, b" C \r\nD \t E\r\n"), (RELAXED, b" C\r\nD E\r\n")],
)
def test_body_example_of_rfc_6376_section_3_4_5(method: Canonicalization, canonical: bytes) -> None:
    body = b" C \r\nD \t E\r\n\r\n\r\n"
    assert hashed([body], method).digest() == hashlib.sha256(canonical).digest()


@pytest.mark.parametrize(
    ("method", "canonical"),
    [
        (SIMPLE, [b"A: X", b"B : Y\t\r\n\tZ  "]),
        (RELAXED, [b"a:X", b"b:Y Z"]),
    ],
)
def test_header_example_of_rfc_6376_section_3_4_5(method: Canonicalization, canonical: list[bytes]) -> None:
    assert [canonical_field(raw, method) for raw in (b"A: X", b"B : Y\t\r\n\tZ  ")] == canonical


@pytest.mark.parametrize(
    ("method", "digest"),
    [
        (SIMPLE, "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY="),
        (RELAXED, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="),
    ],
)
@pytest.mark.parametrize("body", [b"", b"\r\n", b"\r\n\r\n\r\n"])
def test_empty_body_has_the_hash_that_the_rfc_prints(method: Canonicalization, digest: str, body: bytes) -> None:
    assert hashed([body], method).digest() == b64decode(digest)


@given(BODIES, st.lists(st.integers(0, 100), max_size=6), st.sampled_from(list(Canonicalization)))
@settings(max_examples=400)
def test_any_body_in_any_pieces_is_what_the_rules_say(
    body: bytes, places: list[int], method: Canonicalization
) -> None:
    expected = plainly(body, method)
    found = hashed(cut(body, places), method)
    assert found.digest() == hashlib.sha256(expected).digest()
    assert found.length == len(expected)


@given(BODIES, st.integers(0, 20), st.sampled_from(list(Canonicalization)))
@settings(max_examples=100)
def test_a_limit_counts_octets_of_the_canonical_body(body: bytes, limit: int, method: Canonicalization) -> None:
    expected = plainly(body, method)
    found = hashed([body], method, limit)
    assert found.digest() == hashlib.sha256(expected[:limit]).digest()
    assert found.length == len(expected)


@pytest.mark.parametrize("method", list(Canonicalization))
@pytest.mark.parametrize("unit", [b"\r\n", b" ", b"\r", b"\n", b" \r\n", b"\r\n\n", b"a \t"])
def test_blocks_are_cut_without_a_trace(method: Canonicalization, unit: bytes) -> None:
    body = b"x" + unit * (BLOCK_OCTETS // len(unit) + 7) + b"y\r\n"
    assert hashed([body], method).digest() == hashlib.sha256(plainly(body, method)).digest()


@pytest.mark.parametrize("method", list(Canonicalization))
def test_memory_is_bounded_whatever_waits_for_the_next_piece(method: Canonicalization) -> None:
    body = BodyHash(method)
    tracemalloc.start()
    for piece in (b"x" + b"\r\n" * 16_000, b" " * 32_000):
        for _ in range(100):
            body.update(piece)
    body.update(b"y")
    body.digest()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 16 * BLOCK_OCTETS  # of 4.8 MB


def test_white_space_other_than_space_and_tab_is_text() -> None:
    # RFC 5234 WSP is SP and HTAB; a form feed or a no-break space is content
    assert canonical_field(b"A: x\x0c \x0b\xa0 y", RELAXED) == b"a:x\x0c \x0b\xa0 y"
    assert hashed([b"x\x0c \x0c\r\n"], RELAXED).digest() == hashlib.sha256(b"x\x0c \x0c\r\n").digest()
