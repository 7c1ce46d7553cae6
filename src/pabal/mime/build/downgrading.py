"""A message with 8bit or binary bodies made 7bit, for a peer without 8BITMIME (RFC 6152 §3, RFC 2045 §6.4).

Only bodies of leaves and their Content-Transfer-Encoding change; a decoded body is what it was, to the
octet.  What is signed is never touched (RFC 1847 §2.1); it comes before DKIM signing.
"""

from __future__ import annotations

from itertools import pairwise

from pabal.mime.build.errors import CannotDowngrade
from pabal.mime.build.transfer import SEVEN_BIT, domain_of, encoded, text_encoding
from pabal.mime.defects import Defect
from pabal.mime.fields import select_fields
from pabal.mime.limits import DEFAULTS, MimeSettings
from pabal.mime.parameters import content_type
from pabal.mime.structure import Message, Part, parse
from pabal.mime.transfer import IDENTITY

_ENCODING = b"content-transfer-encoding"
_DECODABLE = IDENTITY | {"base64", "quoted-printable"}
#: RFC 6532 §3.7, RFC 6533 §3, §4: composites that may be encoded.
_ENCODABLE_MESSAGES = frozenset(
    (
        "message/global",
        "message/global-delivery-status",
        "message/global-headers",
        "message/global-disposition-notification",
    )
)


def downgrade(octets: bytes, settings: MimeSettings = DEFAULTS) -> bytes:
    """The same message in 7bit; the same octets when they are that already.

    Raises: CannotDowngrade for 8-bit header fields (those need SMTPUTF8), a signed part that is not 7bit, an
    unknown transfer encoding, or a part that cannot be opened.
    """
    return octets if domain_of(octets) == "7bit" else _part(parse(octets, settings))


def _part(part: Part) -> bytes:
    header = part.header.removesuffix(b"\r\n")
    if not part.header.isascii() or b"\x00" in header or header.count(b"\n") != header.count(b"\r\n"):
        raise CannotDowngrade(
            "a header field holds 8-bit octets, NUL or a bare line end: no encoding is defined for it"
        )
    if part.content_type.value == "multipart/signed":
        return _signed(part)
    return _composite(part) if part.children else _leaf(part)


def _signed(part: Part) -> bytes:
    octets = part.source[part.header_start : part.body_end]
    if domain_of(octets) != "7bit":
        raise CannotDowngrade("a multipart/signed holds 8-bit data, and encoding it would break the signature")
    return octets


def _composite(part: Part) -> bytes:
    """Its own label says 7bit now; a preamble or epilogue that is not 7bit goes (RFC 2046 §5.1.1)."""
    if Defect.TOO_MANY_PARTS in part.defects:
        raise CannotDowngrade("the message has more parts than are taken apart (MimeSettings.parts)")
    first, last = part.children[0], part.children[-1]
    pieces = [_header(part, "7bit") if _ENCODING in part.fields else part.header]
    pieces.append(_without_preamble(part.source[part.body_start : first.header_start]))
    for child, following in pairwise(part.children):
        pieces += [_part(child), part.source[child.body_end : following.header_start]]
    return b"".join([*pieces, _part(last), _without_epilogue(part.source[last.body_end : part.body_end])])


def _without_preamble(octets: bytes) -> bytes:
    """What stands before the first part: only its last line, the delimiter, when the rest is not 7bit."""
    return octets if domain_of(octets) == "7bit" else octets.splitlines(keepends=True)[-1]


def _without_epilogue(octets: bytes) -> bytes:
    """What stands after the last part: only the delimiter, before which there may be a line end."""
    if domain_of(octets) == "7bit":
        return octets
    return b"".join(octets.splitlines(keepends=True)[: 1 if octets.startswith(b"--") else 2])


def _leaf(part: Part) -> bytes:
    label = part.transfer_encoding
    if domain_of(part.body) == "7bit" and label not in ("8bit", "binary"):
        return part.header + part.body
    _refuse_unopened(part)
    if label not in _DECODABLE:
        raise CannotDowngrade(f"a part is in the unknown transfer encoding {label!r} and not 7bit")
    octets = part.decoded()
    name = _encoding_for(part, octets)
    body = encoded(octets, name, text=True)
    if name == "base64" and part.body.endswith(b"\n"):
        body += b"\r\n"
    return _header(part, name, octets) + body


def _encoding_for(part: Part, octets: bytes) -> str:
    if part.content_type.main == "text" or domain_of(octets) == "7bit":
        return text_encoding(octets, SEVEN_BIT)
    return "base64"


def _refuse_unopened(part: Part) -> None:
    """RFC 2045 §6.4: a multipart or message MUST NOT be encoded as a whole."""
    declared = content_type(part.fields.get(b"content-type"))
    composite = declared.main in ("multipart", "message") and declared.value not in _ENCODABLE_MESSAGES
    if composite or Defect.TOO_DEEP in part.defects:
        raise CannotDowngrade(f"a {declared.value} that cannot be opened is not 7bit")


def _header(part: Part, encoding: str, octets: bytes = b"") -> bytes:
    """With the new label; an entity that had no MIME fields gets those that make the label mean something."""
    kept = select_fields(part.header, [_ENCODING], exclude=True)[:-2]
    if isinstance(part, Message) and b"mime-version" not in part.fields:
        kept += b"MIME-Version: 1.0\r\n"
    if b"content-type" not in part.fields and not octets.isascii():
        kept += f"Content-Type: text/plain; charset={_charset(octets)}\r\n".encode("ascii")
    return kept + f"Content-Transfer-Encoding: {encoding}\r\n\r\n".encode("ascii")


def _charset(octets: bytes) -> str:
    try:
        octets.decode("utf-8")
    except UnicodeDecodeError:
        return "unknown-8bit"  # RFC 1428 §3
    return "utf-8"
