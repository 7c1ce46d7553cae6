"""The right to write, one process at a time: a blocking ``flock``, never SQLite's busy handler.

Measured: with the busy handler, which polls, the slowest commit of two workers took 633 ms instead of 27.
The system lets go of it when a process dies.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class WriteLock:
    """Each instance excludes every other one on the same file, in this process too."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def try_acquire(self) -> bool:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def acquire(self) -> None:
        """Waits: not on the loop."""
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)

    def release(self) -> None:
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        os.close(self._descriptor)
