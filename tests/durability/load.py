"""Load that remembers what it was promised: senders that note every message answered 250."""

from __future__ import annotations

import contextlib
import imaplib
import itertools
import re
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

RECIPIENTS = tuple(f"rider{number}@crash.test" for number in range(3))
SENDERS = 4
#: Octets of text in the messages, in turn: small, larger than a page, larger than what is kept in memory.
SIZES = (200, 200, 200, 9_000, 200, 200, 400_000)
_MESSAGE_ID = re.compile(rb"Message-ID: <([^@>]+)@crash\.test>", re.IGNORECASE)


@dataclass(frozen=True)
class Sent:
    name: str  # left of the @ of its Message-ID
    recipients: tuple[str, ...]


class Load:
    """``SENDERS`` clients that send one message after the other until their connection breaks.

    A client whose connection breaks connects again while ``reconnect`` is true: when one worker dies,
    the others go on.
    """

    def __init__(self, port: int, round_name: str, *, reconnect: bool = False) -> None:
        self._port, self._round, self._reconnect = port, round_name, reconnect
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._stopping = False
        self.acknowledged: list[Sent] = []
        self.tried = 0
        self._threads = [threading.Thread(target=self._send_on, daemon=True) for _ in range(SENDERS)]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping = True
        for thread in self._threads:
            thread.join(30)

    def wait_for(self, acknowledged: int, within: float = 60.0) -> None:
        """Until that many messages were answered 250."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.acknowledged) >= acknowledged, within), "no progress"

    def _send_on(self) -> None:
        while not self._stopping:
            with contextlib.suppress(OSError, EOFError):
                self._one_connection()
            if not self._reconnect:
                return

    def _one_connection(self) -> None:
        with (
            socket.create_connection(("127.0.0.1", self._port), 30) as connection,
            connection.makefile("rb") as replies,
        ):
            expect(replies.readline(), b"220")
            connection.sendall(b"HELO load.crash.test\r\n")
            expect(replies.readline(), b"250")
            while not self._stopping:
                sent, octets = self._next()
                self._transaction(connection, replies, sent, octets)
                with self._changed:
                    self.acknowledged.append(sent)
                    self._changed.notify_all()

    def _next(self) -> tuple[Sent, bytes]:
        number = next(self._numbers)
        recipients = RECIPIENTS[:2] if number % 5 == 0 else (RECIPIENTS[number % len(RECIPIENTS)],)
        sent = Sent(f"{self._round}.{number}", recipients)
        self.tried = number + 1
        header = f"Message-ID: <{sent.name}@crash.test>\r\nSubject: {sent.name}\r\n\r\n"
        line = b"a rider, a horse, a lantern and a bell; " * 2 + b"\r\n"
        return sent, header.encode() + line * (SIZES[number % len(SIZES)] // len(line) + 1) + b".\r\n"

    @staticmethod
    def _transaction(connection: socket.socket, replies: Iterator[bytes], sent: Sent, octets: bytes) -> None:
        paths = [f"RCPT TO:<{path}>\r\n" for path in sent.recipients]
        for command in ("MAIL FROM:<load@crash.test>\r\n", *paths):
            connection.sendall(command.encode())
            expect(next(replies, b""), b"250")
        connection.sendall(b"DATA\r\n")
        expect(next(replies, b""), b"354")
        connection.sendall(octets)
        expect(next(replies, b""), b"250")


def expect(reply: bytes, code: bytes) -> None:
    """Raises: EOFError when the server is gone."""
    if not reply:
        raise EOFError
    assert reply.startswith(code), reply


def filed(port: int, recipient: str) -> Counter[str]:
    """How often each message is in somebody's INBOX."""
    with imaplib.IMAP4("127.0.0.1", port, timeout=60) as client:
        client.login(recipient, "any")
        _, (exists,) = client.select("INBOX", readonly=True)
        if exists is None or int(exists) == 0:
            return Counter()
        _, parts = client.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")
    fields = [part[1] for part in parts if isinstance(part, tuple)]
    return Counter(found[1].decode() for field in fields if (found := _MESSAGE_ID.search(field)))


def lost_or_doubled(port: int, acknowledged: list[Sent]) -> list[str]:
    """What breaks the promise: an acknowledged message that is not there exactly once, any that is there twice."""
    wrong = []
    for recipient in RECIPIENTS:
        there = filed(port, recipient)
        wrong += [f"{name} is {count} times in {recipient}" for name, count in there.items() if count > 1]
        for sent in acknowledged:
            if recipient in sent.recipients and there[sent.name] == 0:
                wrong.append(f"{sent.name} is lost from {recipient}")
    return wrong
