"""A full disk: ``452 4.3.1``, nothing half-filed, reading goes on, and it works again when there is room.

The data folder lies on a small file system in memory that only the server sees.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.talk import deliver
from tests.durability.load import filed
from tests.kit.server import Server, running

SIZE = "160m"
RECIPIENT = "kim@full.test"
MOST = 400  # messages until a full disk must be noticed
LINE = b"x" * 78 + b"\r\n"


@pytest.fixture
def cramped(tmp_path: Path) -> Iterator[Server]:
    data = tmp_path / "server" / "data"
    data.mkdir(parents=True)
    mount = f'mount -t tmpfs -o size={SIZE},mode=700 tmpfs "{data}" && exec "$@"'
    own = ("unshare", "-m") if os.geteuid() == 0 else ("unshare", "-rm")
    with running(tmp_path / "server", prefix=(*own, "sh", "-c", mount, "sh")) as server:
        yield server


def send(server: Server, name: str, octets: int) -> str:
    message = f"Message-ID: <{name}@crash.test>\r\nSubject: {name}\r\n\r\n".encode() + LINE * (octets // len(LINE))
    return deliver(server.smtp, RECIPIENT, message)


def fill(ballast: Path) -> None:
    """Until not one block is left."""
    file = os.open(ballast, os.O_CREAT | os.O_WRONLY)
    try:
        for block in (1 << 20, 4096):
            while True:
                try:
                    os.write(file, bytes(block))
                except OSError:
                    break
    finally:
        os.close(file)


def test_a_full_disk_is_said_and_gets_over(cramped: Server) -> None:
    seen_by_server = Path(f"/proc/{cramped.process.pid}/root{cramped.data}")
    assert send(cramped, "before", 1000).startswith("250 2.")
    fill(seen_by_server / "ballast")
    taken = ["before"]
    for number in range(MOST):
        reply = send(cramped, f"n{number}", 1_000_000)
        if not reply.startswith("250 2."):
            break
        taken.append(f"n{number}")
    assert reply.startswith("452 4.3.1 ")
    assert filed(cramped.imap, RECIPIENT) == dict.fromkeys(taken, 1)
    (seen_by_server / "ballast").unlink()
    assert send(cramped, "after", 1000).startswith("250 2.")
    assert filed(cramped.imap, RECIPIENT) == dict.fromkeys([*taken, "after"], 1)
