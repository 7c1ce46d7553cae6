"""The driver of SMTP and LMTP: octets to events, events to replies (RFC 5321, RFC 2033, RFC 3207).

All waiting is here.  A pipelined batch is answered in one write (RFC 2920 §3.2).  A client has
``command_timeout`` from our last reply to the end of its next command, however it spreads its octets,
``data_timeout`` for each part of a message and ``message_time`` for all of it, and ``write_timeout`` to
take our replies.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from pabal.delivery.receiver import MailTransaction, Receiver
from pabal.model.envelope import Origin, Recipient
from pabal.model.errors import Refusal, Unavailable
from pabal.model.intake import Outcome
from pabal.model.replies import EnhancedStatus, Reply
from pabal.model.world import Clock, Stream, StreamTimeout
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
    Reset,
    ServerSession,
    SessionLimits,
    StartTls,
    State,
    replies,
)
from pabal.server.smtp_settings import LimitSettings, SmtpSettings
from pabal.server.smtp_spool import Inbox
from pabal.telemetry import Counter, log

__all__ = ["LimitSettings", "SmtpContext", "SmtpSettings", "serve_smtp"]

MESSAGES = Counter("smtp_messages_total", "Messages by the first digit of our last reply", "door", "class")
_LAST_WORD = timedelta(seconds=5)  # how long a reply before closing may take


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpContext:
    """What all connections of one door share."""

    receiver: Receiver
    settings: SmtpSettings
    limits: LimitSettings
    clock: Clock
    hostname: str
    spool: Path  # folder for messages above [smtp] spool_above
    door: str = "smtp"
    lmtp: bool = False
    starttls: bool = False  # a certificate is there: offer STARTTLS where TLS is not on yet

    def session(self, *, tls: bool) -> ServerSession:
        limits = SessionLimits(
            message_size=self.limits.message_size,
            recipients=self.limits.recipients,
            command_line=self.settings.command_line,
            bad_commands=self.settings.bad_commands,
        )
        return ServerSession(limits, lmtp=self.lmtp, starttls=self.starttls and not tls)


async def serve_smtp(stream: Stream, context: SmtpContext) -> None:
    """Carry one SMTP or LMTP connection to its end, and close it."""
    connection = _Connection(stream, context)
    try:
        await connection.carry()
    except StreamTimeout:
        await connection.leave(replies.TIMEOUT)
    except ConnectionError as error:
        log.debug("smtp.cut", peer=stream.peer[0], detail=str(error))
    except asyncio.CancelledError:  # RFC 5321 §3.8: 421 before a server that is told to stop closes
        await connection.leave(replies.CLOSING)
        raise
    finally:
        connection.inbox.clear()
        await stream.close()


class _Connection:
    """One client: its session, its transaction, its message on the way in."""

    def __init__(self, stream: Stream, context: SmtpContext) -> None:
        self.stream, self.context = stream, context
        self.session = context.session(tls=stream.tls is not None)
        self.inbox = Inbox(context.spool, context.settings.spool_above)
        self.origin = Origin(context.door, "")
        self.transaction: MailTransaction | None = None
        self.command_deadline = self.message_deadline = 0.0  # on the stopwatch

    async def carry(self) -> None:
        try:
            await self._refuse_early_talk()
        except EarlyTalker as refusal:
            log.info("smtp.refused", peer=self.stream.peer[0], detail=refusal.detail)
            await self.leave(refusal.reply())
            return
        self.session.greet(self.context.hostname)
        await self._converse()

    async def leave(self, reply: Reply) -> None:
        """Say a last thing, if the client still listens."""
        self.session.close(reply)
        with suppress(StreamTimeout, ConnectionError):
            await self.stream.write(self.session.data_to_send(), within=_LAST_WORD)

    async def _converse(self) -> None:
        while self.session.state is not State.CLOSED:
            event = self.session.next_event()
            if event is NEED_DATA:
                await self._exchange()
            elif event is NEED_SEND:
                await self._flush()
                await asyncio.sleep(0)  # one client's long batch does not hold up the others
            elif isinstance(event, Chunk):
                await self.inbox.add(event.octets)
            elif isinstance(event, StartTls):
                await self._start_tls()
            else:
                answers = await self._answers(event)
                self.session.answer(*answers)
                if isinstance(event, EndOfData):
                    self._count(answers)
        await self._flush()

    async def _exchange(self) -> None:
        """Send what waits to be sent, then read."""
        await self._flush()
        if self.session.state is not State.CLOSED:
            self.session.receive(await self.stream.read(within=self._patience()))

    async def _flush(self) -> None:
        octets = self.session.data_to_send()
        if octets:
            try:
                await self.stream.write(octets, within=self.context.settings.write_timeout)
            except StreamTimeout:  # no last word for a client that does not read
                raise ConnectionAbortedError("the client does not read its replies") from None
            self.command_deadline = self._moment(self.context.settings.command_timeout)

    def _moment(self, from_now: timedelta) -> float:
        return self.context.clock.monotonic() + from_now.total_seconds()

    def _patience(self) -> timedelta:
        """How long the client may now stay silent."""
        now = self.context.clock.monotonic()
        if self.session.state is State.DATA:
            left = timedelta(seconds=self.message_deadline - now)
            return max(min(left, self.context.settings.data_timeout), timedelta(0))
        return timedelta(seconds=max(self.command_deadline - now, 0))

    async def _refuse_early_talk(self) -> None:
        """RFC 5321 §4.3.1: the client waits for the greeting.  Raises: EarlyTalker."""
        delay = self.context.settings.greeting_delay
        if not delay:
            return
        with suppress(StreamTimeout):
            await self.stream.read(within=delay)
            raise EarlyTalker

    async def _answers(self, event: Event) -> tuple[Reply, ...]:
        """Do what was asked.  Never raises but for the connection's own end."""
        try:
            if isinstance(event, EndOfData):
                return await self._message(event)
            return (await self._reply(event),)
        except Refusal as refusal:
            log.info("smtp.refused", peer=self.stream.peer[0], asked=type(event).__name__, detail=refusal.detail)
            reply = refusal.reply()
        except Exception as error:  # whatever it was, nothing was acknowledged: the client keeps its message
            log.error("smtp.failed", asked=type(event).__name__, detail=repr(error))
            reply = Unavailable().reply()
        recipients = self.transaction.recipients if self.transaction else []
        return (reply,) * (len(recipients) if self.context.lmtp and isinstance(event, EndOfData) else 1)

    async def _reply(self, event: Event) -> Reply:
        match event:
            case Hello():
                return await self._hello(event)
            case MailFrom():
                return await self._mail(event)
            case RcptTo():
                assert self.transaction is not None
                await self.context.receiver.rcpt(self.transaction, Recipient(event.forward_path))
                return replies.RECIPIENT_OK
            case DataStart():
                self.inbox.clear()
                self.message_deadline = self._moment(self.context.settings.message_time)
                return replies.SEND_DATA
            case Quit():
                return replies.GOODBYE
            case Reset():
                self.transaction = None
        return replies.OK

    async def _hello(self, event: Hello) -> Reply:
        tls = self.stream.tls
        self.origin = Origin(
            door=self.context.door,
            with_protocol=_with_protocol(lmtp=self.context.lmtp, extended=event.extended, tls=tls is not None),
            client_name=event.name,
            client_address=self.stream.peer[0],
            tls=f"{tls.version} {tls.cipher}" if tls else "",
        )
        await self.context.receiver.hello(self.origin)
        self.transaction = None
        return self.session.welcome(event, self.context.hostname)

    async def _mail(self, event: MailFrom) -> Reply:
        self.transaction = await self.context.receiver.mail(
            self.origin, event.reverse_path, size=event.size or 0, body=event.body
        )
        return replies.SENDER_OK

    async def _start_tls(self) -> None:
        self.session.answer(replies.START_TLS)
        await self._flush()
        await self.stream.start_tls()
        self.transaction = None

    async def _message(self, event: EndOfData) -> tuple[Reply, ...]:
        assert self.transaction is not None
        try:
            if event.fault is not None:
                raise event.fault
            content = await self.inbox.content()
            intake_id, outcomes = await self.context.receiver.message(self.transaction, content)
        finally:
            self.inbox.clear()
        each = tuple(_said(intake_id, outcomes[recipient]) for recipient in self.transaction.recipients)
        return each if self.context.lmtp else (_one_for_all(each),)

    def _count(self, answers: tuple[Reply, ...]) -> None:
        for reply in answers:
            MESSAGES.add(self.context.door, str(reply.code)[0])


class EarlyTalker(Refusal):
    """It talked before the greeting."""

    code, status, text = 554, EnhancedStatus(5, 5, 1), "Wait for the greeting"


def _with_protocol(*, lmtp: bool, extended: bool, tls: bool) -> str:
    """RFC 3848: LMTP[S], ESMTP[S], SMTP."""
    word = "LMTP" if lmtp else "ESMTP" if extended or tls else "SMTP"
    return word + "S" if tls else word


def _said(intake_id: str, outcome: Outcome) -> Reply:
    if outcome.refusal is not None:
        return outcome.refusal.reply()
    return Reply(250, f"Taken as {intake_id}", EnhancedStatus(2, 0, 0))


def _one_for_all(each: tuple[Reply, ...]) -> Reply:
    """RFC 5321 §4.2.5: one reply; taken for some is taken."""
    return next((reply for reply in each if reply.positive), each[0])
