"""Two ends of a connection in memory, each a ``model.world.Stream``."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from datetime import timedelta
from typing import Any, TypeVar

from pabal.model.world import StreamTimeout, TlsInfo

T = TypeVar("T")

#: Octets that may wait unread before a writer is held up, as in a socket's buffers.
PIPE_OCTETS = 65536


class _Pipe:
    """One direction."""

    def __init__(self) -> None:
        self.waiting = bytearray()
        self.closed = False
        self.changed = asyncio.Condition()

    async def put(self, octets: bytes) -> None:
        async with self.changed:
            await self.changed.wait_for(lambda: self.closed or len(self.waiting) < PIPE_OCTETS)
            if self.closed:
                raise ConnectionResetError
            self.waiting += octets
            self.changed.notify_all()

    async def take(self) -> bytes:
        async with self.changed:
            await self.changed.wait_for(lambda: self.closed or bool(self.waiting))
            octets = bytes(self.waiting)
            self.waiting.clear()
            self.changed.notify_all()
            return octets

    async def close(self) -> None:
        async with self.changed:
            self.closed = True
            self.changed.notify_all()


class MemoryStream:
    """One end.  What was sent before ``close`` is still read by the other end, then b""."""

    def __init__(self, incoming: _Pipe, outgoing: _Pipe, peer: tuple[str, int], local: tuple[str, int]) -> None:
        self._incoming, self._outgoing = incoming, outgoing
        self.peer, self.local = peer, local
        self.tls: TlsInfo | None = None
        self._other: MemoryStream | None = None

    @property
    def secure(self) -> bool:
        return self.tls is not None or self.peer[0] in ("127.0.0.1", "::1")

    async def read(self, within: timedelta | None = None) -> bytes:
        return await _within(self._incoming.take(), within)

    async def write(self, octets: bytes | Sequence[bytes], within: timedelta | None = None) -> None:
        whole = octets if isinstance(octets, bytes) else b"".join(octets)
        await _within(self._outgoing.put(whole), within)

    async def start_tls(self) -> None:
        """Both ends are protected from here on; what was sent before is dropped (RFC 3207 §4.2)."""
        self._incoming.waiting.clear()
        self.tls = TlsInfo("TLSv1.3", "TLS_AES_256_GCM_SHA384")
        if self._other is not None:
            self._other.tls = self.tls

    async def close(self) -> None:
        await self._outgoing.close()
        await self._incoming.close()


async def _within(wait: Coroutine[Any, Any, T], within: timedelta | None) -> T:
    try:
        return await asyncio.wait_for(wait, None if within is None else within.total_seconds())
    except TimeoutError:
        raise StreamTimeout from None


def memory_streams(
    client: tuple[str, int] = ("127.0.0.1", 40000), server: tuple[str, int] = ("127.0.0.1", 25)
) -> tuple[MemoryStream, MemoryStream]:
    """The client's end and the server's end of one connection."""
    up, down = _Pipe(), _Pipe()
    client_end = MemoryStream(down, up, peer=server, local=client)
    server_end = MemoryStream(up, down, peer=client, local=server)
    server_end._other = client_end
    return client_end, server_end
