"""IDLE (RFC 9051 §6.3.13): changes are told as they happen, until DONE.

A change hint wakes the connection by a short task that ends when all is told; an idle connection has no
task of its own beyond the one that reads.  Hints may be lost, so every ``idle_check`` the view is
compared with the store all the same.
"""

from __future__ import annotations

import asyncio

from pabal.access.imap.connection import Answer, BrokenOff, Connection, HungUp
from pabal.access.imap.updates import tell_changes
from pabal.model.world import StreamTimeout
from pabal.protocol.imap.commands import Idle
from pabal.protocol.imap.session import AnswerLine
from pabal.telemetry import log


class Teller:
    """Tells changes when it is woken; one round at a time."""

    __slots__ = ("_again", "_connection", "_round")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._round: asyncio.Task[None] | None = None
        self._again = False

    def wake(self) -> None:
        self._again = True
        if self._round is None:
            self._round = asyncio.get_running_loop().create_task(self._tell())

    async def _tell(self) -> None:
        try:
            while self._again:
                self._again = False
                await tell_changes(self._connection, expunges=True)
                await self._connection.drain()
            over = bool(self._connection.session.closed)  # the mailbox is gone and BYE was said
        except (ConnectionError, BrokenOff) as error:
            log.debug("imap.cut", peer=self._connection.stream.peer[0], detail=str(error))
            over = True
        except Exception as error:  # as for a command: the log is told, the peer sees the connection end
            log.error("imap.failed", command="Idle", detail=repr(error))
            over = True
        finally:
            self._round = None
        if over:
            await self._connection.stream.close()  # who reads is woken by it

    async def finish(self) -> None:
        """Wait for the round that runs."""
        if self._round is not None:
            await asyncio.gather(self._round, return_exceptions=True)

    async def cancel(self) -> None:
        if self._round is not None:
            self._round.cancel()
            await self.finish()


async def idle(connection: Connection, _: Idle) -> Answer:
    teller = Teller(connection)
    stop = connection.context.feed.subscribe(connection.user.account_id, teller.wake)
    try:
        connection.session.ask(b"idling")
        await connection.drain()
        teller.wake()  # what changed since the last command is told now
        line = await _until_answered(connection, teller)
        await teller.finish()
    finally:
        stop()
        await teller.cancel()
    if line.upper() != b"DONE":
        return Answer("Expected DONE", status=b"BAD")
    return Answer("Idled")


async def _until_answered(connection: Connection, teller: Teller) -> bytes:
    """Raises: HungUp, StreamTimeout (RFC 9051 §5.4: autologout counts in IDLE too)."""
    context = connection.context
    began = context.clock.monotonic()
    while True:
        event = connection.session.next_event()
        if isinstance(event, AnswerLine):
            return event.octets
        if connection.session.closed:
            await teller.finish()
            raise HungUp(connection.session.closed)
        try:
            octets = await connection.stream.read(within=context.settings.idle_check)
        except StreamTimeout:
            if context.clock.monotonic() - began >= connection.patience().total_seconds():
                raise
            teller.wake()
            continue
        connection.session.receive(octets)
