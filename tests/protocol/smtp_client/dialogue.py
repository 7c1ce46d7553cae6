"""Dialogues from the client's side: ``S:`` is what the next hop says, ``C:`` what it must get, in order."""

from __future__ import annotations

from textwrap import dedent

from pabal.model.address import Address
from pabal.model.envelope import Recipient
from pabal.protocol.smtp.events import Event
from pabal.protocol.smtp_client import (
    NEED_DATA,
    ClientLimits,
    ClientSession,
    ContentWanted,
    MailTransaction,
    Ready,
    Result,
    TransactionDone,
)

KIM = Address("kim", "example.org")
MESSAGE = b"Subject: x\r\n\r\n.dot\r\n"
HELLO = "220 mx.example\r\n250-mx.example\r\n"
ALL = "250-PIPELINING\r\n250-8BITMIME\r\n250-SIZE 1000000\r\n250 ENHANCEDSTATUSCODES\r\n"


def recipients(*local_parts: str) -> tuple[Recipient, ...]:
    return tuple(Recipient(Address(each, "example.net")) for each in local_parts)


def transaction(*local_parts: str, **fields: object) -> MailTransaction:
    values: dict[str, object] = {"reverse_path": KIM, "size": len(MESSAGE)}
    return MailTransaction(recipients=recipients(*(local_parts or ("a",))), **(values | fields))  # type: ignore[arg-type]


class Client:
    """A session that gives MESSAGE when the content is wanted; everything else is for the test."""

    def __init__(
        self, limits: ClientLimits | None = None, *, hello: str | None = ALL, lmtp: bool = False, secure: bool = False
    ) -> None:
        self.session = ClientSession("client.example", limits, lmtp=lmtp, secure=secure)
        self.events: list[Event] = []
        self.message = MESSAGE
        self.pieces = 1 << 20
        if hello is not None:
            self.hear((HELLO + hello).encode())
            self.sent()

    def sent(self) -> str:
        return self.session.data_to_send().decode()

    def hear(self, *pieces: bytes) -> None:
        for octets in pieces:
            self.session.receive(octets)
            self.look()

    def look(self) -> None:
        while (event := self.session.next_event()) is not NEED_DATA:
            self.events.append(event)
            if isinstance(event, ContentWanted):
                self.give()

    def give(self) -> None:
        for start in range(0, len(self.message), self.pieces):
            self.session.content(self.message[start : start + self.pieces])
        self.session.end_content()

    def send(self, *local_parts: str, **fields: object) -> None:
        self.session.send(transaction(*local_parts, **fields))
        self.look()

    def last(self, kind: type[Event]) -> Event:
        return next(event for event in reversed(self.events) if isinstance(event, kind))

    @property
    def ready(self) -> Ready:
        event = self.last(Ready)
        assert isinstance(event, Ready)
        return event

    @property
    def done(self) -> TransactionDone:
        event = self.last(TransactionDone)
        assert isinstance(event, TransactionDone)
        return event

    @property
    def results(self) -> dict[str, str]:
        """Local part to ``result status``."""
        return {
            each.recipient.forward_path.local_part: f"{each.result.value} {each.status}"
            for each in self.done.outcomes
        }

    @property
    def rest(self) -> list[str]:
        return [each.forward_path.local_part for each in self.done.rest]


def talk(client: Client, script: str) -> None:
    """Play a script: neighbouring lines of one side are one write; each must be exactly what is there."""
    said = client.sent()
    for line in dedent(script).strip().splitlines():
        speaker, text = line[:1], line[3:]
        if speaker == "S":
            assert said == "", f"before {line!r} the client also said {said!r}"
            client.hear(text.encode() + b"\r\n")
            continue
        said = said or client.sent()
        expected = text + "\r\n"
        assert said.startswith(expected), f"{said!r} is not {expected!r}"
        said = said[len(expected) :]
    assert said + client.sent() == ""


def delivered(client: Client) -> bool:
    return all(each.result is Result.DELIVERED for each in client.done.outcomes) and not client.done.rest
