"""Our client against our own server, machine to machine: every message arrives as it was."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pabal.protocol.smtp import SessionLimits, StartTls
from pabal.protocol.smtp_client import (
    NEED_DATA,
    ClientSession,
    ContentWanted,
    Ready,
    State,
    TlsAgreed,
    TransactionDone,
)
from tests.protocol.smtp.dialogue import HOSTNAME, Server
from tests.protocol.smtp_client.dialogue import transaction

LINES = st.lists(st.sampled_from([b"", b".", b"..", b".a", b"text", "é".encode(), b"x" * 998]), max_size=12)
MESSAGES = LINES.map(lambda lines: b"".join(line + b"\r\n" for line in lines))


class Pair:
    """A client and a server that hear each other, in pieces of ``pieces`` octets."""

    def __init__(self, message: bytes, *local_parts: str, lmtp: bool = False, tls: bool = False, pieces: int = 4096):
        self.client = ClientSession("client.example", lmtp=lmtp)
        self.server = Server(SessionLimits(recipients=2), lmtp=lmtp, starttls=tls, hello=False)
        self.server.session.greet(HOSTNAME)
        self.message, self.local_parts, self.tls, self.pieces = message, local_parts, tls, pieces
        self.results: dict[str, str] = {}
        self.received: list[bytes] = []

    def play(self) -> None:
        self._hear(self.server.session.data_to_send())
        while self.client.state is not State.CLOSED:
            said = self.client.data_to_send()
            assert said, f"nobody speaks: {self.client.state}, {self.client.awaiting}"
            for start in range(0, len(said), self.pieces):
                self._hear(self.server.say(said[start : start + self.pieces]))

    def _hear(self, octets: bytes) -> None:
        for start in range(0, len(octets), self.pieces):
            self.client.receive(octets[start : start + self.pieces])
            while (event := self.client.next_event()) is not NEED_DATA:
                self._answer(event)

    def _answer(self, event: object) -> None:
        match event:
            case Ready(extensions) if extensions.offers("STARTTLS"):
                self.client.start_tls()
            case Ready():
                self._send(self.local_parts)
            case TlsAgreed():
                self.client.tls_started()
            case ContentWanted():
                for start in range(0, len(self.message), self.pieces):
                    self.client.content(self.message[start : start + self.pieces])
                self.client.end_content()
            case TransactionDone(outcomes, rest):
                self.received.append(self.server.text)
                self.server.events.clear()
                self.results |= {each.recipient.forward_path.local_part: each.result.value for each in outcomes}
                if rest:
                    self._send(tuple(each.forward_path.local_part for each in rest))
                else:
                    self.client.quit()

    def _send(self, local_parts: tuple[str, ...]) -> None:
        eight_bit = {} if self.message.isascii() else {"body": "8BITMIME"}
        self.client.send(transaction(*local_parts, size=len(self.message), **eight_bit))


@given(MESSAGES, st.booleans(), st.sampled_from([1, 2, 3, 7, 4096]))
@settings(max_examples=60, deadline=None)
def test_every_message_arrives_octet_equal(message: bytes, lmtp: bool, pieces: int) -> None:
    pair = Pair(message, "a", "b", lmtp=lmtp, pieces=pieces)
    pair.play()
    assert pair.received == [message]
    assert pair.results == {"a": "delivered", "b": "delivered"}


@pytest.mark.parametrize("lmtp", [False, True])
def test_more_recipients_than_the_server_takes_get_more_transactions(lmtp: bool) -> None:
    pair = Pair(b"Subject: x\r\n", *"abcde", lmtp=lmtp)
    pair.play()
    assert pair.results == dict.fromkeys("abcde", "delivered")
    assert pair.received == [b"Subject: x\r\n"] * 3


def test_a_message_arrives_after_starttls() -> None:
    pair = Pair(b"Subject: x\r\n", "a", tls=True)
    seen = []
    answers = pair.server._answers
    pair.server._answers = lambda event: (seen.append(type(event)), answers(event))[1]  # type: ignore[method-assign]
    pair.play()
    assert StartTls in seen
    assert pair.results == {"a": "delivered"}


def test_a_message_larger_than_the_server_takes_is_not_sent() -> None:
    pair = Pair(b"x" * 100 + b"\r\n", "a")
    pair.server = Server(SessionLimits(message_size=50), hello=False)
    pair.server.session.greet(HOSTNAME)
    pair.play()
    assert pair.results == {"a": "permanent"}
    assert pair.received == [b""]
