"""LIST and LSUB over the mailboxes of an account (RFC 9051 §6.3.9, RFC 5258, RFC 5819, RFC 6154)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pabal.access.imap.connection import Answer, Connection
from pabal.access.imap.managing import SPECIAL_USE, send_status
from pabal.mailboxes.interface import DELIMITER, Mailbox
from pabal.protocol.imap.list_command import List
from pabal.protocol.imap.list_patterns import matches
from pabal.protocol.imap.serialise import parenthesised


@dataclass(frozen=True, slots=True)
class Entry:
    """A name to be listed; ``mailbox`` None: only names below it are mailboxes."""

    name: str
    mailbox: Mailbox | None
    has_children: bool
    child_chosen: bool  # a mailbox below it meets the selection options

    @property
    def subscribed(self) -> bool:
        return self.mailbox is not None and self.mailbox.subscribed

    @property
    def special_use(self) -> bytes | None:
        return SPECIAL_USE.get(self.mailbox.role or "") if self.mailbox else None


async def list_mailboxes(connection: Connection, command: List) -> Answer:
    context, account_id = connection.context, connection.user.account_id
    if command.patterns == ("",):  # RFC 9051 §6.3.9: asks for the delimiter
        await connection.send(b'* LIST (\\Noselect) "/" ""\r\n')
        return Answer("Delimiter told")
    mailboxes = await context.store.read(lambda tx: context.mailboxes.list_mailboxes(tx, account_id))
    for entry in entries(mailboxes, command):
        if any(matches(pattern, entry.name) for pattern in command.patterns) and _wanted(entry, command):
            await connection.send(_line(connection, command, entry))
            if command.status_items and entry.mailbox:
                await send_status(connection, entry.mailbox, command.status_items)
    return Answer("Listed")


def entries(mailboxes: Iterable[Mailbox], command: List) -> list[Entry]:
    """All mailboxes, INBOX first, and the names above them that are none themselves."""
    known = {mailbox.name: mailbox for mailbox in mailboxes}
    above = {parent for name in known for parent in _parents(name)}
    chosen_above = {parent for name in known for parent in _parents(name) if _chosen(known[name], command)}
    names = sorted(known.keys() | above, key=lambda name: (name != "INBOX", name))
    return [Entry(name, known.get(name), name in above, name in chosen_above) for name in names]


def _parents(name: str) -> list[str]:
    levels = name.split(DELIMITER)
    return [DELIMITER.join(levels[:count]) for count in range(1, len(levels))]


def _chosen(mailbox: Mailbox, command: List) -> bool:
    """The selection options, each of which narrows the list (RFC 5258 §3.1)."""
    subscribed = mailbox.subscribed or b"SUBSCRIBED" not in command.selection
    special = mailbox.role in SPECIAL_USE or b"SPECIAL-USE" not in command.selection
    return subscribed and special


def _wanted(entry: Entry, command: List) -> bool:
    if entry.mailbox is not None and _chosen(entry.mailbox, command):
        return True
    if b"RECURSIVEMATCH" in command.selection or (command.lsub and _cut_short(entry, command)):
        return entry.child_chosen
    return entry.mailbox is None and not command.selection


def _cut_short(entry: Entry, command: List) -> bool:
    """RFC 3501 §6.3.9: a ``%`` that stops above a subscribed name lists the name above it."""
    return any(pattern.endswith("%") for pattern in command.patterns) and entry.has_children


def _line(connection: Connection, command: List, entry: Entry) -> bytes:
    name = connection.name(entry.name)
    verb = b"LSUB" if command.lsub else b"LIST"
    told = parenthesised(_attributes(connection, command, entry))
    info = b""
    if b"RECURSIVEMATCH" in command.selection and entry.child_chosen:
        info = b' ("CHILDINFO" ("SUBSCRIBED"))'  # RFC 9051 §6.3.9.6
    return b'* %b %b "/" %b%b\r\n' % (verb, told, name, info)


def _attributes(connection: Connection, command: List, entry: Entry) -> Iterable[bytes]:
    if entry.mailbox is None:
        yield b"\\NonExistent" if connection.rev2 or command.extended else b"\\Noselect"
    elif command.lsub and not entry.subscribed:
        yield b"\\Noselect"
    if entry.subscribed and b"SUBSCRIBED" in command.selection | command.returns and not command.lsub:
        yield b"\\Subscribed"
    yield b"\\HasChildren" if entry.has_children else b"\\HasNoChildren"
    if entry.special_use and not command.lsub:
        yield entry.special_use
