"""Clients that are slow, hostile or unlucky: each costs itself, not its neighbours (design: stance on security)."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from pabal.access.imap import fetching
from pabal.accounts import admin
from pabal.mailboxes.views import View
from pabal.model.errors import DiskFull
from pabal.server.imap import ImapContext
from pabal.store.interface import BlobMissing, Place, Transaction
from tests.access.imap.conftest import Client, Connect
from tests.access.imap.messages import PLAIN
from tests.access.imap.test_delivered import deliver
from tests.kit.world import FakeClock


async def rest(client: Client) -> list[bytes]:
    """All lines until the server closes."""
    lines: list[bytes] = []
    while line := await client.line():
        lines.append(line)
    return lines


async def test_a_client_that_never_reads_is_cut(connect: Connect) -> None:
    client = await connect(select="INBOX", write_timeout=timedelta(milliseconds=20))
    await client.append(PLAIN + b"x" * 400_000)
    await client.send(b"a FETCH 1 BODY.PEEK[]\r\n")
    await client.server
    assert client.server.done()


async def test_a_client_that_never_reads_in_idle_is_cut(connect: Connect, context: ImapContext) -> None:
    client = await connect(select="INBOX", write_timeout=timedelta(milliseconds=20))
    await client.talk("""
        C: a IDLE
        S: + idling
    """)
    other = await connect(select="INBOX")
    for _ in range(3):
        await deliver(context, *["kim@example.org"] * 1000)
        await other.ok("STORE 1:* +FLAGS.SILENT (a-keyword-of-some-length another-keyword)")
        await other.ok("STORE 1:* -FLAGS.SILENT (another-keyword)")
    await client.server
    assert (await other.ok("NOOP")) == []


async def test_what_goes_wrong_in_idle_ends_the_connection(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise ValueError("/secret/path")

    client = await connect(select="INBOX")
    monkeypatch.setattr(View, "changes", fail)
    await client.talk("""
        C: a IDLE
        S: + idling
    """)
    assert await client.line() == b""


async def test_octets_one_by_one_do_not_buy_a_stranger_more_time(connect: Connect, clock: FakeClock) -> None:
    client = await connect(signed_in=False, login_timeout=timedelta(seconds=60))
    await client.send(b"a")
    await clock.sleep(timedelta(seconds=61))
    await client.send(b" ")
    assert await rest(client) == [b"* BYE Autologout"]


async def test_a_thousand_unknown_commands_end_the_connection(connect: Connect) -> None:
    client = await connect(signed_in=False)
    await client.send(b"a HELLO\r\n" * 1000)
    lines = await rest(client)
    assert len(lines) == 21
    assert lines[-1] == b"* BYE Too much that is no IMAP"


async def test_guessing_passwords_ends_the_connection(connect: Connect, context: ImapContext) -> None:
    await context.store.run(_strict_domain)
    client = await connect(signed_in=False, login_failures=2)
    await client.talk("""
        C: a LOGIN kim@strict.test x
        S: a NO [AUTHENTICATIONFAILED] Authentication failed
        C: b LOGIN kim@strict.test y
        S: * BYE Too many attempts
        S: b NO [AUTHENTICATIONFAILED] Authentication failed
    """)
    assert await client.line() == b""


async def _strict_domain(tx: Transaction) -> None:
    await admin.add_domain(tx, "strict.test", FakeClock())


async def test_a_full_disk_files_nothing_and_works_again_when_there_is_room(
    connect: Connect, context: ImapContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object) -> None:
        raise DiskFull("no space left")

    client = await connect(select="INBOX")
    with monkeypatch.context() as broken:
        broken.setattr(type(context.blobs), "put", full)
        assert (await client.command(b"APPEND INBOX {1+}\r\nx"))[-1] == b"NO [UNAVAILABLE] No room now, try later"
    await client.append(PLAIN)
    assert len(await client.ok("FETCH 1:* UID")) == 1


async def test_octets_that_moved_are_found_by_reading_the_row_again(
    connect: Connect, context: ImapContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await connect(select="INBOX")
    await client.append(PLAIN)
    real, asked = context.blobs.read, 0

    def moved(place: Place, start: int, stop: int) -> bytes:
        nonlocal asked
        asked += 1
        if asked == 1:
            raise BlobMissing("compacted")
        return real(place, start, stop)

    monkeypatch.setattr(context.blobs, "read", moved)
    assert (await client.ok("FETCH 1 BODY.PEEK[TEXT]"))[-2:] == [b"test content", b")"]


async def test_octets_that_are_gone_are_refused_and_the_connection_stays(
    connect: Connect, context: ImapContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> bytes:
        raise BlobMissing("damaged")

    client = await connect(select="INBOX")
    await client.append(PLAIN)
    monkeypatch.setattr(context.blobs, "read", gone)
    assert await client.command("FETCH 1 BODY.PEEK[]") == [b"NO [UNAVAILABLE] Not possible now, try later"]
    assert await client.ok("FETCH 1 UID") == [b"* 1 FETCH (UID 1)"]


async def test_a_mailbox_full_is_said_with_its_code(connect: Connect, context: ImapContext) -> None:
    client = await connect(select="INBOX")
    await context.store.run(_no_room)
    assert (await client.command(b"APPEND INBOX {3+}\r\nx:y"))[-1] == b"NO [OVERQUOTA] Mailbox is full, try later"


async def _no_room(tx: Transaction) -> None:
    await tx.execute("UPDATE account SET quota = 1")


async def test_a_page_is_bounded(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "PAGE", 2)
    monkeypatch.setattr(fetching, "FLAGS_PAGE", 2)
    client = await connect(select="INBOX")
    for _ in range(5):
        await client.append(PLAIN)
    assert len(await client.ok("FETCH 1:* (UID RFC822.SIZE)")) == 5
    assert len(await client.ok("FETCH 1:* (FLAGS)")) == 5


def test_every_limit_is_a_setting_with_a_bound(context: ImapContext) -> None:
    assert all(field.metadata["minimum"] is not None for field in dataclasses.fields(context.settings))
