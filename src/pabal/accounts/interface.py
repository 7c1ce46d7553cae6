"""Who is here: domains, accounts, addresses, aliases, logins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from pabal.model.address import Address
from pabal.model.ids import AccountId
from pabal.store.interface import Transaction


@dataclass(frozen=True, slots=True)
class Domain:
    name: str
    strict: bool


@dataclass(frozen=True, slots=True)
class Account:
    account_id: AccountId
    name: str  # kim@example.org
    admin: bool
    quota: int | None  # octets
    octets: int
    emails: int


@dataclass(frozen=True, slots=True)
class Local:
    """The forward-path is an account here."""

    account_id: AccountId


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A forward-path that is not here: its domain is not ours."""

    forward_path: Address


@dataclass(frozen=True, slots=True)
class Unknown:
    """The domain is ours, the address is not."""

    forward_path: Address


Destination = Local | Elsewhere | Unknown


class Directory(Protocol):
    """Point reads; every method runs inside the caller's unit."""

    async def resolve(self, tx: Transaction, forward_path: Address) -> list[Destination]:
        """Where mail for an address goes, aliases followed (each destination once, loops cut).

        ``postmaster`` (any case, with or without domain) goes to ``[mail] postmaster``, else to the
        first account (RFC 5321 §4.5.1).
        """
        ...

    async def ensure(self, tx: Transaction, address: Address) -> AccountId | None:
        """Sandbox: make domain and account of an address that has none; None in a strict domain."""
        ...

    async def has_room(self, tx: Transaction, account_id: AccountId, octets: int) -> bool:
        """Quota, asked at RCPT."""
        ...

    async def find_account(self, tx: Transaction, name: str) -> Account | None: ...

    async def account(self, tx: Transaction, account_id: AccountId) -> Account | None: ...

    async def accounts(self, tx: Transaction) -> list[Account]: ...


class Logins(Protocol):
    """Passwords; hashing runs off the loop, verified logins are remembered briefly by a keyed hash."""

    async def login(self, identity: str, password: str) -> Account:
        """Raises: AuthenticationFailed, alike for an unknown user and a wrong password.

        ``identity`` without @ belongs to ``localhost``.  Sandbox: an account that is not there is made;
        one whose domain is not strict and that has no password set opens with any.
        """
        ...
