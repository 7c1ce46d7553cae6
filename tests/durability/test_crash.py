"""SIGKILL in the middle of load: every message answered 250 is there exactly once (design: durability, proof a).

The victims take turns: the whole group, one worker, the supervisor.  One data folder goes through
all rounds, so a later crash must not harm what an earlier one left.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

import pytest

from tests.durability.load import Load, Sent, lost_or_doubled
from tests.kit.server import Server, running

GONE_WITHIN = 10.0  # seconds in which workers must follow their supervisor
ENOUGH = 60  # acknowledged messages before the blow


def kill_group(server: Server) -> None:
    server.kill()


def kill_supervisor(server: Server) -> None:
    """Its workers end with it (design: processes)."""
    server.process.kill()
    server.process.wait()
    end = time.monotonic() + GONE_WITHIN
    while group_is_there(server.process.pid):
        assert time.monotonic() < end, "a worker outlived its supervisor"
        os.sched_yield()


def kill_worker(server: Server) -> None:
    _, *workers = server.processes()
    assert workers, "there is no worker process"
    os.kill(workers[-1], signal.SIGKILL)


def group_is_there(group: int) -> bool:
    """Somebody of the process group still runs; a zombie does not."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, of_group = stat.read_text().rpartition(")")[2].split()[:3]
            if int(of_group) == group and state != "Z":
                return True
    return False


VICTIMS = {"group": kill_group, "worker": kill_worker, "supervisor": kill_supervisor}


def crash_rounds(folder: Path, rounds: int, victim: str) -> None:
    acknowledged: list[Sent] = []
    for number in range(rounds):
        with running(folder, arguments=("--workers", "2")) as server:
            assert lost_or_doubled(server.imap, acknowledged) == []
            with Load(server.smtp, f"{victim}-{number}", reconnect=victim == "worker") as load:
                load.wait_for(ENOUGH + 7 * number)
                VICTIMS[victim](server)
                if victim == "worker":
                    load.wait_for(len(load.acknowledged) + ENOUGH)  # the doors stay open
            acknowledged += load.acknowledged
    with running(folder) as server:
        assert lost_or_doubled(server.imap, acknowledged) == []


@pytest.mark.parametrize("victim", VICTIMS)
def test_what_was_acknowledged_is_there_once_after_a_crash(tmp_path: Path, victim: str) -> None:
    crash_rounds(tmp_path / "crash", 2, victim)


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("victim", VICTIMS)
def test_twenty_crashes_lose_nothing(tmp_path: Path, victim: str) -> None:
    crash_rounds(tmp_path / "crash", 20, victim)
