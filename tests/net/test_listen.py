"""Doors: what is bound, who is admitted, and how it ends."""

from __future__ import annotations

import asyncio
import os
import resource
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest

from pabal.model.errors import PabalError
from pabal.model.world import Stream
from pabal.net import listen
from pabal.net.limits import ConnectionLimits
from pabal.net.listen import bind
from pabal.net.settings import NetSettings
from pabal.net.tls import TlsContexts
from pabal.telemetry import log
from tests.net.conftest import QUICK, OpenDoor, until


async def wait_for_the_end(stream: Stream) -> None:
    await stream.write(b"hello\r\n")
    while await stream.read():
        pass
    await stream.write(b"bye\r\n")


def test_a_port_in_use_is_named_with_what_to_do() -> None:
    with bind("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(PabalError, match=rf"port {port} is in use on 127\.0\.0\.1:{port}: .*--listen"):
            bind("127.0.0.1", port)


def test_an_address_of_another_machine_is_refused_clearly() -> None:
    with pytest.raises(PabalError, match=r"192\.0\.2\.1 is not an address of this machine"):
        bind("192.0.2.1", 0)


def test_a_host_that_is_no_address_is_refused_clearly() -> None:
    with pytest.raises(PabalError, match="cannot listen on no address:0"):
        bind("no address", 0)


def test_ipv4_and_ipv6_doors_share_a_port() -> None:
    with bind("0.0.0.0", 0) as four, bind("::", four.getsockname()[1]) as six:
        assert six.getsockname()[1] == four.getsockname()[1]


async def test_connections_send_at_once_and_notice_a_vanished_peer() -> None:
    with bind("127.0.0.1", 0) as listening, socket.create_connection(listening.getsockname()):
        connection, _ = await asyncio.get_running_loop().sock_accept(listening)
        with connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)


async def test_one_connection_more_than_the_limit_is_told(open_door: OpenDoor) -> None:
    settings = NetSettings(connections=2)
    door, port = await open_door(wait_for_the_end, settings, refusal=b"421 4.7.0 Too many connections\r\n")
    kept = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
    await until(lambda: door.connections == 2)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    assert await reader.read() == b"421 4.7.0 Too many connections\r\n"
    writer.close()
    kept[0][1].close()
    await until(lambda: door.connections == 1)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    assert await reader.readline() == b"hello\r\n"
    for _, each in [*kept, (reader, writer)]:
        each.close()


async def test_the_limit_per_address_does_not_bind_exempt_networks(open_door: OpenDoor) -> None:
    _, port = await open_door(wait_for_the_end, NetSettings(connections_per_address=1))
    for _ in range(3):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await reader.readline() == b"hello\r\n"
    _, port = await open_door(wait_for_the_end, NetSettings(connections_per_address=1, exempt=()), refusal=b"no\r\n")
    reader, first = await asyncio.open_connection("127.0.0.1", port)
    assert await reader.readline() == b"hello\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    assert await reader.read() == b"no\r\n"
    writer.close()
    first.close()


async def test_a_refusal_is_not_said_in_clear_on_a_tls_door(open_door: OpenDoor, tls: TlsContexts) -> None:
    _, port = await open_door(
        wait_for_the_end, NetSettings(connections_per_address=1, exempt=()), implicit_tls=tls, refusal=b"no\r\n"
    )
    _, first = await asyncio.open_connection("127.0.0.1", port)  # stalls in its handshake and counts
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    assert await reader.read() == b""
    writer.close()
    first.close()


def test_limits_count_places() -> None:
    limits = ConnectionLimits(NetSettings(connections_per_address=1, exempt=("2001:db8:1::/48", "192.0.2.0/24")))
    assert limits.admit("198.51.100.1")
    assert not limits.admit("198.51.100.1")
    assert not limits.admit("::ffff:198.51.100.1")  # the same address, mapped
    assert limits.admit("198.51.100.2")
    assert limits.admit("2001:db8::1")
    assert not limits.admit("2001:db8::2")  # the same /64
    assert limits.admit("2001:db8:0:1::1")
    assert limits.admit("2001:db8:1::1")
    assert limits.admit("2001:db8:1::1")
    assert limits.admit("192.0.2.7")
    assert limits.admit("192.0.2.7")
    assert limits.admit("fe80::1%lo")
    limits.leave("198.51.100.1")
    assert limits.admit("198.51.100.1")
    assert limits.open == 9


def test_a_network_that_is_none_is_refused() -> None:
    with pytest.raises(PabalError, match=r"\[limits\] exempt: '10.0.0.0/99'"):
        ConnectionLimits(NetSettings(exempt=("10.0.0.0/99",)))


async def test_a_closed_door_refuses_and_keeps_what_is_open(open_door: OpenDoor) -> None:
    door, port = await open_door(wait_for_the_end)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    assert await reader.readline() == b"hello\r\n"
    door.close()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)
    writer.write_eof()
    assert await reader.read() == b"bye\r\n"
    writer.close()


async def test_drain_lets_a_waiting_driver_say_goodbye(open_door: OpenDoor) -> None:
    door, port = await open_door(wait_for_the_end)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    assert await reader.readline() == b"hello\r\n"
    await door.drain(timedelta(seconds=30))
    assert await reader.read() == b"bye\r\n"
    writer.close()


async def test_drain_cuts_what_does_not_end(open_door: OpenDoor) -> None:
    async def stubborn(stream: Stream) -> None:
        await stream.write(b"hello\r\n")
        await asyncio.Event().wait()

    door, port = await open_door(stubborn)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    assert await reader.readline() == b"hello\r\n"
    await door.drain(QUICK)
    with suppress(ConnectionError):
        assert await reader.read() == b""
    assert door.connections == 0
    writer.close()


async def test_drain_does_not_wait_for_a_handshake(open_door: OpenDoor, tls: TlsContexts) -> None:
    door, port = await open_door(wait_for_the_end, implicit_tls=tls)
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    await until(lambda: door.connections == 1)
    await door.drain(timedelta(seconds=30))
    assert door.connections == 0
    writer.close()


async def test_a_driver_that_fails_ends_its_own_connection_only(
    open_door: OpenDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[tuple[str, str, dict[str, Any]]] = []
    monkeypatch.setattr(log, "writer", lambda *event: events.append(event))

    async def fail_on_bad(stream: Stream) -> None:
        while said := await stream.read():
            if said == b"bad":
                raise RuntimeError("broken")
            await stream.write(said)

    _, port = await open_door(fail_on_bad)
    good_reader, good = await asyncio.open_connection("127.0.0.1", port)
    reader, bad = await asyncio.open_connection("127.0.0.1", port)
    bad.write(b"bad")
    assert await reader.read() == b""
    assert ("error", "connection.failed", {"door": "test", "error": "RuntimeError('broken')"}) in events
    good.write(b"good")
    assert await good_reader.readexactly(4) == b"good"
    good.close()
    bad.close()


async def test_without_descriptors_connections_wait_and_are_taken_later(
    open_door: OpenDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []
    monkeypatch.setattr(log, "writer", lambda level, event, fields: events.append(event))
    monkeypatch.setattr(listen, "ACCEPT_AGAIN", timedelta(milliseconds=10))
    _, port = await open_door(wait_for_the_end)
    with socket.socket() as client:
        with no_more_descriptors():
            client.connect(("127.0.0.1", port))
            await until(lambda: events.count("door.cannot_accept") >= 2)
        assert await asyncio.to_thread(client.recv, 100) == b"hello\r\n"


@contextmanager
def no_more_descriptors() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest_free = os.dup(0)
    os.close(lowest_free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_a_burst_of_connections_is_all_admitted(open_door: OpenDoor) -> None:
    door, port = await open_door(wait_for_the_end)
    burst = [socket.create_connection(("127.0.0.1", port)) for _ in range(200)]
    await until(lambda: door.connections == 200)
    for connection in burst:
        connection.close()
    await until(lambda: door.connections == 0)
