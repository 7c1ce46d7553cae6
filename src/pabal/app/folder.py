"""The data folder: new or known, of one mode for ever, served by one server at a time (design: modes).

Invariants, each with a test of its name:
  * A folder is stamped ``sandbox`` or ``production`` when it is made; ``serve`` in the other mode refuses it.
  * Only an empty folder, or one with nothing but ``pabal.toml``, is new.
  * A second server on the same folder is refused; the lock dies with the process that holds it.
  * Nobody but its owner can look into it (0700).
"""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path

from pabal.app.owner import Owner, become
from pabal.config.find import FILE_NAME
from pabal.model.errors import PabalError

STAMP = "mode"
LOCK = "lock"
CONTROL = "control.sock"
#: A server that was killed leaves its lock a moment later, with its last worker; a start waits that long.
PATIENCE = 1.5


class FolderRefused(PabalError):
    """This folder cannot be used as asked; the text says why and what to do."""


def _stamp_of(data: Path) -> str | None:
    try:
        return (data / STAMP).read_text("ascii").strip()
    except FileNotFoundError:
        return None
    except NotADirectoryError:
        raise FolderRefused(f"{data} is a file, and a data folder is expected there") from None
    except PermissionError:
        raise FolderRefused(f"{data} may not be read by this user") from None


def _is_new(data: Path) -> bool:
    return not data.exists() or {entry.name for entry in data.iterdir()} <= {FILE_NAME}


def _sync(path: Path) -> None:
    """A name is durable once its folder was synced."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _make(data: Path, mode: str, owner: Owner | None) -> None:
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    data.chmod(0o700)
    descriptor = os.open(data / STAMP, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as stamp:
        stamp.write(f"{mode}\n")
        stamp.flush()
        os.fsync(stamp.fileno())
    if owner is not None:
        os.chown(data / STAMP, *owner)
        os.chown(data, *owner)
    _sync(data)
    _sync(data.parent)


def open_or_make(data: Path, mode: str, owner: Owner | None = None) -> tuple[str, bool]:
    """The folder's mode and whether it was made just now, for ``owner``.  Raises: FolderRefused."""
    stamp = _stamp_of(data)
    if stamp is not None:
        return stamp, False
    if not _is_new(data):
        raise FolderRefused(f"{data} holds other files; name an empty folder, or a data folder of pabal")
    try:
        _make(data, mode, owner)
    except OSError as error:
        raise FolderRefused(f"{data} cannot be made: {error.strerror}") from None
    return mode, True


def is_known(data: Path) -> bool:
    """It was made by us, some time ago.  Raises: FolderRefused."""
    return _stamp_of(data) is not None


def open_known(data: Path) -> str:
    """The mode of a folder that is there already.  Raises: FolderRefused."""
    stamp = _stamp_of(data)
    if stamp is None:
        raise FolderRefused(
            f"{data} is no data folder: `pabal serve` or `pabal domain add` makes one, --data names it"
        )
    return stamp


def check_mode(data: Path, stamp: str, mode: str) -> None:
    """Raises: FolderRefused, for ``serve`` in another mode than the folder's."""
    if stamp != mode:
        raise FolderRefused(f"{data} is a folder of the mode {stamp}, and this server is {mode}; use another folder")


def become_owner(data: Path) -> None:
    """Root works in a folder as its owner: a file of root's in it would lock the server out."""
    found = data.stat()
    if os.geteuid() == 0 and found.st_uid != 0:
        if (data / LOCK).exists():
            os.chown(data / LOCK, found.st_uid, found.st_gid)
        become(Owner(found.st_uid, found.st_gid))


def _sign(descriptor: int) -> None:
    """Who holds the lock, for the words of a refusal; a full disk is no reason not to serve."""
    with suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)


def lock(data: Path) -> int:
    """The descriptor that keeps other servers out while it is open.  Raises: FolderRefused."""
    descriptor = os.open(data / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    until = time.monotonic() + PATIENCE
    while True:
        with suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _sign(descriptor)
            return descriptor
        if time.monotonic() > until:
            holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
            os.close(descriptor)
            raise FolderRefused(f"another server (process {holder or 'unknown'}) serves {data}; stop it first")
        time.sleep(0.05)
