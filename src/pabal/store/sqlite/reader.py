"""Reading: points and pages on the loop, whatever grows with the data in reader threads.

Each ``read`` and ``scan`` is one short transaction, so it sees one snapshot and holds none afterwards.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import local
from typing import TypeVar

import apsw

from pabal.store.interface import Unit
from pabal.store.sqlite.transaction import SqliteTransaction, run_to_end

T = TypeVar("T")


def run_snapshot(connection: apsw.Connection, unit: Unit[T]) -> T:
    """One unit over one snapshot."""
    connection.execute("BEGIN")
    try:
        return run_to_end(unit, SqliteTransaction(connection))
    finally:
        connection.execute("ROLLBACK")


class ScanThreads:
    """Reader threads, each with a connection of its own, made when it is first needed."""

    def __init__(self, connect: Callable[[], apsw.Connection], threads: int) -> None:
        self._connect = connect
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="store-reader")
        self._own = local()
        self._connections: list[apsw.Connection] = []

    async def scan(self, unit: Unit[T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._scan, unit)

    async def close(self) -> None:
        """Waits for the scans under way."""
        await asyncio.to_thread(self._pool.shutdown)
        for connection in self._connections:
            connection.close()

    def _scan(self, unit: Unit[T]) -> T:
        connection: apsw.Connection | None = getattr(self._own, "connection", None)
        if connection is None:
            connection = self._own.connection = self._connect()
            self._connections.append(connection)
        return run_snapshot(connection, unit)
