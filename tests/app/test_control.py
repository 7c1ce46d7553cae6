"""The control socket: rows, refusals, and whatever else may come in."""

from __future__ import annotations

import asyncio
import socket
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pabal.model.errors import PabalError
from pabal.server.control import LONGEST_REQUEST, Control, bind_control, call


async def commands(name: str, arguments: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
    """What the server would run: ``count`` yields rows, ``refuse`` refuses, ``fail`` has a fault."""
    if name == "count":
        for number in range(arguments["to"]):
            yield {"number": number}
    elif name == "refuse":
        raise PabalError("no room for that")
    elif name == "fail":
        raise ZeroDivisionError
    else:
        raise KeyError(name)


@pytest.fixture
async def path(tmp_path: Path) -> AsyncIterator[Path]:
    # Deeper than a socket address is long (108 octets).
    folder = tmp_path / ("d" * 60) / ("e" * 60)
    folder.mkdir(parents=True)
    control = Control(commands)
    await control.open(bind_control(folder / "control.sock"))
    yield folder / "control.sock"
    await control.close()


async def ask(path: Path, name: str, **arguments: Any) -> list[dict[str, Any]]:
    return await asyncio.to_thread(lambda: list(call(path, name, arguments)))


async def raw(path: Path, octets: bytes) -> list[dict[str, Any]]:
    """What a client is answered that sends these octets."""

    def talk() -> bytes:
        import os

        with socket.socket(socket.AF_UNIX) as connection:
            folder = os.open(path.parent, os.O_PATH)
            connection.connect(f"/proc/self/fd/{folder}/{path.name}")
            os.close(folder)
            connection.sendall(octets)
            connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65536), b""))

    return [msgspec.json.decode(line) for line in (await asyncio.to_thread(talk)).splitlines()]


async def test_rows_come_in_order(path: Path) -> None:
    assert await ask(path, "count", to=1000) == [{"number": number} for number in range(1000)]
    assert await ask(path, "count", to=0) == []


async def test_a_refusal_is_raised_with_its_words(path: Path) -> None:
    with pytest.raises(PabalError, match="no room for that"):
        await ask(path, "refuse")


async def test_an_unknown_command_is_told(path: Path) -> None:
    with pytest.raises(PabalError, match="does not know this command"):
        await ask(path, "dance")


async def test_a_fault_is_told_without_its_insides(path: Path) -> None:
    with pytest.raises(PabalError) as caught:
        await ask(path, "fail")
    assert "ZeroDivision" not in str(caught.value)
    assert await ask(path, "count", to=1) == [{"number": 0}]


@pytest.mark.parametrize(
    "octets", [b"", b"\n", b"GET / HTTP/1.1\r\n", b'{"command": 1}\n', b"\xff\xfe\n", b'{"a": 1}\n']
)
async def test_garbage_gets_an_error_and_harms_nobody(path: Path, octets: bytes) -> None:
    assert "error" in (await raw(path, octets))[0]
    assert await ask(path, "count", to=1) == [{"number": 0}]


async def test_a_request_over_the_limit_is_cut(path: Path) -> None:
    with pytest.raises(PabalError, match="the server stopped before"):
        await ask(path, "count", to="x" * (2 * LONGEST_REQUEST))
    assert await ask(path, "count", to=1) == [{"number": 0}]


async def test_only_its_owner_may_connect_and_a_dead_servers_socket_is_replaced(path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    bind_control(path).close()
    with pytest.raises(ConnectionRefusedError):
        await ask(path, "count", to=1)


def test_nobody_serves_where_there_is_no_socket(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(call(tmp_path / "control.sock", "count", {}))
