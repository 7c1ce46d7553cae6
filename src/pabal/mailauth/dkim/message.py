"""A message as DKIM sees it: the header taken apart, the body passed on (RFC 6376 §3.5 h=, §3.8, §5.4.2).

A header that others could read in two ways is refused: a bare CR or LF in it, or a line that is no
field, would let a reader see another header than the one that was signed (RFC 6376 §3.8, §8.15).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pabal.mailauth.dkim.canonical import Canonicalization, canonical_field

_FIELD_END = re.compile(rb"\r\n(?![ \t])")
_FIELD_START = re.compile(rb"[!-9;-~]+[ \t]*:")  # RFC 5322 §3.6.8; white space before the colon: §4.5.8


class MalformedHeader(ValueError):
    """The header cannot be signed or verified; says why."""


@dataclass(frozen=True, slots=True)
class Header:
    """All fields in order, each as it stood, without the CRLF that ended it."""

    fields: tuple[bytes, ...]
    _places: dict[bytes, list[int]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        places: defaultdict[bytes, list[int]] = defaultdict(list)
        for place, raw in enumerate(self.fields):
            places[_name(raw)].append(place)
        object.__setattr__(self, "_places", dict(places))

    def places(self, name: bytes) -> list[int]:
        """Where the fields of that lower-case name stand, from the top."""
        return self._places.get(name, [])

    def canonical(self, names: Iterable[bytes], method: Canonicalization, *, but: int | None = None) -> bytes:
        """The fields that ``names`` (an h= tag) select, canonical, each with its CRLF.

        RFC 6376 §5.4.2: instances of one name are taken from the bottom up, and a name without a
        further instance adds nothing.  ``but`` is the place of the signature itself (§3.5 h=).
        """
        left: dict[bytes, list[int]] = {}
        selected: list[bytes] = []
        for name in names:
            if name not in left:
                left[name] = [place for place in self.places(name) if place != but]
            if left[name]:
                selected.append(canonical_field(self.fields[left[name].pop()], method) + b"\r\n")
        return b"".join(selected)


def _name(raw: bytes) -> bytes:
    return raw.partition(b":")[0].rstrip(b" \t").lower()


def read_header(octets: bytes) -> Header:
    """``octets`` without the empty line.  Raises: MalformedHeader."""
    if octets.count(b"\r") != octets.count(b"\r\n") or octets.count(b"\n") != octets.count(b"\r\n"):
        raise MalformedHeader("the header holds a bare CR or LF")
    fields = _FIELD_END.split(octets.removesuffix(b"\r\n")) if octets else []
    for raw in fields:
        if not _FIELD_START.match(raw):
            raise MalformedHeader(f"a line of the header is no field: {raw[:40]!r}")
    return Header(tuple(fields))


def split_message(pieces: Iterable[bytes], header_octets: int) -> tuple[bytes, Iterator[bytes]]:
    """The header without the empty line, and the body in pieces; reads no more than it must.

    Raises: MalformedHeader, when the header is longer than ``header_octets``.
    """
    rest = iter(pieces)
    start = bytearray()
    for piece in rest:
        searched = max(0, len(start) - 3)
        start += piece
        if start.startswith(b"\r\n"):
            return b"", _chain(bytes(start[2:]), rest)
        end = start.find(b"\r\n\r\n", searched)
        if (len(start) if end < 0 else end) > header_octets:
            break
        if end >= 0:
            return bytes(start[: end + 2]), _chain(bytes(start[end + 4 :]), rest)
    if len(start) > header_octets:
        raise MalformedHeader(f"the header is longer than {header_octets} octets")
    return bytes(start), iter(())


def _chain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest
