"""The supervisor with small workers: starts, crashes, waits, ends.  Each runs in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.kit.server import environment, process_tree

PROGRAM = """
import os, signal, sys, time
from datetime import timedelta
from pathlib import Path
from pabal.app.supervisor import SIGNALS, Supervisor

folder = Path(sys.argv[1])

def note(name):
    with open(folder / name, "a") as file:
        file.write(f"{os.getpid()}\\n")

def worker(ready):
    note("started")
    WORK

def ended(number, frame):
    note("ended")
    os._exit(0)

def serve(ready):
    signal.signal(signal.SIGTERM, ended)
    signal.signal(signal.SIGHUP, lambda number, frame: note("hangup"))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    os.write(ready, b"!")
    while True:
        signal.pause()

supervisor = Supervisor(worker, WORKERS, timedelta(0), timedelta(seconds=1))
sys.exit(supervisor.run(lambda: note("ready"), lambda: note("reread")))
"""


class Supervised:
    """A running supervisor and what its workers noted."""

    def __init__(self, folder: Path, work: str, workers: int) -> None:
        self.folder = folder
        program = PROGRAM.replace("WORKERS", str(workers)).replace("WORK", textwrap.indent(work, "    ").strip())
        self.process = subprocess.Popen(
            [sys.executable, "-c", program, str(folder)], env=environment(), start_new_session=True,
            stderr=subprocess.PIPE,
        )  # fmt: skip

    def noted(self, name: str) -> list[int]:
        file = self.folder / name
        return [int(line) for line in file.read_text().split()] if file.exists() else []

    def until(self, holds: Callable[[], bool]) -> None:
        end = time.monotonic() + 20
        while not holds():
            assert time.monotonic() < end, "it did not come true"
            time.sleep(0.01)

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(15)


Start = Callable[..., Supervised]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[Supervised] = []

    def start_one(work: str = "serve(ready)", workers: int = 1) -> Supervised:
        started.append(Supervised(tmp_path, work, workers))
        return started[-1]

    yield start_one
    for supervised in started:
        with_group = supervised.process.poll() is None
        if with_group:
            os.killpg(supervised.process.pid, signal.SIGKILL)
        supervised.process.communicate()


def test_ready_is_said_once_when_all_workers_are(start: Start) -> None:
    supervised = start(workers=3)
    supervised.until(lambda: bool(supervised.noted("ready")))
    assert len(supervised.noted("started")) == 3
    assert supervised.end() == 0
    assert sorted(supervised.noted("ended")) == sorted(supervised.noted("started"))
    assert len(supervised.noted("ready")) == 1


def test_a_worker_that_cannot_start_ends_the_service_with_its_words(start: Start) -> None:
    supervised = start("from pabal.model.errors import PabalError\nraise PabalError('no room')")
    _, errors = supervised.process.communicate(timeout=15)
    assert (supervised.process.returncode, errors) == (1, b"pabal: no room\n")
    assert supervised.noted("ready") == []


def test_a_crashed_worker_is_started_again_and_its_neighbour_stays(start: Start) -> None:
    supervised = start(workers=2)
    supervised.until(lambda: bool(supervised.noted("ready")))
    first, second = supervised.noted("started")
    os.kill(first, signal.SIGKILL)
    supervised.until(lambda: len(supervised.noted("started")) == 3)
    assert second in process_tree(supervised.process.pid)
    assert len(supervised.noted("ready")) == 1
    assert supervised.end() == 0


def test_one_that_keeps_crashing_is_tried_again_and_the_service_can_be_ended(start: Start) -> None:
    supervised = start("serve(ready) if len(open(folder / 'started').readlines()) == 1 else os._exit(71)")
    supervised.until(lambda: bool(supervised.noted("ready")))
    os.kill(supervised.noted("started")[0], signal.SIGKILL)
    supervised.until(lambda: len(supervised.noted("started")) >= 4)
    assert supervised.end() == 0


def test_hangup_reaches_every_worker_and_ends_none(start: Start) -> None:
    supervised = start(workers=2)
    supervised.until(lambda: bool(supervised.noted("ready")))
    supervised.process.send_signal(signal.SIGHUP)
    supervised.until(lambda: len(supervised.noted("hangup")) == 2)
    assert supervised.noted("reread") == [supervised.process.pid]
    assert supervised.noted("ended") == []
    assert supervised.end() == 0


def test_a_worker_that_hangs_while_it_starts_does_not_hold_up_the_end(start: Start) -> None:
    supervised = start("time.sleep(1000)")
    supervised.until(lambda: bool(supervised.noted("started")))
    assert supervised.end() == 1


def test_a_second_signal_ends_a_worker_that_does_not_listen(start: Start) -> None:
    supervised = start("os.write(ready, b'!')\nwhile True: time.sleep(1000)")
    supervised.until(lambda: bool(supervised.noted("ready")))
    supervised.process.send_signal(signal.SIGTERM)
    assert supervised.end(signal.SIGINT) == 0


def test_workers_end_with_a_supervisor_that_was_killed(start: Start) -> None:
    supervised = start(workers=2)
    supervised.until(lambda: bool(supervised.noted("ready")))
    supervised.process.kill()
    supervised.process.wait()
    supervised.until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in supervised.noted("started")))
