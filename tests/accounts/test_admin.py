"""What an operator changes."""

from __future__ import annotations

import pytest

from pabal.accounts import admin
from pabal.accounts.errors import AlreadyThere, BadName, NotThere, StillInUse
from pabal.accounts.interface import Domain
from pabal.accounts.passwords import Credentials
from pabal.accounts.rows import ACCOUNT_TABLES
from pabal.mailboxes.provision import provision
from pabal.store.interface import Transaction
from pabal.store.sqlite.driver import SqliteStore
from tests.accounts.conftest import AddAccount, DirectoryOf
from tests.kit.world import FakeClock


async def test_a_domain_that_was_added_is_strict_and_listed(store: SqliteStore, clock: FakeClock) -> None:
    assert await store.run(lambda tx: admin.add_domain(tx, "Example.ORG", clock)) == Domain("example.org", True)
    assert await store.read(admin.list_domains) == [Domain("example.org", True)]
    with pytest.raises(AlreadyThere):
        await store.run(lambda tx: admin.add_domain(tx, "example.org", clock))


async def test_a_domain_of_the_sandbox_becomes_strict_when_it_is_added(
    store: SqliteStore, clock: FakeClock, directory_of: DirectoryOf
) -> None:
    sandbox = directory_of(sandbox=True)
    account_id = await store.run(lambda tx: sandbox.ensure(tx, admin.parse_address("kim@made.example")))
    assert await store.read(admin.list_domains) == [Domain("made.example", False)]
    await store.run(lambda tx: admin.add_domain(tx, "made.example", clock))
    assert await store.read(admin.list_domains) == [Domain("made.example", True)]
    assert (await store.read(admin.list_accounts))[0].account_id == account_id


async def test_a_domain_goes_only_when_nobody_is_in_it(store: SqliteStore, add_account: AddAccount) -> None:
    await add_account("kim")
    with pytest.raises(StillInUse):
        await store.run(lambda tx: admin.remove_domain(tx, "example.org"))
    await store.run(lambda tx: admin.remove_account(tx, "kim@example.org"))
    await store.run(lambda tx: admin.remove_domain(tx, "example.org"))
    assert await store.read(admin.list_domains) == []
    with pytest.raises(NotThere):
        await store.run(lambda tx: admin.remove_domain(tx, "example.org"))


async def test_an_account_needs_its_domain(store: SqliteStore, clock: FakeClock) -> None:
    with pytest.raises(NotThere, match=r"pabal domain add example\.net"):
        await store.run(lambda tx: admin.add_account(tx, "kim@example.net", clock))


async def test_accounts_are_found_without_case_and_made_once(
    store: SqliteStore, clock: FakeClock, add_account: AddAccount
) -> None:
    account_id = await add_account("Kim")
    found = await store.read(lambda tx: admin.find_account(tx, "KIM@Example.Org"))
    assert (found.account_id, found.name) == (account_id, "kim@example.org")
    with pytest.raises(AlreadyThere):
        await add_account("kIM")
    with pytest.raises(NotThere):
        await store.read(lambda tx: admin.find_account(tx, "lee@example.org"))


async def test_a_negative_quota_is_refused(store: SqliteStore, clock: FakeClock, add_account: AddAccount) -> None:
    with pytest.raises(BadName):
        await store.run(lambda tx: admin.add_account(tx, "lee@example.org", clock, quota=-1))
    assert await store.read(admin.list_accounts) == []


async def test_an_account_holds_what_it_was_made_with(
    store: SqliteStore, clock: FakeClock, add_account: AddAccount
) -> None:
    made = Credentials("hash", "keys")
    await store.run(
        lambda tx: admin.add_account(tx, "lee@example.org", clock, credentials=made, admin=True, quota=1000)
    )
    (lee,) = await store.read(admin.list_accounts)
    assert (lee.admin, lee.quota, lee.octets, lee.emails) == (True, 1000, 0, 0)
    assert await store.read(lambda tx: tx.fetch_row("SELECT password_hash, scram FROM account")) == ("hash", "keys")


async def test_a_removed_account_leaves_no_row_and_its_number_is_not_given_again(
    store: SqliteStore, add_account: AddAccount
) -> None:
    kim = await add_account("kim")
    await store.run(lambda tx: provision(tx, kim))
    await store.run(lambda tx: admin.remove_account(tx, "kim@example.org"))

    async def rows_left(tx: Transaction) -> int:
        counts = [await tx.fetch_row(f"SELECT count(*) FROM {table}") for table in ACCOUNT_TABLES]
        return sum(row[0] for row in counts if row)

    assert await store.read(rows_left) == 0
    assert await add_account("kim") > kim


async def test_every_table_that_knows_accounts_is_cleared_with_them(store: SqliteStore) -> None:
    async def tables(tx: Transaction) -> set[str]:
        rows = await tx.fetch_all(
            "SELECT m.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c"
            " WHERE m.type = 'table' AND c.name = 'account_id'"
        )
        return {name for (name,) in rows}

    assert await store.read(tables) == set(ACCOUNT_TABLES)


async def test_an_alias_grows_is_listed_and_removed(store: SqliteStore, add_account: AddAccount) -> None:
    first = await store.run(lambda tx: admin.add_alias(tx, "All@example.org", ["kim@example.org"]))
    assert first == admin.Alias("all@example.org", ("kim@example.org",))
    more = ["Lee@example.net", "kim@example.org"]
    await store.run(lambda tx: admin.add_alias(tx, "all@example.org", more))
    # The local part of somebody else's address keeps its case (RFC 5321 §2.4).
    assert await store.read(admin.list_aliases) == [
        admin.Alias("all@example.org", ("Lee@example.net", "kim@example.org"))
    ]
    await store.run(lambda tx: admin.remove_alias(tx, "ALL@example.org"))
    assert await store.read(admin.list_aliases) == []
    with pytest.raises(NotThere):
        await store.run(lambda tx: admin.remove_alias(tx, "all@example.org"))


async def test_an_address_is_an_account_or_an_alias_not_both(
    store: SqliteStore, clock: FakeClock, add_account: AddAccount
) -> None:
    await add_account("kim")
    with pytest.raises(AlreadyThere):
        await store.run(lambda tx: admin.add_alias(tx, "kim@example.org", ["lee@example.org"]))
    await store.run(lambda tx: admin.add_alias(tx, "all@example.org", ["kim@example.org"]))
    with pytest.raises(AlreadyThere):
        await add_account("all")
    with pytest.raises(NotThere):
        await store.run(lambda tx: admin.remove_alias(tx, "kim@example.org"))


@pytest.mark.parametrize("targets", [[], ["nobody"], ["kim@example.org", "@"]])
async def test_an_alias_with_a_bad_target_is_not_made(
    store: SqliteStore, add_account: AddAccount, targets: list[str]
) -> None:
    with pytest.raises(BadName):
        await store.run(lambda tx: admin.add_alias(tx, "all@example.org", targets))
    assert await store.read(admin.list_aliases) == []
