"""Doors: listening sockets, and one task per connection.

``bind`` takes the address, ``serve`` opens it to a driver; a ``Door`` closes at once or drains.  A
driver that fails ends its own connection and is told to the log; its neighbours do not notice.
"""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

from pabal.model.errors import PabalError
from pabal.model.world import Stream, StreamTimeout
from pabal.net.layer import TlsLayer
from pabal.net.limits import ConnectionLimits
from pabal.net.settings import NetSettings
from pabal.net.stream import SocketStream
from pabal.net.tls import TlsContexts
from pabal.telemetry import Counter, Gauge, log

Handler = Callable[[Stream], Awaitable[None]]

connections_total = Counter("connections_total", "Connections that were admitted.", "door")
connections_refused = Counter("connections_refused_total", "Connections over a limit.", "door")
connections_open = Gauge("connections_open", "Connections that are open.", "door")

BACKLOG = 1024
ACCEPTS_AT_ONCE = 64  # before the connections that are open have their turn
ACCEPT_AGAIN = timedelta(seconds=1)


def bind(host: str, port: int, backlog: int = BACKLOG) -> socket.socket:
    """A listening socket; ``host`` is an IPv4 or IPv6 address, port 0 any free one.  Raises: PabalError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # connections inherit both: a vanished peer is noticed, and a short reply never waits for an ACK
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if family == socket.AF_INET6:
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)  # 0.0.0.0 and :: side by side
        listening.bind((host, port))
        listening.listen(backlog)
        listening.setblocking(False)
    except OSError as error:
        listening.close()
        raise PabalError(_why_not(host, port, error)) from error
    return listening


def _why_not(host: str, port: int, error: OSError) -> str:
    where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is in use on {where}: stop the other server, or choose another port with --listen"
    if error.errno == errno.EACCES:
        return (
            f"port {port} on {where} needs a privilege: start as a service with CAP_NET_BIND_SERVICE, or above 1023"
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is not an address of this machine: choose another with --listen"
    return f"cannot listen on {where}: {error.strerror or error}"


class Door:
    """One listening socket that serves.

    It accepts by itself: a connection is counted before its TLS handshake, and each handshake takes
    the certificate of its moment.
    """

    __slots__ = (
        "_connections",
        "_handler",
        "_implicit_tls",
        "_limits",
        "_loop",
        "_refusal",
        "_settings",
        "_sock",
        "_starttls",
        "name",
    )

    def __init__(
        self,
        name: str,
        sock: socket.socket,
        handler: Handler,
        settings: NetSettings,
        *,
        implicit_tls: TlsContexts | None,
        starttls: TlsContexts | None,
        refusal: bytes,
    ) -> None:
        self.name = name
        self._loop = asyncio.get_running_loop()
        self._sock: socket.socket | None = sock
        self._handler, self._settings, self._refusal = handler, settings, refusal
        self._implicit_tls, self._starttls = implicit_tls, starttls
        self._limits = ConnectionLimits(settings)
        self._connections: dict[asyncio.Task[None], SocketStream | None] = {}  # None: in its TLS handshake
        self._listen()

    @property
    def connections(self) -> int:
        return self._limits.open

    def close(self) -> None:
        """Take no more connections; those that are open go on."""
        if self._sock is not None:
            self._loop.remove_reader(self._sock)
            self._sock.close()
            self._sock = None

    async def drain(self, timeout: timedelta) -> None:
        """Close, let what was begun be finished, and after ``timeout`` cut what still runs.

        A driver that waits for its client reads b"", as if the client had closed, and ends in its own way.
        """
        self.close()
        for task, stream in self._connections.items():
            if stream is None:
                task.cancel()
            else:
                stream.end_input()
        if self._connections:
            await asyncio.wait(self._connections, timeout=timeout.total_seconds())
        for task in self._connections:
            task.cancel()
        if self._connections:
            await asyncio.wait(self._connections)

    def _listen(self) -> None:
        if self._sock is not None:
            self._loop.add_reader(self._sock, self._accept)

    def _accept(self) -> None:
        for _ in range(ACCEPTS_AT_ONCE):
            if self._sock is None:
                return
            try:
                connection, peer = self._sock.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:  # no file descriptors or memory: those that wait in the backlog keep waiting
                log.error("door.cannot_accept", door=self.name, error=str(error))
                self._loop.remove_reader(self._sock)
                self._loop.call_later(ACCEPT_AGAIN.total_seconds(), self._listen)
                return
            connection.setblocking(False)
            self._admit(connection, peer[0])

    def _admit(self, connection: socket.socket, address: str) -> None:
        if not self._limits.admit(address):
            self._refuse(connection, address)
            return
        connections_total.add(self.name)
        connections_open.set(self._limits.open, self.name)
        task = self._loop.create_task(self._carry(connection))
        self._connections[task] = None
        task.add_done_callback(lambda task: self._ended(task, address))

    def _refuse(self, connection: socket.socket, address: str) -> None:
        connections_refused.add(self.name)
        log.info("connection.refused", door=self.name, client_address=address)
        with connection, suppress(OSError):
            if self._implicit_tls is None:
                connection.send(self._refusal)

    def _ended(self, task: asyncio.Task[None], address: str) -> None:
        del self._connections[task]
        self._limits.leave(address)
        connections_open.set(self._limits.open, self.name)

    async def _carry(self, connection: socket.socket) -> None:
        stream = self._stream()
        try:
            await self._connect(stream, connection)
            await self._handler(stream)
        except (OSError, StreamTimeout) as error:
            log.debug("connection.cut", door=self.name, error=str(error))
        except asyncio.CancelledError:
            log.debug("connection.cut", door=self.name, error="the door was closed")
            stream.cut()
        except Exception as error:
            log.error("connection.failed", door=self.name, error=repr(error))
        finally:
            await stream.close()

    def _stream(self) -> SocketStream:
        tls = self._implicit_tls
        layer = TlsLayer(tls.server) if tls is not None and tls.own_layer else None
        return SocketStream(self._settings, self._starttls, layer)

    async def _connect(self, stream: SocketStream, connection: socket.socket) -> None:
        """Raises: OSError, when the TLS handshake fails."""
        tls = self._implicit_tls
        if tls is not None and not tls.own_layer:
            await self._loop.connect_accepted_socket(
                lambda: stream,
                connection,
                ssl=tls.server,
                ssl_handshake_timeout=self._settings.tls_handshake_timeout.total_seconds(),
                ssl_shutdown_timeout=self._settings.close_timeout.total_seconds(),
            )
        else:
            await self._loop.connect_accepted_socket(lambda: stream, connection)
            if tls is not None:
                await stream.handshake()
        task = asyncio.current_task()
        if task in self._connections:
            self._connections[task] = stream


async def serve(
    sock: socket.socket,
    handler: Handler,
    settings: NetSettings,
    *,
    name: str = "",
    implicit_tls: TlsContexts | None = None,
    starttls: TlsContexts | None = None,
    refusal: bytes = b"",
) -> Door:
    """Open a door.  ``refusal`` is sent to a connection over a limit, in the protocol's own words."""
    return Door(name, sock, handler, settings, implicit_tls=implicit_tls, starttls=starttls, refusal=refusal)
