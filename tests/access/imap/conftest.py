"""A whole IMAP server in memory: the real driver, mail model and store; a client that speaks in dialogues."""

from __future__ import annotations

import asyncio
import dataclasses
import re
import textwrap
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from pabal.accounts.directory import AccountDirectory
from pabal.accounts.logins import PasswordLogins
from pabal.mailboxes.provision import provision
from pabal.mailboxes.service import MailboxService
from pabal.server.imap import ImapContext, ImapSettings, serve_imap
from pabal.store.sqlite.driver import SqliteStore, open_store
from tests.kit.stream import MemoryStream, memory_streams
from tests.kit.world import FakeClock, FakeRandom

PATIENCE = 10.0  # seconds a test waits for a line: only a failing one needs it


class Client:
    """Speaks and listens, line by line."""

    def __init__(self, stream: MemoryStream, server: asyncio.Task[None], server_end: MemoryStream) -> None:
        self.stream, self.server, self.server_end = stream, server, server_end
        self._buffer = b""
        self._tags = 0

    async def send(self, octets: bytes) -> None:
        await self.stream.write(octets)

    async def line(self) -> bytes:
        """The next line without its end; b"" at the end of the connection."""
        while b"\r\n" not in self._buffer:
            octets = await asyncio.wait_for(self.stream.read(), PATIENCE)
            if not octets:
                return b""
            self._buffer += octets
        line, self._buffer = self._buffer.split(b"\r\n", 1)
        return line

    async def command(self, text: str | bytes) -> list[bytes]:
        """One command; all lines up to its tagged response, which comes last and without its tag."""
        self._tags += 1
        tag = b"T%d" % self._tags
        await self.send(tag + b" " + (text.encode() if isinstance(text, str) else text) + b"\r\n")
        lines: list[bytes] = []
        while True:
            line = await self.line()
            if line.startswith(tag + b" ") or (not line and not self._buffer and self.server.done()):
                return [*lines, line[len(tag) + 1 :]]
            lines.append(line)

    async def ok(self, text: str | bytes) -> list[bytes]:
        lines = await self.command(text)
        assert lines[-1].startswith(b"OK"), lines
        return lines[:-1]

    async def append(self, message: bytes, mailbox: str = "INBOX", flags: str = "") -> None:
        await self.ok(b"APPEND %b %b{%d+}\r\n%b" % (mailbox.encode(), flags.encode(), len(message), message))

    async def talk(self, script: str) -> None:
        """Lines ``C:`` are sent, lines ``S:`` must come; ``…`` stands for anything."""
        for line in textwrap.dedent(script).strip().splitlines():
            who, said = line[:2], line[3:]
            if who == "C:":
                await self.send(said.encode() + b"\r\n")
            else:
                heard = (await self.line()).decode()
                wanted = ".*".join(re.escape(part) for part in said.split("…"))
                assert re.fullmatch(wanted, heard), f"wanted {said!r}, heard {heard!r}"

    async def close(self) -> None:
        await self.stream.close()
        with suppress(asyncio.CancelledError):
            await asyncio.wait_for(self.server, PATIENCE)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    opened = await open_store(tmp_path / "data")
    yield opened
    await opened.close()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def context(store: SqliteStore, clock: FakeClock, tmp_path: Path) -> ImapContext:
    directory = AccountDirectory(sandbox=True, postmaster="", clock=clock, provision=provision)
    return ImapContext(
        settings=ImapSettings(),
        store=store,
        blobs=store.blobs,
        feed=store.feed,
        mailboxes=MailboxService(store, clock),
        directory=directory,
        logins=PasswordLogins(store, directory, clock, FakeRandom(), sandbox=True),
        clock=clock,
        spool=tmp_path / "spool",
        starttls=True,
    )


Connect = Callable[..., Awaitable[Client]]


@pytest.fixture
async def connect(context: ImapContext) -> AsyncIterator[Connect]:
    """``await connect()``: greeted; ``signed_in``, ``select``: further; settings by name."""
    clients: list[Client] = []

    async def make(
        *, signed_in: bool = True, select: str = "", peer: str = "127.0.0.1", rev2: bool = False, **settings: object
    ) -> Client:
        mine = dataclasses.replace(context, settings=dataclasses.replace(context.settings, **settings))  # type: ignore[arg-type]
        client_end, server_end = memory_streams(client=(peer, 40000))
        client = Client(client_end, asyncio.ensure_future(serve_imap(server_end, mine)), server_end)
        clients.append(client)
        assert (await client.line()).startswith(b"* OK [CAPABILITY IMAP4rev2 IMAP4rev1 ")
        if signed_in:
            await client.ok("LOGIN kim@example.org secret")
        if rev2:
            await client.ok("ENABLE IMAP4rev2")
        if select:
            await client.ok(f"SELECT {select}")
        return client

    yield make
    for client in clients:
        await client.close()


@pytest.fixture
async def client(connect: Connect) -> Client:
    """Signed in, INBOX selected."""
    return await connect(select="INBOX")
