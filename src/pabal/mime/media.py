"""Media types: what a user agent treats a part as, and names for files (RFC 2049 §2, RFC 6838, RFC 2183 §2.3).

The registry is data; a type that is not in it falls back as its top level says, whatever tree its name is in.
"""

from __future__ import annotations

import re

from pabal.mime.charsets import codec_of
from pabal.mime.structure import Part
from pabal.mime.transfer import IDENTITY

OCTET_STREAM = "application/octet-stream"

#: Names that are used for a type and its preferred name.
ALIASES = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/x-png": "image/png",
    "audio/x-wav": "audio/wav",
    "audio/wave": "audio/wav",
    "application/javascript": "text/javascript",
    "application/x-javascript": "text/javascript",
    "application/x-gzip": "application/gzip",
    "application/x-zip-compressed": "application/zip",
    "application/x-pdf": "application/pdf",
}
#: Types of image, audio and video that may be shown as what they are.
SHOWN = frozenset(("image/jpeg", "image/gif", "image/png", "image/webp", "video/mpeg", "video/mp4", "video/webm"))
SHOWN |= {"audio/basic", "audio/mpeg", "audio/wav", "audio/ogg"}
_TEXT = frozenset(("text/plain", "text/html", "text/richtext", "text/enriched", "text/calendar", "text/csv"))
_MULTIPART = frozenset(("mixed", "alternative", "digest", "parallel", "related", "signed", "encrypted", "report"))
_MESSAGE = frozenset(("message/partial", "message/external-body", "message/delivery-status"))
_MESSAGE |= {"message/disposition-notification", "message/global-delivery-status"}

#: RFC 6838 §4.2.
_NAME = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")
_TREES = {"vnd": "vendor", "prs": "personal", "x": "unregistered"}


def effective_type(part: Part) -> str:
    """The type to handle a part as; ``application/octet-stream`` means: offer to save it, nothing else."""
    kind = part.content_type
    value = ALIASES.get(kind.value, kind.value)
    if kind.main == "multipart":
        return value if kind.subtype in _MULTIPART else "multipart/mixed"  # RFC 2046 §5.1.3
    if part.is_message:
        return value
    if part.transfer_encoding not in _DECODABLE:
        return OCTET_STREAM  # RFC 2045 §6.4: MUST, whatever the type says
    if kind.main == "text":
        return _text_type(value, kind.charset)
    known = value in SHOWN or value in _MESSAGE or kind.main == "application"
    return value if known else OCTET_STREAM


_DECODABLE = IDENTITY | {"base64", "quoted-printable"}


def _text_type(value: str, charset: str) -> str:
    """RFC 2049 §2 (6): an unknown subtype is plain text, an unknown charset is no text."""
    if codec_of(charset) is None:
        return OCTET_STREAM
    return value if value in _TEXT else "text/plain"


def tree(media_type: str) -> str:
    """RFC 6838 §3: ``standards``, ``vendor``, ``personal``, ``unregistered``, or ``unknown`` for no such name."""
    main, _, subtype = media_type.lower().partition("/")
    if not (_NAME.fullmatch(main) and _NAME.fullmatch(subtype)):
        return "unknown"
    facet, dot, _ = subtype.partition(".")
    if subtype.startswith("x-"):
        return "unregistered"
    return _TREES.get(facet, "unknown") if dot else "standards"


def suffix(media_type: str) -> str:
    """The structured syntax suffix, ``xml`` of ``image/svg+xml``; for a viewer, never to run it (RFC 6838 §4.2.8)."""
    return media_type.lower().rpartition("+")[2] if "+" in media_type else ""


_FILENAME_CHARACTERS = 120
_UNSAFE = re.compile('[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200e\u200f<>:"|?*]')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|\Z)", re.IGNORECASE)


def safe_filename(name: str) -> str:
    """The last path component, fit for any file system; ``attachment`` when nothing is left (RFC 2183 §2.3)."""
    name = _UNSAFE.sub("", name.replace("\\", "/").rpartition("/")[2]).strip().lstrip(".").rstrip(". ")
    if _RESERVED.match(name):
        name = f"_{name}"
    if len(name) > _FILENAME_CHARACTERS:
        stem, dot, extension = name.rpartition(".")
        ending = dot + extension if dot and len(extension) <= 16 else ""
        name = (stem if ending else name)[: _FILENAME_CHARACTERS - len(ending)] + ending
    return name or "attachment"
