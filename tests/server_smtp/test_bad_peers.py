"""Peers that are slow, rude, many or gone: each costs itself and nobody else."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta
from pathlib import Path

import pytest

from pabal.model.errors import DiskFull
from pabal.server.smtp import SmtpSettings
from pabal.server.smtp_spool import Inbox
from tests.server_smtp.conftest import Door
from tests.server_smtp.test_serve import ENVELOPE, KIM, ready

MOMENT = timedelta(milliseconds=20)
TIMEOUT = b"421 4.4.2 Waited too long\r\n"


async def test_a_client_that_says_nothing_is_told_and_closed(door: Door) -> None:
    door.set(settings=SmtpSettings(command_timeout=MOMENT))
    assert await door.connect().rest() == b"220 mail.example.org ESMTP\r\n" + TIMEOUT


async def test_a_client_that_stops_in_the_middle_of_its_message_is_told_and_closed(door: Door) -> None:
    door.set(settings=SmtpSettings(data_timeout=MOMENT))
    client = await ready(door)
    await client.ask(*ENVELOPE, b"DATA")
    await client.send(b"Subject: half\r\n")
    assert await client.rest() == TIMEOUT
    assert await door.house.inbox(KIM) == []


@pytest.mark.parametrize("in_data", [False, True])
async def test_one_octet_a_minute_does_not_extend_the_time(door: Door, in_data: bool) -> None:
    client = await ready(door)
    if in_data:
        await client.ask(*ENVELOPE, b"DATA")
    settings = door.context.settings
    allowed = settings.message_time if in_data else settings.command_timeout
    sent = 0
    while not client.served.done():
        await client.send(b"x")
        await door.house.clock.sleep(timedelta(minutes=1))
        await asyncio.sleep(0)
        sent += 1
        assert sent < 1000, "the client is served for ever"
    assert sent <= allowed / timedelta(minutes=1) + 20
    assert (await client.rest()).endswith(TIMEOUT)


async def test_replies_give_a_slow_client_its_full_time_again(door: Door) -> None:
    client = await ready(door)
    for _ in range(20):
        await door.house.clock.sleep(timedelta(minutes=4))
        assert await client.ask(b"NOOP") == ["250 2.0.0 OK"]


async def test_a_client_that_never_reads_is_cut_off(door: Door) -> None:
    door.set(settings=SmtpSettings(write_timeout=MOMENT))
    client = await ready(door)
    with contextlib.suppress(ConnectionError):
        while not client.served.done():
            await client.stream.write(b"HELP\r\n" * 10_000)
    await client.served


async def test_a_client_that_hangs_up_leaves_nothing(door: Door) -> None:
    client = await ready(door)
    await client.ask(*ENVELOPE, b"DATA")
    await client.send(b"Subject: half\r\n")
    await client.stream.close()
    await client.served
    assert await door.house.inbox(KIM) == []


async def test_a_server_that_is_told_to_stop_says_so(door: Door) -> None:
    client = await ready(door)
    for _ in range(10):  # until it waits for the next command
        await asyncio.sleep(0)
    client.served.cancel()
    assert await client.reply() == "421 4.3.2 Closing the connection"
    with pytest.raises(asyncio.CancelledError):
        await client.rest()


async def test_who_talks_before_the_greeting_is_refused(door: Door) -> None:
    door.set(settings=SmtpSettings(greeting_delay=timedelta(seconds=20)))
    client = door.connect()
    await client.send(b"EHLO x\r\n")
    assert await client.rest() == b"554 5.5.1 Wait for the greeting\r\n"


async def test_who_waits_for_the_greeting_gets_it(door: Door) -> None:
    door.set(settings=SmtpSettings(greeting_delay=MOMENT))
    assert await door.connect().reply() == "220 mail.example.org ESMTP"


async def test_a_web_browser_is_cut_off(door: Door) -> None:
    client = door.connect()
    await client.reply()
    await client.send(b"POST / HTTP/1.1\r\nHost: localhost\r\n\r\nMAIL FROM:<kim@example.org>\r\n")
    assert await client.rest() == b"421 4.7.0 This is a mail server, not a web server\r\n"


async def test_the_spool_keeps_no_more_than_its_bound_in_memory(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "spool", 1000)
    for _ in range(100):
        await inbox.add(b"x" * 300)
        assert inbox.waiting <= 1000
    content = await inbox.content()
    assert (content.size, content.octets()) == (30_000, None)
    assert content.read(29_990, 40_000) == b"x" * 10
    assert content.read(30_000, 30_001) == b""
    assert b"".join(content.pieces()) == b"x" * 30_000
    inbox.clear()


async def test_a_spool_that_is_left_in_the_middle_of_a_write_ends_it_first(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "spool", 1000)
    adding = asyncio.create_task(inbox.add(b"x" * 100_000))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    adding.cancel()
    with pytest.raises(asyncio.CancelledError):
        await adding
    inbox.clear()
    assert (await inbox.content()).size == 0


async def test_a_spool_after_a_fault_keeps_nothing_and_works_again_when_cleared(tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    folder.write_bytes(b"a file where a folder should be")
    inbox = Inbox(folder, 1000)
    for _ in range(3):
        await inbox.add(b"x" * 2000)
        assert inbox.waiting == 0
    with pytest.raises(DiskFull):
        await inbox.content()
    folder.unlink()
    inbox.clear()
    await inbox.add(b"x" * 2000)
    assert (await inbox.content()).size == 2000
