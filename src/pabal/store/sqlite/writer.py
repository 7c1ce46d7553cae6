"""Group commit: units that arrive while a commit is synced share the next one.

A group's way: its units are driven on the loop, where a statement costs a few microseconds and no
fight for the interpreter lock (docs/decisions/0010-units-on-the-loop.md); then the writer thread
writes and syncs the segments, and only then commits, which syncs the write-ahead log; then all
answers are released in one turn of the loop.

The right to write is a lock between processes.  When another process has it, the segments are synced
before waiting for it, so that no process holds it while it waits for more than its own commit.

No room is DiskFull for the group, and nothing of it is kept.  Any other failure, and every failure of
a sync, is StoreFailed for the group and for all that follow: what is on disk is no longer known, and
a second sync would lie.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Any

import apsw

from pabal.model.errors import DiskFull
from pabal.store.blobs.segment import Batch
from pabal.store.blobs.store import SegmentBlobs
from pabal.store.feed import LocalFeed
from pabal.store.files import NO_ROOM, FileSystem
from pabal.store.interface import StoreFailed, Unit
from pabal.store.settings import StoreSettings
from pabal.store.sqlite.group import Group, Job, no_room
from pabal.store.sqlite.lock import WriteLock
from pabal.telemetry import Counter, log

COMMITS = Counter("store_commits_total", "Durable commits; each is shared by a group of units.")
UNITS = Counter("store_units_total", "Units of work that were part of a commit.")

OnFatal = Callable[[Exception], None]


class Writer:
    """Owns the connection that writes."""

    def __init__(
        self,
        connection: apsw.Connection,
        lock: WriteLock,
        files: FileSystem,
        settings: StoreSettings,
        feed: LocalFeed,
        blobs: SegmentBlobs,
        on_fatal: OnFatal | None,
    ) -> None:
        self._connection, self._lock, self._files = connection, lock, files
        self._feed, self._blobs = feed, blobs
        self._on_fatal = on_fatal
        self._group_time = settings.group_time.total_seconds()
        self._loop = asyncio.get_running_loop()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store-writer")
        self._waiting: deque[Job] = deque()
        self._idle = asyncio.Event()
        self._idle.set()
        self._refusing: StoreFailed | None = None

    async def run(self, unit: Unit[Any]) -> Any:
        if self._refusing is not None:
            raise StoreFailed(str(self._refusing))
        answer: asyncio.Future[Any] = self._loop.create_future()
        self._waiting.append(Job(unit, answer))
        if self._idle.is_set():
            self._idle.clear()
            self._loop.call_soon(self._next_group)  # soon: whoever else is about to run joins the group
        return await answer

    async def close(self) -> None:
        """Takes no more units; returns when those under way are answered."""
        self._refusing = self._refusing or StoreFailed("the store is closed")
        await self._idle.wait()
        self._thread.shutdown()
        self._connection.close()
        self._lock.close()

    # on the loop
    def _next_group(self) -> None:
        if not self._waiting:
            self._idle.set()
        elif self._lock.try_acquire():
            self._drive(self._blobs.take())
        else:
            self._thread.submit(self._wait_for_lock, self._blobs.take())

    def _drive(self, batch: Batch) -> None:
        group = Group(self._connection, monotonic() + self._group_time)
        failure: Exception | None = None
        try:
            group.begin()
            while self._waiting and group.open:
                group.run(self._waiting.popleft())
        except Exception as error:
            failure = error
            if not group.jobs:  # not even begun: somebody must hear of it, or we would try for ever
                group.jobs.append(self._waiting.popleft())
        self._thread.submit(self._commit, group, batch, failure)

    def _settle(self, group: Group, batch: Batch, failure: Exception | None) -> None:
        if isinstance(failure, StoreFailed):
            group.settle(failure)
            self._fail(failure)
        else:
            self._blobs.settle(batch, durable=failure is None)
            group.settle(failure)
        if failure is None:
            COMMITS.add()
            UNITS.add(by=len(group.jobs))
            self._feed.publish_all(group.changed)
        self._next_group()

    def _fail(self, failure: StoreFailed) -> None:
        self._refusing = failure
        log.error("store.failed", error=str(failure))
        self._blobs.fail()
        while self._waiting:
            self._waiting.popleft().settle(StoreFailed(str(failure)))
        if self._on_fatal:
            self._on_fatal(failure)

    def _locked(self, batch: Batch, failure: Exception | None) -> None:
        """The segments were synced while another process was writing, and now we have the right to."""
        if isinstance(failure, StoreFailed):
            self._lock.release()
            self._fail(failure)
            self._next_group()
            return
        self._blobs.settle(batch, durable=failure is None)
        self._drive(self._blobs.take())

    # in the writer thread
    def _wait_for_lock(self, batch: Batch) -> None:
        failure: Exception | None = None
        try:
            self._make_durable(batch)
        except (DiskFull, StoreFailed) as error:
            failure = error
        self._lock.acquire()
        self._loop.call_soon_threadsafe(self._locked, batch, failure)

    def _commit(self, group: Group, batch: Batch, failure: Exception | None) -> None:
        outcome: Exception | None = StoreFailed("the writer thread failed")
        try:
            if failure is not None:
                raise failure
            group.finish()
            self._make_durable(batch)
            group.commit()
            outcome = None
        except Exception as error:
            outcome = self._roll_back(group, error)
        finally:
            self._lock.release()
            self._loop.call_soon_threadsafe(self._settle, group, batch, outcome)

    def _make_durable(self, batch: Batch) -> None:
        """Raises: DiskFull (try again later), StoreFailed."""
        try:
            batch.write(self._files)
        except OSError as error:
            if error.errno in NO_ROOM:
                raise DiskFull(f"segments: {error.strerror}") from error
            raise StoreFailed(f"segments: {error.strerror}") from error
        try:
            batch.sync(self._files)
        except OSError as error:
            raise StoreFailed(f"sync of segments: {error.strerror}") from error

    def _roll_back(self, group: Group, error: Exception) -> Exception:
        """Undo the group; what its callers are told."""
        try:
            group.roll_back()
        except apsw.Error as another:
            return StoreFailed(f"database: {another}")
        if isinstance(error, (DiskFull, StoreFailed)):
            return error
        if no_room(error):
            return DiskFull(f"database: {error}")
        return StoreFailed(f"database: {error!r}")
