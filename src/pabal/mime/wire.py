"""ENVELOPE, BODY and BODYSTRUCTURE as IMAP sends them (RFC 9051 §7.5.2, §9).

Header values go as they stand in the message, unfolded, encoded-words undecoded; parameters are decoded
by RFC 2231.  A value that no quoted string can hold (8-bit octets, CR, LF) is a literal, so the result is
right for IMAP4rev1 clients too; NUL, which neither can hold, is left out.
"""

from __future__ import annotations

import re

from pabal.mime.addresses import GroupEnd, GroupStart, Mailbox, parse_addresses
from pabal.mime.fields import Fields, unfold
from pabal.mime.limits import DEFAULTS
from pabal.mime.parameters import ContentType, Value
from pabal.mime.recurring import recurring
from pabal.mime.structure import Part

_QUOTED = re.compile(rb'[^\x00\r\n"\\\x80-\xff]*+')
_QUOTED_SPECIALS = re.compile(rb'(["\\])')
_MUST_BE_LITERAL = re.compile(rb"[\x00\r\n\x80-\xff]")
_LANGUAGE = re.compile(rb"[A-Za-z0-9-]+")


def string(value: bytes) -> bytes:
    """``quoted`` when it can be, else ``literal``."""
    if _QUOTED.fullmatch(value):
        return b'"' + value + b'"'
    if not _MUST_BE_LITERAL.search(value):
        return b'"' + _QUOTED_SPECIALS.sub(rb"\\\1", value) + b'"'
    value = value.replace(b"\x00", b"")  # RFC 9051 §9: CHAR8 is %x01-ff
    return b"{%d}\r\n%b" % (len(value), value)


def _field(fields: Fields, name: bytes) -> bytes:
    value = fields.get(name)
    return b"NIL" if value is None else string(unfold(value))


def envelope(fields: Fields, limit: int = DEFAULTS.addresses) -> bytes:
    """Sender and Reply-To default to From where they are absent or empty (RFC 9051 §7.5.2)."""
    from_ = address_list(fields.get(b"from"), limit)
    sender, reply_to, to, cc, bcc = (
        address_list(fields.get(name), limit) for name in (b"sender", b"reply-to", b"to", b"cc", b"bcc")
    )
    return b"(%b %b %b %b %b %b %b %b %b %b)" % (
        _field(fields, b"date"),
        _field(fields, b"subject"),
        from_,
        from_ if sender == b"NIL" else sender,
        from_ if reply_to == b"NIL" else reply_to,
        to,
        cc,
        bcc,
        _field(fields, b"in-reply-to"),
        _field(fields, b"message-id"),
    )


def address_list(value: bytes | None, limit: int = DEFAULTS.addresses) -> bytes:
    if not value:
        return b"NIL"
    return _address_list(value, limit)


@recurring
def _address_list(value: bytes, limit: int) -> bytes:
    entries = parse_addresses(value, limit)
    return b"(%b)" % b"".join(map(_address, entries)) if entries else b"NIL"


def _address(entry: Mailbox | GroupStart | GroupEnd) -> bytes:
    """A NIL host marks a group: with its name at the start, without at the end."""
    if isinstance(entry, Mailbox):
        name = string(entry.name) if entry.name else b"NIL"
        route = string(entry.route) if entry.route else b"NIL"
        return b"(%b %b %b %b)" % (name, route, string(entry.local_part), string(entry.domain))
    if isinstance(entry, GroupStart):
        return b"(NIL NIL %b NIL)" % string(entry.name)
    return b"(NIL NIL NIL NIL)"


def bodies(part: Part, limit: int = DEFAULTS.addresses) -> tuple[bytes, bytes]:
    """BODY, and BODYSTRUCTURE, which is the same with extension data; built in one walk."""
    if part.is_multipart:
        inside = [bodies(child, limit) for child in part.children]
        subtype = string(part.content_type.subtype.upper().encode())
        basic, structure = (b"".join(forms) + b" " + subtype for forms in zip(*inside, strict=True))
        extension = _parameters(part.content_type)
    else:
        basic, structure = _message(part, limit) if part.is_message else (_leaf(part),) * 2
        extension = _field(part.fields, b"content-md5")
    return b"(%b)" % basic, b"(%b %b %b)" % (structure, extension, _extension(part))


def _message(part: Part, limit: int) -> tuple[bytes, bytes]:
    message = part.children[0]
    start = b"%b %b " % (_basic(part, "message", part.content_type.subtype), envelope(message.fields, limit))
    lines = b" %d" % part.lines
    body, structure = bodies(message, limit)
    return start + body + lines, start + structure + lines


def _leaf(part: Part) -> bytes:
    main, subtype = part.content_type.main, part.content_type.subtype
    if main != "text":
        return _basic(part, main, subtype)
    return b"%b %d" % (_basic(part, main, subtype), part.lines)


def _basic(part: Part, main: str, subtype: str) -> bytes:
    """The fields that every part has, in their order."""
    return b"%b %b %b %b %b %b %d" % (
        string(main.upper().encode()),
        string(subtype.upper().encode()),
        _parameters(part.content_type),
        _field(part.fields, b"content-id"),
        _field(part.fields, b"content-description"),
        string((part.transfer_encoding or "7bit").upper().encode()),
        part.body_end - part.body_start,
    )


def _parameters(value: ContentType | Value) -> bytes:
    if not value.parameters:
        return b"NIL"
    pairs = []
    for name, text in value.parameters.items():
        wire_name = name.upper() + ("*" if name in value.extended else "")
        pairs.append(string(_octets(wire_name)) + b" " + string(_octets(text)))
    return b"(" + b" ".join(pairs) + b")"


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _extension(part: Part) -> bytes:
    """Disposition, language, location: nothing of them is in most parts."""
    fields = part.fields
    if fields.keys().isdisjoint(_EXTENSION_FIELDS):
        return b"NIL NIL NIL"
    disposition = part.disposition
    wire = b"NIL"
    if disposition.value:
        wire = b"(" + string(disposition.value.upper().encode()) + b" " + _parameters(disposition) + b")"
    return b"%b %b %b" % (wire, _language(fields.get(b"content-language")), _field(fields, b"content-location"))


_EXTENSION_FIELDS = frozenset((b"content-disposition", b"content-language", b"content-location"))


def _language(value: bytes | None) -> bytes:
    tags = _LANGUAGE.findall(value) if value else []
    return b"(" + b" ".join(map(string, tags)) + b")" if tags else b"NIL"
