"""Rows of mailboxes: the SQL of the mailbox tree, one text for all engines.

``account.mod_seq`` and ``account.next_id`` are taken with one UPDATE, which also locks the account
against other units.
"""

from __future__ import annotations

from pabal.mailboxes.interface import Mailbox
from pabal.mailboxes.names import below
from pabal.model.errors import MailboxUnknown
from pabal.model.ids import AccountId, MailboxId, ModSeq, Uid, UidValidity
from pabal.store.interface import Row, Transaction

_MAILBOX = (
    "SELECT mailbox_id, name, role, uid_validity, uid_next, highest_mod_seq, messages, unseen, octets, subscribed"
    " FROM mailbox WHERE account_id = $1"
)


def _mailbox(row: Row) -> Mailbox:
    mailbox_id, name, role, uid_validity, uid_next, mod_seq, messages, unseen, octets, subscribed = row
    return Mailbox(
        MailboxId(mailbox_id),
        name,
        role,
        UidValidity(uid_validity),
        Uid(uid_next),
        ModSeq(mod_seq),
        messages,
        unseen,
        octets,
        bool(subscribed),
    )


async def all_mailboxes(tx: Transaction, account_id: AccountId) -> list[Mailbox]:
    return [_mailbox(row) for row in await tx.fetch_all(f"{_MAILBOX} ORDER BY name", account_id)]


async def by_id(tx: Transaction, account_id: AccountId, mailbox_id: MailboxId) -> Mailbox | None:
    row = await tx.fetch_row(f"{_MAILBOX} AND mailbox_id = $2", account_id, mailbox_id)
    return _mailbox(row) if row else None


async def by_name(tx: Transaction, account_id: AccountId, name: str) -> Mailbox | None:
    row = await tx.fetch_row(f"{_MAILBOX} AND name = $2", account_id, name)
    return _mailbox(row) if row else None


async def by_role(tx: Transaction, account_id: AccountId, role: str) -> Mailbox | None:
    row = await tx.fetch_row(f"{_MAILBOX} AND role = $2 ORDER BY mailbox_id LIMIT 1", account_id, role)
    return _mailbox(row) if row else None


async def under(tx: Transaction, account_id: AccountId, name: str) -> list[Mailbox]:
    """Those that lie in ``name``, at any depth."""
    found = await tx.fetch_all(f"{_MAILBOX} AND name >= $2 AND name < $3 ORDER BY name", account_id, *below(name))
    return [_mailbox(row) for row in found]


async def count(tx: Transaction, account_id: AccountId) -> int:
    row = await tx.fetch_row("SELECT count(*) FROM mailbox WHERE account_id = $1", account_id)
    return int(row[0]) if row else 0


async def next_mod_seq(tx: Transaction, account_id: AccountId) -> ModSeq:
    """One for all that a command changes.  Raises: MailboxUnknown, when the account is gone."""
    row = await tx.fetch_row(
        "UPDATE account SET mod_seq = mod_seq + 1 WHERE account_id = $1 RETURNING mod_seq", account_id
    )
    if row is None:
        raise MailboxUnknown("the account is gone")
    return ModSeq(row[0])


async def insert(tx: Transaction, account_id: AccountId, name: str, role: str | None) -> None:
    row = await tx.fetch_row(
        "UPDATE account SET mod_seq = mod_seq + 1, next_id = next_id + 1 WHERE account_id = $1"
        " RETURNING mod_seq, next_id - 1",
        account_id,
    )
    if row is None:
        raise MailboxUnknown("the account is gone")
    mod_seq, mailbox_id = row
    await tx.execute(
        "INSERT INTO mailbox (account_id, mailbox_id, name, role, uid_validity, highest_mod_seq)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        account_id,
        mailbox_id,
        name,
        role,
        await _next_uid_validity(tx),
        mod_seq,
    )


async def _next_uid_validity(tx: Transaction) -> UidValidity:
    """RFC 9051 §2.3.1.1: a mailbox made again MUST have a higher one; a counter never goes back, a clock does."""
    row = await tx.fetch_row(
        "INSERT INTO setting (name, value) VALUES ('uid_validity', '1') ON CONFLICT (name)"
        " DO UPDATE SET value = CAST(CAST(setting.value AS INTEGER) + 1 AS TEXT) RETURNING value"
    )
    assert row is not None
    return UidValidity(int(row[0]))


async def rename(tx: Transaction, account_id: AccountId, mailbox_id: MailboxId, name: str) -> None:
    await tx.execute(
        "UPDATE mailbox SET name = $3 WHERE account_id = $1 AND mailbox_id = $2", account_id, mailbox_id, name
    )


async def subscribe(tx: Transaction, account_id: AccountId, mailbox_id: MailboxId, subscribed: bool) -> None:
    await tx.execute(
        "UPDATE mailbox SET subscribed = $3 WHERE account_id = $1 AND mailbox_id = $2",
        account_id,
        mailbox_id,
        int(subscribed),
    )


async def delete(tx: Transaction, account_id: AccountId, mailbox_id: MailboxId) -> None:
    """The row and its tombstones; its placements were expunged before."""
    await tx.execute("DELETE FROM tombstone WHERE account_id = $1 AND mailbox_id = $2", account_id, mailbox_id)
    await tx.execute("DELETE FROM mailbox WHERE account_id = $1 AND mailbox_id = $2", account_id, mailbox_id)


async def touch(
    tx: Transaction,
    account_id: AccountId,
    mailbox_id: MailboxId,
    mod_seq: ModSeq,
    messages: int,
    unseen: int,
    octets: int,
) -> None:
    """Its counts change by so much, with the change that is ``mod_seq``."""
    await tx.execute(
        "UPDATE mailbox SET highest_mod_seq = $3, messages = messages + $4, unseen = unseen + $5,"
        " octets = octets + $6 WHERE account_id = $1 AND mailbox_id = $2",
        account_id,
        mailbox_id,
        mod_seq,
        messages,
        unseen,
        octets,
    )


async def reserve_uids(
    tx: Transaction,
    account_id: AccountId,
    mailbox_id: MailboxId,
    mod_seq: ModSeq,
    messages: int,
    unseen: int,
    octets: int,
) -> Uid:
    """The first of ``messages`` new UIDs, counted in.  Raises: MailboxUnknown."""
    row = await tx.fetch_row(
        "UPDATE mailbox SET highest_mod_seq = $3, uid_next = uid_next + $4, messages = messages + $4,"
        " unseen = unseen + $5, octets = octets + $6 WHERE account_id = $1 AND mailbox_id = $2"
        " RETURNING uid_next - $4",
        account_id,
        mailbox_id,
        mod_seq,
        messages,
        unseen,
        octets,
    )
    if row is None:
        raise MailboxUnknown("the mailbox is gone")
    return Uid(row[0])
