"""The values of BODY[...], RFC822... and BINARY[...] (RFC 9051 §6.4.5, RFC 3516).

A short value is read at once; a long one is only looked for, and streamed in its turn.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from pabal.access.imap import octets
from pabal.access.imap.connection import Connection
from pabal.access.imap.refusals import UnknownEncoding
from pabal.mailboxes.interface import Message
from pabal.protocol.imap.fetch_command import Section
from pabal.protocol.imap.serialise import literal
from pabal.store.interface import Blobs

SHORT = 64 * 1024  # octets read at once; with the items of one FETCH bounded, so is what they hold together


@dataclass(frozen=True, slots=True)
class Later:
    """A range of the message that is too long to be read at once."""

    start: int
    stop: int


def refuse_unknown_encodings(message: Message, sections: list[Section]) -> None:
    """RFC 9051 §6.4.5.1: the server MUST answer BINARY of such a part with UNKNOWN-CTE."""
    if any(section.binary and not octets.decodable(message, section.part) for section in sections):
        raise UnknownEncoding


def prepare(blobs: Blobs, message: Message, section: Section) -> bytes | Later:
    """Raises: BlobMissing."""
    found = octets.section_range(message, section)
    if found is None:
        return b"0" if section.binary == "BINARY.SIZE" else b"NIL"
    if section.text.startswith("HEADER.FIELDS"):
        header = octets.header_fields(blobs, message, section, *found)
        start, stop = octets.cut(0, len(header), section)
        return literal(header[start:stop])
    start, stop = found if section.binary else octets.cut(*found, section)
    if stop - start > SHORT:
        octets.read(blobs, message, stop - 1, stop)  # it is there, and whole
        return Later(start, stop)
    if section.binary:
        return _binary(section, octets.decoded(blobs, message, start, stop, section.part))
    return literal(octets.read(blobs, message, start, stop)) if start < stop else b'""'


async def send_later(connection: Connection, message: Message, section: Section, value: Later) -> None:
    """Raises: BlobMissing, in the middle of it."""
    blobs = connection.context.blobs
    if section.binary:
        data = await asyncio.to_thread(octets.decoded, blobs, message, value.start, value.stop, section.part)
        await connection.send(_binary(section, data))
        return
    await connection.send(b"{%d}\r\n" % (value.stop - value.start))
    for piece in octets.pieces(blobs, message, value.start, value.stop):
        await connection.send(piece)


def _binary(section: Section, data: bytes) -> bytes:
    if section.binary == "BINARY.SIZE":
        return b"%d" % len(data)
    first, last = octets.cut(0, len(data), section)
    told = data[first:last]
    return (b"~" if b"\0" in told else b"") + literal(told)  # RFC 3516 §4.2: literal8 where it must be
