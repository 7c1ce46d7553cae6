"""Messages in their mailboxes: read, flag, copy, expunge (RFC 9051 §6.4; mod-sequences by RFC 7162 §3.1).

Every function keeps ``messages``, ``unseen`` and ``octets`` of the mailbox in step and takes one
mod-sequence for all it changes, none when it changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from pabal.mailboxes import rows, threads
from pabal.mailboxes.flags import changed, flags_of, stored, unseen
from pabal.mailboxes.interface import Flags, FlagState, Message
from pabal.mailboxes.summaries import Summaries
from pabal.mime.summary import FORM_VERSION, Summary
from pabal.model.ids import AccountId, EmailId, MailboxId, ModSeq, ThreadId, Uid
from pabal.store.interface import Place, Row, Transaction

_MESSAGES = (
    "SELECT p.uid, p.email_id, e.thread_id, p.mod_seq, p.flags, p.keywords, e.internal_date, p.save_date, e.size,"
    " e.prefix, b.segment, b.position, b.size, b.checksum, e.form_version, e.summary FROM placement p"
    " JOIN email e ON e.account_id = p.account_id AND e.email_id = p.email_id"
    " JOIN blob b ON b.account_id = e.account_id AND b.blob_id = e.blob_id"
    " WHERE p.account_id = $1 AND p.mailbox_id = $2 AND p.uid IN ($keys)"
)
_SIZED = (
    "SELECT p.uid, p.email_id, p.flags, p.keywords, e.size FROM placement p"
    " JOIN email e ON e.account_id = p.account_id AND e.email_id = p.email_id"
    " WHERE p.account_id = $1 AND p.mailbox_id = $2"
)
_AMONG = " AND p.uid IN ($keys)"
_DELETED = "SELECT uid FROM placement WHERE account_id = $1 AND mailbox_id = $2 AND flags & 8 = 8 ORDER BY uid"
_STATES = (
    "SELECT uid, mod_seq, flags, keywords FROM placement WHERE account_id = $1 AND mailbox_id = $2 AND uid IN ($keys)"
)
_SIZES = (
    "SELECT p.uid, e.size FROM placement p"
    " JOIN email e ON e.account_id = p.account_id AND e.email_id = p.email_id"
    " WHERE p.account_id = $1 AND p.mailbox_id = $2 ORDER BY p.uid"
)
_SET_FLAGS = (
    "UPDATE placement SET flags = $3, keywords = $4, mod_seq = $5"
    " WHERE account_id = $1 AND mailbox_id = $2 AND uid IN ($keys) RETURNING uid"
)
_REMOVE = "DELETE FROM placement WHERE account_id = $1 AND mailbox_id = $2 AND uid IN ($keys) RETURNING uid"
_ORPHANS = (
    "DELETE FROM email WHERE account_id = $1 AND email_id IN ($keys) AND NOT EXISTS (SELECT 1 FROM placement p"
    " WHERE p.account_id = email.account_id AND p.email_id = email.email_id)"
    " RETURNING blob_id, size, form_version, summary"
)
_DYING = "UPDATE blob SET dying_since = $2 WHERE account_id = $1 AND blob_id IN ($keys) RETURNING blob_id"
_PLACEMENT = ("account_id", "mailbox_id", "uid", "email_id", "mod_seq", "flags", "keywords", "save_date")
_TOMBSTONE = ("account_id", "mailbox_id", "mod_seq", "uid", "email_id")


def _message(row: Row, summaries: Summaries) -> Message:
    uid, email_id, thread_id, mod_seq, bits, keywords, internal_date, save_date, size, prefix, *stored = row
    *where, form_version, summary = stored
    place = Place(*where)
    return Message(
        Uid(uid),
        EmailId(email_id),
        ThreadId(thread_id),
        ModSeq(mod_seq),
        flags_of(bits, keywords),
        internal_date,
        save_date,
        size,
        prefix,
        place,
        summaries.of(form_version, summary, place),
    )


async def messages(
    tx: Transaction, account_id: AccountId, mailbox_id: MailboxId, uids: Sequence[Uid], summaries: Summaries
) -> list[Message]:
    found = await tx.select_in(_MESSAGES, uids, account_id, mailbox_id)
    return [_message(row, summaries) for row in sorted(found)]


async def sizes(tx: Transaction, account_id: AccountId, mailbox_id: MailboxId) -> list[tuple[Uid, int]]:
    return [(Uid(uid), size) for uid, size in await tx.fetch_all(_SIZES, account_id, mailbox_id)]


async def flag_states(
    tx: Transaction, account_id: AccountId, mailbox_id: MailboxId, uids: Sequence[Uid]
) -> list[FlagState]:
    found = await tx.select_in(_STATES, uids, account_id, mailbox_id)
    return [
        FlagState(Uid(uid), ModSeq(mod_seq), flags_of(bits, keywords))
        for uid, mod_seq, bits, keywords in sorted(found)
    ]


async def change_flags(
    tx: Transaction,
    account_id: AccountId,
    mailbox_id: MailboxId,
    uids: Sequence[Uid],
    *,
    add: Flags | None,
    remove: Flags | None,
    replace: Flags | None,
) -> list[FlagState]:
    """The states after the change; a message that already had them keeps its mod-sequence."""
    states = await flag_states(tx, account_id, mailbox_id, uids)
    after = {state.uid: changed(state.flags, add, remove, replace) for state in states}
    news = [state for state in states if after[state.uid] != state.flags]
    if not news:
        return states
    mod_seq = await rows.next_mod_seq(tx, account_id)
    await _write_flags(tx, account_id, mailbox_id, mod_seq, {state.uid: after[state.uid] for state in news})
    difference = sum(unseen(after[state.uid].bits) - unseen(state.flags.bits) for state in news)
    await rows.touch(tx, account_id, mailbox_id, mod_seq, 0, difference, 0)
    tx.notify(account_id)
    written = {state.uid for state in news}
    return [FlagState(s.uid, mod_seq, after[s.uid]) if s.uid in written else s for s in states]


async def _write_flags(
    tx: Transaction, account_id: AccountId, mailbox_id: MailboxId, mod_seq: ModSeq, after: dict[Uid, Flags]
) -> None:
    """One statement for all that end with the same flags, not one a message."""
    groups: defaultdict[Flags, list[Uid]] = defaultdict(list)
    for uid, flags in after.items():
        groups[flags].append(uid)
    for flags, members in groups.items():
        await tx.select_in(_SET_FLAGS, members, account_id, mailbox_id, flags.bits, stored(flags.keywords), mod_seq)


async def copy(
    tx: Transaction,
    account_id: AccountId,
    source: MailboxId,
    uids: Sequence[Uid],
    target: MailboxId,
    save_date: int,
) -> list[tuple[Uid, Uid]]:
    """Each of ``uids`` that is there gets a second placement; the order stays (RFC 9051 §6.4.7)."""
    found = sorted(await tx.select_in(_SIZED + _AMONG, uids, account_id, source))
    if not found:
        return []
    mod_seq = await rows.next_mod_seq(tx, account_id)
    return await _place(tx, account_id, target, found, mod_seq, save_date)


async def move(
    tx: Transaction,
    account_id: AccountId,
    source: MailboxId,
    uids: Sequence[Uid] | None,
    target: MailboxId,
    save_date: int,
) -> list[tuple[Uid, Uid]]:
    """Copied and removed as one (RFC 6851 §3.3), so nobody sees it twice or not at all; None: all of them."""
    found = await _sized(tx, account_id, source, uids)
    if not found:
        return []
    mod_seq = await rows.next_mod_seq(tx, account_id)
    pairs = await _place(tx, account_id, target, found, mod_seq, save_date)
    await _take_away(tx, account_id, source, found, mod_seq)
    return pairs


async def expunge(
    tx: Transaction,
    account_id: AccountId,
    mailbox_id: MailboxId,
    uids: Sequence[Uid] | None,
    *,
    only_deleted: bool,
    dying_since: int,
) -> list[Uid]:
    """Remove placements; an email without any goes with its last one, and its blob begins to die."""
    if only_deleted:
        flagged = await deleted(tx, account_id, mailbox_id)
        uids = flagged if uids is None or not flagged else sorted(set(flagged).intersection(uids))
    found = await _sized(tx, account_id, mailbox_id, uids)
    if not found:
        return []
    mod_seq = await rows.next_mod_seq(tx, account_id)
    await _take_away(tx, account_id, mailbox_id, found, mod_seq)
    await _bury(tx, account_id, sorted({email_id for _, email_id, *_ in found}), dying_since)
    return [Uid(uid) for uid, *_ in found]


async def deleted(tx: Transaction, account_id: AccountId, mailbox_id: MailboxId) -> list[Uid]:
    """Those flagged \\Deleted, found by an index of their own: few of many, as a rule."""
    return [Uid(uid) for (uid,) in await tx.fetch_all(_DELETED, account_id, mailbox_id)]


async def _sized(
    tx: Transaction, account_id: AccountId, mailbox_id: MailboxId, uids: Sequence[Uid] | None
) -> list[Row]:
    if uids is None:
        return sorted(await tx.fetch_all(_SIZED, account_id, mailbox_id))
    return sorted(await tx.select_in(_SIZED + _AMONG, uids, account_id, mailbox_id)) if uids else []


async def _place(
    tx: Transaction, account_id: AccountId, target: MailboxId, found: list[Row], mod_seq: ModSeq, save_date: int
) -> list[tuple[Uid, Uid]]:
    first = await rows.reserve_uids(tx, account_id, target, mod_seq, *_counts(found))
    await tx.insert_many(
        "placement",
        _PLACEMENT,
        [
            (account_id, target, first + index, email_id, mod_seq, bits, keywords, save_date)
            for index, (_, email_id, bits, keywords, _) in enumerate(found)
        ],
    )
    tx.notify(account_id)
    return [(Uid(row[0]), Uid(first + index)) for index, row in enumerate(found)]


async def _take_away(
    tx: Transaction, account_id: AccountId, mailbox_id: MailboxId, found: list[Row], mod_seq: ModSeq
) -> None:
    """Tombstones stay, so that a session can be told what went (RFC 7162 §3.2.5.2)."""
    await tx.select_in(_REMOVE, [uid for uid, *_ in found], account_id, mailbox_id)
    stones = [(account_id, mailbox_id, mod_seq, uid, email_id) for uid, email_id, *_ in found]
    await tx.insert_many("tombstone", _TOMBSTONE, stones)
    messages, new, octets = _counts(found)
    await rows.touch(tx, account_id, mailbox_id, mod_seq, -messages, -new, -octets)
    tx.notify(account_id)


def _counts(found: list[Row]) -> tuple[int, int, int]:
    """Messages, unseen ones, octets."""
    return len(found), sum(unseen(row[2]) for row in found), sum(row[4] for row in found)


async def _bury(tx: Transaction, account_id: AccountId, email_ids: list[int], dying_since: int) -> None:
    gone = await tx.select_in(_ORPHANS, email_ids, account_id)
    if not gone:
        return
    await tx.select_in(_DYING, [blob_id for blob_id, *_ in gone], account_id, dying_since)
    await threads.forget(tx, account_id, [Summary.decode(row[3]) for row in gone if row[2] == FORM_VERSION])
    await tx.execute(
        "UPDATE account SET octets = octets - $2, emails = emails - $3 WHERE account_id = $1",
        account_id,
        sum(size for _, size, *_ in gone),
        len(gone),
    )
