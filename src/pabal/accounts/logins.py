"""Who may sign in: passwords verified off the loop, in bounded memory, alike for all who fail.

Invariants, each with a test:
  * An unknown identity costs the same hash and gives the same refusal as a wrong password.
  * A verified login is remembered by a keyed hash over account, stored hash and password, for a short
    time; a changed password therefore voids it at once.
  * No more than ``hash_threads`` hashes run and ``waiting_logins`` wait; more are told to try later.
"""

from __future__ import annotations

import asyncio
import hmac
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import blake2b
from typing import TypeVar

from pabal.accounts import rows
from pabal.accounts.errors import BadName
from pabal.accounts.interface import Account, Directory
from pabal.accounts.names import parse_identity
from pabal.accounts.passwords import DUMMY_HASH, Credentials, acceptable, make_credentials, verify
from pabal.accounts.settings import AuthSettings
from pabal.model.address import Address
from pabal.model.errors import AuthenticationFailed, Unavailable
from pabal.model.world import Clock, Random
from pabal.store.interface import Store, Transaction

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Entry:
    """What is known of an identity before its password is looked at."""

    account: Account
    password_hash: str | None
    strict: bool


class PasswordLogins:
    """``accounts.interface.Logins`` over the rows."""

    def __init__(
        self,
        store: Store,
        directory: Directory,
        clock: Clock,
        random: Random,
        *,
        sandbox: bool,
        settings: AuthSettings | None = None,
        exposed_password: str = "",
    ) -> None:
        """``exposed_password``: of a sandbox that others can reach, it alone opens accounts that have none."""
        self._store, self._directory, self._clock, self._random = store, directory, clock, random
        self._sandbox = sandbox
        self._settings = settings or AuthSettings()
        self._exposed_password = exposed_password
        self._remembered = _Remembered(clock, random.token(32), self._settings)
        self._hashing = ThreadPoolExecutor(self._settings.hash_threads, thread_name_prefix="pabal-hash")
        self._waiting = 0

    async def login(self, identity: str, password: str) -> Account:
        """Raises: AuthenticationFailed, Unavailable (too many wait)."""
        if not acceptable(password, self._settings):
            raise AuthenticationFailed("a password that nobody can have")
        entry = await self._entry(identity, password)
        if entry and self._opens_without(entry, password):
            return entry.account
        if entry and entry.password_hash and await self._verified(entry, entry.password_hash, password):
            return entry.account
        if entry is None or entry.password_hash is None:
            await self._off_loop(lambda: verify(DUMMY_HASH, password))
        raise AuthenticationFailed(identity)

    async def credentials(self, password: str) -> Credentials:
        """What ``admin`` stores of a new password, made off the loop.  Raises: BadName, Unavailable."""
        return await self._off_loop(lambda: make_credentials(password, self._random, self._settings))

    def close(self) -> None:
        self._hashing.shutdown(wait=False, cancel_futures=True)

    async def _entry(self, identity: str, password: str) -> _Entry | None:
        try:
            address = parse_identity(identity)
        except BadName:
            return None
        entry = await self._store.read(lambda tx: _find(tx, address))
        if entry is None and self._sandbox and self._any_password(password):
            await self._store.run(lambda tx: self._directory.ensure(tx, address))
            entry = await self._store.read(lambda tx: _find(tx, address))
        return entry

    def _opens_without(self, entry: _Entry, password: str) -> bool:
        """Sandbox: an account without a password, in a domain that is not strict, opens with any."""
        free = self._sandbox and entry.password_hash is None and not entry.strict
        return free and self._any_password(password)

    def _any_password(self, password: str) -> bool:
        expected = self._exposed_password
        return not expected or hmac.compare_digest(expected.encode(), password.encode())

    async def _verified(self, entry: _Entry, password_hash: str, password: str) -> bool:
        key = self._remembered.key(entry.account, password_hash, password)
        if key in self._remembered:
            return True
        if not await self._off_loop(lambda: verify(password_hash, password)):
            return False
        self._remembered.add(key)
        return True

    async def _off_loop(self, work: Callable[[], T]) -> T:
        if self._waiting >= self._settings.waiting_logins + self._settings.hash_threads:
            raise Unavailable("too many logins wait for a password hash")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._hashing, work)
        finally:
            self._waiting -= 1


async def _find(tx: Transaction, address: Address) -> _Entry | None:
    account = await rows.account_by_key(tx, address.key)
    if account is None:
        return None
    domain = await rows.domain(tx, address.domain)
    return _Entry(account, await rows.password_hash(tx, account.account_id), domain is None or domain.strict)


class _Remembered:
    """Logins verified a short while ago; holds no password and no hash that could be tried offline."""

    def __init__(self, clock: Clock, secret: bytes, settings: AuthSettings) -> None:
        self._clock, self._secret, self._settings = clock, secret, settings
        self._expiry: OrderedDict[bytes, float] = OrderedDict()

    def key(self, account: Account, password_hash: str, password: str) -> bytes:
        text = f"{account.account_id}\0{password_hash}\0{password}"
        return blake2b(text.encode(), key=self._secret, digest_size=32).digest()

    def __contains__(self, key: bytes) -> bool:
        return self._expiry.get(key, 0.0) > self._clock.monotonic()

    def add(self, key: bytes) -> None:
        self._expiry.pop(key, None)
        self._expiry[key] = self._clock.monotonic() + self._settings.remember.total_seconds()
        while len(self._expiry) > self._settings.remembered_logins:
            self._expiry.popitem(last=False)
