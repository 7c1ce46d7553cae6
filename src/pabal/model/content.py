"""The octets of a message on their way in, small in memory or large on disk.

``Content`` promises the same octets however often and in whatever ranges they are read.  Above a
small bound (``[smtp] spool_above``) the driver spools to disk, so memory is bounded by configuration.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol


class Content(Protocol):
    """Immutable octets of known size."""

    @property
    def size(self) -> int:
        """In octets."""
        ...

    def octets(self) -> bytes | None:
        """All of it when it lies in memory; None when it was spooled to disk."""
        ...

    def read(self, start: int, stop: int) -> bytes:
        """Octets ``start`` to ``stop``, fewer at the end.  May block on disk when spooled: not on the loop."""
        ...

    def pieces(self) -> Iterator[bytes]:
        """All octets in order, in pieces of at most 1 MiB.  May block on disk when spooled."""
        ...


class Octets:
    """Content that lies in memory."""

    __slots__ = ("_octets",)

    def __init__(self, octets: bytes) -> None:
        self._octets = octets

    @property
    def size(self) -> int:
        return len(self._octets)

    def octets(self) -> bytes:
        return self._octets

    def read(self, start: int, stop: int) -> bytes:
        return self._octets[start:stop]

    def pieces(self) -> Iterator[bytes]:
        yield self._octets
