"""File layers that lie as a machine does that loses power: what was not synced may be lost.

Both pass every write through to a real file, so that the running store sees it, and remember what a
disk would hold for certain: the octets of the last sync, plus, if the test says so, any selection of
the later writes (a disk may keep those in any order).  ``Machine.crash_into`` makes a data folder as
it would be found after the crash.  ``Machine.trace`` lists every completed sync.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock, current_thread
from typing import Any

import apsw

from pabal.store.files import OsFiles

Survives = Callable[[], bool]


class DurableFile:
    """What a disk holds of one file: synced octets, and writes that may or may not be on it."""

    def __init__(self) -> None:
        self.synced = bytearray()
        self.unsynced: list[tuple[int, bytes] | int] = []  # a write, or a truncation to a size

    def write(self, position: int, octets: bytes) -> None:
        self.unsynced.append((position, octets))

    def truncate(self, size: int) -> None:
        self.unsynced.append(size)

    def sync(self) -> None:
        self.synced, self.unsynced = self.image(lambda: True), []

    def image(self, survives: Survives) -> bytearray:
        octets = bytearray(self.synced)
        for change in self.unsynced:
            if not survives():
                continue
            if isinstance(change, int):
                del octets[change:]
                octets.extend(bytes(change - len(octets)))
                continue
            position, written = change
            octets.extend(bytes(max(0, position - len(octets))))
            octets[position : position + len(written)] = written
        return octets


class Machine:
    """The disk under one data folder, its faults, and the order of its syncs."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.trace: list[str] = []
        self.faults: dict[str, int] = {}  # "write segment", "sync wal" ... -> errno
        self.segments = LyingFiles(self)
        self.vfs = LyingVfs(f"lying-{id(self):x}", self)
        self.synced_by: dict[str, set[str]] = {}  # "wal" -> names of threads
        self._files: dict[str, DurableFile] = {}
        self._named: set[str] = set()  # files whose folder was synced
        self._lock = Lock()  # a power cut is one moment for all files

    def write(self, path: str, position: int, octets: bytes) -> None:
        with self._lock:
            self._file(path).write(position, octets)

    def truncate(self, path: str, size: int) -> None:
        with self._lock:
            self._file(path).truncate(size)

    def sync(self, path: str) -> None:
        with self._lock:
            self._file(path).sync()
            self.trace.append(f"sync {kind_of(path)}")
            self.synced_by.setdefault(kind_of(path), set()).add(current_thread().name)

    def sync_folder(self, folder: str) -> None:
        with self._lock:
            self._named |= {path for path in self._files if os.path.dirname(path) == folder}

    def unlink(self, path: str) -> None:
        with self._lock:
            self._files.pop(path, None)

    def fault(self, call: str, path: str) -> int:
        return self.faults.get(f"{call} {kind_of(path)}", 0)

    def crash_into(self, data: Path, survives: Survives = lambda: False) -> Path:
        """The folder after a power cut; the running store may go on writing, to no avail."""
        with self._lock:
            images = {
                path: file.image(survives)
                for path, file in self._files.items()
                if path in self._named or path.endswith("-wal")  # SQLite syncs the folder of its log by itself
            }
        for path, image in images.items():
            target = data / Path(path).relative_to(self.data)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(image)
        return data

    def _file(self, path: str) -> DurableFile:
        return self._files.setdefault(path, DurableFile())


def kind_of(path: str) -> str:
    return {"nt": "segment", "al": "wal", "te": "database"}.get(path[-2:], "other")


class LyingFiles(OsFiles):
    """Under the segments."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._paths: dict[int, str] = {}

    def open(self, path: str, flags: int) -> int:
        descriptor = super().open(path, flags)
        if flags & os.O_RDWR:
            self._paths[descriptor] = path
            self._machine.truncate(path, 0)
        return descriptor

    def close(self, descriptor: int) -> None:
        self._paths.pop(descriptor, None)
        super().close(descriptor)

    def pwritev(self, descriptor: int, buffers: Sequence[bytes], position: int) -> int:
        self._fail("write", descriptor)
        octets = b"".join(buffers)
        octets = octets[: max(1, len(octets) // 2)]  # a write may take less than it was given
        self._machine.write(self._paths[descriptor], position, octets)
        return super().pwritev(descriptor, [octets], position)

    def fdatasync(self, descriptor: int) -> None:
        self._fail("sync", descriptor)
        self._machine.sync(self._paths[descriptor])

    def allocate(self, descriptor: int, size: int) -> None:
        self._fail("allocate", descriptor)
        self._machine.truncate(self._paths[descriptor], size)
        super().allocate(descriptor, size)

    def truncate(self, descriptor: int, size: int) -> None:
        self._machine.truncate(self._paths[descriptor], size)
        super().truncate(descriptor, size)

    def unlink(self, path: str) -> None:
        self._machine.unlink(path)
        super().unlink(path)

    def sync_folder(self, path: str) -> None:
        self._machine.sync_folder(path)
        super().sync_folder(path)

    def _fail(self, call: str, descriptor: int) -> None:
        path = self._paths[descriptor]
        if code := self._machine.fault(call, path):
            raise OSError(code, os.strerror(code), path)


class LyingVfs(apsw.VFS):
    """Under the rows."""

    def __init__(self, name: str, machine: Machine) -> None:
        self.name, self._machine = name, machine
        super().__init__(name, base="")

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:
        return _LyingFile(name, flags, self._machine)

    def xDelete(self, filename: str, syncdir: bool) -> None:
        super().xDelete(filename, syncdir)
        self._machine.unlink(filename)


class _LyingFile(apsw.VFSFile):
    def __init__(self, name: Any, flags: list[int], machine: Machine) -> None:
        super().__init__("", name, flags)
        self._machine = machine
        self._path = name.filename() if isinstance(name, apsw.URIFilename) else str(name)
        self._kept = self._path.startswith(str(machine.data))

    def xWrite(self, data: Any, offset: int) -> None:
        self._fail("write")
        super().xWrite(data, offset)
        if self._kept:
            self._machine.write(self._path, offset, bytes(data))

    def xTruncate(self, size: int) -> None:
        super().xTruncate(size)
        if self._kept:
            self._machine.truncate(self._path, size)

    def xSync(self, flags: int) -> None:
        self._fail("sync")
        if self._kept:
            self._machine.sync(self._path)

    def _fail(self, call: str) -> None:
        code = self._machine.fault(call, self._path)
        if code == errno.ENOSPC and call == "write":
            raise apsw.FullError("database or disk is full")
        if code:
            raise apsw.IOError("disk I/O error")
