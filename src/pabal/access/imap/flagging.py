"""STORE (RFC 9051 §6.4.6)."""

from __future__ import annotations

from typing import Any

from pabal.access.imap.connection import Answer, Connection
from pabal.access.imap.refusals import MessageGone, ReadOnly, TooManyKeywords
from pabal.access.imap.updates import flags_response
from pabal.access.imap.wire import flags_of
from pabal.protocol.imap.message_commands import Store

_CHANGES = {b"+": "add", b"-": "remove", b"": "replace"}


async def store(connection: Connection, command: Store) -> Answer:
    selected, context = connection.here, connection.context
    if selected.read_only:
        raise ReadOnly
    if len(command.flags.keywords) > context.settings.keywords:
        raise TooManyKeywords(f"{len(command.flags.keywords)} at once")
    members = selected.members(command.messages, by_uid=command.by_uid)
    uids = [uid for _, uid in members]
    change: dict[str, Any] = {_CHANGES[command.operation]: flags_of(command.flags)}
    account_id, mailbox_id = selected.view.account_id, selected.view.mailbox_id
    states = await context.store.run(
        lambda tx: context.mailboxes.change_flags(tx, account_id, mailbox_id, uids, **change)
    )
    selected.view.told(states)  # .SILENT: what others change is told all the same
    if not command.silent:
        numbers = {uid: number for number, uid in members}
        for state in states:
            response = flags_response(connection, numbers[state.uid], state, by_uid=command.by_uid)
            await connection.send(b"* " + response + b"\r\n")
    if len(states) < len(uids) and not command.by_uid:
        raise MessageGone
    return Answer("Stored")
