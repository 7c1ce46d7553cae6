"""mbsync (isync) takes a mailbox of 1,000 messages away and brings it back, octet for octet."""

from __future__ import annotations

import hashlib
import imaplib
import random
import socket
import subprocess
from collections import Counter
from pathlib import Path

from tests.kit.server import Server

MESSAGES = 1000
SETTINGS = """
IMAPAccount {name}
Host 127.0.0.1
Port {port}
User {user}
Pass any
SSLType None
AuthMechs LOGIN

IMAPStore {name}
Account {name}

MaildirStore {name}-here
Path {folder}/
Inbox {folder}/INBOX
SubFolders Verbatim

Channel {name}
Far :{name}:
Near :{name}-here:
Patterns INBOX
Create Near
Sync {direction}
SyncState *
"""


def messages() -> list[bytes]:
    """Of several sizes, with 8-bit text and long header fields among them."""
    chance = random.Random(11)
    made = []
    for number in range(MESSAGES):
        lines = "".join(f"{chance.randbytes(24).hex()} 파발 {number}\r\n" for _ in range(chance.randint(1, 60)))
        header = f"Message-ID: <{number}@mirror.test>\r\nSubject: =?utf-8?q?n_{number}?=\r\nX-Long: {'word ' * (number % 40)}\r\n"
        made.append(f"{header}Content-Type: text/plain; charset=utf-8\r\n\r\n{lines}".encode())
    return made


def fill(port: int, user: str) -> None:
    with imaplib.IMAP4("127.0.0.1", port, timeout=60) as client:
        # imaplib writes a literal and the end of its line apart; Nagle's algorithm would hold back the second.
        client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.login(user, "any")
        for message in messages():
            assert client.append("INBOX", None, None, message)[0] == "OK"


def hashes(port: int, user: str) -> Counter[str]:
    """mbsync adds a field X-TUID to what it uploads; everything else must be the same."""
    with imaplib.IMAP4("127.0.0.1", port, timeout=60) as client:
        client.login(user, "any")
        client.select("INBOX", readonly=True)
        _, parts = client.fetch("1:*", "(BODY.PEEK[])")
    return Counter(_hash(part[1]) for part in parts if isinstance(part, tuple))


def _hash(message: bytes) -> str:
    header, _, text = message.partition(b"\r\n\r\n")
    kept = [line for line in header.split(b"\r\n") if not line.startswith(b"X-TUID:")]
    return hashlib.sha256(b"\r\n".join(kept) + b"\r\n\r\n" + text).hexdigest()


def mbsync(folder: Path, port: int, user: str, direction: str) -> None:
    settings = folder.parent / f"{direction}.mbsyncrc"
    name = direction.lower()
    settings.write_text(SETTINGS.format(name=name, port=port, user=user, folder=folder, direction=direction))
    done = subprocess.run(["mbsync", "-c", str(settings), name], capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_thousand_messages_go_there_and_back(server: Server, tmp_path: Path) -> None:
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    fill(server.imap, "from@mirror.test")
    mbsync(mirror, server.imap, "from@mirror.test", "Pull")
    for state in mirror.rglob(".mbsyncstate*"):
        state.unlink()
    for uid in mirror.rglob(".uidvalidity"):
        uid.unlink()
    mbsync(mirror, server.imap, "to@mirror.test", "Push")
    before = hashes(server.imap, "from@mirror.test")
    assert sum(before.values()) == MESSAGES
    assert hashes(server.imap, "to@mirror.test") == before
