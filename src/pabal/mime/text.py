"""What a message says, as text for people: decoded fields, preview, text to search, a reading view.

RFC 2047 for fields, RFC 2045 §6 and RFC 2046 §4.1 for bodies, RFC 8970 for the preview.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pabal.mime import fields as header_fields
from pabal.mime.addresses import Mailbox, mailboxes
from pabal.mime.charsets import codec_of, decode
from pabal.mime.flowed import unflow
from pabal.mime.html import html_to_text
from pabal.mime.media import effective_type, safe_filename
from pabal.mime.richtext import enriched_to_text, richtext_to_text
from pabal.mime.structure import Part, parse
from pabal.mime.words import decode_text

PREVIEW_CHARACTERS = 200  # RFC 8970 §3.1: at most 256, 200 is its advice
_PREVIEW_OCTETS = 4_096  # of encoded text that a preview looks at
_PREVIEW_HTML_OCTETS = 32_768
_META_CHARSET = re.compile(rb"<meta[^<>]{1,200}charset=[\"']?([A-Za-z0-9_-]+)", re.IGNORECASE)
_READING_FIELDS = (b"From", b"To", b"Cc", b"Date", b"Subject")


def header_text(header: bytes, name: bytes) -> str:
    """The first field of that name, decoded; "" when there is none."""
    value = header_fields.first(header, name)
    return decode_text(value) if value else ""


def is_text(part: Part) -> bool:
    """Whether it can be read as text: its charset and transfer encoding are known (RFC 2049 §2)."""
    return effective_type(part).startswith("text/")


def text_of(part: Part, limit: int | None = None) -> str:
    """A text part for people: without markup, flowed lines joined."""
    kind = part.content_type
    if kind.subtype == "html":
        return html_to_text(_html(part, limit))
    text = part.text(limit)
    if kind.subtype in ("richtext", "enriched"):
        return enriched_to_text(text) if kind.subtype == "enriched" else richtext_to_text(text)
    if kind.get("format").lower() == "flowed":
        return unflow(text, delete_space=kind.get("delsp").lower() == "yes")
    return text


def _html(part: Part, limit: int | None) -> str:
    """RFC 2854 §6: where the label is missing the document itself may name its charset."""
    if part.content_type.charset:
        return part.text(limit)
    octets = part.decoded(limit)
    named = _META_CHARSET.search(octets, 0, 1024)
    return decode(octets, named[1].decode("ascii") if named else "")


def shown_text(message: Part) -> Part | None:
    """The part to read first: the first text/plain that is no attachment, else HTML, else other text."""
    candidates = [part for part in message.walk() if is_text(part) and part.disposition.value != "attachment"]
    for subtype in ("plain", "html"):
        for part in candidates:
            if part.content_type.subtype == subtype:
                return part
    return candidates[0] if candidates else None


def preview(message: Part) -> str:
    """RFC 8970 §3.1: the beginning of the text, white space collapsed, at most 200 characters."""
    part = shown_text(message)
    if part is None:
        return ""
    limit = _PREVIEW_HTML_OCTETS if part.content_type.subtype == "html" else _PREVIEW_OCTETS
    text = " ".join(text_of(part, limit)[: PREVIEW_CHARACTERS * 10].split())
    return text[:PREVIEW_CHARACTERS] if text.isprintable() else _printable(text)[:PREVIEW_CHARACTERS]


def _printable(text: str) -> str:
    return "".join(character for character in text if character.isprintable())


def searchable(octets: bytes) -> str:
    """All decoded fields and the text of all text parts, those of embedded messages too (RFC 9051 §6.4.4 TEXT)."""
    return "\n".join(_searchable(parse(octets)))


def _searchable(message: Part) -> Iterator[str]:
    for part in message.walk():
        for name, value in header_fields.all_fields(part.header):
            yield f"{name.decode('latin-1')}: {decode_text(value)}"
        if is_text(part):
            yield text_of(part)


def rendered(octets: bytes) -> str:
    """A message as a terminal shows it: who, when, what, the text, and what else is attached."""
    message = parse(octets)
    lines = [
        f"{name.decode()}: {_field_for_people(name, value)}"
        for name in _READING_FIELDS
        if (value := message.fields.get(name.lower())) is not None
    ]
    part = shown_text(message)
    text = _terminal_safe(text_of(part)) if part else ""
    attached = [f"[{_described(other)}]" for other in message.walk() if not other.children and other is not part]
    return "\n".join([*lines, "", text.rstrip("\n"), *attached]).rstrip("\n") + "\n"


def _field_for_people(name: bytes, value: bytes) -> str:
    value = header_fields.unfold(value)
    if name in (b"From", b"To", b"Cc"):
        return ", ".join(map(mailbox_text, mailboxes(value))) or decode_text(value)
    return decode_text(value)


def mailbox_text(mailbox: Mailbox) -> str:
    name = mailbox.display_name
    return f"{name} <{mailbox.address}>" if name else mailbox.address


def _terminal_safe(text: str) -> str:
    """Line breaks and tabs stay; other controls (escape sequences) are no text."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(
        line if line.isprintable() else "".join(c for c in line if c.isprintable() or c == "\t") for line in lines
    )


def _described(part: Part) -> str:
    """RFC 2049 §2: at least the name of a charset that cannot be read is told."""
    name = f" {safe_filename(part.filename)}" if part.filename else ""
    charset = part.content_type.charset
    unread = f" in unknown charset {charset}" if codec_of(charset) is None else ""
    return f"{part.content_type.value}{name}{_terminal_safe(unread)}, {part.body_end - part.body_start} octets"
