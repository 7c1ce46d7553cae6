"""APPEND (RFC 9051 §6.3.12, RFC 4315 APPENDUID): octets durable, then filed, then answered."""

from __future__ import annotations

import asyncio

from pabal.access.imap.connection import Answer, Connection
from pabal.access.imap.refusals import NoSuchTarget
from pabal.access.imap.wire import flags_of
from pabal.mailboxes.interface import Filed, Filing
from pabal.mime.summary import Summary, summarise
from pabal.model.content import Content
from pabal.model.errors import MailboxFull
from pabal.protocol.imap.message_commands import Append
from pabal.store.interface import Transaction

SUMMARISE_ON_LOOP = 64 * 1024  # octets; a larger message is read in a thread, so that nobody waits


async def append(connection: Connection, command: Append, content: Content) -> Answer:
    context, account_id = connection.context, connection.user.account_id
    flags = flags_of(command.flags)
    # RFC 9051 §6.3.12: TRYCREATE, known before the octets are kept
    if await context.store.read(lambda tx: context.mailboxes.find(tx, account_id, command.mailbox)) is None:
        raise NoSuchTarget(command.mailbox)
    summary = await _summary(content)
    filing = Filing(
        place=await context.blobs.put(content),
        summary=summary,
        encoded_summary=summary.encode(),
        internal_date=command.internal_date or context.clock.now(),
    )

    async def file(tx: Transaction) -> Filed:
        mailbox = await context.mailboxes.find(tx, account_id, command.mailbox)
        if mailbox is None:
            raise NoSuchTarget(command.mailbox)
        if not await context.directory.has_room(tx, account_id, content.size):
            raise MailboxFull(command.mailbox)
        return await context.mailboxes.file(tx, account_id, mailbox.mailbox_id, filing, flags)

    filed = await context.store.run(file)
    return Answer("Filed", b"APPENDUID %d %d" % (filed.uid_validity, filed.uid))


async def _summary(content: Content) -> Summary:
    octets = content.octets()
    if octets is not None and len(octets) <= SUMMARISE_ON_LOOP:
        return summarise(octets)
    return await asyncio.to_thread(_summarise_all, content)


def _summarise_all(content: Content) -> Summary:
    octets = content.octets()
    return summarise(b"".join(content.pieces()) if octets is None else octets)
