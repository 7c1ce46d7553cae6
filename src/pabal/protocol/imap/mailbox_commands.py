"""Commands on mailboxes as wholes (RFC 9051 §6.3.2-6.3.8, §6.3.11, §6.4.1-6.4.2; RFC 3501 CHECK)."""

from __future__ import annotations

from dataclasses import dataclass

from pabal.protocol.imap.commands import Command
from pabal.protocol.imap.cursor import Cursor

STATUS_ITEMS = frozenset({b"MESSAGES", b"UIDNEXT", b"UIDVALIDITY", b"UNSEEN", b"DELETED", b"SIZE", b"RECENT"})
STATUS_MAXIMUM = 16


@dataclass(frozen=True, slots=True)
class Select(Command):
    """RFC 9051 §6.3.2; ``read_only``: EXAMINE, §6.3.3."""

    mailbox: str
    read_only: bool


@dataclass(frozen=True, slots=True)
class Create(Command):
    """RFC 9051 §6.3.4; ``special_use``: CREATE-SPECIAL-USE of RFC 6154 §3."""

    mailbox: str
    special_use: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Delete(Command):
    """RFC 9051 §6.3.5."""

    mailbox: str


@dataclass(frozen=True, slots=True)
class Rename(Command):
    """RFC 9051 §6.3.6."""

    mailbox: str
    new_name: str


@dataclass(frozen=True, slots=True)
class Subscribe(Command):
    """RFC 9051 §6.3.7; ``subscribed`` False: UNSUBSCRIBE, §6.3.8."""

    mailbox: str
    subscribed: bool


@dataclass(frozen=True, slots=True)
class Status(Command):
    """RFC 9051 §6.3.11."""

    mailbox: str
    items: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Close(Command):
    """RFC 9051 §6.4.1; ``expunge`` False: UNSELECT, §6.4.2."""

    expunge: bool


@dataclass(frozen=True, slots=True)
class Check(Command):
    """RFC 3501 §6.4.1; rev2 has no such command, old clients send it."""


def select(cursor: Cursor) -> Select:
    cursor.sp()
    return Select(cursor.mailbox(), read_only=False)


def examine(cursor: Cursor) -> Select:
    cursor.sp()
    return Select(cursor.mailbox(), read_only=True)


def create(cursor: Cursor) -> Create:
    # create = "CREATE" SP mailbox [SP "(" "USE" SP "(" [use-attr *(SP use-attr)] ")" ")"]
    cursor.sp()
    mailbox = cursor.mailbox()
    if cursor.at_end():
        return Create(mailbox)
    cursor.sp()
    cursor.take(b"(USE ")
    special_use = cursor.parenthesised(cursor.flag, maximum=STATUS_MAXIMUM, empty=True)
    cursor.take(b")")
    return Create(mailbox, special_use)


def delete(cursor: Cursor) -> Delete:
    cursor.sp()
    return Delete(cursor.mailbox())


def rename(cursor: Cursor) -> Rename:
    cursor.sp()
    mailbox = cursor.mailbox()
    cursor.sp()
    return Rename(mailbox, cursor.mailbox())


def subscribe(cursor: Cursor) -> Subscribe:
    cursor.sp()
    return Subscribe(cursor.mailbox(), subscribed=True)


def unsubscribe(cursor: Cursor) -> Subscribe:
    cursor.sp()
    return Subscribe(cursor.mailbox(), subscribed=False)


def status(cursor: Cursor) -> Status:
    # status = "STATUS" SP mailbox SP "(" status-att *(SP status-att) ")"
    cursor.sp()
    mailbox = cursor.mailbox()
    cursor.sp()
    return Status(mailbox, status_items(cursor))


def status_items(cursor: Cursor) -> tuple[bytes, ...]:
    return cursor.parenthesised(lambda: _status_item(cursor), maximum=STATUS_MAXIMUM)


def _status_item(cursor: Cursor) -> bytes:
    start = cursor.at
    item = cursor.keyword()
    if item not in STATUS_ITEMS:
        cursor.at = start
        raise cursor.fail("status item")
    return item
