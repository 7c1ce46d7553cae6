"""What happened in a mailbox since a mod-sequence (RFC 7162 §3.1), found by index.

Placements carry the mod-sequence of their last change, expunged ones leave a tombstone; so the cost is
that of what changed, and one row where nothing did.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pabal.model.errors import MailboxUnknown
from pabal.model.ids import AccountId, MailboxId, ModSeq
from pabal.store.interface import Row, Transaction

CHANGES_ON_LOOP = 500  # rows; more are read off the loop
UNBOUNDED = 1 << 62
_HIGHEST = "SELECT highest_mod_seq FROM mailbox WHERE account_id = $1 AND mailbox_id = $2"
_CHANGED = (
    "SELECT uid, mod_seq, flags, keywords FROM placement"
    " WHERE account_id = $1 AND mailbox_id = $2 AND mod_seq > $3 LIMIT $4"
)
_EXPUNGED = "SELECT uid FROM tombstone WHERE account_id = $1 AND mailbox_id = $2 AND mod_seq > $3 LIMIT $4"


@dataclass(frozen=True, slots=True)
class News:
    """What happened between two mod-sequences."""

    mod_seq: ModSeq
    changed: list[Row]  # uid, mod_seq, flags, keywords; by uid
    expunged: list[int]

    @property
    def cut(self) -> bool:
        """There may be more than was read."""
        return max(len(self.changed), len(self.expunged)) > CHANGES_ON_LOOP

    def added(self, uids: Sequence[int]) -> list[int]:
        """Messages that ``uids`` did not have: new ones have higher UIDs (RFC 9051 §2.3.1.1)."""
        highest = uids[-1] if uids else 0
        return [uid for uid, *_ in self.changed if uid > highest]


async def news_since(
    tx: Transaction, account_id: AccountId, mailbox_id: MailboxId, mod_seq: ModSeq, limit: int
) -> News | None:
    """At most ``limit`` rows of each kind; None when nothing changed.  Raises: MailboxUnknown."""
    row = await tx.fetch_row(_HIGHEST, account_id, mailbox_id)
    if row is None:
        raise MailboxUnknown("the mailbox was deleted")
    if row[0] == mod_seq:
        return None
    changed = await tx.fetch_all(_CHANGED, account_id, mailbox_id, mod_seq, limit)
    expunged = await tx.fetch_all(_EXPUNGED, account_id, mailbox_id, mod_seq, limit)
    return News(ModSeq(row[0]), sorted(changed), [uid for (uid,) in expunged])
