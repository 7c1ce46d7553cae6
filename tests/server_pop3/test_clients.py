"""poplib and curl against a real socket, the real store and real passwords."""

from __future__ import annotations

import asyncio
import poplib
import shutil
import ssl
from collections.abc import Callable
from typing import TypeVar

import pytest

from tests.server_pop3.house import PASSWORD, House

T = TypeVar("T")
FIRST = b"Subject: one\r\n\r\nHello\r\n.\r\n..two dots\r\nend\r\n"
SECOND = b"Subject: two\r\n\r\n" + b"".join(b"line %d\r\n" % number for number in range(50_000))


async def talk(port: int, work: Callable[[poplib.POP3], T]) -> T:
    def signed_in() -> T:
        client = poplib.POP3("127.0.0.1", port, timeout=20)
        client.user("kim@example.org")
        client.pass_(PASSWORD)
        try:
            return work(client)
        finally:
            client.close()

    return await asyncio.to_thread(signed_in)


def retrieved(client: poplib.POP3, number: int) -> bytes:
    return b"".join(line + b"\r\n" for line in client.retr(number)[1])


async def test_poplib_lists_and_retrieves_what_was_delivered(house: House) -> None:
    await house.deliver(FIRST, SECOND, prefix=b"Return-Path: <lee@example.org>\r\n")

    def work(client: poplib.POP3) -> None:
        sizes = [len(message) + 32 for message in (FIRST, SECOND)]
        assert client.stat() == (2, sum(sizes))
        assert client.list()[1] == [b"1 %d" % sizes[0], b"2 %d" % sizes[1]]
        assert retrieved(client, 1) == b"Return-Path: <lee@example.org>\r\n" + FIRST
        assert retrieved(client, 2) == b"Return-Path: <lee@example.org>\r\n" + SECOND
        assert client.top(2, 1)[1] == [b"Return-Path: <lee@example.org>", b"Subject: two", b"", b"line 0"]
        client.quit()

    await talk(await house.open(), work)


async def test_what_is_deleted_goes_at_quit_and_not_before(house: House) -> None:
    await house.deliver(FIRST, SECOND)
    port = await house.open()

    def hang_up(client: poplib.POP3) -> list[bytes]:
        client.dele(1)
        return client.uidl()[1]

    def quit_properly(client: poplib.POP3) -> bytes:
        assert client.stat()[0] == 2  # hanging up removed nothing
        client.dele(1)
        return client.quit()

    rest = await talk(port, hang_up)
    assert await talk(port, quit_properly) == b"+OK bye, 1 messages removed"
    assert await talk(port, lambda client: [line.split()[1] for line in client.uidl()[1]]) == [
        line.split()[1] for line in rest
    ]


async def test_starttls_and_implicit_tls(house: House) -> None:
    await house.deliver(FIRST)
    port, secure_port = await house.open(), await house.open(implicit_tls=True)
    context = ssl.create_default_context(cafile=house.certificate)

    def starttls() -> bytes:
        client = poplib.POP3("localhost", port, timeout=20)
        assert "STLS" in client.capa()
        client.stls(context)
        assert "STLS" not in client.capa()
        client.user("kim@example.org")
        client.pass_(PASSWORD)
        return client.quit()

    def implicit() -> bytes:
        client = poplib.POP3_SSL("localhost", secure_port, timeout=20, context=context)
        assert "STLS" not in client.capa()
        client.user("kim@example.org")
        client.pass_(PASSWORD)
        assert retrieved(client, 1) == FIRST
        return client.quit()

    assert await asyncio.to_thread(starttls) == b"+OK bye, 0 messages removed"
    assert await asyncio.to_thread(implicit) == b"+OK bye, 0 messages removed"


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
async def test_curl_signs_in_with_sasl_and_fetches(house: House) -> None:
    await house.deliver(FIRST)
    port = await house.open()
    curl = await asyncio.create_subprocess_exec(
        "curl", "-sS", "--ssl-reqd", "--cacert", house.certificate, "--user", f"kim@example.org:{PASSWORD}",
        f"pop3://localhost:{port}/1", stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    octets, _ = await curl.communicate()
    assert octets == FIRST
    assert curl.returncode == 0
