"""COPY, MOVE, EXPUNGE and their UID forms (RFC 9051 §6.4.3, §6.4.7-6.4.9; RFC 4315 COPYUID)."""

from __future__ import annotations

from pabal.access.imap.connection import Answer, Connection
from pabal.access.imap.refusals import NoSuchTarget, ReadOnly
from pabal.mailboxes.interface import Mailbox
from pabal.model.ids import Uid
from pabal.protocol.imap.message_commands import Copy, Expunge
from pabal.protocol.imap.sequence import format_set
from pabal.store.interface import Transaction

Copied = tuple[Mailbox, list[tuple[Uid, Uid]]]


async def copy(connection: Connection, command: Copy) -> Answer:
    selected, context = connection.here, connection.context
    if command.move and selected.read_only:
        raise ReadOnly
    uids = [uid for _, uid in selected.members(command.messages, by_uid=command.by_uid)]
    account_id, source = selected.view.account_id, selected.view.mailbox_id
    work = context.mailboxes.move if command.move else context.mailboxes.copy

    async def carry(tx: Transaction) -> Copied:
        # RFC 9051 §6.4.7: all or nothing, so in one unit
        target = await context.mailboxes.find(tx, account_id, command.mailbox)
        if target is None:
            raise NoSuchTarget(command.mailbox)
        return target, await work(tx, account_id, source, uids, target.mailbox_id)

    target, pairs = await context.store.run(carry)
    code = _copied(target, pairs)
    if not command.move:
        return Answer("Copied", code)
    if code:
        # RFC 6851 §4.3: COPYUID goes untagged before the EXPUNGEs
        connection.session.untagged(b"OK [%b] Moved" % code)
    return Answer("Moved")


def _copied(target: Mailbox, pairs: list[tuple[Uid, Uid]]) -> bytes:
    if not pairs:
        return b""  # RFC 4315 §3: no COPYUID when nothing was copied
    old, new = zip(*pairs, strict=True)
    return b"COPYUID %d %b %b" % (target.uid_validity, format_set(old), format_set(new))


async def expunge(connection: Connection, command: Expunge) -> Answer:
    selected, context = connection.here, connection.context
    if selected.read_only:
        raise ReadOnly
    view = selected.view
    # only what this session has seen: a message that it was not told of must not vanish by its hand
    uids = (
        [uid for _, uid in selected.members(command.uids, by_uid=True)] if command.uids is not None else view.known()
    )
    account_id, mailbox_id = view.account_id, view.mailbox_id
    await context.store.run(lambda tx: context.mailboxes.expunge(tx, account_id, mailbox_id, uids))
    return Answer("Expunged")  # the EXPUNGE responses come with the changes of the view
