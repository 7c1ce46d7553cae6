"""What a tree of processes costs: processor seconds, memory, syncs; read from /proc and strace."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.kit.server import process_tree

_TICKS = os.sysconf("SC_CLK_TCK")
_SYNC = re.compile(r"\b(?:fsync|fdatasync)\(")
_ATTACHED_WITHIN = 10.0  # seconds


def cpu_seconds(roots: list[int]) -> float:
    """User and system time of the trees, children that have ended and were waited for included."""
    ticks = 0
    for root in roots:
        for pid in process_tree(root):
            with contextlib.suppress(OSError):
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                ticks += sum(int(field) for field in fields[11:15])
    return ticks / _TICKS


def pss_kib(root: int) -> int:
    """Proportional set size of the whole tree."""
    total = 0
    for pid in process_tree(root):
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
    return total


@contextlib.contextmanager
def counting_syncs(roots: list[int]) -> Iterator[Callable[[], int]]:
    """How often the trees have called fsync and fdatasync since the block began."""
    with tempfile.TemporaryDirectory() as folder:
        record = Path(folder) / "syncs"
        pids = [pid for root in roots for pid in process_tree(root)]
        command = ["strace", "-f", "-qq", "-e", "trace=fsync,fdatasync", "-e", "signal=none", "-o", str(record)]
        command += [word for pid in pids for word in ("-p", str(pid))]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as tracer:
            wait_until(lambda: all(_traced(pid) for pid in pids), _ATTACHED_WITHIN)
            yield lambda: len(_SYNC.findall(record.read_text(errors="replace")))
            tracer.send_signal(signal.SIGINT)


def _traced(pid: int) -> bool:
    """Whether a tracer is attached; a process that is gone needs none."""
    try:
        return "TracerPid:\t0\n" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return True


def wait_until(condition: Callable[[], bool], within: float, every: float = 0.002) -> None:
    end = time.monotonic() + within
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("a server did not do what was waited for")
        time.sleep(every)


def port_is_open(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
