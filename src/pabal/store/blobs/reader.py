"""Ranges of stored octets, from any process's segments, and of blobs that are not yet written.

Thread-safe: a descriptor is closed when its last user lets go of it, never under a read.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import Lock
from zlib import crc32

from pabal.store.blobs.segment import segment_path
from pabal.store.files import FileSystem
from pabal.store.interface import BlobMissing, Place

PIECE = 256 << 10  # octets

Unwritten = Mapping[tuple[int, int], bytes]


class _Open:
    """A descriptor that closes itself when nobody holds it."""

    __slots__ = ("descriptor", "_files")

    def __init__(self, path: str, files: FileSystem) -> None:
        self._files = files
        self.descriptor = -1
        self.descriptor = files.open(path, os.O_RDONLY)

    def __del__(self) -> None:
        if self.descriptor >= 0:
            self._files.close(self.descriptor)


class SegmentReader:
    """Reads by place; keeps the segments used last open."""

    def __init__(self, folder: Path, files: FileSystem, unwritten: Unwritten, *, keep_open: int) -> None:
        self._folder, self._files, self._unwritten = folder, files, unwritten
        self._keep_open = keep_open
        self._open: OrderedDict[int, _Open] = OrderedDict()
        self._lock = Lock()

    def read(self, place: Place, start: int, stop: int) -> bytes:
        """A range cut to the blob's size; a whole blob is checked.  Raises: BlobMissing."""
        start, stop = max(start, 0), min(stop, place.size)
        if start >= stop:
            return b""
        waiting = self._unwritten.get((place.segment, place.position))
        octets = waiting[start:stop] if waiting is not None else self._from_disk(place, start, stop)
        if len(octets) == place.size and crc32(octets) != place.checksum:
            raise BlobMissing(f"segment {place.segment}: checksum differs at {place.position}")
        return octets

    def pieces(self, place: Place, start: int, stop: int) -> Iterator[bytes]:
        stop = min(stop, place.size)
        for position in range(max(start, 0), stop, PIECE):
            yield self.read(place, position, min(position + PIECE, stop))

    def close(self) -> None:
        with self._lock:
            self._open.clear()

    def _from_disk(self, place: Place, start: int, stop: int) -> bytes:
        try:
            segment = self._segment(place.segment)
            octets = self._files.pread(segment.descriptor, stop - start, place.position + start)
        except OSError as error:
            raise BlobMissing(f"segment {place.segment}: {error.strerror}") from error
        if len(octets) < stop - start:
            raise BlobMissing(f"segment {place.segment} ends before {place.position + stop}")
        return octets

    def _segment(self, number: int) -> _Open:
        with self._lock:
            segment = self._open.pop(number, None) or _Open(segment_path(self._folder, number), self._files)
            self._open[number] = segment
            if len(self._open) > self._keep_open:
                self._open.popitem(last=False)
            return segment
