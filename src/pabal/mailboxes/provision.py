"""The mailboxes every new account begins with (RFC 6154: each but INBOX has its special use)."""

from __future__ import annotations

from pabal.mailboxes import rows
from pabal.mailboxes.interface import ROLES
from pabal.mailboxes.names import INBOX
from pabal.model.ids import AccountId
from pabal.store.interface import Transaction


async def provision(tx: Transaction, account_id: AccountId) -> None:
    """Make INBOX, Sent, Drafts, Junk, Trash and Archive; all but INBOX may be deleted later."""
    for name, role in {INBOX: "inbox", **ROLES}.items():
        await rows.insert(tx, account_id, name, role)
