"""The control socket: an operator's commands, carried to the running server (design: what the outside may rely on).

One connection carries one command.  The client sends one line of JSON, ``{"command", "arguments"}``;
the server answers with one line per row, ``{"row": {...}}``, and ends with ``{"done": true}`` or
``{"error": "..."}``.  Who may connect is who may enter the data folder: the socket is 0600 in a 0700 folder.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from io import BufferedReader
from pathlib import Path
from typing import Any

import msgspec

from pabal.model.errors import PabalError
from pabal.telemetry import log

Rows = AsyncIterator[dict[str, Any]]
Run = Callable[[str, dict[str, Any]], Rows]
#: Longest request in octets: a command line with its password, not a message.
LONGEST_REQUEST = 1_048_576
_STOPPED = "the server stopped before the command was done; whether it is in force, a listing tells"


class Request(msgspec.Struct, forbid_unknown_fields=True):
    """What the client asks."""

    command: str
    arguments: dict[str, Any]


@contextmanager
def short_path(path: Path) -> Iterator[str]:
    """The same file under a name that fits into a socket address (108 octets), however deep its folder lies."""
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def bind_control(path: Path) -> socket.socket:
    """The listening socket; what a server that died left behind is replaced (the caller holds the folder's lock)."""
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    with short_path(path) as name:
        listener.bind(name)
    path.chmod(0o600)
    listener.listen(64)
    return listener


def call(path: Path, command: str, arguments: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Ask the running server.

    Raises: FileNotFoundError, ConnectionRefusedError: nobody serves, nothing was done; PabalError: refused.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        with short_path(path) as name:
            connection.connect(name)
        try:
            connection.sendall(msgspec.json.encode(Request(command, arguments)) + b"\n")
            with connection.makefile("rb") as lines:
                yield from _rows(lines)
        except (BrokenPipeError, ConnectionResetError):
            raise PabalError(_STOPPED) from None


def _rows(lines: BufferedReader) -> Iterator[dict[str, Any]]:
    for line in lines:
        answer = msgspec.json.decode(line)
        if "row" in answer:
            yield answer["row"]
        elif "error" in answer:
            raise PabalError(answer["error"])
        else:
            return
    raise PabalError(_STOPPED)


class Control:
    """Runs the commands that arrive at the control socket."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._server: asyncio.Server | None = None

    async def open(self, listener: socket.socket) -> None:
        self._server = await asyncio.start_unix_server(self._serve, sock=listener, limit=LONGEST_REQUEST)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async for answer in self._answers(await reader.readline()):
                writer.write(msgspec.json.encode(answer) + b"\n")
                await writer.drain()
        except (ConnectionError, ValueError):
            log.info("control.cut")  # the client left, or sent a line beyond LONGEST_REQUEST
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def _answers(self, line: bytes) -> AsyncIterator[dict[str, Any]]:
        try:
            request = msgspec.json.decode(line, type=Request)
            async for row in self._run(request.command, request.arguments):
                yield {"row": row}
            yield {"done": True}
        except (msgspec.DecodeError, KeyError):
            yield {"error": "the server does not know this command; is it of another version?"}
        except PabalError as error:
            yield {"error": str(error)}
        except Exception as error:
            log.error("control.failed", exc_info=error)
            yield {"error": "the server failed to do this; its log says why"}
