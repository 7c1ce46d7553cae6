"""What a POP3 client meets on the wire, limits and misfortunes included."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from pabal.server.pop3 import LINES_AT_ONCE, serve_pop3
from pabal.store.interface import BlobMissing, Blobs, Place
from pabal.telemetry import log
from tests.kit.stream import MemoryStream, memory_streams
from tests.server_pop3.house import PASSWORD, House

MESSAGE = b"Subject: hello\r\n\r\ntext\r\n"


class Client:
    def __init__(self, house: House, address: str = "127.0.0.1", **settings: Any) -> None:
        self._near, far = memory_streams(client=(address, 40_000))
        self._heard = b""
        self.served = asyncio.create_task(self._serve(house, far, settings))

    @staticmethod
    async def _serve(house: House, stream: MemoryStream, settings: dict[str, Any]) -> None:
        try:
            await serve_pop3(stream, house.context(**settings))
        finally:
            await stream.close()

    async def line(self) -> str:
        while b"\r\n" not in self._heard:
            octets = await self._near.read()
            if not octets:
                return ""
            self._heard += octets
        line, _, self._heard = self._heard.partition(b"\r\n")
        return line.decode()

    async def lines(self) -> list[str]:
        lines = []
        while (line := await self.line()) != ".":
            lines.append(line)
        return lines

    async def say(self, line: str) -> str:
        await self._near.write(line.encode() + b"\r\n")
        return await self.line()

    async def octet(self, octet: bytes) -> None:
        await self._near.write(octet)
        for _ in range(10):  # the server takes it before the clock goes on
            await asyncio.sleep(0)

    async def sign_in(self, name: str = "kim", password: str = PASSWORD) -> str:
        assert await self.say(f"USER {name}@example.org") == "+OK now the password"
        return await self.say(f"PASS {password}")

    async def start_tls(self) -> None:
        assert await self.say("STLS") == "+OK begin TLS negotiation"
        while self._near.tls is None:  # noqa: ASYNC110
            await asyncio.sleep(0)

    async def hang_up(self) -> None:
        await self._near.close()
        await self.served


Meet = Callable[..., Awaitable[Client]]


@pytest.fixture
def meet(house: House) -> Meet:
    async def met(*, address: str = "127.0.0.1", **settings: Any) -> Client:
        client = Client(house, address, **settings)
        assert await client.line() == "+OK mail.example.org POP3 ready"
        return client

    return met


async def test_a_session_from_sign_in_to_quit(house: House, meet: Meet) -> None:
    await house.deliver(MESSAGE, MESSAGE)
    client = await meet()
    assert await client.sign_in() == "+OK 2 messages"
    assert await client.say("STAT") == f"+OK 2 {2 * len(MESSAGE)}"
    assert await client.say("LIST 2") == f"+OK 2 {len(MESSAGE)}"
    assert await client.say("DELE 1") == "+OK message 1 will be removed"
    assert await client.say("RETR 1") == "-ERR No such message"
    assert await client.say("LIST") == "+OK 1 messages"
    assert await client.lines() == [f"2 {len(MESSAGE)}"]
    assert await client.say("RSET") == "+OK 2 messages"
    assert await client.say("RETR 1") == f"+OK {len(MESSAGE)} octets"
    assert await client.lines() == ["Subject: hello", "", "text"]
    assert await client.say("DELE 2") == "+OK message 2 will be removed"
    assert await client.say("QUIT") == "+OK bye, 1 messages removed"
    await client.served
    assert await (await meet()).sign_in() == "+OK 1 messages"


async def test_a_pipelined_session_is_answered_in_order(house: House, meet: Meet) -> None:
    await house.deliver(MESSAGE)
    client = await meet()
    commands = ["USER kim@example.org", f"PASS {PASSWORD}", "UIDL 1", "RETR 1", "DELE 1", "STAT"]
    assert await client.say("\r\n".join(commands)) == "+OK now the password"
    assert await client.line() == "+OK 1 messages"
    assert (await client.line()).startswith("+OK 1 ")
    assert await client.line() == f"+OK {len(MESSAGE)} octets"
    assert await client.lines() == ["Subject: hello", "", "text"]
    assert await client.line() == "+OK message 1 will be removed"
    assert await client.line() == "+OK 0 0"


async def test_sasl_plain_signs_in(meet: Meet) -> None:
    client = await meet()
    response = b64encode(f"\0kim@example.org\0{PASSWORD}".encode()).decode()
    assert await client.say(f"AUTH PLAIN {response}") == "+OK 0 messages"


async def test_a_wrong_password_is_refused_and_the_third_ends_the_connection(meet: Meet) -> None:
    client = await meet(failed_logins=3)
    for _ in range(3):
        assert await client.sign_in(password="not the password") == "-ERR [AUTH] Authentication failed"
    assert await client.line() == ""
    await client.served


async def test_an_unknown_user_hears_the_same_words(meet: Meet) -> None:
    assert await (await meet()).sign_in(name="nobody") == "-ERR [AUTH] Authentication failed"


async def test_a_password_is_not_taken_in_clear_from_afar(meet: Meet) -> None:
    client = await meet(address="192.0.2.1")
    refusal = "-ERR Start TLS first: a password is not sent in clear text"
    assert await client.say("USER kim@example.org") == refusal
    await client.start_tls()
    assert await client.sign_in() == "+OK 0 messages"


async def test_a_second_session_is_told_that_the_maildrop_is_in_use(meet: Meet) -> None:
    first, second = await meet(), await meet()
    assert await first.sign_in() == "+OK 0 messages"
    assert await second.sign_in() == "-ERR [IN-USE] Another session reads this mailbox now"
    await first.hang_up()
    assert await second.sign_in() == "+OK 0 messages"


async def test_an_idle_client_is_left_without_a_word_and_nothing_is_removed(house: House, meet: Meet) -> None:
    await house.deliver(MESSAGE)
    client = await meet(idle_timeout=timedelta(milliseconds=100))
    assert await client.sign_in() == "+OK 1 messages"
    assert await client.say("DELE 1") == "+OK message 1 will be removed"
    assert await client.line() == ""
    await client.served
    assert await (await meet()).sign_in() == "+OK 1 messages"


async def test_a_command_in_single_octets_has_no_more_time_than_a_silent_client(house: House, meet: Meet) -> None:
    client = await meet(idle_timeout=timedelta(minutes=10))
    for _ in range(9):
        await client.octet(b"N")
        await house.clock.advance(timedelta(minutes=1))
    assert not client.served.done()
    await house.clock.advance(timedelta(minutes=2))
    await client.octet(b"N")
    assert await client.line() == ""
    await client.served


async def test_too_many_wrong_commands_end_the_connection(meet: Meet) -> None:
    client = await meet(bad_commands=2)
    assert await client.say("ONE") == "-ERR Unknown command"
    assert await client.say("TWO") == "-ERR Unknown command; too many wrong commands"
    assert await client.line() == ""


async def test_line_limits_come_from_the_settings(meet: Meet) -> None:
    client = await meet(line_octets=300, response_octets=2000)
    assert await client.say("USER " + "x" * 293) == "+OK now the password"
    assert await client.say("USER " + "x" * 294) == "-ERR The line is too long"
    assert await client.say("AUTH PLAIN") == "+ "
    assert await client.say("A" * 1999) == "-ERR The line is too long"


async def test_an_http_request_hears_nothing_more(meet: Meet) -> None:
    client = await meet()
    assert await client.say("POST / HTTP/1.1\r\nHost: localhost\r\n\r\nUSER kim") == ""
    await client.served


async def test_a_long_listing_comes_whole(house: House, meet: Meet) -> None:
    count = LINES_AT_ONCE + 5
    filing = await house.filing(MESSAGE)
    account_id = house.accounts["kim"]

    async def fill(tx: Any) -> None:
        for _ in range(count):
            await house.service.file_in_inbox(tx, account_id, filing)

    await house.store.run(fill)
    client = await meet()
    assert await client.sign_in() == f"+OK {count} messages"
    assert await client.say("UIDL") == f"+OK {count} messages"
    lines = await client.lines()
    assert [line.split()[0] for line in lines] == [str(number) for number in range(1, count + 1)]
    assert len({line.split()[1] for line in lines}) == count


async def test_a_message_removed_elsewhere_is_refused_and_the_session_goes_on(house: House, meet: Meet) -> None:
    uids = await house.deliver(MESSAGE, MESSAGE)
    client = await meet()
    await client.sign_in()
    await house.expunge(uids[:1])
    assert await client.say("RETR 1") == "-ERR No such message"
    assert await client.say("TOP 2 0") == "+OK the top of it"
    assert await client.lines() == ["Subject: hello", ""]
    assert await client.say("DELE 1") == "+OK message 1 will be removed"
    assert await client.say("QUIT") == "+OK bye, 0 messages removed"


class LosingBlobs:
    """Gives the first so many pieces, then the octets are gone."""

    def __init__(self, blobs: Blobs, good: int) -> None:
        self._blobs, self._good = blobs, good

    def pieces(self, place: Place, start: int, stop: int) -> Iterator[bytes]:
        for piece in self._blobs.pieces(place, start, stop):
            self._good -= 1
            if self._good < 0:
                raise BlobMissing("damaged")
            yield piece


async def test_a_message_that_cannot_be_read_is_refused(house: House, meet: Meet) -> None:
    await house.deliver(MESSAGE)
    house.sources = replace(house.sources, blobs=LosingBlobs(house.store.blobs, 0))  # type: ignore[arg-type]
    client = await meet()
    await client.sign_in()
    assert await client.say("RETR 1") == "-ERR [SYS/TEMP] Not possible now, try later"
    assert (await client.say("STAT")).startswith("+OK 1 ")


async def test_a_message_that_breaks_off_cuts_the_connection(house: House, meet: Meet) -> None:
    """A client must not take half a message for a whole one, so its end is never sent."""
    await house.deliver(b"x" * 600_000)
    house.sources = replace(house.sources, blobs=LosingBlobs(house.store.blobs, 2))  # type: ignore[arg-type]
    client = await meet()
    await client.sign_in()
    assert await client.say("RETR 1") == "+OK 600000 octets"
    assert await client.line() == ""
    with pytest.raises(ConnectionAbortedError, match="damaged"):
        await client.served


async def test_what_is_logged_holds_no_password(meet: Meet, monkeypatch: pytest.MonkeyPatch) -> None:
    events: list[str] = []
    monkeypatch.setattr(log, "writer", lambda *event: events.append(repr(event)))
    client = await meet()
    await client.sign_in(password="a wrong secret word")
    await client.sign_in()
    await client.hang_up()
    assert any("pop3.login_failed" in event for event in events)
    assert any("pop3.signed_in" in event for event in events)
    assert not any("secret" in event for event in events)
