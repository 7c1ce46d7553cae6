"""Dialogues: ``C:`` is what a client sends, ``S:`` what it must get, in order; the far side accepts what is answerable.

A space that would stand at the end of a line is written ``␣``.
"""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import dedent

from pabal.model.address import Address
from pabal.model.errors import MailboxUnknown
from pabal.model.replies import EnhancedStatus, Reply
from pabal.protocol.smtp import (
    NEED_DATA,
    NEED_SEND,
    Chunk,
    DataStart,
    EndOfData,
    Event,
    Hello,
    MailFrom,
    Quit,
    RcptTo,
    ServerSession,
    SessionLimits,
    StartTls,
    State,
    replies,
)

HOSTNAME = "mail.example.org"
NOBODY = Address("nobody", "example.org")
TAKEN = Reply(250, "Taken", EnhancedStatus(2, 0, 0))


class Server:
    """A session whose events are accepted, except that nobody@example.org is unknown."""

    def __init__(
        self, limits: SessionLimits | None = None, *, lmtp: bool = False, starttls: bool = False, hello: bool = True
    ) -> None:
        self.session = ServerSession(limits or SessionLimits(), lmtp=lmtp, starttls=starttls)
        self.lmtp = lmtp
        self.events: list[Event] = []
        self.accepted = 0
        if hello:
            self.say(b"LHLO client.example\r\n" if lmtp else b"EHLO client.example\r\n")

    def say(self, *pieces: bytes) -> bytes:
        """Feed octets; what was said in return."""
        said: list[bytes] = []
        for octets in pieces:
            self.session.receive(octets)
            while (event := self.session.next_event()) is not NEED_DATA:
                if event is NEED_SEND:
                    said.append(self.session.data_to_send())
                    continue
                self.events.append(event)
                if not isinstance(event, Chunk):
                    self.session.answer(*self._answers(event))
        return b"".join(said) + self.session.data_to_send()

    def lines(self, *pieces: bytes) -> list[str]:
        return self.say(*pieces).decode().splitlines()

    @property
    def text(self) -> bytes:
        """All message text so far."""
        return b"".join(event.octets for event in self.events if isinstance(event, Chunk))

    @property
    def faults(self) -> list[type | None]:
        ends = [event for event in self.events if isinstance(event, EndOfData)]
        return [None if event.fault is None else type(event.fault) for event in ends]

    def _answers(self, event: Event) -> tuple[Reply, ...]:
        match event:
            case Hello():
                return (self.session.welcome(event, HOSTNAME),)
            case MailFrom():
                return (replies.SENDER_OK,)
            case RcptTo() if event.forward_path == NOBODY:
                return (MailboxUnknown().reply(),)
            case RcptTo():
                self.accepted += 1
                return (replies.RECIPIENT_OK,)
            case DataStart():
                return (replies.SEND_DATA,)
            case StartTls():
                return (replies.START_TLS,)
            case Quit():
                return (replies.GOODBYE,)
            case EndOfData():
                return self._for_message(event)
        return (replies.OK,)

    def _for_message(self, event: EndOfData) -> tuple[Reply, ...]:
        reply = TAKEN if event.fault is None else event.fault.reply()
        count, self.accepted = self.accepted if self.lmtp else 1, 0
        return (reply,) * count


def talk(server: Server, script: str) -> None:
    """Play a script; every reply line must be there, and no other."""
    said: list[str] = []
    for number, line in enumerate(dedent(script).strip().splitlines(), 1):
        speaker, text = line[:1], line[3:].replace("␣", " ")
        if speaker == "C":
            assert said == [], f"before line {number} the server also said {said}"
            said = server.lines(text.encode() + b"\r\n")
        else:
            assert said, f"line {number}: the server said nothing, not {text!r}"
            assert said.pop(0) == text, f"line {number}"
    assert said == []


def events_of(pieces: Iterable[bytes], **options: bool) -> tuple[list[Event], bytes, State]:
    """All events with neighbouring chunks joined, everything that was said, and the end state."""
    server = Server(hello=False, **options)
    said = server.say(*pieces)
    joined: list[Event] = []
    for event in server.events:
        if isinstance(event, Chunk) and joined and isinstance(joined[-1], Chunk):
            joined[-1] = Chunk(joined[-1].octets + event.octets)
        else:
            joined.append(event)
    # Refusals compare by identity; their class is what matters.
    plain = [EndOfData(None) if isinstance(event, EndOfData) else event for event in joined]
    return plain, said, server.session.state
