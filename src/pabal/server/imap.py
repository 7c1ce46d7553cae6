"""The driver of IMAP: octets to events, events to work (RFC 9051 §5.4, §7.1.5).

All waiting for commands is here.  A batch of pipelined commands is answered in as few writes as its
size allows; nothing of what goes wrong inside is told to the peer.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta

from pabal.access.imap.capabilities import capabilities
from pabal.access.imap.connection import DRAIN_ABOVE, BrokenOff, Connection, HungUp
from pabal.access.imap.context import ImapContext
from pabal.access.imap.handlers import carry_out
from pabal.model.content import Content, Octets
from pabal.model.errors import Refusal
from pabal.model.world import Stream, StreamTimeout
from pabal.protocol.imap.cursor import LargeLiteral
from pabal.protocol.imap.message_commands import Append
from pabal.protocol.imap.session import (
    Closed,
    CommandReceived,
    Event,
    MessageDropped,
    MessagePiece,
    NeedData,
)
from pabal.protocol.imap.settings import ImapSettings
from pabal.protocol.imap.verbs import State
from pabal.server.smtp_spool import Inbox
from pabal.telemetry import Counter, log

__all__ = ["ImapContext", "ImapSettings", "serve_imap"]

CONNECTIONS = Counter("imap_connections_total", "Connections that were greeted", "door")
COMMANDS = Counter("imap_commands_total", "Commands carried out", "command")
_LAST_WORD = timedelta(seconds=5)  # how long a BYE may take


async def serve_imap(stream: Stream, context: ImapContext) -> None:
    """Carry one IMAP connection to its end, and close it."""
    connection = Connection(stream, context)
    driver = _Driver(connection)
    try:
        await driver.converse()
    except StreamTimeout:
        await _leave(connection, "Autologout")
    except HungUp:
        await _leave(connection, "Until next time")
    except (ConnectionError, BrokenOff) as error:
        log.debug("imap.cut", peer=stream.peer[0], detail=str(error))
    except asyncio.CancelledError:  # RFC 9051 §7.1.5: BYE before a server that is told to stop closes
        await _leave(connection, "Server is shutting down", b"UNAVAILABLE")
        raise
    finally:
        driver.forget_message()
        await stream.close()


async def _leave(connection: Connection, text: str, code: bytes = b"") -> None:
    """Say a last thing, if the client still listens."""
    connection.session.bye(text, code)
    with suppress(StreamTimeout, ConnectionError):
        await connection.stream.write(connection.session.data_to_send(), within=_LAST_WORD)


class _Driver:
    """One connection's loop, and its message on the way in."""

    __slots__ = ("connection", "inbox")

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.inbox: Inbox | None = None  # made when the first message comes: most connections never send one

    def forget_message(self) -> None:
        if self.inbox is not None:
            self.inbox.clear()
            self.inbox = None

    async def converse(self) -> None:
        connection, session = self.connection, self.connection.session
        CONNECTIONS.add(connection.context.door)
        session.untagged(b"OK [CAPABILITY %b] Pabal is ready" % capabilities(connection))
        while not isinstance(event := session.next_event(), Closed):
            if isinstance(event, NeedData):
                await connection.drain()
                session.receive(await connection.stream.read(within=connection.patience()))
            else:
                await self._take(event)
        if session.state is not State.LOGOUT:
            raise HungUp(session.closed)
        await connection.drain()

    async def _take(self, event: Event) -> None:
        if isinstance(event, MessagePiece):
            await self._keep(event.octets)
        elif isinstance(event, MessageDropped):
            self.forget_message()
        elif isinstance(event, CommandReceived):
            await self._carry_out(event)

    async def _keep(self, octets: bytes) -> None:
        if self.inbox is None:
            context = self.connection.context
            self.inbox = Inbox(context.spool, context.settings.spool_above)
        await self.inbox.add(octets)

    async def _carry_out(self, received: CommandReceived) -> None:
        session = self.connection.session
        COMMANDS.add(type(received.command).__name__.lower())
        try:
            await carry_out(self.connection, received, await self._content(received))
        except Refusal as refusal:
            session.finish(received.tag, b"NO", refusal.text, refusal.imap_code.encode("ascii"))
        except (HungUp, BrokenOff, StreamTimeout, ConnectionError):
            raise
        except Exception as error:  # whatever it was, the peer is told only that it is our fault
            log.error("imap.failed", command=type(received.command).__name__, detail=repr(error))
            session.finish(received.tag, b"NO", "Something went wrong here", b"SERVERBUG")
        finally:
            self.forget_message()
        if session.waiting > DRAIN_ABOVE:
            await self.connection.drain()

    async def _content(self, received: CommandReceived) -> Content | None:
        """The message of an APPEND.  Raises: DiskFull."""
        if not isinstance(received.command, Append):
            return None
        message = received.command.message
        if not isinstance(message, LargeLiteral):
            return Octets(message)
        assert self.inbox is not None
        return await self.inbox.content()
