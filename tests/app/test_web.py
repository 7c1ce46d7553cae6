"""The web doors, over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from pabal.net.listen import bind
from pabal.server.forwarding import networks
from pabal.server.web import WebContext, WebDoor
from pabal.telemetry import log

HOSTS = frozenset({"127.0.0.1", "localhost", "mail.example.org"})


class Mail:
    """Two messages, and a change whenever the test says so."""

    def __init__(self) -> None:
        self.arrival = asyncio.Event()

    async def latest(self) -> list[dict[str, Any]]:
        return [{"id": "1.1.2", "subject": "둘"}, {"id": "1.1.1", "subject": "<script>"}]

    async def text(self, name: str) -> str | None:
        return "the text" if name == "1.1.1" else None

    async def changed(self, seen: int, within: timedelta) -> int:
        if within:
            await self.arrival.wait()
            self.arrival.clear()
        return seen + 1


class Site:
    """One open web door and a client of it."""

    def __init__(self, client: aiohttp.ClientSession, port: int, mail: Mail) -> None:
        self.client, self.port, self.mail = client, port, mail

    async def get(self, path: str, **headers: str) -> aiohttp.ClientResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.get(f"http://127.0.0.1:{self.port}{path}", headers=named)


Open = Callable[..., Awaitable[Site]]


@pytest.fixture
async def site() -> AsyncIterator[Open]:
    async with AsyncExitStack() as stack:

        async def open_site(
            *,
            sandbox: bool = True,
            metrics: bool = True,
            healthy: bool = True,
            watchers: int = 5,
            connections: int = 50,
            proxies: tuple[str, ...] = (),
            request_timeout: timedelta = timedelta(seconds=30),
        ) -> Site:
            mail = Mail()
            context = WebContext(
                hosts=HOSTS,
                healthy=lambda: healthy,
                metrics=(lambda: b"pabal_up 1\n") if metrics else None,
                arrivals=mail if sandbox else None,
                doors={"smtp": "127.0.0.1:1025"},
                watchers=watchers,
                connections=connections,
                proxies=networks(proxies),
                request_timeout=request_timeout,
                tls_handshake_timeout=timedelta(seconds=30),
            )
            door, listener = WebDoor(context, None), bind("127.0.0.1", 0)
            await door.open(listener)
            stack.push_async_callback(door.close)
            client = await stack.enter_async_context(aiohttp.ClientSession())
            return Site(client, listener.getsockname()[1], mail)

        yield open_site


@pytest.mark.parametrize(
    "octets", [b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nno field\r\n\r\n"]
)
async def test_a_malformed_request_is_one_event_and_no_traceback(
    site: Open, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], octets: bytes
) -> None:
    told: list[tuple[str, str]] = []
    monkeypatch.setattr(log, "writer", lambda level, event, fields: told.append((level, event)))
    reader, writer = await asyncio.open_connection("127.0.0.1", (await site()).port)
    writer.write(octets)
    assert b" 400 " in await reader.readline()
    writer.close()
    assert told == [("info", "web.malformed")]
    assert "Traceback" not in capfd.readouterr().err


async def test_health_says_whether_every_door_is_open(site: Open) -> None:
    assert (await (await site()).get("/health")).status == 200
    assert (await (await site(healthy=False)).get("/health")).status == 503


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil", "[::2]", "localhost:80:80"]
)
@pytest.mark.parametrize("path", ["/", "/health", "/messages", "/none"])
async def test_a_request_for_another_host_is_misdirected(site: Open, host: str, path: str) -> None:
    answer = await (await site()).get(path, Host=host)
    assert answer.status == 421
    assert "mail" not in await answer.text()


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8025", "127.0.0.1:1", "MAIL.example.org", "mail.example.org.:80"]
)
async def test_a_request_for_one_of_our_names_is_answered(site: Open, host: str) -> None:
    assert (await (await site()).get("/", Host=host)).status == 200


async def test_the_page_speaks_the_readers_language(site: Open) -> None:
    page = await (await (await site()).get("/", Accept_Language="ko-KR")).text()
    assert '<html lang="ko">' in page
    assert "아직 도착한 편지가 없습니다" in page


@pytest.mark.parametrize("path", ["/", "/messages", "/page/page.js", "/health", "/none", "/messages/9.9.9"])
async def test_every_answer_forbids_what_we_do_not_need(site: Open, path: str) -> None:
    headers = (await (await site()).get(path)).headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self';")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Server" not in headers
    assert headers["Referrer-Policy"] == "no-referrer"


async def test_messages_are_listed_and_read_as_text(site: Open) -> None:
    open_site = await site()
    listed = await open_site.get("/messages")
    assert listed.content_type == "application/json"
    assert [message["id"] for message in await listed.json()] == ["1.1.2", "1.1.1"]
    assert await (await open_site.get("/messages/1.1.1")).json() == {"text": "the text"}
    assert (await open_site.get("/messages/1.1.9")).status == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"X_Forwarded_For": "192.0.2.1"},
        {"Forwarded": "for=192.0.2.1"},
        {"X_Forwarded_For": "127.0.0.1", "X_Forwarded_Proto": "https"},
        {"X_Forwarded_Port": "443"},
        {"X_Real_IP": "127.0.0.1"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
    ],
)
@pytest.mark.parametrize("path", ["/messages", "/messages/1.1.1", "/live"])
async def test_mail_is_not_shown_to_other_sites_or_through_proxies(
    site: Open, path: str, headers: dict[str, str]
) -> None:
    assert (await (await site()).get(path, **headers)).status == 403


async def test_the_page_itself_may_ask(site: Open) -> None:
    open_site = await site()
    origin = f"http://127.0.0.1:{open_site.port}"
    assert (await open_site.get("/messages", Sec_Fetch_Site="same-origin", Origin=origin)).status == 200


@pytest.mark.parametrize(
    ("forwarded_for", "proto", "status"),
    [
        ("127.0.0.1", "https", 200),
        ("127.0.0.1", "http", 403),
        ("192.0.2.1", "https", 403),
        ("127.0.0.1, 192.0.2.1", "https", 403),
    ],
)
async def test_a_listed_proxy_is_believed(site: Open, forwarded_for: str, proto: str, status: int) -> None:
    open_site = await site(proxies=("127.0.0.1", "10.0.0.0/8"))
    headers = {"X_Forwarded_For": forwarded_for, "X_Forwarded_Proto": proto}
    origin = f"https://127.0.0.1:{open_site.port}"
    assert (await open_site.get("/messages", Origin=origin, **headers)).status == status


@pytest.mark.parametrize("sent", [b"", b"GET /health HTTP/1.1\r\nHost: localhost\r\nX: "])
async def test_a_client_that_does_not_finish_its_header_is_cut(site: Open, sent: bytes) -> None:
    open_site = await site(request_timeout=timedelta(milliseconds=50))
    reader, writer = await asyncio.open_connection("127.0.0.1", open_site.port)
    writer.write(sent)
    assert await reader.read() == b""
    writer.close()


async def test_a_second_header_is_bounded_too(site: Open) -> None:
    open_site = await site(request_timeout=timedelta(milliseconds=50))
    reader, writer = await asyncio.open_connection("127.0.0.1", open_site.port)
    writer.write(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\nGET /health HTT")
    assert (await reader.read()).endswith(b"ok\n")
    writer.close()


async def test_who_watches_longer_than_a_header_may_take_goes_on_watching(site: Open) -> None:
    open_site = await site(request_timeout=timedelta(milliseconds=50))
    silent, _ = await asyncio.open_connection("127.0.0.1", open_site.port)
    async with await open_site.get("/live") as events:
        await events.content.readuntil(b"\n\n")
        late, _ = await asyncio.open_connection("127.0.0.1", open_site.port)
        for reader in (silent, late):  # both are cut, the later one after the watcher's own time
            assert await reader.read() == b""
        open_site.mail.arrival.set()
        assert await events.content.readuntil(b"\n\n") == b"data: arrived\n\n"


async def test_an_arrival_is_told_at_once(site: Open) -> None:
    open_site = await site()
    async with await open_site.get("/live") as events:
        assert events.content_type == "text/event-stream"
        assert await events.content.readuntil(b"\n\n") == b"retry: 1000\ndata: arrived\n\n"
        open_site.mail.arrival.set()
        assert await events.content.readuntil(b"\n\n") == b"data: arrived\n\n"


async def test_one_browser_more_than_the_limit_is_told_to_come_later(site: Open) -> None:
    open_site = await site(watchers=1)
    async with await open_site.get("/live") as first:
        await first.content.readuntil(b"\n\n")
        refused = await open_site.get("/live")
        assert (refused.status, refused.headers["Retry-After"]) == (503, "30")


async def test_a_connection_over_the_limit_is_closed_and_its_end_makes_room(site: Open) -> None:
    open_site = await site(connections=1)
    silent, writer = await asyncio.open_connection("127.0.0.1", open_site.port)
    writer.write(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert await silent.readuntil(b"ok\n")
    refused, _ = await asyncio.open_connection("127.0.0.1", open_site.port)
    with suppress(ConnectionError):
        assert await refused.read() == b""
    writer.close()
    await writer.wait_closed()
    for _ in range(100):
        try:
            assert (await open_site.get("/health")).status == 200
            return
        except aiohttp.ClientError:  # it has not noticed yet that the first one left
            continue
    pytest.fail("there is still no room")


async def test_in_production_there_is_no_mail_on_the_web(site: Open) -> None:
    open_site = await site(sandbox=False, metrics=False)
    for path in ("/", "/messages", "/live", "/metrics"):
        assert (await open_site.get(path)).status == 404
    assert (await open_site.get("/health")).status == 200


async def test_the_counters_are_told(site: Open) -> None:
    answer = await (await site()).get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert await answer.read() == b"pabal_up 1\n"


async def test_nothing_can_be_written(site: Open) -> None:
    open_site = await site()
    answer = await open_site.client.post(f"http://127.0.0.1:{open_site.port}/messages")
    assert answer.status == 405
