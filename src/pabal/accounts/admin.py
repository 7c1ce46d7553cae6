"""What an operator changes: domains, accounts, aliases.  Everything runs inside the caller's unit.

Names come as they were typed; a domain added here is strict: an unknown address in it is refused.
Raises AdminError with one line that says what to do; then nothing was changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pabal.accounts import rows
from pabal.accounts.errors import AlreadyThere, BadName, NotThere, StillInUse
from pabal.accounts.interface import Account, Domain
from pabal.accounts.names import name_of, parse_address, parse_domain
from pabal.accounts.passwords import Credentials
from pabal.model.address import Address
from pabal.model.ids import AccountId
from pabal.model.world import Clock
from pabal.store.interface import Transaction


@dataclass(frozen=True, slots=True)
class Alias:
    address: str
    targets: tuple[str, ...]


# Domains


async def add_domain(tx: Transaction, name: str, clock: Clock) -> Domain:
    """Make a strict domain; one that the sandbox made on the fly becomes strict.  Raises: AlreadyThere."""
    domain = parse_domain(name)
    found = await rows.domain(tx, domain)
    if found and found.strict:
        raise AlreadyThere(f"the domain {domain} is already here")
    await rows.put_domain(tx, domain, True, int(clock.now().timestamp()))
    return Domain(domain, True)


async def remove_domain(tx: Transaction, name: str) -> None:
    """Raises: NotThere, StillInUse."""
    domain = await _domain(tx, parse_domain(name))
    if await rows.domain_in_use(tx, domain.name):
        raise StillInUse(f"{domain.name} still has accounts or aliases: remove them first")
    await rows.delete_domain(tx, domain.name)


async def list_domains(tx: Transaction) -> list[Domain]:
    return await rows.domains(tx)


async def _domain(tx: Transaction, name: str) -> Domain:
    found = await rows.domain(tx, name)
    if found is None:
        raise NotThere(f"the domain {name} is not here: add it first with `pabal domain add {name}`")
    return found


# Accounts


async def add_account(
    tx: Transaction,
    name: str,
    clock: Clock,
    *,
    credentials: Credentials | None = None,
    admin: bool = False,
    quota: int | None = None,
) -> AccountId:
    """Make an account with its first address; its domain must be here.  The caller makes its mailboxes.

    Raises: BadName, NotThere, AlreadyThere.
    """
    address = parse_address(name)
    await _free(tx, address)
    if quota is not None and quota < 0:
        raise BadName("a quota is a number of octets, not less than 0")
    account_id = await rows.insert_account(tx, name_of(address), admin, quota, int(clock.now().timestamp()))
    await rows.put_address(tx, address.key, account_id)
    if credentials:
        await rows.set_credentials(tx, account_id, credentials)
    return account_id


async def list_accounts(tx: Transaction) -> list[Account]:
    return await rows.accounts(tx)


async def set_password(tx: Transaction, name: str, credentials: Credentials) -> Account:
    """Logins remembered with the old password are void at once.  Raises: NotThere."""
    account = await find_account(tx, name)
    await rows.set_credentials(tx, account.account_id, credentials)
    return account


async def remove_account(tx: Transaction, name: str) -> Account:
    """Remove it with all it has: mail, addresses, password.  Raises: NotThere."""
    account = await find_account(tx, name)
    await rows.delete_account(tx, account.account_id)
    tx.notify(account.account_id)
    return account


async def find_account(tx: Transaction, name: str) -> Account:
    """By any of its addresses.  Raises: BadName, NotThere."""
    address = parse_address(name)
    account = await rows.account_by_key(tx, address.key)
    if account is None:
        raise NotThere(f"there is no account {name_of(address)}")
    return account


async def _free(tx: Transaction, address: Address) -> None:
    await _domain(tx, address.domain)
    if await rows.address(tx, address.key) is not None:
        raise AlreadyThere(f"{name_of(address)} is already an account or an alias")


# Aliases


async def add_alias(tx: Transaction, address: str, targets: Sequence[str]) -> Alias:
    """Mail for ``address`` goes to every target, here or elsewhere; targets are added to those there.

    Raises: BadName, NotThere (the domain), AlreadyThere (an account has the address).
    """
    alias = parse_address(address)
    if not targets:
        raise BadName("an alias needs at least one target")
    await _domain(tx, alias.domain)
    found = await rows.address(tx, alias.key)
    if found and found[0] is not None:
        raise AlreadyThere(f"{name_of(alias)} is an account")
    if found is None:
        await rows.put_address(tx, alias.key, None)
    for target in targets:
        await rows.put_target(tx, alias.key, _target(parse_address(target)))
    return Alias(name_of(alias), tuple(await rows.targets(tx, alias.key)))


async def list_aliases(tx: Transaction) -> list[Alias]:
    found: dict[str, list[str]] = {}
    for local_part, domain, target in await rows.all_targets(tx):
        found.setdefault(f"{local_part}@{domain}", []).append(target)
    return [Alias(address, tuple(targets)) for address, targets in found.items()]


async def remove_alias(tx: Transaction, address: str) -> None:
    """Raises: NotThere."""
    alias = parse_address(address)
    found = await rows.address(tx, alias.key)
    if found is None or found[0] is not None:
        raise NotThere(f"there is no alias {name_of(alias)}")
    await rows.delete_alias(tx, alias.key)


def _target(address: Address) -> str:
    """Not folded: the local part may be another host's, and only that host may compare it (RFC 5321 §2.4)."""
    return f"{address.local_part}@{address.domain}"
