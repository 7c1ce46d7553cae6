"""Timed runs take turns on a machine: one lock for all of them."""

from __future__ import annotations

import contextlib
import fcntl
import tempfile
from collections.abc import Iterator
from pathlib import Path

LOCK = Path(tempfile.gettempdir()) / "pabal-bench.lock"


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Wait until no other benchmark measures, and keep the others waiting."""
    with LOCK.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
