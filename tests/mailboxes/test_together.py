"""Many at once, one after another, and after a restart."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

from pabal.accounts import admin
from pabal.mailboxes.interface import DELETED, SEEN, Flags
from pabal.mailboxes.provision import provision
from pabal.mailboxes.service import MailboxService
from pabal.model.ids import AccountId, Uid
from pabal.store.interface import Transaction
from pabal.store.sqlite.driver import SqliteStore, open_store
from tests.kit.world import FakeClock
from tests.mailboxes.conftest import Account, AccountOf, filing


async def new_account(store: SqliteStore, clock: FakeClock) -> AccountId:
    async def unit(tx: Transaction) -> AccountId:
        await admin.add_domain(tx, "example.org", clock)
        account_id = await admin.add_account(tx, "kim@example.org", clock)
        await provision(tx, account_id)
        return account_id

    return await store.run(unit)


async def test_uids_filed_at_one_time_are_all_different(account: Account) -> None:
    filed = await asyncio.gather(*(account.run(account.service.file_in_inbox, filing()) for _ in range(50)))
    assert sorted(one.uid for one in filed) == list(range(1, 51))
    assert len({one.email_id for one in filed}) == len({one.mod_seq for one in filed}) == 50
    inbox = await account.mailbox("INBOX")
    assert (inbox.messages, inbox.unseen, inbox.octets) == (50, 50, 5000)


async def test_one_unit_files_for_many_accounts_or_for_none(account_of: AccountOf) -> None:
    one, two = await account_of(), await account_of()

    async def unit(tx: Transaction) -> None:
        for account_id in (one.account_id, two.account_id, AccountId(999)):
            await one.service.file_in_inbox(tx, account_id, filing())

    outcome = await asyncio.gather(one.store.run(unit), return_exceptions=True)
    assert isinstance(outcome[0], Exception)
    for account in (one, two):
        inbox = await account.mailbox("INBOX")
        assert (inbox.messages, inbox.uid_next) == (0, 1)


async def test_accounts_do_not_see_each_other(account_of: AccountOf) -> None:
    one, two = await account_of(), await account_of()
    await one.fill(3)
    await two.fill(1)
    await one.store_flags([Uid(1), Uid(2)], add=Flags(SEEN | DELETED))
    assert await one.expunge() == [1, 2]
    assert [message.uid for message in await two.messages([Uid(1), Uid(2), Uid(3)])] == [1]
    assert (await two.mailbox("INBOX")).unseen == 1
    assert await two.value("SELECT octets FROM account WHERE account_id = $1") == 100


async def test_another_accounts_mailbox_takes_no_copy(account_of: AccountOf) -> None:
    one, two = await account_of(), await account_of()
    await one.fill(1)
    await two.create("Work")
    mine, theirs = await one.id_of("INBOX"), await two.id_of("Work")
    outcome = await asyncio.gather(one.run(one.service.copy, mine, [Uid(1)], theirs), return_exceptions=True)
    assert isinstance(outcome[0], Exception)
    assert (await two.mailbox("Work")).messages == 0


async def test_two_sessions_that_change_one_mailbox_agree_in_the_end(account: Account) -> None:
    uids = await account.fill(20)
    one, two = await account.view(), await account.view()
    await asyncio.gather(
        account.store_flags(uids[:10], add=Flags(SEEN)),
        account.expunge(uids[5:15], only_deleted=False),
        account.store_flags(uids[10:], add=Flags(DELETED)),
        account.run(account.service.file_in_inbox, filing()),
    )
    assert await one.changes(expunges=True) == await two.changes(expunges=True)
    seen = one.uids([(1, 100)], by_uid=False)
    assert seen == two.uids([(1, 100)], by_uid=False)
    assert [message.uid for message in await account.messages([uid for _, uid in seen])] == [uid for _, uid in seen]


async def test_a_restart_changes_no_uid_and_no_number_goes_back(tmp_path: Path, clock: FakeClock) -> None:
    store = await open_store(tmp_path)
    account = Account(store, MailboxService(store, clock), await new_account(store, clock))
    await account.fill(3)
    await account.expunge([Uid(3)], only_deleted=False)
    before = await account.mailbox("INBOX")
    await account.create("Work")
    first = await account.mailbox("Work")
    await account.run(account.service.delete, "Work")
    await store.close()

    store = await open_store(tmp_path)
    again = Account(store, MailboxService(store, clock), account.account_id)
    try:
        assert await again.mailbox("INBOX") == before
        assert (await again.create("Work")).uid_validity > first.uid_validity
        filed = await again.file()
        assert (filed.uid, filed.uid_validity) == (4, before.uid_validity)
        assert filed.mod_seq > before.highest_mod_seq
    finally:
        await store.close()


async def test_the_clock_has_no_say_in_uid_validity(account: Account, clock: FakeClock) -> None:
    first = await account.create("Work")
    await account.run(account.service.delete, "Work")
    clock.set_back(timedelta(days=400))
    assert (await account.create("Work")).uid_validity == first.uid_validity + 1


async def test_another_process_changes_what_a_session_sees(
    account: Account, tmp_path: Path, clock: FakeClock
) -> None:
    await account.fill(2)
    view = await account.view()
    other_store = await open_store(tmp_path)
    other = Account(other_store, MailboxService(other_store, clock), account.account_id)
    try:
        await other.expunge([Uid(1)], only_deleted=False)
        await other.fill(1)
        changes = await view.changes(expunges=True)
        assert (changes.expunged, changes.exists) == ((1,), 2)
        assert [uid for _, uid in view.uids([(1, 9)], by_uid=False)] == [2, 3]
    finally:
        await other_store.close()
