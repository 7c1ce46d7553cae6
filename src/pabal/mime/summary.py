"""What clients fetch in bulk, computed once at filing and stored in the form in which it is sent.

``summarise`` reads the message once; ``Summary.encode`` is what the column ``email.summary`` holds.
A stored summary with another ``form_version`` than FORM_VERSION is made again when it is read.
"""

from __future__ import annotations

import re

import msgspec

from pabal.mime import wire
from pabal.mime.addresses import mailboxes
from pabal.mime.dates import parse_date
from pabal.mime.fields import Fields, unfold
from pabal.mime.limits import DEFAULTS, MimeSettings
from pabal.mime.recurring import recurring
from pabal.mime.sections import numbered
from pabal.mime.structure import Part, parse
from pabal.mime.subject import base_subject
from pabal.mime.text import preview
from pabal.mime.words import decode_text

FORM_VERSION = 1
REFERENCES_KEPT = 50  # the last ones name the nearest ancestors

_FIRST = 2  # entries to look at for the first mailbox: a group may begin before it
_MESSAGE_ID = re.compile(rb"<([^<>]++)>")
_NO_ATTACHMENT = frozenset(
    ("application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature")
)


class PartSpan(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One part: where its octets lie, counted from the first octet that was given to ``summarise``."""

    section: str  # IMAP part number "1.2"; "" is the message itself, "2.HEADER" the message inside part 2
    header_start: int
    body_start: int  # == header end, after the empty line
    body_end: int
    media_type: str  # lower case "text/plain"
    charset: str
    transfer_encoding: str  # lower case
    disposition: str  # lower case, "" none
    filename: str


class Summary(msgspec.Struct, frozen=True, array_like=True):
    envelope: bytes  # RFC 9051 §7.5.2 ENVELOPE in wire form, ASCII, strings quoted or literal
    body_structure: bytes  # BODYSTRUCTURE in wire form, with extension data
    body: bytes  # BODY in wire form
    header_size: int  # octets, with the empty line
    lines: int
    sent_at: int | None  # Date field, Unix seconds
    from_text: str  # first mailbox of From, for lists: display name or address, decoded
    from_address: str
    to_text: str
    subject: str  # decoded
    base_subject: str  # RFC 5256 §2.1
    message_id: str  # without brackets, "" none
    references: tuple[str, ...]  # References, else In-Reply-To; at most 50, the last
    preview: str  # RFC 8970, at most 200 characters
    has_attachment: bool
    parts: tuple[PartSpan, ...]  # depth first, the message first; "1" is there for a message of one part too

    def encode(self) -> bytes:
        return _ENCODER.encode(self)

    @classmethod
    def decode(cls, stored: bytes) -> Summary:
        """Raises: msgspec.MsgspecError when ``stored`` is no summary of this form."""
        return _DECODER.decode(stored)


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Summary)


def summarise(octets: bytes, settings: MimeSettings = DEFAULTS) -> Summary:
    """Never raises on input."""
    message = parse(octets, settings)
    fields = message.fields
    subject = decode_text(unfold(fields.get(b"subject", b"")))
    from_text, from_address = _first_mailbox(fields.get(b"from"))
    body, body_structure = wire.bodies(message, settings.addresses)
    return Summary(
        envelope=wire.envelope(fields, settings.addresses),
        body_structure=body_structure,
        body=body,
        header_size=message.body_start,
        lines=message.lines,
        sent_at=parse_date(unfold(fields.get(b"date", b""))),
        from_text=from_text,
        from_address=from_address,
        to_text=_first_mailbox(fields.get(b"to"))[0],
        subject=subject,
        base_subject=base_subject(subject),
        message_id=next(iter(message_ids(fields.get(b"message-id"))), ""),
        references=references(fields),
        preview=preview(message),
        has_attachment=any(map(is_attachment, message.walk())),
        parts=tuple(_span(section, part) for section, part in numbered(message)),
    )


def message_ids(value: bytes | None) -> list[str]:
    """The identifiers of a field, without brackets (RFC 5322 §3.6.4); white space inside is obsolete and dropped."""
    return ["".join(decode_text(found).split()) for found in _MESSAGE_ID.findall(value)] if value else []


def references(fields: Fields) -> tuple[str, ...]:
    found = message_ids(fields.get(b"references")) or message_ids(fields.get(b"in-reply-to"))
    return tuple(found[-REFERENCES_KEPT:])


def _first_mailbox(value: bytes | None) -> tuple[str, str]:
    """What a list shows, and the address."""
    return _read_first(value) if value else ("", "")


@recurring
def _read_first(value: bytes) -> tuple[str, str]:
    first = next(iter(mailboxes(value, _FIRST)), None)
    return (first.display_name or first.address, first.address) if first else ("", "")


def is_attachment(part: Part) -> bool:
    """A leaf that a reader is offered as a file: so labelled, or no text and not shown inside an HTML part."""
    if part.content_type.main == "multipart" or (part.children and part.content_type.main != "message"):
        return False
    disposition = part.disposition.value
    if disposition:
        return disposition != "inline"
    kind = part.content_type
    return kind.main != "text" and kind.value not in _NO_ATTACHMENT and b"content-id" not in part.fields


def _span(section: str, part: Part) -> PartSpan:
    return PartSpan(
        section,
        part.header_start,
        part.body_start,
        part.body_end,
        part.content_type.value,
        part.content_type.charset,
        part.transfer_encoding,
        part.disposition.value,
        part.filename,
    )
