"""Copies the write-ahead log into the database beside the commits, never inside one.

A thread with a connection of its own.  Above ``[store] checkpoint_above`` it copies passively, which
delays nobody; a log that keeps growing under load (``restart_above``) and one that has come to rest
are emptied under the write lock, after a passive copy has left little to do.
One process at a time does this; the others' turn comes when it ends.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

import apsw

from pabal.store.settings import StoreSettings
from pabal.store.sqlite.lock import WriteLock
from pabal.telemetry import log


class Checkpointer:
    """``committed`` is the write connection's hook; everything else runs in the thread."""

    def __init__(self, connection: apsw.Connection, folder: Path, settings: StoreSettings) -> None:
        self._connection = connection
        connection.set_busy_timeout(0)  # waiting for a reader would make every commit wait with us
        page_size = int(connection.pragma("page_size"))
        self._passive_above = settings.checkpoint_above // page_size
        self._restart_above = settings.restart_above // page_size
        self._idle = settings.idle_before_truncate.total_seconds()
        self._write_lock = WriteLock(folder / "write.lock")
        self._elected = WriteLock(folder / "checkpoint.lock")
        self._pages = 0
        self._copied = 0  # pages of the log that a passive copy has already taken
        self._woken, self._ending = Event(), False
        self._thread = Thread(target=self._work, name="store-checkpointer", daemon=True)
        self._thread.start()

    def committed(self, connection: apsw.Connection, database: str, pages: int) -> int:
        """How many pages the log holds after a commit."""
        if pages < self._pages:  # it was begun anew
            self._copied = 0
        self._pages = pages
        self._woken.set()
        return apsw.SQLITE_OK

    def close(self) -> None:
        self._ending = True
        self._woken.set()
        self._thread.join()
        self._connection.close()
        self._write_lock.close()
        self._elected.close()

    def _work(self) -> None:
        while not self._ending:
            rested = not self._woken.wait(self._idle if self._pages else None)
            self._woken.clear()
            if not self._ending and self._elected.try_acquire():
                try:
                    self._checkpoint(rested=rested)
                finally:
                    self._elected.release()

    def _checkpoint(self, *, rested: bool) -> None:
        if rested:
            self._copy()
            # A sync of octets written over is cheaper than one of a file that grows: a small log keeps its room.
            small = self._pages <= self._passive_above
            self._empty(apsw.SQLITE_CHECKPOINT_RESTART if small else apsw.SQLITE_CHECKPOINT_TRUNCATE)
        elif self._pages > self._restart_above:
            self._copy()
            self._empty(apsw.SQLITE_CHECKPOINT_RESTART)
        elif self._pages - self._copied > self._passive_above:
            self._copy()

    def _copy(self) -> None:
        with suppress(apsw.BusyError):  # another connection is at it
            _, self._copied = self._run(apsw.SQLITE_CHECKPOINT_PASSIVE)

    def _empty(self, mode: int) -> None:
        self._write_lock.acquire()
        try:
            self._run(mode)
            self._pages = self._copied = 0
        except apsw.BusyError:  # a reader is still in the log; the next commit or rest tries again
            pass
        finally:
            self._write_lock.release()

    def _run(self, mode: int) -> tuple[int, int]:
        try:
            return self._connection.wal_checkpoint(mode=mode)
        except apsw.BusyError:
            raise
        except apsw.Error as error:
            # The log still holds everything; whether the disk is broken the next commit will tell.
            log.error("store.checkpoint_failed", error=str(error))
            return self._pages, self._copied
