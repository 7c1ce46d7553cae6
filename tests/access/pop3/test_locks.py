"""One maildrop at a time, in one process and among several."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pabal.access.pop3.locks import MaildropInUse, MaildropLocks
from pabal.model.ids import AccountId
from tests.kit.server import environment

KIM, LEE = AccountId(1), AccountId(2**40)
#: Another worker: it takes LEE's, says so, and lives until its standard input ends.
OTHER = """
import sys
from pathlib import Path
from pabal.access.pop3.locks import MaildropLocks
locks = MaildropLocks(Path(sys.argv[1]))
locks.take(2**40)
print("taken", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def locks(tmp_path: Path) -> Iterator[MaildropLocks]:
    locks = MaildropLocks(tmp_path)
    yield locks
    locks.close()


@pytest.fixture
def other(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-c", OTHER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment()) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"taken\n"
        yield process
        process.kill()


def test_an_account_is_taken_once_until_it_is_released(locks: MaildropLocks) -> None:
    locks.take(KIM)
    locks.take(LEE)
    with pytest.raises(MaildropInUse):
        locks.take(KIM)
    locks.release(KIM)
    locks.take(KIM)


def test_what_was_not_taken_may_be_released(locks: MaildropLocks) -> None:
    locks.release(KIM)
    locks.take(KIM)
    with pytest.raises(MaildropInUse):
        locks.take(KIM)


def test_another_process_keeps_its_own_account_only(locks: MaildropLocks, other: subprocess.Popen[bytes]) -> None:
    with pytest.raises(MaildropInUse):
        locks.take(LEE)
    locks.release(LEE)  # not ours to let go of
    with pytest.raises(MaildropInUse):
        locks.take(LEE)
    locks.take(KIM)


def test_a_killed_process_holds_nothing(locks: MaildropLocks, other: subprocess.Popen[bytes]) -> None:
    other.kill()
    other.wait(10)
    locks.take(LEE)
    with pytest.raises(MaildropInUse):
        locks.take(LEE)


def test_the_file_stays_empty_and_its_owners(locks: MaildropLocks, tmp_path: Path) -> None:
    locks.take(LEE)
    (file,) = tmp_path.iterdir()
    assert (file.stat().st_size, file.stat().st_mode & 0o777, file.stat().st_uid) == (0, 0o600, os.geteuid())
