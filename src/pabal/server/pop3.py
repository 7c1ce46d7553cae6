"""Carry POP3 connections: octets to events, events to the maildrop, answers back (RFC 1939).

The only place of POP3 that waits.  A connection that ends without QUIT, by time or by force, removes
nothing (RFC 1939 §3); the maildrop's lock is let go however it ends.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any

from pabal.access.pop3.maildrop import Maildrop, Sources, open_maildrop
from pabal.accounts.interface import Logins
from pabal.model.errors import Refusal
from pabal.model.world import Clock, Stream, StreamTimeout
from pabal.protocol.pop3.events import (
    Closed,
    Delete,
    Event,
    NeedData,
    Reset,
    Retrieve,
    ScanList,
    SignIn,
    StartTls,
    Stat,
    UniqueIds,
    Update,
)
from pabal.protocol.pop3.multiline import END, DotStuffer, TopCutter
from pabal.protocol.pop3.session import ServerSession
from pabal.server.pop3_settings import Pop3Settings
from pabal.telemetry import Counter, log

LINES_AT_ONCE = 1000  # of a listing: a bound on memory, whatever the number of messages

logins_total = Counter("pop3_logins_total", "Sign-ins by POP3.", "outcome")
retrieved_total = Counter("pop3_retrieved_total", "Messages sent by RETR and TOP.")


@dataclass(frozen=True, slots=True)
class Pop3Context:
    """What a POP3 door knows.  ``starttls``: a certificate stands behind Stream.start_tls."""

    sources: Sources
    logins: Logins
    clock: Clock
    settings: Pop3Settings
    hostname: str
    starttls: bool = True


async def serve_pop3(stream: Stream, context: Pop3Context) -> None:
    """One connection, to its end."""
    connection = _Connection(stream, context)
    try:
        await connection.run()
    except StreamTimeout:
        log.info("pop3.timeout", client_address=stream.peer[0])  # RFC 1939 §3: without a word
    finally:
        connection.leave()


class _Connection:
    def __init__(self, stream: Stream, context: Pop3Context) -> None:
        self._stream, self._context = stream, context
        settings = context.settings
        self._session = ServerSession(
            secure=stream.secure,
            starttls=context.starttls and stream.tls is None,
            line_octets=settings.line_octets,
            response_octets=settings.response_octets,
            errors=settings.bad_commands,
        )
        self._logins_left = settings.failed_logins
        self._answered_at = context.clock.monotonic()
        self._open_maildrop: Maildrop | None = None

    async def run(self) -> None:
        self._session.greet(f"{self._context.hostname} POP3 ready")
        while not isinstance(event := self._session.next_event(), Closed):
            if isinstance(event, NeedData):
                self._session.receive(await self._next_octets())
                continue
            try:
                await _ANSWERS[type(event)](self, event)
            except Refusal as refusal:
                log.info("pop3.refused", command=type(event).__name__, detail=refusal.detail or refusal.text)
                self._session.refuse(refusal.text, refusal.pop3_code)
        await self._send()

    async def _next_octets(self) -> bytes:
        """The time counts from the last answer, so that a command in single octets has no more time."""
        if await self._send():
            self._answered_at = self._context.clock.monotonic()
        waited = timedelta(seconds=self._context.clock.monotonic() - self._answered_at)
        return await self._stream.read(within=self._context.settings.idle_timeout - waited)

    def leave(self) -> None:
        if self._open_maildrop is not None:
            self._open_maildrop.close()
            self._open_maildrop = None

    async def _send(self, *more: bytes) -> bool:
        """What the session holds, then ``more``; whether that was anything."""
        octets = [piece for piece in (self._session.data_to_send(), *more) if piece]
        if octets:
            await self._stream.write(octets, within=self._context.settings.idle_timeout)
        return bool(octets)

    @property
    def _maildrop(self) -> Maildrop:
        assert self._open_maildrop is not None, "the session gives these events after signed_in() only"
        return self._open_maildrop

    # signing in

    async def start_tls(self, event: StartTls) -> None:
        await self._send()
        await self._stream.start_tls()
        self._session.tls_started()

    async def sign_in(self, event: SignIn) -> None:
        try:
            account = await self._context.logins.login(event.credentials.identity, event.credentials.password)
        except Refusal as refusal:
            self._sign_in_failed(event.credentials.identity, refusal)
            return
        self._open_maildrop = await open_maildrop(self._context.sources, account.account_id)
        logins_total.add("done")
        log.info("pop3.signed_in", account=account.name, client_address=self._stream.peer[0])
        self._session.signed_in(f"{self._open_maildrop.count} messages")

    def _sign_in_failed(self, identity: str, refusal: Refusal) -> None:
        logins_total.add("refused")
        log.info("pop3.login_failed", identity=identity, client_address=self._stream.peer[0], detail=refusal.detail)
        self._logins_left -= 1
        answer = self._session.refuse if self._logins_left > 0 else self._session.close
        answer(refusal.text, refusal.pop3_code)

    # the maildrop

    async def stat(self, event: Stat) -> None:
        self._session.ok(f"{self._maildrop.count} {self._maildrop.octets}")

    async def scan_list(self, event: ScanList) -> None:
        await self._list(event.number, lambda number: str(self._maildrop.size(number)))

    async def unique_ids(self, event: UniqueIds) -> None:
        await self._list(event.number, self._maildrop.unique_id)

    async def _list(self, number: int | None, say: Callable[[int], str]) -> None:
        if number is not None:
            self._session.ok(f"{number} {say(number)}")
            return
        self._session.begin(f"{self._maildrop.count} messages")
        for lines in _chunks(f"{number} {say(number)}\r\n" for number in self._maildrop.numbers()):
            await self._send(lines)
        await self._send(END)

    async def retrieve(self, event: Retrieve) -> None:
        octets = f"{self._maildrop.size(event.number)} octets" if event.lines is None else "the top of it"
        async with aclosing(self._maildrop.pieces(event.number)) as pieces:
            first = await anext(pieces, b"")  # refused, if at all, before anything was said
            self._session.begin(octets)
            try:
                await self._send_message(first, pieces, None if event.lines is None else TopCutter(event.lines))
            except Refusal as refusal:  # the only way to say it now
                raise ConnectionAbortedError(f"a message could not be read whole: {refusal.detail}") from refusal
        retrieved_total.add()

    async def _send_message(self, first: bytes, rest: AsyncIterator[bytes], top: TopCutter | None) -> None:
        stuffer = DotStuffer()
        waiting = self._part(first, stuffer, top)
        async for piece in rest:
            await self._send(waiting, self._part(piece, stuffer, top))
            waiting = b""
            if top is not None and top.done:
                break
        await self._send(waiting, stuffer.end())

    @staticmethod
    def _part(piece: bytes, stuffer: DotStuffer, top: TopCutter | None) -> bytes:
        return stuffer.stuff(top.cut(piece) if top is not None else piece)

    async def delete(self, event: Delete) -> None:
        self._maildrop.mark(event.number)
        self._session.ok(f"message {event.number} will be removed")

    async def reset(self, event: Reset) -> None:
        self._maildrop.unmark_all()
        self._session.ok(f"{self._maildrop.count} messages")

    async def update(self, event: Update) -> None:
        removed = await self._maildrop.update()
        self.leave()  # RFC 1939 §6: the lock is released before the answer
        log.info("pop3.removed", messages=removed)
        self._session.ok(f"bye, {removed} messages removed")


def _chunks(lines: Iterator[str]) -> Iterator[bytes]:
    while some := "".join(islice(lines, LINES_AT_ONCE)):
        yield some.encode("ascii")


_Answer = Callable[[_Connection, Any], Awaitable[None]]
_ANSWERS: dict[type[Event], _Answer] = {
    StartTls: _Connection.start_tls,
    SignIn: _Connection.sign_in,
    Stat: _Connection.stat,
    ScanList: _Connection.scan_list,
    UniqueIds: _Connection.unique_ids,
    Retrieve: _Connection.retrieve,
    Delete: _Connection.delete,
    Reset: _Connection.reset,
    Update: _Connection.update,
}
