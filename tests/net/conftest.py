"""A door on a free port of the loopback, on both event loops."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import uvloop

from pabal.net.listen import Door, Handler, bind, serve
from pabal.net.settings import NetSettings, TlsSettings
from pabal.net.tls import SELF_SIGNED, TlsContexts, load

NOW = datetime(2026, 1, 1, tzinfo=UTC)
QUICK = timedelta(milliseconds=200)

OpenDoor = Callable[..., Awaitable[tuple[Door, int]]]


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Each test of this folder runs on both event loops."""
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    load(TlsSettings(), folder, "mail.example.org", datetime.now(UTC))  # noqa: TID251
    return folder / SELF_SIGNED


@pytest.fixture(params=["loop-tls", "own-tls"])
def tls(certificate: Path, request: pytest.FixtureRequest) -> TlsContexts:
    return TlsContexts(certificate, certificate, request.param.removesuffix("-tls"))


@pytest.fixture
def client_tls(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate))


@pytest.fixture
async def open_door() -> AsyncIterator[OpenDoor]:
    doors: list[Door] = []

    async def make(handler: Handler, settings: NetSettings | None = None, **more: object) -> tuple[Door, int]:
        listening = bind("127.0.0.1", 0)
        port = listening.getsockname()[1]
        door = await serve(listening, handler, settings or NetSettings(), name="test", **more)  # type: ignore[arg-type]
        doors.append(door)
        return door, port

    yield make
    for door in doors:
        await door.drain(timedelta(0))


async def until(condition: Callable[[], bool]) -> None:
    """Let the loop turn until it is so; pytest's time limit ends it otherwise."""
    while not condition():  # noqa: ASYNC110
        await asyncio.sleep(0.001)
