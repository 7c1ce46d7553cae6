"""The streams in memory behave as sockets do."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from pabal.model.world import Stream, StreamTimeout
from tests.kit.stream import PIPE_OCTETS, memory_streams

SHORT = timedelta(milliseconds=20)


async def test_octets_arrive_in_order_at_the_other_end() -> None:
    client, server = memory_streams()
    await client.write(b"EHLO ")
    await client.write([b"a.test", b"\r\n"])
    assert await server.read() == b"EHLO a.test\r\n"


async def test_what_was_sent_before_closing_is_read_then_the_end() -> None:
    client, server = memory_streams()
    await client.write(b"QUIT\r\n")
    await client.close()
    assert await server.read() == b"QUIT\r\n"
    assert await server.read() == b""
    with pytest.raises(ConnectionError):
        await server.write(b"221 bye\r\n")


async def test_a_silent_peer_is_a_timeout() -> None:
    _, server = memory_streams()
    with pytest.raises(StreamTimeout):
        await server.read(within=SHORT)


async def test_a_peer_that_does_not_read_holds_the_writer_up() -> None:
    client, server = memory_streams()
    await client.write(b"x" * PIPE_OCTETS)
    with pytest.raises(StreamTimeout):
        await client.write(b"y", within=SHORT)
    waiting = asyncio.create_task(client.write(b"z"))
    assert len(await server.read()) == PIPE_OCTETS
    await waiting


async def test_tls_drops_what_came_before_it() -> None:
    client, server = memory_streams(client=("192.0.2.1", 40000))
    before = server.secure
    await client.write(b"RSET\r\n")
    await server.start_tls()
    await client.write(b"EHLO a.test\r\n")
    assert (before, server.secure) == (False, True)
    assert client.tls == server.tls
    assert await server.read() == b"EHLO a.test\r\n"


async def test_each_end_knows_the_other_and_loopback_is_secure() -> None:
    ends: tuple[Stream, Stream] = memory_streams(client=("127.0.0.1", 40001), server=("127.0.0.1", 143))
    client, server = ends
    assert client.peer == server.local == ("127.0.0.1", 143)
    assert server.peer == client.local
    assert server.secure
