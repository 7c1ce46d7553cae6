"""Segment files: append-only, room reserved ahead, one small header before each blob.

A segment starts with 16 octets of magic; each blob is a header (magic, size, crc32 of the content)
and its content.  Rows tell where blobs lie (``Place``), so the octets after the last one, torn or
never written, mean nothing to anyone.  A process writes only segments that it made itself.
"""

from __future__ import annotations

import fcntl
import os
import struct
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from pabal.store.files import FileSystem

SEGMENT_MAGIC = b"pabal segment 1\n"
_BLOB_MAGIC = b"blob"
_HEADER = struct.Struct(">4sQI")
HEADER_SIZE = _HEADER.size
_BUFFERS_PER_WRITE = 1024  # IOV_MAX of POSIX systems


def blob_header(size: int, checksum: int) -> bytes:
    return _HEADER.pack(_BLOB_MAGIC, size, checksum)


def segment_path(folder: Path, number: int) -> str:
    return f"{folder}/{number:010d}.segment"


@dataclass(slots=True, eq=False)
class Segment:
    """One file that this process writes."""

    number: int
    path: str
    descriptor: int
    size: int  # octets reserved
    used: int = len(SEGMENT_MAGIC)  # octets given away
    copying: int = 0  # large blobs on their way into it

    def has_room(self, octets: int) -> bool:
        return self.used + octets <= self.size

    def reserve(self, octets: int) -> int:
        """The position of octets that are now the caller's."""
        position = self.used
        self.used += octets
        return position

    @property
    def empty(self) -> bool:
        return self.used == len(SEGMENT_MAGIC)


def create_segment(folder: Path, size: int, files: FileSystem) -> Segment:
    """Under the next free number; its name is durable when this returns.  Raises: OSError."""
    number = 1 + max((int(path.stem) for path in folder.glob("*.segment")), default=0)
    while True:
        path = segment_path(folder, number)
        try:
            descriptor = files.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL)
            break
        except FileExistsError:  # another process was faster
            number += 1
    try:
        claim(descriptor)
        files.allocate(descriptor, size)
        write_all(files, descriptor, [SEGMENT_MAGIC], 0)
        files.sync_folder(str(folder))
    except OSError:
        files.close(descriptor)
        files.unlink(path)
        raise
    return Segment(number, path, descriptor, size)


def claim(descriptor: int) -> bool:
    """Take a segment for this process alone; the system lets go of it when the process ends."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def retire_segment(segment: Segment, files: FileSystem) -> None:
    """Give back the room that was reserved and not used; nobody writes it any more."""
    with suppress(OSError):  # a courtesy: what is stored does not depend on it
        if segment.empty:
            files.unlink(segment.path)
        else:
            files.truncate(segment.descriptor, segment.used)
    files.close(segment.descriptor)


def write_all(files: FileSystem, descriptor: int, buffers: Sequence[bytes], position: int) -> None:
    """Write buffers one after the other, however little each call takes.  Raises: OSError."""
    for first in range(0, len(buffers), _BUFFERS_PER_WRITE):
        some = buffers[first : first + _BUFFERS_PER_WRITE]
        total = sum(map(len, some))
        written = files.pwritev(descriptor, some, position)
        if written < total:
            rest = b"".join(some)
            while written < total:
                written += files.pwritev(descriptor, [rest[written:]], position + written)
        position += total


@dataclass(frozen=True, slots=True)
class Write:
    """One small blob that waits in memory; ``position`` is that of its header."""

    segment: Segment
    position: int
    header: bytes
    octets: bytes

    @property
    def end(self) -> int:
        return self.position + len(self.header) + len(self.octets)


@dataclass(slots=True)
class Batch:
    """What one commit must find durable: blobs to write, segments to sync."""

    writes: list[Write] = field(default_factory=list)
    segments: set[Segment] = field(default_factory=set)

    def write(self, files: FileSystem) -> None:
        """Blobs that lie one behind the other go in one call.  Raises: OSError; may be called again."""
        for run in _runs(self.writes):
            buffers = [buffer for write in run for buffer in (write.header, write.octets)]
            write_all(files, run[0].segment.descriptor, buffers, run[0].position)

    def sync(self, files: FileSystem) -> None:
        """Raises: OSError, after which nobody knows what is on disk."""
        for segment in self.segments:
            files.fdatasync(segment.descriptor)


def _runs(writes: list[Write]) -> Iterable[list[Write]]:
    starts = [
        index
        for index, (before, write) in enumerate(pairwise(writes), 1)
        if before.segment is not write.segment or before.end != write.position
    ]
    bounds = [0, *starts, len(writes)]
    return (writes[start:stop] for start, stop in pairwise(bounds) if start < stop)
