"""Which thread an email joins: chosen once, when it is filed, and never merged (RFC 8621 §3).

Two emails belong together when they share a message-id (their own, or one they refer to) *and* the base
subject (RFC 5256 §2.1).  Each such pair is one key, a hash, stored with the newest thread that has it.
A full thread is left as it is; the conversation goes on in a new one.
"""

from __future__ import annotations

from hashlib import blake2b

from pabal.mime.summary import Summary
from pabal.model.ids import AccountId, ThreadId
from pabal.store.interface import Transaction

_NEWEST = "SELECT max(thread_id) FROM thread_key WHERE account_id = $1 AND key = $2"
_HAVING = "SELECT key, thread_id FROM thread_key WHERE account_id = $1 AND key IN ($keys)"
# Counted no further than it matters.
_EMAILS = "SELECT count(*) FROM (SELECT 1 FROM email WHERE account_id = $1 AND thread_id = $2 LIMIT $3) AS counted"
_ADD = "INSERT INTO thread_key (account_id, key, thread_id) VALUES ($1, $2, $3)"
_FORGET = (
    "DELETE FROM thread_key WHERE account_id = $1 AND key IN ($keys) AND NOT EXISTS (SELECT 1 FROM email e"
    " WHERE e.account_id = thread_key.account_id AND e.thread_id = thread_key.thread_id) RETURNING key"
)
_COLUMNS = ("account_id", "key", "thread_id")


def keys_of(summary: Summary) -> list[int]:
    """63 bits each: what fits a signed column; two messages in a lifetime share one by accident."""
    subject = summary.base_subject.casefold().encode()
    message_ids = dict.fromkeys((summary.message_id, *summary.references))
    return [_key(message_id, subject) for message_id in message_ids if message_id]


def _key(message_id: str, subject: bytes) -> int:
    octets = message_id.encode() + b"\0" + subject
    return int.from_bytes(blake2b(octets, digest_size=8).digest()) >> 1


async def join(tx: Transaction, account_id: AccountId, summary: Summary, new: ThreadId, limit: int) -> ThreadId:
    """The thread of an email that is being filed: one that shares a key and has room, else ``new``."""
    keys = keys_of(summary)
    if len(keys) == 1:  # no references: the most of all mail, and the quickest way
        return await _join_one(tx, account_id, keys[0], new, limit)
    rows = await tx.select_in(_HAVING, keys, account_id) if keys else []
    newest = max((thread_id for _, thread_id in rows), default=None)
    thread_id = await _with_room(tx, account_id, newest, new, limit)
    known = {key for key, thread in rows if thread == thread_id}
    missing = [(account_id, key, thread_id) for key in keys if key not in known]
    if missing:
        await tx.insert_many("thread_key", _COLUMNS, missing)
    return thread_id


async def _join_one(tx: Transaction, account_id: AccountId, key: int, new: ThreadId, limit: int) -> ThreadId:
    row = await tx.fetch_row(_NEWEST, account_id, key)
    newest = row[0] if row else None
    thread_id = await _with_room(tx, account_id, newest, new, limit)
    if thread_id != newest:
        await tx.execute(_ADD, account_id, key, thread_id)
    return thread_id


async def _with_room(
    tx: Transaction, account_id: AccountId, newest: int | None, new: ThreadId, limit: int
) -> ThreadId:
    if newest is None:
        return new
    row = await tx.fetch_row(_EMAILS, account_id, newest, limit)
    return ThreadId(newest) if row and row[0] < limit else new


async def forget(tx: Transaction, account_id: AccountId, summaries: list[Summary]) -> None:
    """After emails were removed: their keys go where nothing is left of the thread."""
    keys = dict.fromkeys(key for summary in summaries for key in keys_of(summary))
    await tx.select_in(_FORGET, list(keys), account_id)
