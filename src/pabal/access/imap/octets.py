"""Which octets of a message a section means, and reading them (RFC 9051 §6.4.5.1).

A message is its prefix (this recipient's trace fields) followed by the blob; spans of parts count from
the first octet of the blob.  Long ranges are read piece by piece and never lie whole in memory.
"""

from __future__ import annotations

from collections.abc import Iterator

from pabal.mailboxes.interface import Message
from pabal.mime.fields import select_fields
from pabal.mime.sections import section_span
from pabal.mime.transfer import IDENTITY, decode_body
from pabal.protocol.imap.fetch_command import Section
from pabal.store.interface import Blobs

PIECE = 256 * 1024
DECODED = IDENTITY | {"base64", "quoted-printable"}
HEADER_MAXIMUM = 1024 * 1024  # octets of a header that HEADER.FIELDS looks at


def section_range(message: Message, section: Section) -> tuple[int, int] | None:
    """First octet and end in the message; None: there is no such part."""
    shift = len(message.prefix)
    text = "HEADER" if section.text.startswith("HEADER") else section.text
    span = section_span(message.summary.parts, ".".join(filter(None, (section.part, text))))
    if span is None:
        return None
    start, stop = span[0] + shift, min(span[1] + shift, message.size)
    whole_or_header = not section.part and text in ("", "HEADER")
    return (0 if whole_or_header else start), (message.size if not section.part and not text else stop)


def read(blobs: Blobs, message: Message, start: int, stop: int) -> bytes:
    """At most 1 MiB."""
    shift = len(message.prefix)
    head = message.prefix[start : min(stop, shift)] if start < shift else b""
    if stop <= shift:
        return head
    return head + blobs.read(message.place, max(start - shift, 0), stop - shift)


def pieces(blobs: Blobs, message: Message, start: int, stop: int) -> Iterator[bytes]:
    for at in range(start, stop, PIECE):
        yield read(blobs, message, at, min(at + PIECE, stop))


def header_fields(blobs: Blobs, message: Message, section: Section, start: int, stop: int) -> bytes:
    header = read(blobs, message, start, min(stop, start + HEADER_MAXIMUM))
    return select_fields(header, section.fields, exclude=section.text.endswith("NOT"))


def cut(start: int, stop: int, section: Section) -> tuple[int, int]:
    """The partial: beyond the end it is empty (RFC 9051 §6.4.5)."""
    if section.origin is None:
        return start, stop
    first = min(start + section.origin, stop)
    return first, min(first + section.count, stop)


def _encoding(message: Message, part: str) -> str:
    """Of a leaf; the message itself and a part that is not there have none."""
    return next((span.transfer_encoding for span in message.summary.parts if part and span.section == part), "")


def decodable(message: Message, part: str) -> bool:
    return _encoding(message, part) in DECODED


def decoded(blobs: Blobs, message: Message, start: int, stop: int, part: str) -> bytes:
    """BINARY needs the whole encoded part; a long one is for a thread."""
    return decode_body(b"".join(pieces(blobs, message, start, stop)), _encoding(message, part))
