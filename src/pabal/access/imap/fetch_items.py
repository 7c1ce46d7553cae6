"""One message's FETCH response, item by item (RFC 9051 §7.5.2)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from pabal.access.imap import octets
from pabal.access.imap.connection import BrokenOff, Connection
from pabal.access.imap.refusals import UnknownEncoding
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
    words = [item for item in items if isinstance(item, str)]
    sections = [item for item in items if isinstance(item, Section)]
    told = b"* %d FETCH (%b" % (number, b" ".join(_ATTRIBUTES[word](message) for word in words))
    if not sections:
        await connection.send(told + b")\r\n")
        return
    message = await _at_its_place(connection, message, sections)
    await connection.send(told + (b" " if words else b""))
    try:
        for position, section in enumerate(sections):
            await connection.send((b" " if position else b"") + section.label + b" ")
            await _send_section(connection, message, section)
    except BlobMissing as missing:
        raise BrokenOff(str(missing)) from missing  # in the middle of a literal nothing else can be said
    await connection.send(b")\r\n")


async def _at_its_place(connection: Connection, message: Message, sections: list[Section]) -> Message:
    """The message with octets that can be read: when compaction moved them, its row is read again once."""
    if any(section.binary and _undecodable(message, section) for section in sections):
        raise UnknownEncoding
    blobs = connection.context.blobs
    try:
        octets.read(blobs, message, max(message.size - 1, 0), message.size)
    except BlobMissing:
        message = await _read_again(connection, message)
    try:
        octets.read(blobs, message, max(message.size - 1, 0), message.size)
    except BlobMissing as missing:
        raise Unavailable(str(missing)) from missing
    return message


async def _read_again(connection: Connection, message: Message) -> Message:
    view, context = connection.here.view, connection.context
    found = await context.store.read(
        lambda tx: context.mailboxes.messages(tx, view.account_id, view.mailbox_id, [message.uid])
    )
    return found[0] if found else message


def _undecodable(message: Message, section: Section) -> bool:
    span = octets.part_of(message, section.part)
    return bool(section.part) and span is not None and not octets.decodable(span)


async def _send_section(connection: Connection, message: Message, section: Section) -> None:
    found = octets.section_range(message, section)
    if found is None:
        await connection.send(b"0" if section.binary == "BINARY.SIZE" else b"NIL")
    elif section.binary and section.part:
        await _send_binary(connection, message, section, *found)
    elif section.binary == "BINARY.SIZE":
        await connection.send(b"%d" % (found[1] - found[0]))
    elif section.text.startswith("HEADER.FIELDS"):
        header = octets.header_fields(connection.context.blobs, message, section, *found)
        start, stop = octets.cut(0, len(header), section)
        await connection.send(b"{%d}\r\n%b" % (stop - start, header[start:stop]))
    else:
        await _send_range(connection, message, *octets.cut(*found, section))


async def _send_range(connection: Connection, message: Message, start: int, stop: int) -> None:
    if start == stop:
        await connection.send(b'""')
        return
    await connection.send(b"{%d}\r\n" % (stop - start))
    for piece in octets.pieces(connection.context.blobs, message, start, stop):
        await connection.send(piece)


async def _send_binary(connection: Connection, message: Message, section: Section, start: int, stop: int) -> None:
    span = octets.part_of(message, section.part)
    encoding = span.transfer_encoding if span else ""
    data = await asyncio.to_thread(octets.decoded, connection.context.blobs, message, start, stop, encoding)
    if section.binary == "BINARY.SIZE":
        await connection.send(b"%d" % len(data))
        return
    first, last = octets.cut(0, len(data), section)
    marker = b"~{%d}\r\n" if b"\0" in data else b"{%d}\r\n"  # RFC 3516 §4.2: literal8 where it must be
    await connection.send((marker % (last - first), data[first:last]))
