"""Rows of domains, accounts, addresses and aliases: the SQL of this package, one text for all engines.

Addresses come as ``Address.key``: (folded local part, domain in A-labels).
"""

from __future__ import annotations

from pabal.accounts.interface import Account, Domain
from pabal.accounts.passwords import Credentials
from pabal.model.ids import AccountId
from pabal.store.interface import Row, Transaction

Key = tuple[str, str]  # local part, domain
# All that is stored of an account, what hangs on others first.
ACCOUNT_TABLES = ("placement", "tombstone", "thread_key", "email", "blob", "mailbox", "address", "account")
_ACCOUNT = "SELECT account_id, name, admin, quota, octets, emails FROM account"
_REMOVE = {table: f"DELETE FROM {table} WHERE account_id = $1" for table in ACCOUNT_TABLES}  # noqa: S608  # our names


def _account(row: Row) -> Account:
    account_id, name, admin, quota, octets, emails = row
    return Account(AccountId(account_id), name, bool(admin), quota, octets, emails)


async def domain(tx: Transaction, name: str) -> Domain | None:
    row = await tx.fetch_row("SELECT name, strict FROM domain WHERE name = $1", name)
    return Domain(row[0], bool(row[1])) if row else None


async def domains(tx: Transaction) -> list[Domain]:
    rows = await tx.fetch_all("SELECT name, strict FROM domain ORDER BY name")
    return [Domain(name, bool(strict)) for name, strict in rows]


async def put_domain(tx: Transaction, name: str, strict: bool, created_at: int) -> None:
    """Add it, or change how strict it is."""
    await tx.execute(
        "INSERT INTO domain (name, strict, created_at) VALUES ($1, $2, $3)"
        " ON CONFLICT (name) DO UPDATE SET strict = excluded.strict",
        name,
        int(strict),
        created_at,
    )


async def delete_domain(tx: Transaction, name: str) -> None:
    await tx.execute("DELETE FROM domain WHERE name = $1", name)


async def domain_in_use(tx: Transaction, name: str) -> bool:
    return await tx.fetch_row("SELECT 1 FROM address WHERE domain = $1 LIMIT 1", name) is not None


async def address(tx: Transaction, key: Key) -> tuple[AccountId | None] | None:
    """None: no such address; (None,): an alias; else whose it is."""
    row = await tx.fetch_row("SELECT account_id FROM address WHERE domain = $2 AND local_part = $1", *key)
    return (row[0],) if row else None


async def put_address(tx: Transaction, key: Key, account_id: AccountId | None) -> None:
    await tx.execute("INSERT INTO address (local_part, domain, account_id) VALUES ($1, $2, $3)", *key, account_id)


async def delete_alias(tx: Transaction, key: Key) -> None:
    await tx.execute("DELETE FROM alias_target WHERE domain = $2 AND local_part = $1", *key)
    await tx.execute("DELETE FROM address WHERE domain = $2 AND local_part = $1 AND account_id IS NULL", *key)


async def targets(tx: Transaction, key: Key) -> list[str]:
    rows = await tx.fetch_all(
        "SELECT target FROM alias_target WHERE domain = $2 AND local_part = $1 ORDER BY target", *key
    )
    return [target for (target,) in rows]


async def put_target(tx: Transaction, key: Key, target: str) -> None:
    await tx.execute(
        "INSERT INTO alias_target (local_part, domain, target) VALUES ($1, $2, $3)"
        " ON CONFLICT (domain, local_part, target) DO NOTHING",
        *key,
        target,
    )


async def all_targets(tx: Transaction) -> list[tuple[str, str, str]]:
    """(local part, domain, target) of every alias, in order of address."""
    rows = await tx.fetch_all(
        "SELECT local_part, domain, target FROM alias_target ORDER BY domain, local_part, target"
    )
    return [(local_part, domain_name, target) for local_part, domain_name, target in rows]


async def account(tx: Transaction, account_id: AccountId) -> Account | None:
    row = await tx.fetch_row(f"{_ACCOUNT} WHERE account_id = $1", account_id)
    return _account(row) if row else None


async def account_by_key(tx: Transaction, key: Key) -> Account | None:
    """By any of its addresses."""
    found = await address(tx, key)
    return await account(tx, found[0]) if found and found[0] is not None else None


async def first_account(tx: Transaction) -> AccountId | None:
    row = await tx.fetch_row("SELECT account_id FROM account ORDER BY account_id LIMIT 1")
    return AccountId(row[0]) if row else None


async def accounts(tx: Transaction) -> list[Account]:
    return [_account(row) for row in await tx.fetch_all(f"{_ACCOUNT} ORDER BY name")]


async def password_hash(tx: Transaction, account_id: AccountId) -> str | None:
    row = await tx.fetch_row("SELECT password_hash FROM account WHERE account_id = $1", account_id)
    return row[0] if row else None


async def room(tx: Transaction, account_id: AccountId) -> tuple[int, int | None] | None:
    """Octets used, and the quota."""
    row = await tx.fetch_row("SELECT octets, quota FROM account WHERE account_id = $1", account_id)
    return (row[0], row[1]) if row else None


async def insert_account(tx: Transaction, name: str, admin: bool, quota: int | None, created_at: int) -> AccountId:
    row = await tx.fetch_row(
        "INSERT INTO account (name, admin, quota, created_at) VALUES ($1, $2, $3, $4) RETURNING account_id",
        name,
        int(admin),
        quota,
        created_at,
    )
    assert row is not None
    return AccountId(row[0])


async def set_credentials(tx: Transaction, account_id: AccountId, credentials: Credentials) -> None:
    await tx.execute(
        "UPDATE account SET password_hash = $2, scram = $3 WHERE account_id = $1",
        account_id,
        credentials.password_hash,
        credentials.scram,
    )


async def delete_account(tx: Transaction, account_id: AccountId) -> None:
    """Every row of it; its number is never given again (AUTOINCREMENT)."""
    for statement in _REMOVE.values():
        await tx.execute(statement, account_id)
