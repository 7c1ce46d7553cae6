"""Behind each door its driver: which protocol, with TLS from the first octet or on request."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta

from pabal.access.pop3.locks import MaildropLocks
from pabal.access.pop3.maildrop import Sources
from pabal.app.core import Core
from pabal.app.listener import named_addresses
from pabal.app.pages import web_context
from pabal.model.errors import TooManyConnections
from pabal.model.world import Stream
from pabal.net import tls
from pabal.net.listen import Door, serve
from pabal.server.imap import ImapContext, serve_imap
from pabal.server.pop3 import Pop3Context, serve_pop3
from pabal.server.smtp import SmtpContext, serve_smtp
from pabal.server.web import WebDoor

Handler = Callable[[Stream], Awaitable[None]]
IMPLICIT_TLS = frozenset({"imaps", "pop3s", "webs"})
WEB = frozenset({"web", "webs", "admin"})
#: What a connection over a limit hears, in the words of its protocol.
REFUSALS = {
    "smtp": TooManyConnections().reply().octets(),
    "lmtp": TooManyConnections().reply().octets(),
    "imap": b"* BYE [UNAVAILABLE] Too many connections, try later\r\n",
    "pop3": b"-ERR [SYS/TEMP] Too many connections, try later\r\n",
}


class OpenDoors:
    """Every door of one worker."""

    def __init__(self, core: Core) -> None:
        configuration = core.configuration
        self._core = core
        self._certificates = tls.load(configuration.tls, configuration.data, configuration.hostname, core.clock.now())
        self._drivers: dict[str, Callable[[str], Handler]] = {
            "smtp": self._smtp,
            "lmtp": self._smtp,
            "imap": self._imap,
            "imaps": self._imap,
            "pop3": self._pop3,
            "pop3s": self._pop3,
        }
        self._maildrop_locks = MaildropLocks(configuration.data)  # pop3 and pop3s open the same maildrops
        self._mail: list[Door] = []
        self._web: list[WebDoor] = []
        self._open = False

    def _smtp(self, door: str) -> Handler:
        configuration = self._core.configuration
        context = SmtpContext(
            receiver=self._core.receiver,
            settings=configuration.smtp,
            limits=configuration.limits,
            clock=self._core.clock,
            hostname=configuration.hostname,
            spool=configuration.data,
            door=door,
            lmtp=door == "lmtp",
            starttls=True,
        )
        return lambda stream: serve_smtp(stream, context)

    def _imap(self, door: str) -> Handler:
        core = self._core
        context = ImapContext(
            settings=core.configuration.imap,
            store=core.store,
            blobs=core.blobs,
            feed=core.feed,
            mailboxes=core.mailboxes,
            directory=core.directory,
            logins=core.logins,
            clock=core.clock,
            spool=core.configuration.data,
            starttls=door not in IMPLICIT_TLS,
            door=door,
        )
        return lambda stream: serve_imap(stream, context)

    def _pop3(self, door: str) -> Handler:
        core = self._core
        context = Pop3Context(
            sources=Sources(core.store, core.blobs, core.mailboxes, self._maildrop_locks),
            logins=core.logins,
            clock=core.clock,
            settings=core.configuration.pop3,
            hostname=core.configuration.hostname,
            starttls=door not in IMPLICIT_TLS,
        )
        return lambda stream: serve_pop3(stream, context)

    async def open(self, listeners: Iterable[tuple[str, socket.socket]]) -> None:
        listeners = list(listeners)
        addresses = named_addresses(listeners)
        for door, listener in listeners:
            if door in WEB:
                await self._open_web(door, listener, addresses)
            else:
                await self._open_mail(door, listener)
        self._open = True

    async def _open_mail(self, door: str, listener: socket.socket) -> None:
        implicit = door in IMPLICIT_TLS
        opened = await serve(
            listener,
            self._drivers[door](door),
            self._core.configuration.net,
            name=door,
            implicit_tls=self._certificates if implicit else None,
            starttls=None if implicit else self._certificates,
            refusal=REFUSALS.get(door, b""),
        )
        self._mail.append(opened)

    async def _open_web(self, door: str, listener: socket.socket, addresses: dict[str, str]) -> None:
        context = web_context(self._core, door, addresses, lambda: self._open)
        web = WebDoor(context, self._certificates if door in IMPLICIT_TLS else None)
        await web.open(listener)
        self._web.append(web)

    def reload_certificates(self) -> None:
        """Connections made from now on get the new ones.  Raises: PabalError; the old ones stay in use."""
        self._certificates.reload()

    async def drain(self, timeout: timedelta) -> None:
        """Take nothing new, finish what was begun within ``timeout``, cut the rest."""
        self._open = False
        for door in self._mail:
            door.close()
        for web in self._web:
            await web.close()
        await asyncio.gather(*(door.drain(timeout) for door in self._mail))
        self._maildrop_locks.close()


async def open_doors(core: Core, listeners: Iterable[tuple[str, socket.socket]]) -> OpenDoors:
    """Raises: PabalError."""
    doors = OpenDoors(core)
    await doors.open(listeners)
    return doors
