"""Parameters of MIME fields written (RFC 2045 §5.1, RFC 2231 §3, §4), each short enough for a line of 76."""

from __future__ import annotations

import re
import unicodedata

from pabal.mime.build.errors import Unwritable, refuse_line_breaks, utf8
from pabal.mime.build.words import quoted

_VALUE_CHARACTERS = 60  # of name and value; longer ones are continued (RFC 2231 §3)
_SHORTEST_SEGMENT = 12

_TOKEN = re.compile(r"[A-Za-z0-9!#$&+.^_`{|}~-]+")  # RFC 2045 §5.1, without the three signs of RFC 2231
_NOT_ASCII = re.compile(r"[^ -~]+")
#: RFC 2231 §7 attribute-char, kept to letters, digits and what no reader mistakes.
_LITERAL = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._")


def parameter_pieces(name: str, value: str) -> list[str]:
    """``name=value``, without the ";" before it; several where it is long or international.

    A file name that is not ASCII has an ASCII one after it, for readers that do not know RFC 2231; of those
    that do, some prefer the starred form (RFC 6266 §4.3) and some the first.
    """
    if not _TOKEN.fullmatch(name):
        raise Unwritable(f"{name!r} is no name of a parameter")
    refuse_line_breaks(value, name)
    octets = utf8(value, name)
    if _TOKEN.fullmatch(value) and len(name) + len(value) <= _VALUE_CHARACTERS:
        return [f"{name}={value}"]
    if value.isascii() and value.isprintable() and "=?" not in value and len(quoted(value)) <= _room(name):
        return [f"{name}={quoted(value)}"]
    fallback = [f"{name}={quoted(ascii_filename(value))}"] if name == "filename" and not value.isascii() else []
    return [*_extended(name, octets), *fallback]


def _room(name: str) -> int:
    return max(_VALUE_CHARACTERS - len(name), _SHORTEST_SEGMENT)


def ascii_filename(name: str) -> str:
    """What is left of a file name in ASCII, with its extension, at most 40 characters."""
    letters = unicodedata.normalize("NFKD", name)
    plain = _NOT_ASCII.sub("_", "".join(letter for letter in letters if not unicodedata.combining(letter)))
    stem, dot, extension = plain.replace("=?", "_").replace("\\", "_").replace('"', "'").rpartition(".")
    if not dot:
        return extension[:40]
    return f"{stem[:30]}.{extension[:9]}"


def _extended(name: str, octets: bytes) -> list[str]:
    """RFC 2231 §4, never quoted; ``*0*``, ``*1*`` when one segment does not hold it."""
    segments = _segments(octets, _room(name) - len("*99*=utf-8''"))
    if len(segments) == 1:
        return [f"{name}*=utf-8''{segments[0]}"]
    segments[0] = f"utf-8''{segments[0]}"
    return [f"{name}*{number}*={text}" for number, text in enumerate(segments)]


def _segments(octets: bytes, room: int) -> list[str]:
    segments = [""]
    for octet in octets:
        character = chr(octet) if octet in _LITERAL else f"%{octet:02X}"
        if len(segments[-1]) + len(character) > max(room, _SHORTEST_SEGMENT):
            segments.append("")
        segments[-1] += character
    return segments
