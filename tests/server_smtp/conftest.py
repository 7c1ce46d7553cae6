"""``door``: opens connections in memory to a real driver over a real store."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pabal.server.smtp import LimitSettings, SmtpContext, SmtpSettings, serve_smtp
from tests.delivery.house import House, open_house
from tests.kit.stream import MemoryStream, memory_streams


class Client:
    """The far end of one connection."""

    def __init__(self, stream: MemoryStream, served: asyncio.Task[None]) -> None:
        self.stream, self.served = stream, served
        self._unread = b""

    async def send(self, octets: bytes) -> None:
        await self.stream.write(octets)

    async def reply(self) -> str:
        """One reply, all its lines."""
        lines: list[str] = []
        while not lines or lines[-1][3:4] == "-":
            while b"\r\n" not in self._unread:
                octets = await self.stream.read()
                assert octets, f"the server closed after {lines}"
                self._unread += octets
            line, _, self._unread = self._unread.partition(b"\r\n")
            lines.append(line.decode())
        return "\n".join(lines)

    async def ask(self, *commands: bytes) -> list[str]:
        """Each command, then its reply."""
        said = []
        for command in commands:
            await self.send(command + b"\r\n")
            said.append(await self.reply())
        return said

    async def rest(self) -> bytes:
        """Everything until the server closes."""
        octets, self._unread = self._unread, b""
        while piece := await self.stream.read():
            octets += piece
        await self.served
        return octets


class Door:
    """One door of one house."""

    def __init__(self, house: House, folder: Path) -> None:
        self.house = house
        self.context = SmtpContext(
            receiver=house.receiver,
            settings=SmtpSettings(),
            limits=LimitSettings(),
            clock=house.clock,
            hostname="mail.example.org",
            spool=folder / "spool",
        )
        self._served: list[asyncio.Task[None]] = []

    def set(self, **changes: Any) -> None:
        self.context = replace(self.context, **changes)

    def connect(self) -> Client:
        client, server = memory_streams()
        served = asyncio.create_task(serve_smtp(server, self.context))
        self._served.append(served)
        return Client(client, served)

    async def close(self) -> None:
        for served in self._served:
            served.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await served


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    async with open_house(tmp_path / "house") as house:
        await house.add_account("kim@example.org")
        await house.add_account("lee@example.org")
        door = Door(house, tmp_path)
        yield door
        await door.close()
