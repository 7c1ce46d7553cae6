"""Counts messages over IMAP: one connection for each account, STATUS sent to all at once."""

from __future__ import annotations

import re
import socket

_COUNT = re.compile(rb"MESSAGES (\d+)")


class Counters:
    """Signed in to many accounts; ``total`` is the number of messages that can be fetched from their INBOXes."""

    def __init__(self, port: int, accounts: list[str]) -> None:
        self._sockets = [socket.create_connection(("127.0.0.1", port), 60) for _ in accounts]
        for connection, account in zip(self._sockets, accounts, strict=True):
            read_line(connection)
            connection.sendall(f'l LOGIN "{account}" "any"\r\n'.encode())
            _tagged(connection, b"l ")

    def total(self) -> int:
        for connection in self._sockets:
            connection.sendall(b"s STATUS INBOX (MESSAGES)\r\n")
        return sum(_messages(_tagged(connection, b"s ")) for connection in self._sockets)

    def close(self) -> None:
        for connection in self._sockets:
            connection.close()


def _messages(answer: bytes) -> int:
    """An INBOX that does not exist yet counts as empty."""
    found = _COUNT.search(answer)
    return int(found[1]) if found else 0


def read_line(connection: socket.socket) -> bytes:
    received = b""
    while not received.endswith(b"\r\n"):
        octets = connection.recv(4096)
        if not octets:
            raise EOFError(received)
        received += octets
    return received


def _tagged(connection: socket.socket, tag: bytes) -> bytes:
    """Everything up to the tagged answer."""
    received = b"\n"
    while b"\n" + tag not in received or not received.endswith(b"\r\n"):
        octets = connection.recv(65536)
        if not octets:
            raise EOFError(received)
        received += octets
    return received
