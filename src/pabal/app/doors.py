"""Behind each door its driver: which protocol, with TLS from the first octet or on request."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from functools import partial

from pabal.app.core import Core
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


def _smtp(core: Core, door: str) -> Handler:
    configuration = core.configuration
    context = SmtpContext(
        receiver=core.receiver,
        settings=configuration.smtp,
        limits=configuration.limits,
        hostname=configuration.hostname,
        door=door,
        lmtp=door == "lmtp",
        clock=core.clock,
        random=core.random,
        spool_folder=configuration.data,
    )
    return partial(serve_smtp, context=context)


def _imap(core: Core, door: str) -> Handler:
    return partial(serve_imap, context=ImapContext(core))


def _pop3(core: Core, door: str) -> Handler:
    return partial(serve_pop3, context=Pop3Context(core))


DRIVERS: dict[str, Callable[[Core, str], Handler]] = {
    "smtp": _smtp,
    "lmtp": _smtp,
    "imap": _imap,
    "imaps": _imap,
    "pop3": _pop3,
    "pop3s": _pop3,
}


class OpenDoors:
    """Every door of one worker."""

    def __init__(self, core: Core) -> None:
        configuration = core.configuration
        self._core = core
        self._certificates = tls.load(
            configuration.tls, configuration.data, configuration.hostname, core.clock.now()
        )
        self._mail: list[Door] = []
        self._web: list[WebDoor] = []
        self._open = False

    async def open(self, listeners: Iterable[tuple[str, socket.socket]]) -> None:
        for door, listener in listeners:
            await (self._open_web if door in WEB else self._open_mail)(door, listener)
        self._open = True

    async def _open_mail(self, door: str, listener: socket.socket) -> None:
        certificates = self._certificates
        self._mail.append(
            await serve(
                listener,
                DRIVERS[door](self._core, door),
                self._core.configuration.net,
                name=door,
                implicit_tls=certificates if door in IMPLICIT_TLS else None,
                starttls=None if door in IMPLICIT_TLS else certificates,
                refusal=REFUSALS.get(door, b""),
            )
        )

    async def _open_web(self, door: str, listener: socket.socket) -> None:
        context = web_context(self._core, door, lambda: self._open)
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
        for door in self._mail:
            await door.drain(timeout)


async def open_doors(core: Core, listeners: Iterable[tuple[str, socket.socket]]) -> OpenDoors:
    """Raises: PabalError."""
    doors = OpenDoors(core)
    await doors.open(listeners)
    return doors
