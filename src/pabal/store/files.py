"""The few calls by which segment files are written and read: passed in, so that a test can put faults under them."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from typing import Protocol

#: Errors of a write that say "no room", not "broken" (a sync that says so is broken all the same).
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})


class FileSystem(Protocol):
    """Descriptors are integers, positions and sizes are in octets; all raise OSError."""

    def open(self, path: str, flags: int) -> int: ...

    def close(self, descriptor: int) -> None: ...

    def pwritev(self, descriptor: int, buffers: Sequence[bytes], position: int) -> int: ...

    def pread(self, descriptor: int, size: int, position: int) -> bytes: ...

    def fdatasync(self, descriptor: int) -> None: ...

    def allocate(self, descriptor: int, size: int) -> None:
        """Reserve room, so that a later write into it does not fail for want of any."""
        ...

    def truncate(self, descriptor: int, size: int) -> None: ...

    def unlink(self, path: str) -> None: ...

    def sync_folder(self, path: str) -> None:
        """Make the names of new files durable."""
        ...


class OsFiles:
    """The operating system's."""

    def open(self, path: str, flags: int) -> int:
        return os.open(path, flags | os.O_CLOEXEC, 0o600)

    def close(self, descriptor: int) -> None:
        os.close(descriptor)

    def pwritev(self, descriptor: int, buffers: Sequence[bytes], position: int) -> int:
        return os.pwritev(descriptor, buffers, position)

    def pread(self, descriptor: int, size: int, position: int) -> bytes:
        return os.pread(descriptor, size, position)

    def fdatasync(self, descriptor: int) -> None:
        os.fdatasync(descriptor)

    def allocate(self, descriptor: int, size: int) -> None:
        os.posix_fallocate(descriptor, 0, size)

    def truncate(self, descriptor: int, size: int) -> None:
        os.ftruncate(descriptor, size)

    def unlink(self, path: str) -> None:
        os.unlink(path)

    def sync_folder(self, path: str) -> None:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


OS_FILES = OsFiles()
