"""Where mail for an address goes."""

from __future__ import annotations

import pytest

from pabal.accounts import admin
from pabal.accounts.errors import BadName
from pabal.accounts.interface import Destination, Elsewhere, Local, Unknown
from pabal.model.address import Address
from pabal.model.ids import AccountId
from pabal.store.sqlite.driver import SqliteStore
from tests.accounts.conftest import AddAccount, DirectoryOf
from tests.kit.world import FakeClock


@pytest.fixture
def resolve(store: SqliteStore, directory_of: DirectoryOf):
    async def resolve(address: str, *, postmaster: str = "", sandbox: bool = False) -> list[Destination]:
        local_part, _, domain = address.partition("@")
        directory = directory_of(postmaster=postmaster, sandbox=sandbox)
        return await store.read(lambda tx: directory.resolve(tx, Address(local_part, domain)))

    return resolve


async def alias(store: SqliteStore, address: str, *targets: str) -> None:
    await store.run(lambda tx: admin.add_alias(tx, address, targets))


async def test_an_account_is_local_an_unknown_address_is_unknown_the_rest_is_elsewhere(
    resolve, add_account: AddAccount
) -> None:
    kim = await add_account("kim")
    assert await resolve("KIM@example.org") == [Local(kim)]
    assert await resolve("lee@example.org") == [Unknown(Address("lee", "example.org"))]
    assert await resolve("lee@example.net") == [Elsewhere(Address("lee", "example.net"))]


@pytest.mark.parametrize(
    ("known", "asked"),
    [("r\u00e9mi", "re\u0301mi"), ("re\u0301mi", "R\u00c9MI"), ("\ud30c\ubc1c", "\u1111\u1161\u1107\u1161\u11af")],
)
async def test_two_spellings_of_a_letter_are_one_address(
    resolve, add_account: AddAccount, known: str, asked: str
) -> None:
    kim = await add_account(known)
    assert await resolve(f"{asked}@example.org") == [Local(kim)]


async def test_an_alias_is_followed_to_each_destination_once(
    store: SqliteStore, resolve, add_account: AddAccount
) -> None:
    kim, lee = await add_account("kim"), await add_account("lee")
    await alias(store, "team@example.org", "kim@example.org", "lee@example.org", "Park@example.net")
    await alias(store, "all@example.org", "team@example.org", "kim@example.org")
    found = await resolve("all@example.org")
    assert sorted(found, key=repr) == sorted(
        [Local(kim), Local(lee), Elsewhere(Address("Park", "example.net"))], key=repr
    )


async def test_a_loop_of_aliases_ends(store: SqliteStore, resolve, add_account: AddAccount) -> None:
    kim = await add_account("kim")
    await alias(store, "a@example.org", "b@example.org", "kim@example.org")
    await alias(store, "b@example.org", "a@example.org")
    assert await resolve("a@example.org") == [Local(kim)]


async def test_a_loop_that_leads_nowhere_is_an_unknown_address(
    store: SqliteStore, resolve, add_account: AddAccount
) -> None:
    await alias(store, "a@example.org", "b@example.org")
    await alias(store, "b@example.org", "a@example.org")
    assert await resolve("a@example.org") == [Unknown(Address("a", "example.org"))]


@pytest.mark.parametrize("address", ["Postmaster", "POSTMASTER@example.org"])
async def test_postmaster_goes_to_the_first_account_or_where_it_is_said(
    resolve, add_account: AddAccount, address: str
) -> None:
    kim, lee = await add_account("kim"), await add_account("lee")
    assert await resolve(address) == [Local(kim)]
    assert await resolve(address, postmaster="lee@example.org") == [Local(lee)]
    assert await resolve(address, postmaster="root@example.net") == [Elsewhere(Address("root", "example.net"))]


async def test_a_postmaster_of_its_own_comes_first(store: SqliteStore, resolve, add_account: AddAccount) -> None:
    await add_account("kim")
    postmaster = await add_account("postmaster")
    assert await resolve("postmaster@example.org") == [Local(postmaster)]


async def test_a_postmaster_setting_that_names_nobody_falls_back_to_the_first_account(
    resolve, add_account: AddAccount
) -> None:
    kim = await add_account("kim")
    assert await resolve("postmaster", postmaster="postmaster@example.org") == [Local(kim)]


async def test_without_any_account_postmaster_is_unknown(resolve) -> None:
    assert await resolve("postmaster") == [Unknown(Address("postmaster", ""))]


async def test_the_sandbox_makes_domain_account_and_mailboxes_once(
    store: SqliteStore, directory_of: DirectoryOf
) -> None:
    sandbox = directory_of(sandbox=True)
    made = await store.run(lambda tx: sandbox.ensure(tx, Address("Kim", "new.example")))
    again = await store.run(lambda tx: sandbox.ensure(tx, Address("kim", "new.example")))
    assert made is not None
    assert made == again
    names = await store.read(lambda tx: tx.fetch_all("SELECT name, role FROM mailbox WHERE account_id = $1", made))
    assert ("INBOX", "inbox") in names
    assert len(names) == 6
    assert [account.name for account in await store.read(sandbox.accounts)] == ["kim@new.example"]


async def test_postmaster_without_a_domain_is_made_at_localhost(
    store: SqliteStore, directory_of: DirectoryOf
) -> None:
    sandbox = directory_of(sandbox=True)
    await store.run(lambda tx: sandbox.ensure(tx, Address("postmaster", "")))
    found = await store.read(lambda tx: sandbox.find_account(tx, "postmaster"))
    assert found is not None
    assert found.name == "postmaster@localhost"


@pytest.mark.parametrize(("sandbox", "domain"), [(True, "example.org"), (False, "new.example")])
async def test_nothing_is_made_in_a_strict_domain_or_in_production(
    store: SqliteStore, directory_of: DirectoryOf, add_account: AddAccount, sandbox: bool, domain: str
) -> None:
    kim, directory = await add_account("kim"), directory_of(sandbox=sandbox)
    assert await store.run(lambda tx: directory.ensure(tx, Address("lee", domain))) is None
    assert await store.run(lambda tx: directory.ensure(tx, Address("kim", "example.org"))) == kim
    assert len(await store.read(admin.list_domains)) == 1


async def test_a_quota_is_filled_to_the_last_octet(
    store: SqliteStore, clock: FakeClock, directory_of: DirectoryOf, add_account: AddAccount
) -> None:
    directory = directory_of()
    lee = await store.run(lambda tx: admin.add_account(tx, "lee@example.org", clock, quota=100))
    kim = await add_account("kim")
    assert await store.read(lambda tx: directory.has_room(tx, lee, 100))
    assert not await store.read(lambda tx: directory.has_room(tx, lee, 101))
    assert await store.read(lambda tx: directory.has_room(tx, kim, 1 << 40))
    assert not await store.read(lambda tx: directory.has_room(tx, AccountId(999), 1))


async def test_accounts_are_found_by_number_and_by_name(
    store: SqliteStore, directory_of: DirectoryOf, add_account: AddAccount
) -> None:
    directory = directory_of()
    kim = await add_account("kim")
    by_number = await store.read(lambda tx: directory.account(tx, kim))
    assert by_number == await store.read(lambda tx: directory.find_account(tx, "Kim@example.org"))
    assert await store.read(lambda tx: directory.account(tx, AccountId(999))) is None
    assert await store.read(lambda tx: directory.find_account(tx, "lee@example.org")) is None
    with pytest.raises(BadName):
        await store.read(lambda tx: directory.find_account(tx, "\0"))


@pytest.mark.parametrize("local_part", ["", "\ud800", "a\0b", "a\r\nb", "x" * 65, "\x7f"])
@pytest.mark.parametrize(("domain", "kind"), [("example.org", Unknown), ("example.net", Elsewhere)])
async def test_a_local_part_that_nobody_can_have_is_not_found_and_not_made(
    store: SqliteStore,
    directory_of: DirectoryOf,
    add_account: AddAccount,
    local_part: str,
    domain: str,
    kind: type[Unknown] | type[Elsewhere],
) -> None:
    await add_account("kim")
    sandbox, address = directory_of(sandbox=True), Address(local_part, domain)
    assert await store.read(lambda tx: sandbox.resolve(tx, address)) == [kind(address)]
    assert await store.run(lambda tx: sandbox.ensure(tx, address)) is None
    assert len(await store.read(admin.list_domains)) == len(await store.read(admin.list_accounts)) == 1
