"""The sandbox as it is met: mail and logins make who is missing, and an operator makes it strict."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from pabal.accounts import admin
from pabal.accounts.directory import AccountDirectory
from pabal.accounts.interface import Local
from pabal.accounts.logins import PasswordLogins
from pabal.accounts.settings import AuthSettings
from pabal.model.address import Address
from pabal.model.errors import AuthenticationFailed
from pabal.store.sqlite.driver import SqliteStore
from tests.accounts.conftest import DirectoryOf
from tests.kit.world import FakeClock, FakeRandom

KIM = Address("kim", "new.example")


@pytest.fixture
def sandbox(directory_of: DirectoryOf) -> AccountDirectory:
    return directory_of(sandbox=True)


@pytest.fixture
async def door(
    store: SqliteStore, sandbox: AccountDirectory, clock: FakeClock, chance: FakeRandom
) -> AsyncIterator[PasswordLogins]:
    settings = AuthSettings(scram_iterations=4096)
    opened = PasswordLogins(store, sandbox, clock, chance, sandbox=True, settings=settings)
    yield opened
    opened.close()


async def test_who_got_mail_first_is_who_signs_in_later(
    store: SqliteStore, sandbox: AccountDirectory, door: PasswordLogins
) -> None:
    made = await store.run(lambda tx: sandbox.ensure(tx, KIM))
    assert (await door.login("Kim@New.Example", "x")).account_id == made
    assert await store.read(lambda tx: sandbox.resolve(tx, KIM)) == [Local(made)]


async def test_many_at_once_make_one_account(
    store: SqliteStore, sandbox: AccountDirectory, door: PasswordLogins
) -> None:
    logins = [door.login("kim@new.example", f"{number}") for number in range(10)]
    mails = [store.run(lambda tx: sandbox.ensure(tx, KIM)) for _ in range(10)]
    found = await asyncio.gather(*logins, *mails)
    assert len({getattr(one, "account_id", one) for one in found}) == 1
    assert len(await store.read(admin.list_accounts)) == 1


async def test_a_domain_that_becomes_strict_closes_what_had_no_password(
    store: SqliteStore, sandbox: AccountDirectory, door: PasswordLogins, clock: FakeClock
) -> None:
    await door.login("kim@new.example", "x")
    await store.run(lambda tx: admin.add_domain(tx, "new.example", clock))
    with pytest.raises(AuthenticationFailed):
        await door.login("kim@new.example", "x")
    credentials = await door.credentials("a secret")
    await store.run(lambda tx: admin.set_password(tx, "kim@new.example", credentials))
    await door.login("kim@new.example", "a secret")
    assert await store.run(lambda tx: sandbox.ensure(tx, Address("lee", "new.example"))) is None


async def test_an_alias_is_not_made_into_an_account(
    store: SqliteStore, sandbox: AccountDirectory, door: PasswordLogins
) -> None:
    await store.run(lambda tx: sandbox.ensure(tx, KIM))
    await store.run(lambda tx: admin.add_alias(tx, "all@new.example", ["kim@new.example"]))
    assert await store.run(lambda tx: sandbox.ensure(tx, Address("all", "new.example"))) is None
    with pytest.raises(AuthenticationFailed):
        await door.login("all@new.example", "x")
    assert len(await store.read(admin.list_accounts)) == 1


async def test_what_is_no_address_makes_nothing(store: SqliteStore, door: PasswordLogins) -> None:
    for identity in ("", "@", "kim@", "@new.example", "kim@-.example", "k\r\nim@new.example", "k" * 65):
        with pytest.raises(AuthenticationFailed):
            await door.login(identity, "x")
    assert await store.read(admin.list_accounts) == []
    assert await store.read(admin.list_domains) == []


async def test_an_account_that_cannot_get_its_mailboxes_is_not_made(store: SqliteStore, clock: FakeClock) -> None:
    async def fails(tx: object, account_id: object) -> None:
        raise RuntimeError("no mailboxes today")

    directory = AccountDirectory(sandbox=True, postmaster="", clock=clock, provision=fails)
    with pytest.raises(RuntimeError):
        await store.run(lambda tx: directory.ensure(tx, KIM))
    assert await store.read(admin.list_accounts) == []
    assert await store.read(admin.list_domains) == []
