"""The server side of SMTP and LMTP, without I/O (RFC 5321 §4.1.4, RFC 2920, RFC 3207, RFC 2033).

Octets go in through receive() (b"" when no more will come), events come out of next_event(); the caller
answers each (a Chunk needs no answer) and sends what data_to_send() holds.

Invariants, each with a test of its name:
  * An event is given only after the one before it was answered, so a pipelined command never runs
    ahead of the reply it depends on.
  * What a client sent before its TLS handshake is dropped, not replayed after it
    (RFC 3207 §4.2, CVE-2011-0411).
  * Every command has one reply, in its order, however the octets were cut.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pabal.model.errors import MessageTooLarge, Refusal, TooManyRecipients
from pabal.model.replies import Reply
from pabal.protocol.smtp import commands, replies
from pabal.protocol.smtp.errors import (
    BadSequence,
    CommandNotOffered,
    HttpRequest,
    NoRecipients,
    TooManyBadCommands,
)
from pabal.protocol.smtp.events import (
    NEED_DATA,
    NEED_SEND,
    TRANSITIONS,
    Chunk,
    DataStart,
    EndOfData,
    Event,
    Hello,
    MailFrom,
    RcptTo,
    StartTls,
    State,
)
from pabal.protocol.smtp.octets import DataReader, LineReader
from pabal.telemetry import Counter

#: Replies that may wait to be sent; a client that pipelines more than that gets them in several writes.
REPLIES_AT_ONCE: Final = 100

#: Refusals that a client may run into with good manners, above all when it pipelines: not counted as bad.
_NO_FAULT: Final = (MessageTooLarge, NoRecipients, TooManyRecipients)
REFUSED = Counter("smtp_commands_refused_total", "Commands that the machine itself refused, by reply code", "code")

_ANSWERED: Final = {commands.NOOP: replies.OK, commands.HELP: replies.HELP, commands.VRFY: replies.VERIFY}


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """What one session may ask of us."""

    message_size: int = 50 * 1024 * 1024  # octets, dot-stuffing undone
    recipients: int = 1000  # of one message
    command_line: int = 2048  # octets with CRLF; RFC 5321 §4.5.3.1.4 asks for 512, extensions add to it
    bad_commands: int = 20  # since the last message that was taken


class ServerSession:
    """One connection.  ``state`` may be read; everything else goes through the methods."""

    def __init__(self, limits: SessionLimits, *, lmtp: bool = False, starttls: bool = False) -> None:
        self.state = State.CONNECTED
        self._limits = limits
        self._lmtp = lmtp
        self._starttls = starttls
        self._commands = commands.LMTP_COMMANDS if lmtp else commands.SMTP_COMMANDS
        self._lines = LineReader(limits.command_line)
        self._data: DataReader | None = None
        self._unanswered: Event | None = None
        self._out: list[bytes] = []
        self._bad_commands = 0
        self._recipients = 0  # accepted in this transaction

    # what the driver says
    def greet(self, hostname: str) -> None:
        self._say(replies.greeting(hostname, lmtp=self._lmtp))

    def welcome(self, hello: Hello, hostname: str) -> Reply:
        """The positive answer to a Hello: the extensions, when the client can read them."""
        if not hello.extended:
            return Reply(250, hostname)
        return replies.extensions(hostname, message_size=self._limits.message_size, starttls=self._starttls)

    def answer(self, *answers: Reply) -> None:
        """Answer the event that next_event() gave.

        One reply; EndOfData in LMTP: one for each accepted recipient, in their order (RFC 2033 §4.2).
        """
        event, self._unanswered = self._unanswered, None
        assert event is not None, "there is no event to answer"
        for reply in answers:
            self._say(reply)
        if isinstance(event, EndOfData):
            self._end_transaction(event, answers)
        elif answers[0].positive:
            self._proceed(event)
        if answers[-1].code == 421:  # RFC 5321 §4.2.3: and the transmission channel closes
            self.state = State.CLOSED

    def close(self, reply: Reply) -> None:
        """Say a last thing, asked or not: a time-out, a shutdown, a connection that is one too many."""
        self._say(reply)
        self.state = State.CLOSED

    def data_to_send(self) -> bytes:
        """All replies since the last call: a pipelined batch is answered in one write (RFC 2920 §3.2)."""
        octets = b"".join(self._out)
        self._out.clear()
        return octets

    # what the client says
    def receive(self, octets: bytes) -> None:
        if octets:
            self._lines.receive(octets)
        else:
            # RFC 5321 §3.8: no server closes without 421.  Who hung up does not hear it; who only ended his
            # half, or is cut off because we stop, does.
            self.close(replies.CLOSING)

    def next_event(self) -> Event:
        """The next thing to do; NEED_DATA when it must be read first, or when the session is closed."""
        assert self._unanswered is None, "the event before this one was not answered"
        while self.state is not State.CLOSED:
            if len(self._out) >= REPLIES_AT_ONCE:
                return NEED_SEND
            if self._data is not None:
                return self._next_of_data(self._data)
            try:
                line = self._lines.line()
                event = None if line is None else self._admit(commands.parse(line, self._commands))
            except Refusal as refusal:
                self._refuse(refusal)
                continue
            if line is None:
                break
            if event is not None:
                self._unanswered = event
                return event
        return NEED_DATA

    def _next_of_data(self, data: DataReader) -> Event:
        """Text first, then the end."""
        if not data.ended:
            octets = self._lines.take()
            if not octets:
                return NEED_DATA
            text = data.receive(octets)
            if text:
                return Chunk(text)
            if not data.ended:
                return NEED_DATA
        self._data = None
        self._lines.receive(data.rest)
        self._unanswered = EndOfData(data.fault)
        return self._unanswered

    def _admit(self, event: Event) -> Event | None:
        """The event if it may come now; None when it needs nobody but us.  Raises: Refusal."""
        if isinstance(event, commands.Answered):
            self._say(_ANSWERED[event])
            return None
        if isinstance(event, StartTls) and not self._starttls:
            raise CommandNotOffered
        if (self.state, type(event)) not in TRANSITIONS:
            raise NoRecipients if isinstance(event, DataStart) and self.state is State.MAIL else BadSequence
        if isinstance(event, MailFrom) and (event.size or 0) > self._limits.message_size:
            raise MessageTooLarge(f"SIZE={event.size}")  # RFC 1870 §6.1
        if isinstance(event, RcptTo) and self._recipients >= self._limits.recipients:
            raise TooManyRecipients  # RFC 5321 §4.5.3.1.10: 452, and what was accepted stays
        return event

    def _refuse(self, refusal: Refusal) -> None:
        """The client erred; enough of that, or a web browser, ends the session."""
        REFUSED.add(str(refusal.code))
        self._bad_commands += not isinstance(refusal, _NO_FAULT)
        self._say(refusal.reply())
        if isinstance(refusal, HttpRequest):
            self.state = State.CLOSED
        elif self._bad_commands >= self._limits.bad_commands:
            self.close(TooManyBadCommands().reply())

    def _proceed(self, event: Event) -> None:
        """The event was answered positively."""
        if isinstance(event, RcptTo):
            self._recipients += 1
        elif isinstance(event, DataStart):
            self._data = DataReader(self._limits.message_size)
        elif isinstance(event, StartTls):
            self._lines.take()
            self._starttls = False
        self.state = TRANSITIONS[self.state, type(event)]
        if self.state is State.READY:
            self._recipients = 0

    def _end_transaction(self, event: EndOfData, answers: tuple[Reply, ...]) -> None:
        if self._lmtp:
            assert len(answers) == self._recipients, "LMTP answers each accepted recipient"
        if any(reply.positive for reply in answers):
            self._bad_commands = 0
        self._recipients = 0
        self.state = TRANSITIONS[self.state, type(event)]

    def _say(self, reply: Reply) -> None:
        self._out.append(reply.octets())
