"""What the web doors show: which names they answer to, the counters, and what arrives."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from pabal.app import mail
from pabal.app.core import Core
from pabal.app.metrics import exposition
from pabal.config.sections import WebSettings
from pabal.model.ids import AccountId
from pabal.server.forwarding import networks
from pabal.server.web import LOOPBACK_NAMES, WebContext

#: An account that was just made has no subscription yet: how often we look for such.
LOOK_AGAIN = timedelta(seconds=1)
#: A burst of mail is one change.
GATHER = timedelta(milliseconds=150)


class SandboxArrivals:
    """The mail of every account, for whoever sits at this machine."""

    def __init__(self, core: Core, settings: WebSettings) -> None:
        self._core, self._settings = core, settings
        self._subscribed: set[AccountId] = set()
        self._change = asyncio.Event()
        self._number = 0

    async def latest(self) -> list[dict[str, Any]]:
        return [mail.row(found) for found in await mail.latest(self._core, self._settings.shown)]

    async def text(self, name: str) -> str | None:
        try:
            text = await mail.text(self._core, await mail.find(self._core, name))
        except mail.NoSuchMessage:
            return None
        return text[: self._settings.characters]

    async def changed(self, seen: int, within: timedelta) -> int:
        clock = self._core.clock
        deadline = clock.monotonic() + within.total_seconds()
        while self._number == seen and clock.monotonic() < deadline:
            await self._subscribe()
            await self._wait(seen)
        if self._number != seen:
            await clock.sleep(GATHER)
        return self._number

    async def _wait(self, seen: int) -> None:
        if self._number == seen:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_AGAIN.total_seconds()):
                    await self._change.wait()

    async def _subscribe(self) -> None:
        for account in await self._core.store.read(self._core.directory.accounts):
            if account.account_id not in self._subscribed:
                self._subscribed.add(account.account_id)
                self._core.feed.subscribe(account.account_id, self._wake)
                if account.emails:
                    self._wake()

    def _wake(self) -> None:
        """Whoever waits goes on; whoever comes later waits for the next change."""
        self._number += 1
        self._change.set()
        self._change = asyncio.Event()


def _hosts(core: Core, door: str) -> frozenset[str]:
    configuration = core.configuration
    names = frozenset(name.lower() for name in (configuration.hostname, *configuration.web.hosts))
    return names | LOOPBACK_NAMES if configuration.sandbox or door == "admin" else names


def web_context(core: Core, door: str, addresses: dict[str, str], healthy: Callable[[], bool]) -> WebContext:
    """In production the counters are on ``admin`` only, and mail is on no page without signing in."""
    configuration = core.configuration
    return WebContext(
        hosts=_hosts(core, door),
        healthy=healthy,
        metrics=exposition if configuration.sandbox or door == "admin" else None,
        arrivals=SandboxArrivals(core, configuration.web) if configuration.sandbox else None,
        doors=addresses,
        watchers=configuration.web.watchers,
        connections=configuration.net.connections,
        proxies=networks(configuration.serve.proxies),
        request_timeout=configuration.web.request_timeout,
        tls_handshake_timeout=configuration.net.tls_handshake_timeout,
    )
