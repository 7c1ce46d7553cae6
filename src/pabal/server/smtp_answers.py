"""What an SMTP or LMTP client is told: each event is handed to the receiver, what comes back becomes a reply.

Whatever goes wrong on our side is a temporary refusal (RFC 5321 §4.2.1, 4yz): nothing was acknowledged, so
the client keeps its message and comes again.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pabal.delivery.receiver import MailTransaction, Receiver
from pabal.model.envelope import Origin, Recipient
from pabal.model.errors import Refusal, Unavailable
from pabal.model.intake import Outcome
from pabal.model.replies import EnhancedStatus, Reply
from pabal.model.world import Clock, Stream
from pabal.protocol.smtp import (
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
    replies,
)
from pabal.server.smtp_settings import LimitSettings, SmtpSettings
from pabal.server.smtp_spool import Inbox
from pabal.telemetry import Counter, log

MESSAGES = Counter("smtp_messages_total", "Messages by the first digit of our last reply", "door", "class")


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


class Answers:
    """One client's transaction, and its message on the way in."""

    def __init__(self, stream: Stream, session: ServerSession, context: SmtpContext) -> None:
        self._stream, self._session, self._context = stream, session, context
        self._origin = Origin(context.door, "")
        self._transaction: MailTransaction | None = None
        self.inbox = Inbox(context.spool, context.settings.spool_above)

    async def to(self, event: Event) -> tuple[Reply, ...]:
        """Do what was asked; one reply, or one for each recipient of a message in LMTP."""
        try:
            answers = await self._done(event)
        except Refusal as refusal:
            log.info("smtp.refused", peer=self._stream.peer[0], asked=type(event).__name__, detail=refusal.detail)
            answers = self._refused(event, refusal)
        except Exception as error:
            log.error("smtp.failed", asked=type(event).__name__, detail=repr(error))
            answers = self._refused(event, Unavailable())
        if isinstance(event, EndOfData):
            for reply in answers:
                MESSAGES.add(self._context.door, str(reply.code)[0])
        return answers

    def _refused(self, event: Event, refusal: Refusal) -> tuple[Reply, ...]:
        each = self._context.lmtp and isinstance(event, EndOfData) and self._transaction
        return (refusal.reply(),) * (len(each.recipients) if each else 1)

    async def _done(self, event: Event) -> tuple[Reply, ...]:
        if isinstance(event, EndOfData):
            return await self._message(event)
        return (await self._reply(event),)

    async def _reply(self, event: Event) -> Reply:
        match event:
            case RcptTo():
                return await self._rcpt(event)
            case MailFrom():
                return await self._mail(event)
            case DataStart():
                return replies.SEND_DATA
            case Hello():
                return await self._hello(event)
            case Quit():
                return replies.GOODBYE
            case StartTls():
                return replies.START_TLS
        return replies.OK  # RSET: MAIL begins anew

    async def _hello(self, event: Hello) -> Reply:
        tls = self._stream.tls
        self._origin = Origin(
            door=self._context.door,
            with_protocol=_with_protocol(lmtp=self._context.lmtp, extended=event.extended, tls=tls is not None),
            client_name=event.name,
            client_address=self._stream.peer[0],
            tls=f"{tls.version} {tls.cipher}" if tls else "",
        )
        await self._context.receiver.hello(self._origin)
        return self._session.welcome(event, self._context.hostname)

    async def _mail(self, event: MailFrom) -> Reply:
        self._transaction = await self._context.receiver.mail(
            self._origin, event.reverse_path, size=event.size or 0, body=event.body
        )
        return replies.SENDER_OK

    async def _rcpt(self, event: RcptTo) -> Reply:
        assert self._transaction is not None
        await self._context.receiver.rcpt(self._transaction, Recipient(event.forward_path))
        return replies.RECIPIENT_OK

    async def _message(self, event: EndOfData) -> tuple[Reply, ...]:
        assert self._transaction is not None
        try:
            if event.fault is not None:
                raise event.fault
            content = await self.inbox.content()
            intake_id, outcomes = await self._context.receiver.message(self._transaction, content)
        finally:
            self.inbox.clear()
        each = tuple(_said(intake_id, outcomes[recipient]) for recipient in self._transaction.recipients)
        return each if self._context.lmtp else each[:1]  # SMTP: all were taken, or none


def _with_protocol(*, lmtp: bool, extended: bool, tls: bool) -> str:
    """RFC 3848: LMTP[S], ESMTP[S], SMTP."""
    word = "LMTP" if lmtp else "ESMTP" if extended or tls else "SMTP"
    return word + "S" if tls else word


def _said(intake_id: str, outcome: Outcome) -> Reply:
    if outcome.refusal is not None:
        return outcome.refusal.reply()
    return Reply(250, f"Taken as {intake_id}", EnhancedStatus(2, 0, 0))
