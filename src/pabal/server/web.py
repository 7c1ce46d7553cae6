"""The web doors: /health, /metrics, and a first page that shows what arrives (design: browser).

Invariants, each with a test of its name:
  * A request whose Host is not a name of ours is 421 (RFC 9110 §15.5.20): no page of a stranger's domain
    that resolves to us can read mail.
  * Mail is shown to this machine only: a client elsewhere, one behind a proxy that is not listed, or a
    request that another site's page made, gets 403.
  * A client that does not finish the header of a request in time is cut, however slowly it goes on.
  * Pages load nothing from elsewhere and run no inline script; a message is shown as text, never as HTML.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from socket import socket
from typing import Any, Protocol

import msgspec
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from pabal.net.listen import connections_refused
from pabal.net.tls import TlsContexts
from pabal.server.forwarding import Client, Networks, client_of
from pabal.server.pages import Pages
from pabal.telemetry import Counter, Gauge, log

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self';"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
#: A comment in the event stream, so that a browser that left without a word is noticed.
HEARTBEAT = timedelta(seconds=20)
watching = Gauge("web_watching", "Browsers that watch the first page.")
requests_total = Counter("web_requests_total", "Requests that were answered.", "status")


class Arrivals(Protocol):
    """What the first page shows."""

    async def latest(self) -> list[dict[str, Any]]:
        """The newest messages, the newest first."""
        ...

    async def text(self, name: str) -> str | None:
        """One message for a person; None: it is gone."""
        ...

    async def changed(self, seen: int, within: timedelta) -> int:
        """Wait, at most so long, for a change after the one numbered ``seen``; the number of the last one."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WebContext:
    """What one web door may show."""

    hosts: frozenset[str]
    healthy: Callable[[], bool]
    metrics: Callable[[], bytes] | None
    arrivals: Arrivals | None
    doors: dict[str, str]
    watchers: int
    connections: int
    proxies: Networks
    request_timeout: timedelta
    tls_handshake_timeout: timedelta


class _Events(logging.Handler):
    """What aiohttp has to tell becomes an event; what a stranger mistyped is one line, without a traceback."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, HttpProcessingError):
            log.info("web.malformed", detail=type(error).__name__)
        else:
            log.error("web.failed", detail=record.getMessage(), exc_info=error)


def _logger() -> logging.Logger:
    """One that hands on to nobody else."""
    logger = logging.Logger("pabal.web", logging.INFO)
    logger.addHandler(_Events())
    return logger


class _Refused(asyncio.Protocol):
    """Hangs up."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()


class WebDoor:
    """One listening socket that serves pages."""

    def __init__(self, context: WebContext, certificates: TlsContexts | None) -> None:
        self._context, self._certificates = context, certificates
        self._pages = Pages()
        self._listening: asyncio.Server | None = None
        self._watchers: set[asyncio.Task[Any]] = set()
        #: When connections that sent no whole request yet are cut.
        self._unheard: dict[web.RequestHandler, asyncio.TimerHandle] = {}
        self._runner = web.AppRunner(
            self._application(),
            access_log=None,
            logger=_logger(),
            shutdown_timeout=0.5,
            keepalive_timeout=context.request_timeout.total_seconds(),  # bounds every request after the first
        )

    def _application(self) -> web.Application:
        application = web.Application(middlewares=[self._guard])
        application.on_response_prepare.append(_finish)
        application.router.add_get("/health", self._health)
        if self._context.metrics:
            application.router.add_get("/metrics", self._metrics)
        if self._context.arrivals:
            application.router.add_get("/", self._page)
            application.router.add_get("/page/{name}", self._asset)
            application.router.add_get("/messages", self._messages)
            application.router.add_get("/messages/{name}", self._message)
            application.router.add_get("/live", self._live)
        return application

    async def open(self, listener: socket) -> None:
        await self._runner.setup()
        tls = _newest(self._certificates) if self._certificates else None
        self._listening = await asyncio.get_running_loop().create_server(
            self._admit,
            sock=listener,
            ssl=tls,
            ssl_handshake_timeout=self._context.tls_handshake_timeout.total_seconds() if tls else None,
        )

    def _admit(self) -> asyncio.BaseProtocol:
        """A connection over the limit is closed at once: each keeps some memory, however little it sends."""
        server = self._runner.server
        assert server is not None
        if len(server.connections) >= self._context.connections:
            connections_refused.add("web")
            return _Refused()
        return self._bounded(server())

    def _bounded(self, connection: web.RequestHandler) -> web.RequestHandler:
        """The library bounds the wait for every request but the first."""
        within = self._context.request_timeout.total_seconds()
        self._unheard[connection] = asyncio.get_running_loop().call_later(within, self._cut, connection)
        return connection

    def _cut(self, connection: web.RequestHandler) -> None:
        del self._unheard[connection]
        connection.force_close()

    def _heard(self, connection: web.RequestHandler) -> None:
        if (timer := self._unheard.pop(connection, None)) is not None:
            timer.cancel()

    async def close(self) -> None:
        if self._listening is not None:
            self._listening.close()
        for task in self._watchers:
            task.cancel()
        for timer in self._unheard.values():
            timer.cancel()
        await self._runner.cleanup()

    # what every request passes

    @web.middleware
    async def _guard(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        self._heard(request.protocol)
        if not _is_ours(request, self._context.hosts):
            # RFC 9110 §7.4: a request for an authority that is not ours is misdirected.
            raise web.HTTPMisdirectedRequest(text="This server has another name.\n")
        return await handler(request)

    # what there is

    async def _health(self, request: web.Request) -> web.Response:
        if self._context.healthy():
            return web.Response(text="ok\n")
        return web.Response(status=503, text="not every door is open\n")

    async def _metrics(self, request: web.Request) -> web.Response:
        assert self._context.metrics is not None
        return web.Response(
            body=self._context.metrics(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
        )

    async def _page(self, request: web.Request) -> web.Response:
        language = self._pages.language(request.headers.get("Accept-Language", ""))
        page = self._pages.first_page(language, self._context.doors)
        return web.Response(text=page, content_type="text/html", headers={"Vary": "Accept-Language"})

    async def _asset(self, request: web.Request) -> web.Response:
        found = self._pages.asset(request.match_info["name"])
        if found is None:
            raise web.HTTPNotFound(text="No such page.\n")
        media_type, octets = found
        return web.Response(body=octets, content_type=media_type, charset="utf-8")

    async def _messages(self, request: web.Request) -> web.Response:
        return _json(await self._for_this_machine(request).latest())

    async def _message(self, request: web.Request) -> web.Response:
        text = await self._for_this_machine(request).text(request.match_info["name"])
        if text is None:
            raise web.HTTPNotFound(text="There is no such message.\n")
        return _json({"text": text})

    def _for_this_machine(self, request: web.Request) -> Arrivals:
        """Whoever sits at this machine may see the sandbox's mail; nobody else may without signing in."""
        arrivals = self._context.arrivals
        client = client_of(request.remote, request.headers.items(), request.secure, self._context.proxies)
        if arrivals is None or not (client.near and client.secure) or _is_foreign(request, client):
            raise web.HTTPForbidden(text="Mail is shown here on this machine only.\n")
        return arrivals

    async def _live(self, request: web.Request) -> web.StreamResponse:
        arrivals = self._for_this_machine(request)
        if len(self._watchers) >= self._context.watchers:
            raise web.HTTPServiceUnavailable(text="Too many browsers watch already.\n", headers={"Retry-After": "30"})
        task = asyncio.current_task()
        assert task is not None
        self._watchers.add(task)
        watching.set(len(self._watchers))
        try:
            return await _watch(request, arrivals)
        finally:
            self._watchers.discard(task)
            watching.set(len(self._watchers))


def _newest(certificates: TlsContexts) -> ssl.SSLContext:
    """A context for a listener that keeps it for ever: each handshake goes on with the newest certificate."""

    def choose(connection: ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> None:
        connection.context = certificates.server

    first = certificates.server
    first.sni_callback = choose
    return first


async def _watch(request: web.Request, arrivals: Arrivals) -> web.StreamResponse:
    """An event whenever something changed (HTML §9.2, server-sent events)."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    seen = await arrivals.changed(0, timedelta())
    with suppress(ConnectionError):  # until the browser leaves
        await response.write(b"retry: 1000\ndata: arrived\n\n")
        while True:
            last = await arrivals.changed(seen, HEARTBEAT)
            await response.write(b": here\n\n" if last == seen else b"data: arrived\n\n")
            seen = last
    return response


async def _finish(request: web.Request, response: web.StreamResponse) -> None:
    """What every answer carries, refusals too."""
    requests_total.add(str(response.status))
    response.headers.update(HEADERS)
    response.headers.pop("Server", None)  # names what we are built with


def _json(value: Any) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), content_type="application/json")


def _is_ours(request: web.Request, hosts: frozenset[str]) -> bool:
    name, colon, port = request.host.lower().rpartition(":")
    host = name if colon and port.isdigit() else request.host.lower()
    return host.removesuffix(".") in hosts


def _is_foreign(request: web.Request, client: Client) -> bool:
    """Made by another site's page (Fetch Metadata; older browsers: Origin)."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return True
    origin = request.headers.get("Origin")
    # A proxy that speaks TLS for us is asked for https, and asks us for http.
    schemes = {request.scheme, "https"} if client.secure else {request.scheme}
    return origin is not None and origin not in {f"{scheme}://{request.host}" for scheme in schemes}
