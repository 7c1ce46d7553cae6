"""The processor time of a server, exact: by a control group of its own, else summed over its process tree.

The sum misses what short-lived grandchildren used, and Dovecot makes one process for each LMTP
connection: figures without a control group flatter it.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from bench.process import cpu_seconds

_ROOT = Path("/sys/fs/cgroup")


class Account:
    """Processes started with ``prefix`` before their command are counted together."""

    def __init__(self, name: str) -> None:
        self._folder = _make_group(f"pabal-bench-{os.getpid()}-{name}")
        self.roots: list[int] = []

    @property
    def prefix(self) -> tuple[str, ...]:
        """A command that enters the group and becomes what follows it."""
        if self._folder is None:
            return ()
        return ("sh", "-c", f'echo $$ >{self._folder}/cgroup.procs && exec "$@"', "sh")

    def seconds(self) -> float:
        if self._folder is None:
            return cpu_seconds(self.roots)
        nanoseconds = self._folder / "cpuacct.usage"
        if nanoseconds.exists():
            return int(nanoseconds.read_text()) / 1e9
        fields = dict(line.split() for line in (self._folder / "cpu.stat").read_text().splitlines())
        return int(fields["usage_usec"]) / 1e6

    def close(self) -> None:
        if self._folder is not None:
            with contextlib.suppress(OSError):
                self._folder.rmdir()


def _make_group(name: str) -> Path | None:
    """Version 1 has a tree for each controller, version 2 one tree; None where we may make no group."""
    parent = _ROOT / "cpuacct" if (_ROOT / "cpuacct").is_dir() else _ROOT
    with contextlib.suppress(OSError):
        (parent / name).mkdir()
        return parent / name
    return None
