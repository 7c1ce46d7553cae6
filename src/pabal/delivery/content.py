"""A message without some of its octets, so that a field can be cut out of content that lies on disk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pabal.model.content import Content, Octets

_PIECE = 1024 * 1024  # octets, the bound of Content.pieces


def without(content: Content, spans: Sequence[tuple[int, int]]) -> Content:
    """``content`` with the spans (ascending, apart) left out; the same object when there are none."""
    if not spans:
        return content
    kept = _kept(content.size, spans)
    octets = content.octets()
    if octets is not None:
        return Octets(b"".join(octets[start:stop] for start, stop in kept))
    return _Ranges(content, kept)


def _kept(size: int, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    starts = [0, *(stop for _, stop in spans)]
    stops = [*(start for start, _ in spans), size]
    return [(start, stop) for start, stop in zip(starts, stops, strict=True) if start < stop]


class _Ranges:
    """Some ranges of spooled content, one after the other."""

    __slots__ = ("_content", "_ranges", "_size")

    def __init__(self, content: Content, ranges: Sequence[tuple[int, int]]) -> None:
        self._content = content
        self._ranges = ranges
        self._size = sum(stop - start for start, stop in ranges)

    @property
    def size(self) -> int:
        return self._size

    def octets(self) -> bytes | None:
        return None

    def read(self, start: int, stop: int) -> bytes:
        found: list[bytes] = []
        before = 0  # octets of the ranges already passed
        for first, last in self._ranges:
            low, high = max(start - before, 0), min(stop - before, last - first)
            if low < high:
                found.append(self._content.read(first + low, first + high))
            before += last - first
        return b"".join(found)

    def pieces(self) -> Iterator[bytes]:
        for start in range(0, self._size, _PIECE):
            yield self.read(start, min(start + _PIECE, self._size))
