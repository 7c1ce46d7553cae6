"""Who may sign in."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from base64 import b64decode
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta

import pytest

from pabal.accounts import admin, logins, passwords
from pabal.accounts.errors import BadName
from pabal.accounts.logins import PasswordLogins
from pabal.accounts.settings import AuthSettings
from pabal.model.errors import AuthenticationFailed, Unavailable
from pabal.store.sqlite.driver import SqliteStore
from tests.accounts.conftest import AddAccount, DirectoryOf
from tests.kit.world import FakeClock, FakeRandom

LoginsOf = Callable[..., PasswordLogins]
KIM = "kim@example.org"


@pytest.fixture
async def logins_of(
    store: SqliteStore, clock: FakeClock, chance: FakeRandom, directory_of: DirectoryOf
) -> AsyncIterator[LoginsOf]:
    async with AsyncExitStack() as opened:

        def build(*, sandbox: bool = False, exposed_password: str = "", **changes: object) -> PasswordLogins:
            made = PasswordLogins(
                store,
                directory_of(sandbox=sandbox),
                clock,
                chance,
                sandbox=sandbox,
                settings=replace(AuthSettings(scram=False), **changes),
                exposed_password=exposed_password,
            )
            opened.callback(made.close)
            return made

        yield build


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every hash that a password was verified against."""
    hashes: list[str] = []

    def verify(password_hash: str, password: str) -> bool:
        hashes.append(password_hash)
        return passwords.verify(password_hash, password)

    monkeypatch.setattr(logins, "verify", verify)
    return hashes


async def set_password(store: SqliteStore, door: PasswordLogins, password: str, name: str = KIM) -> None:
    credentials = await door.credentials(password)
    await store.run(lambda tx: admin.set_password(tx, name, credentials))


async def test_the_right_password_opens_and_a_wrong_one_does_not(
    store: SqliteStore, logins_of: LoginsOf, add_account: AddAccount
) -> None:
    kim, door = await add_account("kim"), logins_of()
    await set_password(store, door, "a secret")
    assert (await door.login("KIM@Example.org", "a secret")).account_id == kim
    with pytest.raises(AuthenticationFailed):
        await door.login(KIM, "a Secret")


async def test_whoever_fails_costs_one_hash_and_hears_the_same(
    store: SqliteStore, logins_of: LoginsOf, add_account: AddAccount, hashed: list[str]
) -> None:
    door = logins_of()
    await add_account("nohash")
    await add_account("kim")
    await set_password(store, door, "a secret")
    for identity in (KIM, "lee@example.org", "lee@example.net", "nohash@example.org", "\0", "lee"):
        hashed.clear()
        with pytest.raises(AuthenticationFailed) as refused:
            await door.login(identity, "wrong")
        assert len(hashed) == 1
        assert refused.value.reply().text == "Authentication failed"


async def test_the_dummy_hash_costs_what_a_real_one_costs(chance: FakeRandom) -> None:
    real = passwords.make_credentials("a secret", chance, AuthSettings(scram=False)).password_hash
    assert passwords.DUMMY_HASH.split("$")[:4] == real.split("$")[:4] == ["", "argon2id", "v=19", "m=19456,t=2,p=1"]
    assert len(passwords.DUMMY_HASH) == len(real)


async def test_a_verified_login_is_remembered_for_a_short_time(
    store: SqliteStore, logins_of: LoginsOf, add_account: AddAccount, clock: FakeClock, hashed: list[str]
) -> None:
    door = logins_of(remember=timedelta(minutes=5))
    await add_account("kim")
    await set_password(store, door, "a secret")
    await door.login(KIM, "a secret")
    await clock.advance(timedelta(minutes=4))
    await door.login(KIM, "a secret")
    assert len(hashed) == 1
    await clock.advance(timedelta(minutes=1))
    await door.login(KIM, "a secret")
    assert len(hashed) == 2


async def test_a_changed_password_voids_what_was_remembered(
    store: SqliteStore, logins_of: LoginsOf, add_account: AddAccount
) -> None:
    door = logins_of()
    await add_account("kim")
    await set_password(store, door, "a secret")
    await door.login(KIM, "a secret")
    await set_password(store, door, "another")
    with pytest.raises(AuthenticationFailed):
        await door.login(KIM, "a secret")
    await door.login(KIM, "another")


async def test_no_more_logins_are_remembered_than_was_said(
    store: SqliteStore, logins_of: LoginsOf, add_account: AddAccount, hashed: list[str]
) -> None:
    door = logins_of(remembered_logins=1)
    for name in ("kim", "lee"):
        await add_account(name)
        await set_password(store, door, "a secret", f"{name}@example.org")
        await door.login(f"{name}@example.org", "a secret")
    await door.login("lee@example.org", "a secret")
    assert len(hashed) == 2
    await door.login(KIM, "a secret")
    assert len(hashed) == 3


async def test_more_logins_than_may_wait_are_told_to_try_later(logins_of: LoginsOf) -> None:
    door = logins_of(waiting_logins=1, hash_threads=1)
    outcomes = await asyncio.gather(*(door.login(KIM, "guess") for _ in range(4)), return_exceptions=True)
    kinds = [type(outcome) for outcome in outcomes]
    assert kinds.count(AuthenticationFailed) == 2
    assert kinds.count(Unavailable) == 2
    with pytest.raises(AuthenticationFailed):
        await door.login(KIM, "guess")


async def test_a_password_longer_than_allowed_is_refused_unhashed(logins_of: LoginsOf, hashed: list[str]) -> None:
    door = logins_of(password_octets=64)
    for password in ("x" * 65, "", "a\nb", "\ud800"):
        with pytest.raises(AuthenticationFailed):
            await door.login(KIM, password)
        with pytest.raises(BadName):
            await door.credentials(password)
    assert hashed == []
    assert (await door.credentials("x" * 64)).password_hash


async def test_a_password_is_the_same_in_any_unicode_form(
    store: SqliteStore, logins_of: LoginsOf, add_account: AddAccount
) -> None:
    door = logins_of()
    await add_account("kim")
    await set_password(store, door, "ma\u00f1ana\u3000\ud30c\ubc1c")
    await door.login(KIM, "man\u0303ana \u1111\u1161\u1107\u1161\u11af")


async def test_the_sandbox_opens_for_anyone_and_makes_who_is_missing(store: SqliteStore, logins_of: LoginsOf) -> None:
    door = logins_of(sandbox=True)
    assert (await door.login("kim", "whatever")).name == "kim@localhost"
    assert (await door.login("lee@new.example", "x")).name == "lee@new.example"
    assert await door.login("kim", "something else") == await door.login("kim@localhost", "whatever")


async def test_in_the_sandbox_a_password_that_was_set_counts(store: SqliteStore, logins_of: LoginsOf) -> None:
    door = logins_of(sandbox=True)
    await door.login("kim", "whatever")
    await set_password(store, door, "a secret", "kim@localhost")
    with pytest.raises(AuthenticationFailed):
        await door.login("kim", "whatever")
    await door.login("kim", "a secret")


async def test_in_the_sandbox_a_strict_domain_opens_with_its_passwords_only(
    store: SqliteStore, logins_of: LoginsOf, add_account: AddAccount
) -> None:
    door = logins_of(sandbox=True)
    await add_account("kim")
    for identity in (KIM, "lee@example.org"):
        with pytest.raises(AuthenticationFailed):
            await door.login(identity, "whatever")
    assert [account.name for account in await store.read(admin.list_accounts)] == [KIM]


async def test_an_exposed_sandbox_opens_with_the_one_password_only(store: SqliteStore, logins_of: LoginsOf) -> None:
    door = logins_of(sandbox=True, exposed_password="shown once")
    with pytest.raises(AuthenticationFailed):
        await door.login("kim", "whatever")
    assert await store.read(admin.list_accounts) == []
    await door.login("kim", "shown once")
    with pytest.raises(AuthenticationFailed):
        await door.login("kim", "whatever")


def test_scram_keys_are_those_of_rfc_7677() -> None:
    # RFC 7677 §3: user "user", password "pencil".
    salt = b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")
    mechanism, rounds, keys = passwords.scram_entry("pencil", salt, 4096).split("$")
    stored_key, server_key = (b64decode(key) for key in keys.split(":"))
    nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
    messages = f"n=user,r=rOprNGfwEbeRWgbNEkqO,r={nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r={nonce}".encode()
    proof = b64decode("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")
    signature = hmac.digest(stored_key, messages, "sha256")
    client_key = bytes(a ^ b for a, b in zip(proof, signature, strict=True))
    assert (mechanism, rounds) == ("SCRAM-SHA-256", "4096:W22ZaJ0SNY7soEsUEjb6gQ==")
    assert hashlib.sha256(client_key).digest() == stored_key
    assert hmac.digest(server_key, messages, "sha256") == b64decode("6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")


async def test_scram_keys_are_made_with_every_password_unless_switched_off(logins_of: LoginsOf) -> None:
    with_keys = await logins_of(scram=True, scram_iterations=4096).credentials("a secret")
    assert with_keys.scram is not None
    assert with_keys.scram.startswith("SCRAM-SHA-256$4096:")
    assert (await logins_of(scram=False).credentials("a secret")).scram is None


async def test_an_account_that_vanishes_is_like_one_that_never_was(
    store: SqliteStore, logins_of: LoginsOf, add_account: AddAccount
) -> None:
    door = logins_of()
    await add_account("kim")
    await set_password(store, door, "a secret")
    await door.login(KIM, "a secret")
    await store.run(lambda tx: admin.remove_account(tx, KIM))
    with pytest.raises(AuthenticationFailed):
        await door.login(KIM, "a secret")
