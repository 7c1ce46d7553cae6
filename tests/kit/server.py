"""A real ``pabal serve`` process: free ports, its own data folder, its whole process group ended after.

``start_server`` reads the ``ready`` line, so whoever gets a ``Server`` may connect at once.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

#: Doors whose protocols are built; the others are told not to open.
DOORS = ("smtp", "lmtp", "imap", "imaps", "pop3", "pop3s", "web", "webs")
CLOSED = ("submission", "submissions", "managesieve", "admin")
READY_WITHIN = 30.0  # seconds; a laden machine is slow, a server that is not ready by then never will be


class NotReady(Exception):
    """The server ended, or stayed silent, before its ``ready`` line; holds what it wrote."""


@dataclass
class Server:
    """A running server.  ``ports`` maps each open door to its port on 127.0.0.1."""

    process: subprocess.Popen[bytes]
    data: Path
    log: Path
    ports: dict[str, int]
    first_run: str = ""
    config: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)

    def __getattr__(self, name: str) -> int:
        """``server.smtp`` is the port of the door smtp."""
        ports: dict[str, int] = self.__dict__.get("ports", {})
        if name not in ports:
            raise AttributeError(name)
        return ports[name]

    def pabal(self, *arguments: str, given: str = "", check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command on this server's data folder, as an operator would."""
        return pabal(*arguments, "--data", str(self.data), config=self.config, given=given, check=check)

    def rows(self, *arguments: str) -> list[dict[str, Any]]:
        """What a listing says with --json."""
        return [json.loads(line) for line in self.pabal(*arguments, "--json").stdout.splitlines()]

    def processes(self) -> list[int]:
        """The supervisor first, then its workers."""
        return process_tree(self.process.pid)

    def signal_group(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def kill(self) -> None:
        """SIGKILL to all of it, as a crash would."""
        self.signal_group(signal.SIGKILL)
        self.process.wait()

    def stop(self, within: float = 15.0) -> int:
        """SIGTERM to the supervisor; its exit status.  Whatever of the group outlives it is killed."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(within)
        finally:
            self.signal_group(signal.SIGKILL)
            self.process.wait()


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Ours without anybody's Pabal settings, and this checkout's source first."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PABAL_")}
    source = str(Path(__file__).resolve().parents[2] / "src")
    return kept | {"PYTHONPATH": source, "PYTHONUNBUFFERED": "1"} | dict(extra or {})


def pabal(
    *arguments: str, config: Path | None = None, given: str = "", check: bool = True
) -> subprocess.CompletedProcess[str]:
    """``pabal ARGUMENTS``; raises with both outputs when ``check`` and it failed."""
    command = [sys.executable, "-m", "pabal", *arguments]
    if config is not None:
        command += ["--config", str(config)]
    done = subprocess.run(command, input=given, capture_output=True, text=True, env=environment(), timeout=60)
    if check and done.returncode:
        raise AssertionError(f"{' '.join(arguments)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def start_server(
    folder: Path,
    *,
    config: str | None = None,
    listen: Mapping[str, str] | None = None,
    arguments: tuple[str, ...] = (),
    extra_environment: Mapping[str, str] | None = None,
    prefix: tuple[str, ...] = (),
) -> Server:
    """Start on ``folder``/data and wait for ``ready``.

    ``config`` is the text of a pabal.toml (production: its doors are the only ones unless ``listen``
    says more); ``prefix`` is a program that starts the server, such as strace.  Raises: NotReady.
    """
    folder.mkdir(parents=True, exist_ok=True)
    data, log = folder / "data", folder / "server.log"
    command = [*prefix, sys.executable, "-m", "pabal", "serve", "--data", str(data), *arguments]
    config_file = _write_config(folder, config)
    if config_file is not None:
        command += ["--config", str(config_file)]
    for door, where in (_all_doors() if listen is None else listen).items():
        command += ["--listen", f"{door}={where}"]
    with log.open("ab") as errors:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=environment(extra_environment),
            start_new_session=True,
        )
    server = Server(process, data, log, {}, config=config_file, environment=dict(extra_environment or {}))
    try:
        server.first_run, server.ports = _await_ready(process)
    except NotReady as failed:
        server.kill()
        raise NotReady(f"{failed}\n{log.read_text(errors='replace')}") from None
    return server


@contextlib.contextmanager
def running(folder: Path, **how: Any) -> Iterator[Server]:
    """``start_server`` that is surely ended."""
    server = start_server(folder, **how)
    try:
        yield server
    finally:
        server.kill()
        if server.process.stdout is not None:
            server.process.stdout.close()


def _write_config(folder: Path, text: str | None) -> Path | None:
    if text is None:
        return None
    file = folder / "pabal.toml"
    file.write_text(text)
    return file


def _all_doors() -> dict[str, str]:
    return dict.fromkeys(DOORS, "127.0.0.1:0") | dict.fromkeys(CLOSED, "false")


def _await_ready(process: subprocess.Popen[bytes]) -> tuple[str, dict[str, int]]:
    """What stood before the ready line, and the ports the line names."""
    said = b""
    for line in _lines(process):
        if line.startswith(b"ready"):
            return said.decode(), parse_ready(line.decode())
        said += line
    raise NotReady(f"no ready line; it wrote: {said.decode(errors='replace')}")


def _lines(process: subprocess.Popen[bytes]) -> Iterator[bytes]:
    """Whole lines of its stdout, until it ends or the time is up."""
    assert process.stdout is not None
    pipe, waiting, end = process.stdout.fileno(), b"", time.monotonic() + READY_WITHIN
    while (left := end - time.monotonic()) > 0 and select.select([pipe], [], [], left)[0]:
        octets = os.read(pipe, 4096)
        if not octets:
            return
        *lines, waiting = (waiting + octets).split(b"\n")
        yield from lines


def parse_ready(line: str) -> dict[str, int]:
    """``ready smtp=127.0.0.1:1025 imap=...``: the first port of each door."""
    ports: dict[str, int] = {}
    for word in line.split()[1:]:
        door, _, where = word.partition("=")
        ports.setdefault(door, int(where.split(",")[0].rsplit(":", 1)[1]))
    return ports


def process_tree(root: int) -> list[int]:
    """A process and all below it, from /proc; those that are gone are left out."""
    below: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                below.setdefault(int(fields[1]), []).append(int(entry.name))
    tree = [root]
    for pid in tree:
        tree += sorted(below.get(pid, []))
    return tree
