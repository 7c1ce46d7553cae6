"""The stages: who is refused, when, and with which words."""

from __future__ import annotations

import pytest

from pabal.delivery.receiver import MailTransaction
from pabal.model.content import Octets
from pabal.model.errors import DomainUnknown, MailboxFull, MailboxUnknown, Refusal
from tests.delivery.house import MESSAGE, ORIGIN, House, recipient


async def begin(house: House, *, size: int = 0) -> MailTransaction:
    return await house.receiver.mail(ORIGIN, None, size=size)


async def test_a_message_goes_through_all_stages(house: House) -> None:
    await house.receiver.hello(ORIGIN)
    transaction = await begin(house)
    await house.receiver.rcpt(transaction, recipient("Kim@example.org"))
    intake_id, outcomes = await house.receiver.message(transaction, Octets(MESSAGE))
    assert [outcome.taken for outcome in outcomes.values()] == [True]
    (copy,) = await house.inbox("kim@example.org")
    assert f"id {intake_id}\r\n".encode() in copy
    assert b"for <Kim@example.org>" in copy


@pytest.mark.parametrize(
    ("address", "refusal"),
    [
        ("nobody@example.org", MailboxUnknown),
        ("kim@example.net", DomainUnknown),
        ("kim%example.org@example.net", DomainUnknown),
        ("example.net!kim@example.org", MailboxUnknown),
        ("kim@example.net@example.org", MailboxUnknown),
        ("kim@[192.0.2.1]", DomainUnknown),
    ],
)
async def test_who_is_not_here_is_refused_at_rcpt(house: House, address: str, refusal: type[Refusal]) -> None:
    transaction = await begin(house)
    with pytest.raises(refusal):
        await house.receiver.rcpt(transaction, recipient(address))
    assert transaction.recipients == []


async def test_postmaster_is_taken_with_and_without_a_domain(house: House) -> None:
    transaction = await begin(house)
    for address in ("Postmaster@example.org", "POSTMASTER"):
        await house.receiver.rcpt(transaction, recipient(address))
    await house.receiver.message(transaction, Octets(MESSAGE))
    assert len(await house.inbox("kim@example.org")) == 1


async def test_quota_is_asked_at_rcpt_with_the_declared_size(house: House) -> None:
    await house.add_account("small@example.org", quota=1000)
    await house.receiver.rcpt(await begin(house, size=1000), recipient("small@example.org"))
    with pytest.raises(MailboxFull):
        await house.receiver.rcpt(await begin(house, size=1001), recipient("small@example.org"))


async def test_quota_may_be_exceeded_by_one_message_only(house: House) -> None:
    await house.add_account("small@example.org", quota=10)
    transaction = await begin(house)
    await house.receiver.rcpt(transaction, recipient("small@example.org"))
    await house.receiver.message(transaction, Octets(MESSAGE))
    with pytest.raises(MailboxFull):
        await house.receiver.rcpt(await begin(house), recipient("small@example.org"))


async def test_the_sandbox_makes_who_is_missing_at_rcpt(sandbox: House) -> None:
    transaction = await begin(sandbox)
    await sandbox.receiver.rcpt(transaction, recipient("kim@anywhere.example"))
    await sandbox.receiver.rcpt(transaction, recipient("kim@anywhere.example"))
    assert await sandbox.names() == ["kim@anywhere.example"]


async def test_the_sandbox_refuses_an_unknown_address_of_a_strict_domain(sandbox: House) -> None:
    await sandbox.add_account("kim@strict.example")
    with pytest.raises(MailboxUnknown):
        await sandbox.receiver.rcpt(await begin(sandbox), recipient("lee@strict.example"))
    assert await sandbox.names() == ["kim@strict.example"]


async def test_an_empty_sandbox_has_a_postmaster(sandbox: House) -> None:
    transaction = await begin(sandbox)
    await sandbox.receiver.rcpt(transaction, recipient("Postmaster"))
    await sandbox.receiver.message(transaction, Octets(MESSAGE))
    assert len(await sandbox.inbox("postmaster@localhost")) == 1


async def test_intake_ids_are_unique_and_in_the_order_of_time(house: House) -> None:
    ids = []
    for _ in range(20):
        transaction = await begin(house)
        await house.receiver.rcpt(transaction, recipient("kim@example.org"))
        ids.append((await house.receiver.message(transaction, Octets(MESSAGE)))[0])
    assert len(set(ids)) == 20
    assert len({intake_id[:12] for intake_id in ids}) == 1  # the clock stood still
