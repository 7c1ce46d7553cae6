"""Filing: what is in the mailboxes afterwards, and what is not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pabal.delivery.intake import SUMMARISE_ON_LOOP
from pabal.model.address import Address
from pabal.model.errors import DomainUnknown, MailboxUnknown, RoutingLoop, Unavailable
from pabal.telemetry import log
from tests.delivery.house import MESSAGE, House, OnDisk, envelope

KIM, LEE = "kim@example.org", "lee@example.org"
RECEIVED = (
    b"Received: from client.example ([192.0.2.7])\r\n\tby mail.example.org with ESMTP id id0001\r\n"
    b"\tfor <%s>; Mon, 1 Jun 2026 09:00:00 +0000\r\n"
)


async def test_a_message_is_filed_with_one_return_path_and_one_received(house: House) -> None:
    outcomes = await house.accept(envelope(KIM, reverse_path=Address("lee", "example.org")))
    assert outcomes[KIM].taken
    assert await house.inbox(KIM) == [b"Return-Path: <lee@example.org>\r\n" + RECEIVED % KIM.encode() + MESSAGE]
    assert await house.inbox(LEE) == []


async def test_each_recipient_is_named_in_his_own_copy_only(house: House) -> None:
    await house.accept(envelope(KIM, LEE))
    for name, other in ((KIM, LEE), (LEE, KIM)):
        (copy,) = await house.inbox(name)
        head = copy.removesuffix(MESSAGE)
        assert head == b"Return-Path: <>\r\n" + RECEIVED % name.encode()
        assert other.encode() not in head


async def test_the_copies_share_their_octets(house: House) -> None:
    await house.accept(envelope(KIM, LEE))
    places = {message.place for name in (KIM, LEE) for message in await house.filed(name)}
    assert len(places) == 1


async def test_somebody_elses_return_path_is_removed(house: House) -> None:
    await house.accept(envelope(KIM), b"Return-Path: <evil@example.net>\r\n" + MESSAGE)
    (copy,) = await house.inbox(KIM)
    assert copy.endswith(RECEIVED % KIM.encode() + MESSAGE)
    assert copy.count(b"Return-Path:") == 1


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\r\n",
        b"SUBJECT: Test subject\r\ntest content\r\n",
        b"no header\r\nReturn-Path: <x>\r\n",
        b"\xff\xfe\r\n",
    ],
)
async def test_the_octets_of_the_message_stay_as_they_came(house: House, message: bytes) -> None:
    await house.accept(envelope(KIM), message)
    (copy,) = await house.inbox(KIM)
    assert copy.endswith(b"+0000\r\n" + message)
    (filed,) = await house.filed(KIM)
    assert filed.size == len(copy)


async def test_the_textbook_message_has_its_subject(house: House) -> None:
    await house.accept(envelope(KIM), b"SUBJECT: Test subject\r\ntest content\r\n")
    (filed,) = await house.filed(KIM)
    assert (filed.summary.subject, filed.summary.preview) == ("Test subject", "test content")


async def test_a_spooled_message_is_filed_like_any_other(house: House) -> None:
    message = b"Return-Path: <old@example.net>\r\n" + MESSAGE + b"x" * 70 + b"\r\n" * SUMMARISE_ON_LOOP
    await house.accept(envelope(KIM), OnDisk(message))
    (copy,) = await house.inbox(KIM)
    assert copy.endswith(b"+0000\r\n" + message.removeprefix(b"Return-Path: <old@example.net>\r\n"))
    (filed,) = await house.filed(KIM)
    assert filed.summary.subject == "hello"


async def test_a_recipient_that_vanished_is_refused_and_the_others_are_filed(house: House) -> None:
    await house.remove_account(LEE)
    outcomes = await house.accept(envelope(LEE, KIM))
    assert isinstance(outcomes[LEE].refusal, MailboxUnknown)
    assert outcomes[KIM].taken
    assert len(await house.inbox(KIM)) == 1


async def test_where_one_reply_is_heard_a_vanished_recipient_makes_the_peer_come_again(house: House) -> None:
    await house.remove_account(LEE)
    with pytest.raises(Unavailable):
        await house.accept(replace(envelope(KIM, LEE), single_reply=True))
    assert await house.inbox(KIM) == []
    alone = await house.accept(replace(envelope(LEE), single_reply=True))
    assert isinstance(alone[LEE].refusal, MailboxUnknown)


async def test_an_account_reached_twice_gets_the_message_once(house: House) -> None:
    await house.add_alias("all@example.org", KIM, LEE)
    outcomes = await house.accept(envelope("all@example.org", KIM, "KIM@example.org"))
    assert all(outcome.taken for outcome in outcomes.values())
    assert len(await house.inbox(KIM)) == len(await house.inbox(LEE)) == 1


async def test_a_domain_that_is_not_here_is_refused(house: House) -> None:
    await house.add_alias("away@example.org", "kim@elsewhere.example")
    outcomes = await house.accept(envelope("kim@elsewhere.example", "away@example.org"))
    assert [type(outcome.refusal) for outcome in outcomes.values()] == [DomainUnknown, DomainUnknown]


async def test_a_loop_is_refused_and_nothing_is_kept(house: House) -> None:
    with pytest.raises(RoutingLoop):
        await house.accept(envelope(KIM), b"Received: from a by b\r\n" * 100 + MESSAGE)
    assert await house.inbox(KIM) == []


async def test_in_the_sandbox_everything_is_here(sandbox: House) -> None:
    outcomes = await sandbox.accept(envelope("kim@anywhere.example"))
    assert outcomes["kim@anywhere.example"].taken
    assert len(await sandbox.inbox("kim@anywhere.example")) == 1


async def test_filing_is_told_in_the_log(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, str, dict[str, Any]]] = []
    monkeypatch.setattr(log, "writer", lambda *event: told.append(event))
    await house.accept(envelope(KIM, "nobody@example.org"))
    (fields,) = [fields for level, event, fields in told if (level, event) == ("info", "delivery.filed")]
    assert fields["intake_id"] == "id0001"
    assert fields["refused"] == ["nobody@example.org"]
