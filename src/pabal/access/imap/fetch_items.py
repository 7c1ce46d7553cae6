"""One message's FETCH response, item by item (RFC 9051 §7.5.2)."""

from __future__ import annotations

from collections.abc import Callable

from pabal.access.imap.connection import BrokenOff, Connection
from pabal.access.imap.fetch_sections import Later, prepare, refuse_unknown_encodings, send_later
from pabal.access.imap.wire import flag_list, internal_date
from pabal.mailboxes.interface import Message
from pabal.model.errors import Unavailable
from pabal.model.ids import SeqNum
from pabal.protocol.imap.fetch_command import FetchItem, Section
from pabal.store.interface import BlobMissing

_ATTRIBUTES: dict[str, Callable[[Message], bytes]] = {
    "UID": lambda message: b"UID %d" % message.uid,
    "FLAGS": lambda message: b"FLAGS " + flag_list(message.flags),
    "INTERNALDATE": lambda message: b"INTERNALDATE " + internal_date(message.internal_date),
    "RFC822.SIZE": lambda message: b"RFC822.SIZE %d" % message.size,
    "ENVELOPE": lambda message: b"ENVELOPE " + message.summary.envelope,
    "BODY": lambda message: b"BODY " + message.summary.body,
    "BODYSTRUCTURE": lambda message: b"BODYSTRUCTURE " + message.summary.body_structure,
}


async def send_message(
    connection: Connection, number: SeqNum, message: Message, items: tuple[FetchItem, ...]
) -> None:
    """Raises: Refusal, before anything was sent; BrokenOff, when the response cannot be ended any more."""
    words = [_ATTRIBUTES[item](message) for item in items if isinstance(item, str)]
    sections = [item for item in items if isinstance(item, Section)]
    refuse_unknown_encodings(message, sections)
    message, values = await _values(connection, message, sections)
    await connection.send(b"* %d FETCH (%b" % (number, b" ".join(words)))
    gap = b" " if words else b""
    for section, value in zip(sections, values, strict=True):
        await connection.send(gap + section.label + b" ")
        await _send_value(connection, message, section, value)
        gap = b" "
    await connection.send(b")\r\n")


async def _values(
    connection: Connection, message: Message, sections: list[Section]
) -> tuple[Message, list[bytes | Later]]:
    """What is short is read before anything is told; when compaction moved it, its row is read again once."""
    blobs = connection.context.blobs
    try:
        return message, [prepare(blobs, message, section) for section in sections]
    except BlobMissing:
        message = await _read_again(connection, message)
    try:
        return message, [prepare(blobs, message, section) for section in sections]
    except BlobMissing as missing:
        raise Unavailable(str(missing)) from missing


async def _read_again(connection: Connection, message: Message) -> Message:
    view, context = connection.here.view, connection.context
    found = await context.store.read(
        lambda tx: context.mailboxes.messages(tx, view.account_id, view.mailbox_id, [message.uid])
    )
    return found[0] if found else message


async def _send_value(connection: Connection, message: Message, section: Section, value: bytes | Later) -> None:
    if isinstance(value, bytes):
        await connection.send(value)
        return
    try:
        await send_later(connection, message, section, value)
    except BlobMissing as missing:
        raise BrokenOff(str(missing)) from missing  # in the middle of a literal nothing else can be said
