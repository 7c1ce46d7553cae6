"""Parts without parts written: their type, transfer encoding and disposition (RFC 2045, RFC 2183, RFC 6838)."""

from __future__ import annotations

from dataclasses import dataclass

from pabal.mime.build.downgrading import downgrade
from pabal.mime.build.entities import Embedded, FieldGroups, File, HeaderOnly, Raw, Text
from pabal.mime.build.errors import CannotDowngrade, Unwritable, utf8
from pabal.mime.build.fields import message_id_field, text_field, value_field
from pabal.mime.build.flowed import flow
from pabal.mime.build.transfer import DOMAINS, LONGEST_LINE, Way, carries, domain_of, encoded, text_encoding
from pabal.mime.encoding import canonical
from pabal.mime.fields import all_fields, body_start, fields_end
from pabal.mime.media import ALIASES, OCTET_STREAM, tree


@dataclass(frozen=True, slots=True)
class Written:
    """The fields of an entity, each ended by CRLF, and its body."""

    fields: bytes
    body: bytes
    domain: str  # of the body: 7bit, 8bit or binary

    def __bytes__(self) -> bytes:
        return self.fields + b"\r\n" + self.body


def text(entity: Text, way: Way) -> Written:
    utf8(entity.text, f"text/{entity.subtype}")
    octets = canonical(flow(entity.text) if entity.flowed else entity.text)
    charset = "us-ascii" if octets.isascii() else "utf-8"  # RFC 2046 §4.1.2: the least that does
    parameters = [("charset", charset), *([("format", "flowed")] if entity.flowed else [])]
    name = text_encoding(octets, way)
    content = encoded(octets, name, text=True)
    return _leaf(value_field("Content-Type", f"text/{entity.subtype}", parameters), content, name)


def _leaf(fields: bytes, content: bytes, encoding: str) -> Written:
    fields += value_field("Content-Transfer-Encoding", encoding)
    return Written(fields, content, encoding if encoding in DOMAINS else "7bit")


def file(entity: File) -> Written:
    """Always base64: every octet arrives, line breaks too."""
    fields = value_field("Content-Type", *_file_type(entity)) + _disposition(entity.inline, entity.filename)
    if entity.content_id:
        fields += message_id_field("Content-ID", [f"<{entity.content_id}>"])
    return _leaf(fields, encoded(entity.octets, "base64", text=False), "base64")


def _file_type(entity: File) -> tuple[str, list[tuple[str, str]]]:
    """A registered type or ``application/octet-stream``: none is invented (RFC 6838 §3.4)."""
    name = ALIASES.get(entity.media_type.lower(), entity.media_type.lower())
    if name.startswith(("multipart/", "message/")):
        raise Unwritable(f"{name}: a composite is never encoded (RFC 2045 §6.4); use Embedded or Multipart")
    if tree(name) not in ("standards", "vendor", "personal"):
        return OCTET_STREAM, []
    if not name.startswith("text/"):
        return name, []
    charset = _charset(entity.octets)
    return (name, [("charset", charset)]) if charset else (OCTET_STREAM, [])


def _charset(octets: bytes) -> str:
    """Of a text file; "" when it is not known, and then it is no text for a reader (RFC 2049 §2 (6))."""
    if octets.isascii():
        return "us-ascii"
    try:
        octets.decode("utf-8")
    except UnicodeDecodeError:
        return ""
    return "utf-8"


def _disposition(inline: bool, filename: str) -> bytes:
    parameters = [("filename", filename)] if filename else []
    return value_field("Content-Disposition", "inline" if inline else "attachment", parameters)


def embedded(entity: Embedded, way: Way) -> Written:
    """RFC 2046 §5.2.1: no encoding; RFC 6532 §3.7: a UTF-8 header makes it message/global, which may be encoded."""
    octets = entity.octets
    international = not octets[: body_start(octets)].isascii()
    fields = value_field("Content-Type", "message/global" if international else "message/rfc822")
    if entity.filename:
        fields += _disposition(False, entity.filename)
    if international and not (way.utf8 and way.eight_bit):
        return _leaf(fields, encoded(octets, "base64", text=False), "base64")
    if not carries(way, octets):
        octets = downgrade(octets)
    if not carries(way, octets):
        raise CannotDowngrade(f"the header of the embedded message has a line of more than {LONGEST_LINE} octets")
    return _leaf(fields, octets, domain_of(octets))


def raw(entity: Raw, way: Way) -> Written:
    octets = entity.octets
    end = fields_end(octets)
    if not octets.startswith(b"\r\n", end):
        raise Unwritable("an entity that was written before: its header does not end in an empty line")
    if any(not name.lower().startswith(b"content-") for name, _ in all_fields(octets)):
        raise Unwritable(
            "an entity that was written before: only Content fields have a meaning in it (RFC 2046 §5.1)"
        )
    domain = domain_of(octets)
    if not carries(way, octets):
        raise CannotDowngrade(f"an entity that was written before is {domain}, and its octets must not change")
    return Written(octets[:end], octets[end + 2 :], domain)


def field_groups(entity: FieldGroups) -> Written:
    """RFC 3464 §2.1: fields in ASCII, 7bit."""
    groups = (b"".join(text_field(name, text) for name, text in group) for group in entity.groups)
    return _leaf(value_field("Content-Type", entity.media_type), b"\r\n".join(groups), "7bit")


def header_only(entity: HeaderOnly) -> Written:
    """RFC 6522 §4: 7bit, or quoted-printable when the header itself is not."""
    header = entity.octets[: fields_end(entity.octets)]
    name = "7bit" if domain_of(header) == "7bit" else "quoted-printable"
    parameters = [] if header.isascii() else [("charset", "utf-8")]
    content_type = value_field("Content-Type", "text/rfc822-headers", parameters)
    return _leaf(content_type, encoded(header, name, text=True), name)
