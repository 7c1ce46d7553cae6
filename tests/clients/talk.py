"""A dialogue with a mail door over a real socket: lines out, reply lines in."""

from __future__ import annotations

import socket
from types import TracebackType

WITHIN = 30.0  # seconds


class Talk:
    """One connection.  ``Talk(port)`` has not read the greeting yet."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), WITHIN)
        self._replies = self.socket.makefile("rb")

    def __enter__(self) -> Talk:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._replies.close()
        self.socket.close()

    def send(self, octets: bytes) -> None:
        self.socket.sendall(octets)

    def line(self) -> str:
        """One line without its end; "" when the server has closed."""
        try:
            return self._replies.readline().decode().rstrip("\r\n")
        except ConnectionResetError:
            return ""

    def reply(self) -> str:
        """The last line of one SMTP reply."""
        line = self.line()
        while line[3:4] == "-":
            line = self.line()
        return line

    def ask(self, command: str) -> str:
        """One SMTP command and the last line of its reply."""
        self.send(command.encode() + b"\r\n")
        return self.reply()

    def rest(self) -> bytes:
        """Everything until the server closes."""
        try:
            return self._replies.read()
        except ConnectionResetError:
            return b""


def smtp(port: int) -> Talk:
    """A greeted SMTP client that has said EHLO."""
    talk = Talk(port)
    assert talk.reply().startswith("220 ")
    assert talk.ask("EHLO client.test").startswith("250 ")
    return talk


def deliver(port: int, recipient: str, message: bytes, reverse_path: str = "sender@client.test") -> str:
    """Send one message (whole lines, or the last without its end; no dots to stuff); the reply to its end."""
    with smtp(port) as talk:
        assert talk.ask(f"MAIL FROM:<{reverse_path}>").startswith("250 2.1.0")
        assert talk.ask(f"RCPT TO:<{recipient}>").startswith("250 2.1.5")
        assert talk.ask("DATA").startswith("354 ")
        talk.send(message.removesuffix(b"\r\n") + b"\r\n.\r\n")
        return talk.reply()
