"""How every connection to the database is opened."""

from __future__ import annotations

import apsw

from pabal.store.settings import KIB, StoreSettings

DATABASE = "pabal.sqlite"
# Writers never meet: they hold the write lock.  This is for the short exclusive moments of opening,
# recovery and closing, when SQLite itself locks the write-ahead log.
_OPENING_PATIENCE = 10_000  # milliseconds
_STATEMENTS = 512  # compiled statements kept by each connection


def connect(path: str, settings: StoreSettings, *, vfs: str = "", query_only: bool = False) -> apsw.Connection:
    """WAL, every commit synced, no checkpoint inside a commit.  Raises: apsw.Error."""
    flags = apsw.SQLITE_OPEN_READWRITE | (0 if query_only else apsw.SQLITE_OPEN_CREATE)
    connection = apsw.Connection(path, flags=flags, vfs=vfs or None, statementcachesize=_STATEMENTS)
    connection.set_busy_timeout(_OPENING_PATIENCE)
    connection.execute("PRAGMA journal_mode = WAL").fetchall()
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA wal_autocheckpoint = 0").fetchall()
    connection.execute(f"PRAGMA cache_size = -{settings.page_cache // KIB}")
    connection.execute("PRAGMA temp_store = MEMORY")
    if query_only:
        connection.execute("PRAGMA query_only = 1")
    return connection
