"""``Blobs`` over segment files: small blobs wait in memory for the next commit, large ones are copied at once.

Promises, each with a test of its name:
  * What was put can be read at once, and is durable once a unit run afterwards has returned.
  * Waiting octets are bounded (``[store] unwritten_above``); a large message never sits whole in memory.
  * No room for a blob is DiskFull, raised before any row can point to it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from zlib import crc32

from pabal.model.content import Content
from pabal.model.errors import DiskFull
from pabal.store.blobs.reader import SegmentReader
from pabal.store.blobs.segment import (
    HEADER_SIZE,
    SEGMENT_MAGIC,
    Batch,
    Segment,
    Write,
    blob_header,
    create_segment,
    retire_segment,
    write_all,
)
from pabal.store.files import NO_ROOM, FileSystem
from pabal.store.interface import Blobs, Place, ReadOnly, StoreFailed
from pabal.store.settings import StoreSettings


class SegmentBlobs(Blobs):
    """Everything but the copying of large blobs and ``Batch`` happens on the loop."""

    def __init__(
        self,
        folder: Path,
        files: FileSystem,
        settings: StoreSettings,
        flush: Callable[[], Awaitable[None]],
        *,
        writable: bool = True,
    ) -> None:
        """``flush`` makes a commit of its own, when too much waits in memory for one."""
        self._writable = writable
        self._folder, self._files, self._settings, self._flush = folder, files, settings, flush
        self._current: Segment | None = None
        self._batch = Batch()
        self._unwritten: dict[tuple[int, int], bytes] = {}
        self._unwritten_size = 0
        self._opening = asyncio.Lock()
        self._failed = False
        self._reader = SegmentReader(folder, files, self._unwritten, keep_open=settings.open_segments)

    def read(self, place: Place, start: int, stop: int) -> bytes:
        return self._reader.read(place, start, stop)

    def pieces(self, place: Place, start: int, stop: int) -> Iterator[bytes]:
        return self._reader.pieces(place, start, stop)

    async def put(self, content: Content) -> Place:
        """Raises: DiskFull, StoreFailed, ReadOnly."""
        if not self._writable:
            raise ReadOnly("the store was opened for reading only")
        octets = content.octets()
        if octets is None:
            return await self._copy(content)
        if self._unwritten_size > self._settings.unwritten_above:
            await self._flush()
        segment, position = await self._reserve(HEADER_SIZE + len(octets))
        return self._keep(segment, position, octets)

    # for the writer
    def take(self) -> Batch:
        """What the commit that is about to be made must find durable."""
        batch, self._batch = self._batch, Batch()
        return batch

    def settle(self, batch: Batch, *, durable: bool) -> None:
        """The batch is on disk; or there was no room for it, and the next one tries again."""
        if not durable:
            self._batch.writes[:0] = batch.writes
            self._batch.segments |= batch.segments
            return
        for write in batch.writes:
            del self._unwritten[write.segment.number, write.position + HEADER_SIZE]
            self._unwritten_size -= len(write.octets)
        for segment in batch.segments:
            self._retire_if_done(segment)

    def fail(self) -> None:
        """A sync failed: take nothing more."""
        self._failed = True

    def close(self) -> None:
        """Ends writing; called when no unit and no put is under way."""
        if self._current is not None:
            self._batch.segments.add(self._current)
        for segment in self._batch.segments:
            if not segment.copying and not self._failed:
                retire_segment(segment, self._files)
        self._current, self._batch = None, Batch()
        self._reader.close()

    # small
    def _keep(self, segment: Segment, position: int, octets: bytes) -> Place:
        checksum = crc32(octets)
        self._batch.writes.append(Write(segment, position, blob_header(len(octets), checksum), octets))
        self._batch.segments.add(segment)
        place = Place(segment.number, position + HEADER_SIZE, len(octets), checksum)
        self._unwritten[place.segment, place.position] = octets
        self._unwritten_size += len(octets)
        return place

    # large
    async def _copy(self, content: Content) -> Place:
        segment, position = await self._reserve(HEADER_SIZE + content.size)
        segment.copying += 1
        copying = asyncio.ensure_future(asyncio.to_thread(self._copy_pieces, segment, position, content))
        copying.add_done_callback(lambda _: self._copied(segment))
        try:
            # Shielded: a caller that gives up must not let the segment be closed under the thread.
            return await asyncio.shield(copying)
        except OSError as error:
            raise self._refusal(error) from error

    def _copy_pieces(self, segment: Segment, position: int, content: Content) -> Place:
        checksum, written = 0, 0
        for piece in content.pieces():
            piece = piece[: content.size - written]  # never into the next blob
            write_all(self._files, segment.descriptor, [piece], position + HEADER_SIZE + written)
            checksum = crc32(piece, checksum)
            written += len(piece)
        write_all(self._files, segment.descriptor, [blob_header(written, checksum)], position)
        return Place(segment.number, position + HEADER_SIZE, written, checksum)

    def _copied(self, segment: Segment) -> None:
        segment.copying -= 1
        self._batch.segments.add(segment)

    # segments
    async def _reserve(self, octets: int) -> tuple[Segment, int]:
        while True:
            if self._failed:
                raise StoreFailed("the store has failed and takes nothing more")
            if self._current is not None and self._current.has_room(octets):
                return self._current, self._current.reserve(octets)
            async with self._opening:
                if self._current is None or not self._current.has_room(octets):
                    await self._roll(octets)

    async def _roll(self, octets: int) -> None:
        size = max(self._settings.segment_size, octets + len(SEGMENT_MAGIC))
        try:
            segment = await asyncio.to_thread(create_segment, self._folder, size, self._files)
        except OSError as error:
            raise self._refusal(error) from error
        if self._current is not None:
            self._batch.segments.add(self._current)  # retired once it is synced
        self._current = segment

    def _retire_if_done(self, segment: Segment) -> None:
        if segment is self._current or segment.copying or segment in self._batch.segments:
            return
        retire_segment(segment, self._files)

    def _refusal(self, error: OSError) -> DiskFull | StoreFailed:
        if error.errno in NO_ROOM:
            return DiskFull(f"segments: {error.strerror}")
        return StoreFailed(f"segments: {error.strerror}")
