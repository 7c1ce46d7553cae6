"""CREATE, DELETE, RENAME, SUBSCRIBE, STATUS (RFC 9051 §6.3.4-6.3.8, §6.3.11; RFC 6154 §3)."""

from __future__ import annotations

from pabal.access.imap.connection import Answer, Connection
from pabal.access.imap.refusals import NoSuchMailbox, SpecialUseRefused
from pabal.access.imap.selecting import deselect
from pabal.mailboxes.interface import ROLES, Mailbox
from pabal.protocol.imap.mailbox_commands import Create, Delete, Rename, Status, Subscribe
from pabal.protocol.imap.serialise import parenthesised
from pabal.store.interface import Transaction

SPECIAL_USE = {role: b"\\" + role.capitalize().encode("ascii") for role in ROLES.values()}
_ROLE_OF = {use.upper(): role for role, use in SPECIAL_USE.items()}


async def create(connection: Connection, command: Create) -> Answer:
    context, account_id = connection.context, connection.user.account_id
    roles = {_ROLE_OF.get(use.upper()) for use in command.special_use}
    if len(roles) > 1 or None in roles:
        raise SpecialUseRefused("unknown, or more than one")
    role = next(iter(roles), None)

    async def make(tx: Transaction) -> Mailbox:
        if role and await context.mailboxes.by_role(tx, account_id, role):
            raise SpecialUseRefused(f"{role} is taken")
        return await context.mailboxes.create(tx, account_id, command.mailbox, role)

    await context.store.run(make)
    return Answer("Created")


async def delete(connection: Connection, command: Delete) -> Answer:
    context, account_id = connection.context, connection.user.account_id
    selected = connection.selected
    await context.store.run(lambda tx: context.mailboxes.delete(tx, account_id, command.mailbox))
    if selected is not None:
        left = await context.store.read(lambda tx: context.mailboxes.list_mailboxes(tx, account_id))
        if selected.mailbox.mailbox_id not in {mailbox.mailbox_id for mailbox in left}:
            deselect(connection, told=True)
    return Answer("Deleted")


async def rename(connection: Connection, command: Rename) -> Answer:
    context, account_id = connection.context, connection.user.account_id
    await context.store.run(lambda tx: context.mailboxes.rename(tx, account_id, command.mailbox, command.new_name))
    return Answer("Renamed")


async def subscribe(connection: Connection, command: Subscribe) -> Answer:
    context, account_id = connection.context, connection.user.account_id
    await context.store.run(
        lambda tx: context.mailboxes.subscribe(tx, account_id, command.mailbox, command.subscribed)
    )
    return Answer("Subscribed" if command.subscribed else "Unsubscribed")


async def status(connection: Connection, command: Status) -> Answer:
    context, account_id = connection.context, connection.user.account_id
    mailbox = await context.store.read(lambda tx: context.mailboxes.find(tx, account_id, command.mailbox))
    if mailbox is None:
        raise NoSuchMailbox(command.mailbox)
    await send_status(connection, mailbox, command.items)
    return Answer("Status told")


async def send_status(connection: Connection, mailbox: Mailbox, items: tuple[bytes, ...]) -> None:
    numbers = {
        b"MESSAGES": mailbox.messages,
        b"UIDNEXT": mailbox.uid_next,
        b"UIDVALIDITY": mailbox.uid_validity,
        b"UNSEEN": mailbox.unseen,
        b"SIZE": mailbox.octets,
        b"RECENT": 0,  # RFC 3501 §6.3.10; no message is \Recent here
    }
    if b"DELETED" in items:
        numbers[b"DELETED"] = await _deleted(connection, mailbox)
    told = parenthesised(b"%b %d" % (item, numbers[item]) for item in items)
    await connection.send(b"* STATUS %b %b\r\n" % (connection.name(mailbox.name), told))


async def _deleted(connection: Connection, mailbox: Mailbox) -> int:
    """How many have \\Deleted: no count of it is kept, few clients ask."""
    account_id, context = connection.user.account_id, connection.context
    uids = await context.store.scan(lambda tx: context.mailboxes.deleted(tx, account_id, mailbox.mailbox_id))
    return len(uids)
