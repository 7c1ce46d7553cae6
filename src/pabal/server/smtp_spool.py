"""Where the octets of a message wait while it comes in: in memory while it is small, else in a file without a name.

The file has no name from its first moment, so a crash leaves nothing behind.  Reading and writing it is done
by threads; a full disk is remembered, and the message is refused when its end has been read.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from pabal.model.content import Content, Octets
from pabal.model.errors import DiskFull

_PIECE = 1024 * 1024  # octets, the bound of Content.pieces


class Spooled:
    """Implements model.Content over an open file; reading needs no position, so threads may share it."""

    __slots__ = ("_file", "_size")

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file, self._size = file, size

    @property
    def size(self) -> int:
        return self._size

    def octets(self) -> bytes | None:
        return None

    def read(self, start: int, stop: int) -> bytes:
        return os.pread(self._file.fileno(), max(min(stop, self._size) - start, 0), start)

    def pieces(self) -> Iterator[bytes]:
        for start in range(0, self._size, _PIECE):
            yield self.read(start, start + _PIECE)


class Inbox:
    """The message that is being received on one connection."""

    __slots__ = ("_above", "_file", "_folder", "_parts", "_spooled", "waiting", "fault")

    def __init__(self, folder: Path, spool_above: int) -> None:
        self._folder, self._above = folder, spool_above
        self._parts: list[bytes] = []
        self.waiting = 0  # octets in _parts
        self._spooled = 0  # octets in the file
        self._file: IO[bytes] | None = None
        self.fault: DiskFull | None = None

    async def add(self, octets: bytes) -> None:
        """Keep octets, unless there was a fault."""
        if self.fault is not None:
            return
        self._parts.append(octets)
        self.waiting += len(octets)
        if self.waiting > self._above:
            await self._spool()

    async def content(self) -> Content:
        """All octets that were added.  Raises: DiskFull."""
        if self._file is not None and self._parts:
            await self._spool()
        if self.fault is not None:
            raise self.fault
        if self._file is not None:
            return Spooled(self._file, self._spooled)
        return Octets(b"".join(self._parts))

    def clear(self) -> None:
        """Forget the message; its file is gone with it."""
        self._drop()
        self.fault = None

    async def _spool(self) -> None:
        parts, size = self._parts, self.waiting
        self._parts, self.waiting = [], 0
        try:
            await _to_its_end(self._write, parts)
        except OSError as error:
            self._drop()
            self.fault = DiskFull(str(error))
        else:
            self._spooled += size

    def _write(self, parts: list[bytes]) -> None:
        if self._file is None:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = tempfile.TemporaryFile(dir=self._folder, buffering=0)  # noqa: SIM115 - lives with self
        for part in parts:
            _write_all(self._file, part)

    def _drop(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file = None
        self._parts, self.waiting, self._spooled = [], 0, 0


async def _to_its_end(write: Callable[[list[bytes]], None], parts: list[bytes]) -> None:
    """In a thread; also a task that is cancelled waits for it, so that the file is not closed under a write."""
    writing = asyncio.ensure_future(asyncio.to_thread(write, parts))
    try:
        await asyncio.shield(writing)
    except asyncio.CancelledError:
        await asyncio.wait([writing])
        raise


def _write_all(file: IO[bytes], octets: bytes) -> None:
    """An unbuffered file may take less than it is given."""
    view = memoryview(octets)
    while view:
        view = view[file.write(view) :]
