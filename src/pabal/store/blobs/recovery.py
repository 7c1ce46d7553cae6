"""What a process that died left behind: segments with room reserved for messages that never came.

Nothing that was written is touched: a torn blob has no row, and octets are only ever given back
behind the last one that was written, without changing what a reader finds there.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

from pabal.store.blobs.segment import claim
from pabal.store.files import FileSystem

_BLOCK = 512  # octets, the unit of st_blocks


def give_back_room(folder: Path, files: FileSystem) -> None:
    """Of segments that nobody writes any more; at start, off the loop."""
    for path in folder.glob("*.segment"):
        status = path.stat()
        if status.st_size <= status.st_blocks * _BLOCK:  # one that was given back, or closed, is smaller on disk
            _give_back(str(path), status.st_size, files)


def _give_back(path: str, size: int, files: FileSystem) -> None:
    descriptor = files.open(path, os.O_RDWR)
    try:
        if claim(descriptor) and (written := _written(descriptor)) < size:
            files.truncate(descriptor, written)
            files.truncate(descriptor, size)  # sparse: a place that a row names stays as long as it was
    finally:
        files.close(descriptor)


def _written(descriptor: int) -> int:
    """Where the last written octet ends; reserved room counts as a hole."""
    end = 0
    while True:
        try:
            end = os.lseek(descriptor, os.lseek(descriptor, end, os.SEEK_DATA), os.SEEK_HOLE)
        except OSError as error:
            if error.errno == errno.ENXIO:  # nothing but a hole from here
                return end
            raise
