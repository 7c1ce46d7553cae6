"""A whole connection: what the client sees, and what is in the mailbox afterwards."""

from __future__ import annotations

import asyncio

import pytest

from pabal.model.errors import DiskFull
from pabal.server.smtp import LimitSettings, SmtpSettings
from pabal.server.smtp_answers import MESSAGES
from tests.server_smtp.conftest import Client, Door

KIM = "kim@example.org"
ENVELOPE = (b"MAIL FROM:<lee@example.org>", b"RCPT TO:<kim@example.org>")


async def ready(door: Door) -> Client:
    client = door.connect()
    assert await client.reply() == "220 mail.example.org ESMTP"
    await client.ask(b"LHLO x" if door.context.lmtp else b"EHLO client.example")
    return client


async def test_a_message_is_filed_before_it_is_acknowledged(door: Door) -> None:
    client = await ready(door)
    said = await client.ask(*ENVELOPE, b"DATA", b"Subject: hello\r\n\r\ntext\r\n.")
    assert [reply[:3] for reply in said] == ["250", "250", "354", "250"]
    (copy,) = await door.house.inbox(KIM)
    assert copy.startswith(b"Return-Path: <lee@example.org>\r\nReceived: from client.example ([127.0.0.1])\r\n")
    assert copy.endswith(b"\r\nSubject: hello\r\n\r\ntext\r\n")
    assert said[-1].removeprefix("250 2.0.0 Taken as ").encode() in copy
    assert await client.ask(b"QUIT") == ["221 2.0.0 Goodbye"]
    assert await client.rest() == b""


async def test_a_pipelined_batch_is_answered_in_one_write(door: Door) -> None:
    client = await ready(door)
    await client.send(b"\r\n".join([*ENVELOPE, b"RCPT TO:<nobody@example.org>", b"DATA", b""]))
    octets = await client.stream.read()
    assert [line[:3] for line in octets.splitlines()] == [b"250", b"250", b"550", b"354"]


async def test_many_messages_go_over_one_connection(door: Door) -> None:
    client = await ready(door)
    for number in range(5):
        said = await client.ask(*ENVELOPE, b"DATA", b"Subject: %d\r\n\r\n." % number)
        assert said[-1].startswith("250 2.0.0 Taken as ")
    assert [message.summary.subject for message in await door.house.filed(KIM)] == list("01234")


async def test_reset_and_a_new_hello_forget_the_recipients(door: Door) -> None:
    client = await ready(door)
    for forget in (b"RSET", b"EHLO again.example"):
        await client.ask(*ENVELOPE, forget)
        said = await client.ask(b"MAIL FROM:<>", b"RCPT TO:<lee@example.org>", b"DATA", b".")
        assert said[-1].startswith("250")
    assert await door.house.inbox(KIM) == []
    assert len(await door.house.inbox("lee@example.org")) == 2


@pytest.mark.parametrize("size", [10_000, 300_000, 1_500_000])
async def test_a_message_of_any_size_arrives_whole(door: Door, size: int) -> None:
    door.set(settings=SmtpSettings(spool_above=100_000))
    client = await ready(door)
    line = b"0123456789abcdef" * 4 + b"\r\n"
    message = b"Subject: large\r\n\r\n" + line * (size // len(line))
    await client.ask(*ENVELOPE, b"DATA")
    assert (await client.ask(message + b"."))[0].startswith("250")
    (copy,) = await door.house.inbox(KIM)
    assert copy.endswith(b"+0000\r\n" + message)
    assert not list(door.context.spool.glob("*"))


async def test_a_spool_that_is_full_is_told_after_the_last_dot_and_the_session_goes_on(door: Door) -> None:
    door.context.spool.write_bytes(b"a file where a folder should be")
    door.set(settings=SmtpSettings(spool_above=4096))
    client = await ready(door)
    await client.ask(*ENVELOPE, b"DATA")
    assert await client.ask(b"x" * 100_000 + b"\r\n.") == ["452 4.3.1 No room now, try later"]
    assert await door.house.inbox(KIM) == []
    said = await client.ask(*ENVELOPE, b"DATA", b"small\r\n.")
    assert said[-1].startswith("250")


@pytest.mark.parametrize(
    ("error", "reply"),
    [
        (DiskFull(), "452 4.3.1 No room now, try later"),
        (RuntimeError("a fault of ours"), "451 4.3.0 Not possible now, try later"),
    ],
)
async def test_what_fails_at_filing_is_not_acknowledged(
    door: Door, monkeypatch: pytest.MonkeyPatch, error: Exception, reply: str
) -> None:
    async def fail(*_: object) -> None:
        raise error

    client = await ready(door)
    monkeypatch.setattr(door.house.store, "run", fail)
    assert (await client.ask(*ENVELOPE, b"DATA", b"."))[-1] == reply
    monkeypatch.undo()
    assert (await client.ask(*ENVELOPE, b"DATA", b"."))[-1].startswith("250")


async def test_a_refused_recipient_does_not_end_the_transaction(door: Door) -> None:
    client = await ready(door)
    said = await client.ask(
        b"MAIL FROM:<>", b"RCPT TO:<nobody@example.org>", b"RCPT TO:<x@example.net>", ENVELOPE[1], b"DATA", b"."
    )
    assert said[1:3] == ["550 5.1.1 No such mailbox here", "550 5.7.1 We do not relay for you to this domain"]
    assert said[-1].startswith("250")


async def test_a_recipient_that_vanished_is_refused_when_he_was_the_only_one(door: Door) -> None:
    client = await ready(door)
    await client.ask(*ENVELOPE, b"DATA")
    await door.house.remove_account(KIM)
    assert await client.ask(b".") == ["550 5.1.1 No such mailbox here"]


async def test_a_recipient_that_vanished_is_heard_of_when_the_client_comes_again(door: Door) -> None:
    client = await ready(door)
    await client.ask(*ENVELOPE, b"RCPT TO:<lee@example.org>", b"DATA")
    await door.house.remove_account(KIM)
    assert await client.ask(b".") == ["451 4.3.0 Not possible now, try later"]
    said = await client.ask(*ENVELOPE, b"RCPT TO:<lee@example.org>", b"DATA", b".")
    assert [reply[:3] for reply in said] == ["250", "550", "250", "354", "250"]
    assert len(await door.house.inbox("lee@example.org")) == 1


async def test_lmtp_tells_each_recipient_his_own_outcome(door: Door) -> None:
    door.set(lmtp=True, door="lmtp")
    client = door.connect()
    assert await client.reply() == "220 mail.example.org LMTP"
    await client.ask(b"LHLO client.example", *ENVELOPE, b"RCPT TO:<lee@example.org>", b"DATA")
    await door.house.remove_account("lee@example.org")
    await client.send(b".\r\n")
    assert (await client.reply()).startswith("250 2.0.0")
    assert await client.reply() == "550 5.1.1 No such mailbox here"
    (copy,) = await door.house.inbox(KIM)
    assert b" with LMTP id " in copy


async def test_lmtp_repeats_a_refusal_of_the_message_for_each_recipient(door: Door) -> None:
    door.set(lmtp=True)
    client = door.connect()
    await client.reply()
    await client.ask(b"LHLO client.example", *ENVELOPE, b"RCPT TO:<lee@example.org>", b"DATA")
    await client.send(b"a bare \n line end\r\n.\r\nQUIT\r\n")
    said = [(await client.reply())[:9] for _ in range(3)]
    assert said == ["550 5.6.0", "550 5.6.0", "221 2.0.0"]


async def test_after_starttls_everything_begins_again_and_received_says_so(door: Door) -> None:
    door.set(starttls=True)
    client = await ready(door)
    assert await client.ask(b"STARTTLS") == ["220 2.0.0 Ready to start TLS"]
    for _ in range(10):  # until both ends are protected
        await asyncio.sleep(0)
    (refused,) = await client.ask(ENVELOPE[0])
    assert refused == "503 5.5.1 Bad sequence of commands"
    (welcome,) = await client.ask(b"EHLO client.example")
    assert "STARTTLS" not in welcome
    await client.ask(*ENVELOPE, b"DATA", b".")
    (copy,) = await door.house.inbox(KIM)
    assert b" with ESMTPS (TLSv1.3 TLS_AES_256_GCM_SHA384) id " in copy


async def test_a_batch_of_a_thousand_commands_is_answered_whole(door: Door) -> None:
    client = await ready(door)
    await client.send(b"NOOP\r\n" * 1000 + b"QUIT\r\n")
    assert await client.rest() == b"250 2.0.0 OK\r\n" * 1000 + b"221 2.0.0 Goodbye\r\n"


async def test_messages_are_counted_by_their_answer(door: Door) -> None:
    door.set(door="counted")
    client = await ready(door)
    await client.ask(*ENVELOPE, b"DATA", b".", *ENVELOPE, b"DATA", b"a bare \r here\r\n.", *ENVELOPE, b"DATA", b".")
    assert MESSAGES.values["counted", "2"] == 2
    assert MESSAGES.values["counted", "5"] == 1


async def test_the_limits_of_the_settings_are_those_of_the_session(door: Door) -> None:
    door.set(
        limits=LimitSettings(recipients=1, message_size=100),
        settings=SmtpSettings(command_line=512, bad_commands=2),
    )
    client = await ready(door)
    said = await client.ask(
        b"EHLO client.example",
        b"MAIL FROM:<> SIZE=101",
        b"MAIL FROM:<> SIZE=100",
        b"RCPT TO:<kim@example.org>",
        b"RCPT TO:<lee@example.org>",
        b"DATA",
        b"x" * 99 + b"\r\n.",
        b"NOOP " + b"x" * 510,
    )
    assert "250-SIZE 100" in said[0]
    assert [reply[:3] for reply in said[1:]] == ["552", "250", "250", "452", "354", "552", "500"]
    await client.send(b"XYZZY\r\n")
    assert (await client.rest()).endswith(b"\r\n421 4.7.0 Too many bad commands\r\n")
