"""One connection, seen from its peer."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from contextlib import suppress
from datetime import timedelta

import pytest

from pabal.model.world import Stream, StreamTimeout
from pabal.net.settings import NetSettings
from pabal.net.stream import RECEIVE_BOUND
from pabal.net.tls import TlsContexts
from tests.net.conftest import QUICK, OpenDoor, until

MINUTE = timedelta(minutes=1)


async def echo(stream: Stream) -> None:
    while octets := await stream.read():
        await stream.write(octets)


async def shout_at_the_end(stream: Stream) -> None:
    heard = []
    while octets := await stream.read():
        heard.append(octets)
    await stream.write([b"heard ", *heard])


async def test_what_is_sent_comes_back(open_door: OpenDoor) -> None:
    _, port = await open_door(echo)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for said in (b"one\r\n", b"x" * 200_000, b"two\r\n"):
        writer.write(said)
        assert await reader.readexactly(len(said)) == said
    writer.close()


async def test_peer_and_local_are_addresses_and_loopback_is_secure(open_door: OpenDoor) -> None:
    async def tell(stream: Stream) -> None:
        await stream.write(repr((stream.peer, stream.local, stream.secure, stream.tls)).encode())

    _, port = await open_door(tell)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    mine = writer.get_extra_info("sockname")
    assert await reader.read() == repr((mine, ("127.0.0.1", port), True, None)).encode()
    writer.close()


async def test_a_half_closed_peer_still_gets_the_answer(open_door: OpenDoor) -> None:
    _, port = await open_door(shout_at_the_end)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"this")
    writer.write_eof()
    assert await reader.read() == b"heard this"
    writer.close()


async def test_a_silent_peer_times_out(open_door: OpenDoor) -> None:
    async def impatient(stream: Stream) -> None:
        try:
            await stream.read(within=QUICK)
        except StreamTimeout:
            await stream.write(b"too slow")

    _, port = await open_door(impatient)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    assert await reader.read() == b"too slow"
    writer.close()


async def test_each_read_has_its_own_time(open_door: OpenDoor) -> None:
    """A long limit after a short one, and a short one after a long one, on the same standing timer."""
    limits = iter([MINUTE, QUICK, MINUTE, QUICK])

    async def talk(stream: Stream) -> None:
        try:
            for within in limits:
                await stream.write(await stream.read(within=within))
        except StreamTimeout:
            await stream.write(b"timeout")

    _, port = await open_door(talk)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(3):
        writer.write(b"x")
        assert await reader.readexactly(1) == b"x"
    assert await reader.read() == b"timeout"
    writer.close()


async def test_a_cut_connection_reads_as_closed_and_cannot_be_written(open_door: OpenDoor) -> None:
    seen: asyncio.Queue[object] = asyncio.Queue()

    async def watch(stream: Stream) -> None:
        await seen.put(await stream.read())
        await seen.put(await stream.read())
        with pytest.raises(ConnectionError):
            await stream.write(b"x")
        await seen.put("refused")

    _, port = await open_door(watch)
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"hello")
    assert await seen.get() == b"hello"
    raw = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
    assert await seen.get() == b""
    assert await seen.get() == "refused"


async def test_above_the_bound_a_fast_sender_is_made_to_wait(open_door: OpenDoor) -> None:
    go, sizes = asyncio.Event(), []

    async def slow(stream: Stream) -> None:
        sizes.append(len(await stream.read()))
        await go.wait()
        while octets := await stream.read():
            sizes.append(len(octets))
        await stream.write(str(sum(sizes)).encode())

    _, port = await open_door(slow)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    total = 30 * 1024 * 1024
    writer.write(b"x" * total)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(writer.drain(), 0.3)
    go.set()
    writer.write_eof()
    assert await reader.read() == str(total).encode()
    assert max(sizes) <= RECEIVE_BOUND + 256 * 1024  # one receive of the event loop above the bound
    writer.close()


@pytest.mark.parametrize("within", [QUICK, None], ids=["of the call", "of the settings"])
async def test_a_slow_reader_makes_the_writer_wait_and_then_time_out(
    open_door: OpenDoor, within: timedelta | None
) -> None:
    outcome: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def pour(stream: Stream) -> None:
        try:
            while True:
                await stream.write(b"x" * 65_536, within=within)
        except StreamTimeout:
            outcome.set_result("timeout")

    _, port = await open_door(pour, NetSettings(close_timeout=QUICK, write_timeout=QUICK))
    with socket.create_connection(("127.0.0.1", port)):
        assert await outcome == "timeout"


async def test_a_slow_reader_under_tls_makes_the_writer_wait(
    open_door: OpenDoor, tls: TlsContexts, client_tls: ssl.SSLContext
) -> None:
    outcome: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def pour(stream: Stream) -> None:
        try:
            while True:
                await stream.write([b"x" * 30_000, b"y" * 30_000], within=QUICK)
        except StreamTimeout:
            outcome.set_result("timeout")

    _, port = await open_door(pour, NetSettings(close_timeout=QUICK), implicit_tls=tls)

    def connect_and_read_nothing() -> ssl.SSLSocket:
        return client_tls.wrap_socket(socket.create_connection(("127.0.0.1", port)), server_hostname="localhost")

    with await asyncio.to_thread(connect_and_read_nothing):
        assert await outcome == "timeout"


async def test_a_fast_sender_under_tls_is_made_to_wait(
    open_door: OpenDoor, tls: TlsContexts, client_tls: ssl.SSLContext
) -> None:
    sent: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    sizes: list[int] = []

    async def slow(stream: Stream) -> None:
        total = await sent
        while sum(sizes) < total:
            sizes.append(len(await stream.read()))
        await stream.write(b"done")

    def send_until_it_stalls() -> int:
        client.settimeout(0.3)
        count = 0
        with suppress(TimeoutError):
            while count < 100 * 1024 * 1024:
                count += client.send(b"x" * 16_384)
        return count

    _, port = await open_door(slow, implicit_tls=tls)
    plain = socket.create_connection(("127.0.0.1", port))
    client = await asyncio.to_thread(client_tls.wrap_socket, plain, server_hostname="localhost")
    with client:
        sent.set_result(await asyncio.to_thread(send_until_it_stalls))
        client.settimeout(10)
        assert await asyncio.to_thread(client.recv, 4) == b"done"
    assert sent.result() < 50 * 1024 * 1024
    assert max(sizes) <= RECEIVE_BOUND + 512 * 1024  # what the event loop receives and decrypts at once


async def test_two_tasks_do_not_wait_for_one_side_of_a_connection(open_door: OpenDoor) -> None:
    outcome: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def read_twice(stream: Stream) -> None:
        first = asyncio.create_task(stream.read())
        await asyncio.sleep(0)
        try:
            await stream.read()
        except RuntimeError as error:
            outcome.set_result(str(error))
        await first

    _, port = await open_door(read_twice)
    with socket.create_connection(("127.0.0.1", port)):
        assert await outcome == "two tasks wait for one side of a connection"


async def test_a_reader_that_wakes_up_gets_everything(open_door: OpenDoor) -> None:
    async def pour(stream: Stream) -> None:
        for number in range(100):
            await stream.write([bytes([number]) * 50_000, bytes([number]) * 50_000])

    _, port = await open_door(pour)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    expected = b"".join(bytes([number]) * 100_000 for number in range(100))
    assert await reader.read() == expected
    writer.close()


async def test_starttls_then_talk(open_door: OpenDoor, tls: TlsContexts, client_tls: ssl.SSLContext) -> None:
    _, port = await open_door(_after_starttls, starttls=tls)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"STARTTLS\r\n")
    assert await reader.readline() == b"go\r\n"
    await writer.start_tls(client_tls, server_hostname="mail.example.org")
    writer.write(b"inside\r\n")
    assert (await reader.readline()).startswith(b"TLSv1.3 inside")
    writer.close()


async def _after_starttls(stream: Stream) -> None:
    await stream.read()
    await stream.write(b"go\r\n")
    await stream.start_tls()
    heard = await stream.read()
    assert stream.tls is not None
    assert stream.secure
    await stream.write(stream.tls.version.encode() + b" " + heard)


async def test_octets_sent_before_the_handshake_are_dropped(
    open_door: OpenDoor, tls: TlsContexts, client_tls: ssl.SSLContext
) -> None:
    heard, arrived = asyncio.Event(), asyncio.Event()

    async def late(stream: Stream) -> None:
        await stream.read()
        heard.set()
        await arrived.wait()
        for _ in range(5):  # what was sent over the loopback is there; the loop hands it to the stream
            await asyncio.sleep(0)
        await _after_starttls_words(stream)

    _, port = await open_door(late, starttls=tls)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"STARTTLS\r\n")
    await heard.wait()
    writer.write(b"INJECTED\r\n")
    arrived.set()
    assert await reader.readline() == b"go\r\n"
    await writer.start_tls(client_tls, server_hostname="mail.example.org")
    writer.write(b"inside\r\n")
    assert await reader.readline() == b"inside\r\n"
    writer.close()


async def _after_starttls_words(stream: Stream) -> None:
    await stream.write(b"go\r\n")
    await stream.start_tls()
    await stream.write(await stream.read())


async def test_starttls_with_a_peer_that_speaks_no_tls_ends_the_connection(
    open_door: OpenDoor, tls: TlsContexts
) -> None:
    refused: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    async def upgrade(stream: Stream) -> None:
        await stream.read()
        await stream.write(b"go\r\n")
        try:
            await stream.start_tls()
        except ConnectionError:
            refused.set_result(True)
            raise

    door, port = await open_door(upgrade, starttls=tls)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"STARTTLS\r\n")
    assert await reader.readline() == b"go\r\n"
    writer.write(b"NOOP\r\n")
    assert await refused
    with suppress(ConnectionError):
        await reader.read()
    writer.close()
    await until(lambda: door.connections == 0)


async def test_starttls_without_a_certificate_is_refused(open_door: OpenDoor) -> None:
    async def upgrade(stream: Stream) -> None:
        with pytest.raises(ConnectionError, match="no certificate"):
            await stream.start_tls()
        await stream.write(b"still here")

    _, port = await open_door(upgrade)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    assert await reader.read() == b"still here"
    writer.close()


async def test_a_peer_that_is_cut_while_we_wait_to_write_ends_the_write(open_door: OpenDoor) -> None:
    outcome: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def pour(stream: Stream) -> None:
        try:
            while True:
                await stream.write(b"x" * 65_536, within=MINUTE)
        except ConnectionError as error:
            outcome.set_result(str(error))

    _, port = await open_door(pour)
    client = socket.create_connection(("127.0.0.1", port))
    await asyncio.to_thread(client.recv, 100)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    assert await outcome == "the peer has closed the connection"


async def test_implicit_tls_with_large_octets_both_ways(
    open_door: OpenDoor, tls: TlsContexts, client_tls: ssl.SSLContext
) -> None:
    _, port = await open_door(echo, implicit_tls=tls)
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", port, ssl=client_tls, server_hostname="mail.example.org"
    )
    said = bytes(range(256)) * 4000
    writer.write(said)
    assert await reader.readexactly(len(said)) == said
    writer.close()


async def test_a_stalled_handshake_is_cut(open_door: OpenDoor, tls: TlsContexts) -> None:
    door, port = await open_door(echo, NetSettings(tls_handshake_timeout=QUICK), implicit_tls=tls)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    assert await reader.read() == b""
    writer.close()
    await until(lambda: door.connections == 0)


@pytest.mark.parametrize("said", [b"EHLO me\r\n", b"\x16\x03\x01\x00\x05hello", b"GET / HTTP/1.1\r\n\r\n"])
async def test_garbage_instead_of_a_handshake_ends_the_connection(
    open_door: OpenDoor, tls: TlsContexts, said: bytes
) -> None:
    door, port = await open_door(echo, NetSettings(tls_handshake_timeout=QUICK), implicit_tls=tls)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(said)
    await reader.read()  # perhaps an alert, then the end
    writer.close()
    await until(lambda: door.connections == 0)


async def test_a_peer_that_hangs_up_in_the_handshake_is_forgotten(open_door: OpenDoor, tls: TlsContexts) -> None:
    door, port = await open_door(echo, implicit_tls=tls)
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    await until(lambda: door.connections == 1)
    writer.close()
    await until(lambda: door.connections == 0)


async def test_tls_close_reaches_the_driver(
    open_door: OpenDoor, tls: TlsContexts, client_tls: ssl.SSLContext
) -> None:
    ended = asyncio.Event()

    async def until_the_end(stream: Stream) -> None:
        while await stream.read():
            pass
        ended.set()

    _, port = await open_door(until_the_end, implicit_tls=tls)
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=client_tls, server_hostname="mail.example.org")
    writer.write(b"x")
    writer.close()
    await ended.wait()


async def test_close_does_not_wait_for_ever(open_door: OpenDoor) -> None:
    async def pour(stream: Stream) -> None:
        with suppress(StreamTimeout):
            while True:
                await stream.write(b"x" * 65_536, within=QUICK)
        await stream.close()
        await stream.close()

    door, port = await open_door(pour, NetSettings(close_timeout=QUICK))
    with socket.create_connection(("127.0.0.1", port)):
        await until(lambda: door.connections == 1)
        await until(lambda: door.connections == 0)
