"""Lists of ``tag=value``, in signatures and in key records (RFC 6376 §3.2).

Names are case-sensitive, a name that occurs twice makes the whole list invalid, and an empty value is
not an absent tag.  What stands for another version of the standard is read, and left for the caller to ignore.
"""

from __future__ import annotations

import base64
import binascii
import re

#: FWS: the whitespace that folding may put anywhere around tags (RFC 6376 §2.8).
_FWS = re.compile(r"[ \t\r\n]+")
_WHITESPACE = " \t\r\n"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
#: VALCHAR, white space inside, and UTF-8 as RFC 8616 §5 and the note in RFC 6376 §3.2 have it.
_VALUE = re.compile(r"[!-:<-~ \t\r\n\u0080-\U0010ffff]*")


class TagListError(ValueError):
    """The text is no tag-list; says where."""


def parse_tags(text: str) -> dict[str, str]:
    """Name -> value, white space around both removed.  Raises: TagListError."""
    specs = text.split(";")
    if not specs[-1].strip(_WHITESPACE):
        specs.pop()  # tag-list = tag-spec *( ";" tag-spec ) [ ";" ]
    tags: dict[str, str] = {}
    for spec in specs:
        name, value = _tag(spec)
        if name in tags:  # RFC 6376 §3.2: MUST NOT occur twice; the entire tag-list is invalid
            raise TagListError(f"tag {name}= occurs twice")
        tags[name] = value
    return tags


def _tag(spec: str) -> tuple[str, str]:
    name, equals, value = spec.partition("=")
    name, value = name.strip(_WHITESPACE), value.strip(_WHITESPACE)
    if not equals or not _NAME.fullmatch(name):
        raise TagListError(f"{spec.strip()[:40]!r} is not tag=value")
    if not _VALUE.fullmatch(value):
        raise TagListError(f"the value of {name}= holds octets that may not stand there")
    return name, value


def without_whitespace(value: str) -> str:
    return _FWS.sub("", value)


def colon_list(value: str) -> list[str]:
    """``a : b`` with FWS allowed on either side of each colon."""
    return [item.strip(_WHITESPACE) for item in value.split(":")]


def decode_base64(value: str) -> bytes:
    """RFC 6376 §2.10: white space is ignored wherever it stands, nothing else is.  Raises: TagListError."""
    try:
        return base64.b64decode(without_whitespace(value), validate=True)
    except (binascii.Error, ValueError):  # ValueError: not ASCII
        raise TagListError("not base64") from None
