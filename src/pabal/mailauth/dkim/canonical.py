"""Canonicalisation of header fields and bodies (RFC 6376 §3.4), in bounded memory.

The body comes in pieces, cut anywhere, and goes into a hash; what must wait for the next piece is one
space, one CR and a count of line ends, never text.  Only CRLF ends a line.  All work on text is done by
``bytes.replace`` and ``bytes.translate``, so it runs at the speed of C.
"""

from __future__ import annotations

import hashlib
import re
from enum import StrEnum

_TAB_TO_SPACE = bytes.maketrans(b"\t", b" ")
_LINE_ENDS_BACKWARDS = re.compile(rb"(?:\n\r)*+")
#: Work is done in blocks of this many octets, to bound what one step holds and to stay in the cache.
BLOCK_OCTETS = 64 * 1024


class Canonicalization(StrEnum):
    """What may change on the way without breaking a signature: nothing, or white space."""

    SIMPLE = "simple"
    RELAXED = "relaxed"


def canonical_field(raw: bytes, method: Canonicalization) -> bytes:
    """One header field without the CRLF that ends it (RFC 6376 §3.4.1, §3.4.2)."""
    if method is Canonicalization.SIMPLE:
        return raw
    name, _, value = raw.partition(b":")
    unfolded = _one_space(value.replace(b"\r\n", b""))
    return name.rstrip(b" \t").lower() + b":" + unfolded.strip(b" ")


def _one_space(octets: bytes) -> bytes:
    """Every run of white space becomes one space; each round halves the runs, so the rounds are few."""
    octets = octets.translate(_TAB_TO_SPACE)
    while b"  " in octets:
        octets = octets.replace(b"  ", b" ")
    return octets


class BodyHash:
    """SHA-256 over the canonical body (RFC 6376 §3.4.3, §3.4.4), of its first ``limit`` octets if that is given."""

    __slots__ = ("_hash", "_limit", "_line_ends", "_relaxed", "_waiting", "length")

    def __init__(self, method: Canonicalization, limit: int | None = None) -> None:
        self.length = 0  # of the canonical body so far, hashed or not
        self._relaxed = method is Canonicalization.RELAXED
        self._limit = limit
        self._hash = hashlib.sha256()
        self._waiting = b""  # the end of a piece that the next one may change: b"", b" ", b"\r" or b" \r"
        self._line_ends = 0  # line ends not yet hashed, because an end of empty lines does not count

    def update(self, piece: bytes) -> None:
        for start in range(0, len(piece), BLOCK_OCTETS):
            self._block(piece[start : start + BLOCK_OCTETS])

    def digest(self) -> bytes:
        """Of the whole body; nothing may be added after it."""
        if self._waiting != b" ":  # white space at the end of a line is ignored, also of the last
            self._text(self._waiting)
        # An empty body is one CRLF in simple, and nothing in relaxed; any other ends with one CRLF.
        if self.length or not self._relaxed:
            self._add(b"\r\n")
        return self._hash.digest()

    def _block(self, block: bytes) -> None:
        block = self._waiting + block
        if self._relaxed:
            block = _one_space(block).replace(b" \r\n", b"\r\n")
        kept = len(block) - block.endswith(b"\r")
        if self._relaxed:
            kept -= block.endswith(b" ", 0, kept)
        self._waiting = block[kept:]
        self._text(block[:kept])

    def _text(self, text: bytes) -> None:
        """Pass on all but the line ends that end ``text``; those count only when more text follows."""
        ends = text[len(text.rstrip(b"\r\n")) :]
        found = _LINE_ENDS_BACKWARDS.match(ends[::-1])
        octets = found.end() if found else 0
        if octets < len(text):
            self._add_line_ends()
            self._add(text[: len(text) - octets])
        self._line_ends += octets // 2

    def _add_line_ends(self) -> None:
        while self._line_ends:
            number = min(self._line_ends, BLOCK_OCTETS)
            self._add(b"\r\n" * number)
            self._line_ends -= number

    def _add(self, octets: bytes) -> None:
        room = len(octets) if self._limit is None else max(0, self._limit - self.length)
        self._hash.update(octets[:room])
        self.length += len(octets)
