"""Mailboxes: made, found, renamed, deleted."""

from __future__ import annotations

import pytest

from pabal.mailboxes.interface import Flags
from pabal.mailboxes.names import TooManyMailboxes
from pabal.model.errors import MailboxExists, MailboxUnknown, NameRefused
from pabal.model.ids import AccountId
from tests.mailboxes.conftest import Account, AccountOf, filing


async def names(account: Account) -> list[str]:
    return [mailbox.name for mailbox in await account.run(account.service.list_mailboxes)]


async def test_a_new_account_has_inbox_and_five_mailboxes_with_their_roles(account: Account) -> None:
    assert await names(account) == ["Archive", "Drafts", "INBOX", "Junk", "Sent", "Trash"]
    for role, name in (("inbox", "INBOX"), ("sent", "Sent"), ("junk", "Junk"), ("trash", "Trash")):
        found = await account.run(account.service.by_role, role)
        assert found is not None
        assert found.name == name
    assert await account.run(account.service.by_role, "captured") is None


async def test_a_mailbox_is_made_with_its_parents_and_is_empty(account: Account) -> None:
    made = await account.create("Work/2026/May/")
    assert (made.name, made.messages, made.unseen, made.octets, made.uid_next) == ("Work/2026/May", 0, 0, 0, 1)
    assert {"Work", "Work/2026", "Work/2026/May"} <= set(await names(account))


@pytest.mark.parametrize("name", ["inbox", "Sent", "Sent/"])
async def test_what_is_there_is_not_made_again(account: Account, name: str) -> None:
    with pytest.raises(MailboxExists):
        await account.create(name)


async def test_a_role_is_kept(account: Account) -> None:
    await account.run(account.service.create, "Captured", "captured")
    found = await account.run(account.service.by_role, "captured")
    assert found is not None
    assert found.name == "Captured"


async def test_an_account_has_no_more_mailboxes_than_the_setting_says(account_of: AccountOf) -> None:
    account = await account_of(per_account=8)
    await account.create("a")
    with pytest.raises(TooManyMailboxes):
        await account.create("b/c")
    assert "b" not in await names(account)
    await account.create("b")


async def test_a_mailbox_made_again_has_a_higher_uid_validity(account: Account) -> None:
    first = await account.create("Work")
    await account.run(account.service.delete, "Work")
    again = await account.create("Work")
    assert again.uid_validity > first.uid_validity
    assert again.mailbox_id > first.mailbox_id


async def test_no_two_mailboxes_of_any_account_share_a_uid_validity(account_of: AccountOf) -> None:
    one, two = await account_of(), await account_of()
    both = [*await one.run(one.service.list_mailboxes), *await two.run(two.service.list_mailboxes)]
    assert len({mailbox.uid_validity for mailbox in both}) == len(both)


async def test_a_deleted_mailbox_takes_its_mail_along_and_leaves_what_lies_below(account: Account) -> None:
    await account.create("Work/2026")
    await account.file("Work")
    await account.run(account.service.delete, "Work")
    assert "Work" not in await names(account)
    assert "Work/2026" in await names(account)
    assert await account.value("SELECT octets + emails FROM account WHERE account_id = $1") == 0
    assert await account.value("SELECT count(*) FROM tombstone WHERE account_id = $1") == 0


async def test_inbox_stays(account: Account) -> None:
    with pytest.raises(NameRefused):
        await account.run(account.service.delete, "inbox")


@pytest.mark.parametrize("name", ["Nowhere", "", "a\0b", "Sent/"])
async def test_an_unknown_name_is_refused_as_unknown(account: Account, name: str) -> None:
    for work in (account.service.delete, account.service.subscribe, account.service.rename):
        arguments = (
            () if work == account.service.delete else (False,) if work == account.service.subscribe else ("x",)
        )
        with pytest.raises(MailboxUnknown):
            await account.run(work, name, *arguments)


async def test_renaming_moves_all_that_lies_below_and_makes_parents(account: Account) -> None:
    before = await account.create("Work/2026")
    await account.create("Workshop")
    filed = await account.file("Work/2026")
    await account.run(account.service.rename, "Work", "Old/Jobs")
    assert {"Old", "Old/Jobs", "Old/Jobs/2026", "Workshop"} <= set(await names(account))
    assert "Work" not in await names(account)
    after = await account.mailbox("Old/Jobs/2026")
    assert (after.uid_validity, after.messages) == (before.uid_validity, 1)
    assert [message.uid for message in await account.messages([filed.uid], "Old/Jobs/2026")] == [filed.uid]


async def test_renaming_to_a_name_that_is_taken_changes_nothing(account: Account) -> None:
    await account.create("Work/Sent")
    await account.create("Jobs")
    before = await names(account)
    for wanted, refusal in (("Sent", MailboxExists), ("Work", MailboxExists), ("Work/x", NameRefused)):
        with pytest.raises(refusal):
            await account.run(account.service.rename, "Work", wanted)
    assert await names(account) == before


async def test_renaming_into_a_name_whose_child_is_taken_changes_nothing(account: Account) -> None:
    await account.create("Work/2026")
    await account.create("Jobs/2026")
    await account.run(account.service.delete, "Jobs")
    before = await names(account)
    with pytest.raises(MailboxExists):
        await account.run(account.service.rename, "Work", "Jobs")
    assert await names(account) == before


async def test_renaming_that_makes_a_child_too_long_changes_nothing(account_of: AccountOf) -> None:
    account = await account_of(depth=3)
    await account.create("a/b")
    with pytest.raises(NameRefused):
        await account.run(account.service.rename, "a", "x/y/z")
    assert {"a", "a/b"} <= set(await names(account))


async def test_renaming_inbox_moves_its_messages_and_leaves_it(account: Account) -> None:
    await account.create("INBOX/Sub")
    filed = await account.file("INBOX", Flags(1, ("work",)))
    await account.run(account.service.rename, "inbox", "Old")
    assert (await account.mailbox("INBOX")).messages == 0
    old = await account.mailbox("Old")
    assert (old.messages, old.unseen) == (1, 0)
    (message,) = await account.messages([filed.uid], "Old")
    assert (message.email_id, message.flags) == (filed.email_id, Flags(1, ("work",)))
    assert "INBOX/Sub" in await names(account)
    assert (await account.file("INBOX")).uid > filed.uid


async def test_a_subscription_is_kept(account: Account) -> None:
    await account.run(account.service.subscribe, "Sent", False)
    assert not (await account.mailbox("Sent")).subscribed
    await account.run(account.service.subscribe, "Sent", True)
    assert (await account.mailbox("Sent")).subscribed


async def test_an_account_that_is_gone_has_no_mailboxes(account: Account) -> None:
    account.account_id = AccountId(999)
    assert await names(account) == []
    with pytest.raises(MailboxUnknown):
        await account.create("Work")
    with pytest.raises(MailboxUnknown):
        await account.run(account.service.file_in_inbox, filing())


@pytest.mark.parametrize("name", ["\ud800", "a/\udfff", "a\0", "x" * 100_000, "/" * 5000])
async def test_a_name_that_no_mailbox_can_have_is_just_not_found(account: Account, name: str) -> None:
    assert await account.run(account.service.find, name) is None
    with pytest.raises(MailboxUnknown):
        await account.run(account.service.delete, name)
    with pytest.raises(NameRefused):
        await account.run(account.service.create, name)
    with pytest.raises(NameRefused):
        await account.run(account.service.rename, "Sent", name)
