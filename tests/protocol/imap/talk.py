"""A dialogue with the machine: what the client sends, which commands come out, what is answered."""

from __future__ import annotations

from pabal.protocol.imap.session import (
    AnswerLine,
    Closed,
    CommandReceived,
    Event,
    MessageDropped,
    MessagePiece,
    NeedData,
    ServerSession,
)
from pabal.protocol.imap.settings import ImapSettings
from pabal.protocol.imap.verbs import State

SETTINGS = ImapSettings()


def session_in(state: State, settings: ImapSettings = SETTINGS) -> ServerSession:
    session = ServerSession(settings)
    session.state = state
    return session


def run(session: ServerSession, *pieces: bytes) -> tuple[list[Event], bytes]:
    """Feed the pieces; every command is finished with OK.  Joined pieces of a message count as one event."""
    events: list[Event] = []
    sent = b""
    for piece in pieces:
        session.receive(piece)
        while True:
            event = session.next_event()
            sent += b"".join(session.data_to_send())
            if isinstance(event, NeedData):
                break
            if isinstance(event, MessagePiece) and events and isinstance(events[-1], MessagePiece):
                event = MessagePiece(events.pop().octets + event.octets)  # type: ignore[union-attr]
            events.append(event)
            if isinstance(event, Closed):
                return events, sent
            if isinstance(event, CommandReceived):
                session.finish(event.tag, b"OK", "Done")
                sent += b"".join(session.data_to_send())
    return events, sent


def command_of(line: bytes, state: State = State.SELECTED, *, utf8: bool = False) -> object:
    """The one command that ``line`` (without tag and end) makes, or the text of the refusal."""
    session = session_in(state)
    session.utf8 = utf8
    events, sent = run(session, b"t " + line + b"\r\n")
    commands = [event.command for event in events if isinstance(event, CommandReceived)]
    return commands[0] if commands else sent.decode()


__all__ = [
    "AnswerLine",
    "Closed",
    "CommandReceived",
    "MessageDropped",
    "MessagePiece",
    "command_of",
    "run",
    "session_in",
]
