"""The embedded store: rows in SQLite, message octets in segment files, all in one data folder.

    pabal.sqlite (-wal, -shm)    rows
    segments/0000000001.segment  message octets, append-only
    hints/                       sockets of the processes that want to hear of changes
    write.lock checkpoint.lock   whose turn it is

``open_store`` makes what is not there; several processes may have one folder open.
"""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import apsw

from pabal.model.errors import PabalError
from pabal.store.blobs.recovery import give_back_room
from pabal.store.blobs.store import SegmentBlobs
from pabal.store.feed import LocalFeed
from pabal.store.files import OS_FILES, FileSystem
from pabal.store.interface import ReadOnly, Store, Transaction, Unit
from pabal.store.settings import StoreSettings
from pabal.store.sqlite import schema
from pabal.store.sqlite.checkpointer import Checkpointer
from pabal.store.sqlite.connection import DATABASE, connect
from pabal.store.sqlite.lock import WriteLock
from pabal.store.sqlite.reader import ScanThreads, run_snapshot
from pabal.store.sqlite.writer import OnFatal, Writer

T = TypeVar("T")

# A busy event loop lets go of the interpreter lock for a moment in each of its turns.  A thread that waits
# for it misses those moments, and asks for its turn only after a whole interval without one: with Python's
# 5 ms a commit waited for seconds (docs/decisions/0010-units-on-the-loop.md).
_SWITCH_INTERVAL = 50e-6  # seconds


class StoreUnusable(PabalError):
    """There is no database in the folder, it is not one, or this process may not open it."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the store lies and what lies under it."""

    data: Path
    settings: StoreSettings
    files: FileSystem
    vfs: str

    def connect(self, *, query_only: bool = False) -> apsw.Connection:
        return connect(str(self.data / DATABASE), self.settings, vfs=self.vfs, query_only=query_only)

    def connect_to_read(self) -> apsw.Connection:
        return self.connect(query_only=True)


class SqliteStore(Store):
    """``Store``, with its ``blobs`` and its ``feed``."""

    def __init__(
        self, place: _Place, reading: apsw.Connection, writing: apsw.Connection | None, on_fatal: OnFatal | None
    ):
        settings = place.settings
        self.feed = LocalFeed(place.data / "hints", settings)
        self._reading = reading
        self._closed = False
        self._scans = ScanThreads(place.connect_to_read, settings.scan_threads)
        self._writer: Writer | None = None
        self._checkpointer: Checkpointer | None = None
        self.blobs = SegmentBlobs(
            place.data / "segments", place.files, settings, self._flush, writable=writing is not None
        )
        if writing is not None:
            sys.setswitchinterval(min(sys.getswitchinterval(), _SWITCH_INTERVAL))
            lock = WriteLock(place.data / "write.lock")
            self._writer = Writer(writing, lock, place.files, settings, self.feed, self.blobs, on_fatal)
            self._checkpointer = Checkpointer(place.connect(), place.data, settings)
            writing.set_wal_hook(self._checkpointer.committed)

    async def run(self, unit: Unit[T]) -> T:
        if self._writer is None:
            raise ReadOnly("the store was opened for reading only")
        result: T = await self._writer.run(unit)
        return result

    async def read(self, unit: Unit[T]) -> T:
        return run_snapshot(self._reading, unit)

    async def scan(self, unit: Unit[T]) -> T:
        return await self._scans.scan(unit)

    async def close(self) -> None:
        """Units under way are answered first.  Closing twice is harmless."""
        if self._closed:
            return
        self._closed = True
        if self._writer:
            await self._writer.close()
        self.blobs.close()
        self.feed.close()
        await self._scans.close()
        self._reading.close()
        if self._checkpointer:
            await asyncio.to_thread(self._checkpointer.close)

    async def _flush(self) -> None:
        await self.run(_nothing)


async def _nothing(tx: Transaction) -> None:
    """A unit that only makes what was put before it durable."""


async def open_store(
    data: Path,
    settings: StoreSettings | None = None,
    *,
    read_only: bool = False,
    files: FileSystem = OS_FILES,
    vfs: str = "",
    on_fatal: OnFatal | None = None,
) -> SqliteStore:
    """Open the store of a data folder, and make it when there is none (unless ``read_only``).

    ``on_fatal`` is called on the loop when a sync or commit has failed: the process must end.
    ``files`` and ``vfs`` are what lies under segments and rows, for tests that put faults there.
    Raises: StoreUnusable, SchemaRefused.
    """
    place = _Place(data, settings or StoreSettings(), files, vfs)
    try:
        writing = None if read_only else await asyncio.to_thread(_prepare, place)
        reading = place.connect_to_read()
        schema.check(reading)
        return SqliteStore(place, reading, writing, on_fatal)
    except (apsw.Error, OSError) as error:
        raise StoreUnusable(f"{data}: {error}") from error


def _prepare(place: _Place) -> apsw.Connection:
    """Folders, database and tables, each durable before it is used."""
    for folder in (place.data, place.data / "segments", place.data / "hints"):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.chmod(place.data, 0o700)  # mail is nobody else's business, whatever the folder was before
    lock = WriteLock(place.data / "write.lock")
    lock.acquire()
    try:
        connection = place.connect()
        schema.prepare(connection)
        give_back_room(place.data / "segments", place.files)
        place.files.sync_folder(str(place.data))
        place.files.sync_folder(str(place.data.parent))
        return connection
    finally:
        lock.release()
        lock.close()
