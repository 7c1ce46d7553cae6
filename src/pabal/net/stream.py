"""One connection as ``model.world.Stream``: its own small buffer on an asyncio Protocol.

Invariants, each with a test of its name:
  * A read returns what has arrived; above RECEIVE_BOUND octets unread, the peer is made to wait.
  * A write waits while more than SEND_BOUND octets are unsent, and says StreamTimeout when the peer takes none.
  * What a client sent before its TLS handshake is dropped, not replayed after it (RFC 3207 §4.2, RFC 2595 §4).
  * A peer that closed its half still gets our answers (except under TLS of the event loop, which ends both).
  * A connection that was cut reads as b"", after what had arrived before.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from ipaddress import ip_address
from typing import cast

from pabal.model.world import StreamTimeout, TlsInfo
from pabal.net.layer import TlsLayer, agreed
from pabal.net.settings import NetSettings
from pabal.net.tls import TlsContexts
from pabal.net.wait import Wait

RECEIVE_BOUND = 65_536
SEND_BOUND = 65_536
TCP_QUICKACK: int | None = getattr(socket, "TCP_QUICKACK", None)  # Linux


class SocketStream(asyncio.Protocol):
    """A server's side of one TCP connection."""

    __slots__ = (
        "_closed",
        "_closing",
        "_ended",
        "_layer",
        "_loop",
        "_loop_tls",
        "_loopback",
        "_paused",
        "_reading",
        "_received",
        "_settings",
        "_size",
        "_tls_contexts",
        "_transport",
        "_unanswered",
        "_writing",
        "local",
        "peer",
    )

    def __init__(self, settings: NetSettings, tls: TlsContexts | None, layer: TlsLayer | None = None) -> None:
        """``tls`` is for start_tls; ``layer`` stands from the first octet on, see handshake."""
        self._loop = asyncio.get_running_loop()
        self._settings, self._tls_contexts, self._layer = settings, tls, layer
        self._received: list[bytes] = []
        self._size = 0
        self._ended = False  # nothing more will be read
        self._closed = False  # nothing more can be written
        self._unanswered = False  # octets came that we had nothing to say to yet
        self._loop_tls: TlsInfo | None = None  # agreed by the event loop's TLS
        self._reading, self._writing = Wait(self._loop), Wait(self._loop)
        self._closing: Wait | None = None
        self._paused: asyncio.Transport | None = None  # which one: the first octets under TLS come before we know it
        self._transport: asyncio.Transport | None = None
        self.peer = self.local = ("", 0)
        self._loopback = False

    # what the event loop tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._use(cast(asyncio.Transport, transport))
        self.peer = _endpoint(transport.get_extra_info("peername"))
        self.local = _endpoint(transport.get_extra_info("sockname"))
        self._loopback = bool(self.peer[0]) and ip_address(self.peer[0].partition("%")[0]).is_loopback

    def data_received(self, data: bytes) -> None:
        if self._layer is not None:
            self._decrypt(self._layer, data)
        else:
            self._arrived(data)

    def eof_received(self) -> bool:
        self._end()
        return self._loop_tls is None  # stay open for what we still have to say

    def connection_lost(self, error: Exception | None) -> None:
        self._closed = True
        self._transport = None
        self._end()
        self._reading.end()
        self._writing.end()
        if self._closing is not None:
            self._closing.end()

    def pause_writing(self) -> None:
        self._writing.hold()

    def resume_writing(self) -> None:
        self._writing.wake()

    # what a driver asks

    @property
    def tls(self) -> TlsInfo | None:
        return self._layer.info if self._layer is not None else self._loop_tls

    @property
    def secure(self) -> bool:
        return self._loopback or self.tls is not None

    async def read(self, within: timedelta | None = None) -> bytes:
        if not self._received and not self._ended:
            if self._unanswered:
                self._acknowledge()
            self._reading.hold()
            await self._reading.until_woken(within)
        return self._take()

    async def write(self, octets: bytes | Sequence[bytes], within: timedelta | None = None) -> None:
        if self._transport is None or self._transport.is_closing():
            raise ConnectionResetError("the peer has closed the connection")
        self._unanswered = False
        if self._layer is not None:
            self._transport.write(self._encrypted(self._layer, octets))
        elif isinstance(octets, bytes):
            self._transport.write(octets)
        else:
            self._transport.writelines(octets)
        if self._writing.held:
            await self._writing.until_woken(within or self._settings.write_timeout)
            if self._closed:
                raise ConnectionResetError("the peer has closed the connection")

    async def start_tls(self) -> None:
        """Server side handshake.  Raises: ConnectionError."""
        if self._transport is None or self._tls_contexts is None:
            raise ConnectionResetError("no connection, or no certificate, to start TLS with")
        self._forget()
        if self._tls_contexts.own_layer:
            self._layer = TlsLayer(self._tls_contexts.server)
            self._resume()
            await self.handshake()
        else:
            self._paused = None  # the event loop's handshake reads again
            await self._start_loop_tls(self._transport, self._tls_contexts.server)

    async def handshake(self) -> None:
        """Wait until our own layer has agreed with the peer.  Raises: ConnectionError."""
        assert self._layer is not None, "there is no layer to agree on"
        if not self._layer.established and not self._ended:
            self._reading.hold()
            try:
                await self._reading.until_woken(self._settings.tls_handshake_timeout)
            except StreamTimeout:
                self.cut()
        if not self._layer.established:
            raise ConnectionAbortedError("TLS handshake failed")

    async def close(self) -> None:
        """Send what is unsent, then close; cut when the peer takes too long."""
        if self._transport is None:
            return
        if self._layer is not None and self._layer.established and not self._transport.is_closing():
            self._layer.say_goodbye()
            self._transport.write(self._layer.output())
        self._closing = Wait(self._loop)
        self._closing.hold()
        self._transport.close()
        try:
            await self._closing.until_woken(self._settings.close_timeout)
        except StreamTimeout:
            self.cut()

    def end_input(self) -> None:
        """As if the peer had closed: a driver that waits for the next command ends in its own way."""
        self._end()

    def cut(self) -> None:
        """End at once; what is unsent is lost.

        An event loop does not tell of a connection that ends in its handshake: we know it here.
        """
        if self._transport is not None:
            self._transport.abort()
            self.connection_lost(None)

    # inside: octets

    def _arrived(self, octets: bytes) -> None:
        if self._ended:
            return
        self._received.append(octets)
        self._size += len(octets)
        self._unanswered = True
        if self._size > RECEIVE_BOUND and self._transport is not None and self._paused is None:
            self._transport.pause_reading()
            self._paused = self._transport
        self._reading.wake()

    def _end(self) -> None:
        self._ended = True
        self._reading.wake()

    def _acknowledge(self) -> None:
        """Tell the peer's kernel at once that its octets came.

        A client without TCP_NODELAY that writes a literal and then its CRLF (imaplib, mbsync) sends the
        second only when the first is acknowledged, which a kernel that waits for an answer of ours to
        carry the acknowledgement does after 40 ms: measured, 46 ms an APPEND instead of 1.2.
        """
        if self._transport is None or TCP_QUICKACK is None:
            return
        with suppress(OSError):  # the connection may be ending
            self._transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, TCP_QUICKACK, 1)

    def _take(self) -> bytes:
        received = self._received
        if not received:
            return b""
        octets = received[0] if len(received) == 1 else b"".join(received)
        self._forget()
        self._resume()
        return octets

    def _forget(self) -> None:
        self._received.clear()
        self._size = 0

    def _resume(self) -> None:
        if self._paused is not None and not self._closed:
            self._paused.resume_reading()
        self._paused = None

    # inside: TLS

    def _decrypt(self, layer: TlsLayer, data: bytes) -> None:
        try:
            for piece in layer.feed(data):
                self._arrived(piece)
        except ssl.SSLError:
            self._end()  # the alert is sent below
        if self._transport is not None and (output := layer.output()):
            self._transport.write(output)
        if layer.ended:
            self._end()
        elif layer.established:
            self._reading.wake()

    @staticmethod
    def _encrypted(layer: TlsLayer, octets: bytes | Sequence[bytes]) -> bytes:
        try:
            layer.encrypt(octets if isinstance(octets, bytes) else b"".join(octets))
        except ssl.SSLError as error:
            raise ConnectionResetError(f"TLS is broken: {error}") from error
        return layer.output()

    async def _start_loop_tls(self, transport: asyncio.Transport, context: ssl.SSLContext) -> None:
        try:
            encrypted = await self._loop.start_tls(
                transport,
                self,
                context,
                server_side=True,
                ssl_handshake_timeout=self._settings.tls_handshake_timeout.total_seconds(),
                ssl_shutdown_timeout=self._settings.close_timeout.total_seconds(),
            )
        except OSError as error:  # ssl.SSLError too
            self.cut()
            raise ConnectionAbortedError(f"TLS handshake failed: {error}") from error
        if encrypted is None or self._closed:
            raise ConnectionAbortedError("the peer closed during the TLS handshake")
        self._use(encrypted)

    def _use(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        transport.set_write_buffer_limits(high=SEND_BOUND)
        tls = transport.get_extra_info("ssl_object")
        self._loop_tls = agreed(tls) if tls else None


def _endpoint(name: tuple[str, int] | tuple[str, int, int, int] | None) -> tuple[str, int]:
    """Address and port; a connection that is already gone has none."""
    return (name[0], name[1]) if name else ("", 0)
