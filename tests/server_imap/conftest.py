"""The driver over real sockets and over streams in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta

import pytest

from pabal.net.listen import bind, serve
from pabal.net.settings import NetSettings
from pabal.server.imap import ImapContext, serve_imap
from tests.access.imap.conftest import clock, connect, context, store

__all__ = ["clock", "connect", "context", "port", "store"]


@pytest.fixture
async def port(context: ImapContext) -> AsyncIterator[int]:
    """A real door on loopback."""
    sock = bind("127.0.0.1", 0)
    with closing(sock):
        door = await serve(sock, lambda stream: serve_imap(stream, context), NetSettings(), name="imap")
        yield sock.getsockname()[1]
        await door.drain(timedelta(seconds=5))
