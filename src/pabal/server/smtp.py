"""The driver of SMTP and LMTP: octets to events, events to replies (RFC 5321, RFC 2033, RFC 3207).

All waiting is here.  A pipelined batch is answered in one write (RFC 2920 §3.2).  A client has
``command_timeout`` from our last reply to the end of its next command, however it spreads its octets,
``data_timeout`` for each part of a message and ``message_time`` for all of it, and ``write_timeout`` to
take our replies.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta

from pabal.model.errors import Refusal
from pabal.model.replies import EnhancedStatus, Reply
from pabal.model.world import Stream, StreamTimeout
from pabal.protocol.smtp import NEED_DATA, NEED_SEND, Chunk, Event, StartTls, State, replies
from pabal.server.smtp_answers import Answers, SmtpContext
from pabal.server.smtp_settings import LimitSettings, SmtpSettings
from pabal.telemetry import log

__all__ = ["LimitSettings", "SmtpContext", "SmtpSettings", "serve_smtp"]

_LAST_WORD = timedelta(seconds=5)  # how long a reply before closing may take


class EarlyTalker(Refusal):
    """It talked before the greeting (RFC 5321 §4.3.1)."""

    code, status, text = 554, EnhancedStatus(5, 5, 1), "Wait for the greeting"


async def serve_smtp(stream: Stream, context: SmtpContext) -> None:
    """Carry one SMTP or LMTP connection to its end, and close it."""
    connection = _Connection(stream, context)
    try:
        await connection.carry()
    except EarlyTalker as refusal:
        log.info("smtp.refused", peer=stream.peer[0], detail=refusal.detail)
        await connection.leave(refusal.reply())
    except StreamTimeout:
        await connection.leave(replies.TIMEOUT)
    except ConnectionError as error:
        log.debug("smtp.cut", peer=stream.peer[0], detail=str(error))
    except asyncio.CancelledError:
        await connection.leave(replies.CLOSING)
        raise
    finally:
        connection.answers.inbox.clear()
        await stream.close()


class _Connection:
    """One client, and the time it has."""

    def __init__(self, stream: Stream, context: SmtpContext) -> None:
        self.stream, self.clock, self.settings = stream, context.clock, context.settings
        self.session = context.session(tls=stream.tls is not None)
        self.answers = Answers(stream, self.session, context)
        self.hostname = context.hostname
        self.deadline = 0.0  # of the command or the message that is awaited, on the stopwatch

    async def carry(self) -> None:
        await self._refuse_early_talk()
        self.session.greet(self.hostname)
        while self.session.state is not State.CLOSED:
            event = self.session.next_event()
            if event is NEED_DATA:
                await self._exchange()
            elif event is NEED_SEND:
                await self._flush()
                await asyncio.sleep(0)  # one client's long batch does not hold up the others
            elif isinstance(event, Chunk):
                await self.answers.inbox.add(event.octets)
            else:
                await self._answer(event)
        await self._flush()

    async def leave(self, reply: Reply) -> None:
        """Say a last thing, if the client still listens."""
        self.session.close(reply)
        with suppress(StreamTimeout, ConnectionError):
            await self.stream.write(self.session.data_to_send(), within=_LAST_WORD)

    async def _answer(self, event: Event) -> None:
        self.session.answer(*await self.answers.to(event))
        if isinstance(event, StartTls):
            await self._flush()
            await self.stream.start_tls()

    async def _exchange(self) -> None:
        """Send what waits to be sent, then read."""
        await self._flush()
        if self.session.state is not State.CLOSED:
            self.session.receive(await self.stream.read(within=self._patience()))

    async def _flush(self) -> None:
        octets = self.session.data_to_send()
        if not octets:
            return
        try:
            await self.stream.write(octets, within=self.settings.write_timeout)
        except StreamTimeout:  # no last word for a client that does not read
            raise ConnectionAbortedError("the client does not read its replies") from None
        # Only replies extend the time: in DATA the last one is 354, so the message has one deadline.
        reading = self.session.state is State.DATA
        allowed = self.settings.message_time if reading else self.settings.command_timeout
        self.deadline = self.clock.monotonic() + allowed.total_seconds()

    def _patience(self) -> timedelta:
        """How long the client may now stay silent."""
        left = timedelta(seconds=max(self.deadline - self.clock.monotonic(), 0))
        return min(left, self.settings.data_timeout) if self.session.state is State.DATA else left

    async def _refuse_early_talk(self) -> None:
        """Raises: EarlyTalker."""
        if not self.settings.greeting_delay:
            return
        with suppress(StreamTimeout):
            await self.stream.read(within=self.settings.greeting_delay)
            raise EarlyTalker
