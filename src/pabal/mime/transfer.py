"""Content-Transfer-Encoding undone (RFC 2045 §6): base64 and quoted-printable, by all their rules.

Never raises and never stops early: what is outside the alphabet is skipped, what cannot be an escape
stays as it is.  An encoding that is not known leaves the octets alone (RFC 2045 §6.4).
"""

from __future__ import annotations

import binascii
import re

from pabal.mime.defects import Defect

#: Encodings under which octets stand for themselves.
IDENTITY = frozenset(("7bit", "8bit", "binary", ""))
_SPELLINGS = {"7-bit": "7bit", "8-bit": "8bit", "base-64": "base64", "quotedprintable": "quoted-printable"}
_TOKEN = re.compile(rb'[ \t"\';]*(?:\([^()]*\)[ \t\r\n]*)?(7 bit|8 bit|[^\s;"\'()]*)')

_NOT_BASE64 = bytes(
    octet for octet in range(256) if not (chr(octet).isascii() and chr(octet).isalnum()) and octet not in b"+/="
)
_TRAILING = re.compile(rb"(?<![ \t])[ \t]++(?=\r?\n|\Z)")
_SOFT_BREAK = re.compile(rb"=\r?\n")
_ESCAPE = re.compile(rb"=([0-9A-Fa-f]{2})")


def encoding_name(value: bytes) -> str:
    """``Content-Transfer-Encoding`` in lower case; comments, quotes and a trailing ``;`` are tolerated."""
    found = _TOKEN.match(value)
    name = found.group(1).decode("latin-1").lower().replace(" ", "-") if found else ""
    return _SPELLINGS.get(name, name)


def decode_body(octets: bytes, encoding: str) -> bytes:
    if encoding == "base64":
        return decode_base64(octets)
    if encoding == "quoted-printable":
        return decode_quoted_printable(octets)
    return octets


def decode_base64(octets: bytes) -> bytes:
    """RFC 2045 §6.8: all else than the alphabet is ignored; whole quanta of a cut end are kept."""
    clean = octets.translate(None, _NOT_BASE64)
    if b"=" not in clean.rstrip(b"="):
        return _quanta(clean.rstrip(b"="))
    # Blocks that were encoded one by one and put together: each ends in its own padding.
    return b"".join(_quanta(block) for block in clean.split(b"=") if block)


def _quanta(clean: bytes) -> bytes:
    left_over = len(clean) % 4
    if left_over == 1:  # six bits are no octet
        clean = clean[:-1]
    return binascii.a2b_base64(clean + b"=" * (-len(clean) % 4))


def decode_quoted_printable(octets: bytes) -> bytes:
    """RFC 2045 §6.7: white space before a line's end is padding and MUST be deleted (rule 3)."""
    if b" " in octets or b"\t" in octets:
        octets = _TRAILING.sub(b"", octets)
    if b"=" not in octets:
        return octets
    return _ESCAPE.sub(lambda found: bytes.fromhex(found[1].decode("ascii")), _SOFT_BREAK.sub(b"", octets))


def encoding_defects(octets: bytes, encoding: str) -> list[Defect]:
    """What is wrong with an encoded body, by stable names; it is decoded all the same."""
    if encoding == "base64":
        return _base64_defects(octets)
    if encoding == "quoted-printable":
        return _quoted_printable_defects(octets)
    return [] if encoding in IDENTITY else [Defect.TRANSFER_ENCODING_UNKNOWN]


def _base64_defects(octets: bytes) -> list[Defect]:
    clean = octets.translate(None, _NOT_BASE64)
    digits = clean.rstrip(b"=")
    found = [Defect.BASE64_FOREIGN_CHARACTERS] if len(clean) != len(octets.translate(None, b"\r\n")) else []
    if b"=" in digits:
        return [*found, Defect.BASE64_DATA_AFTER_PADDING]
    if len(digits) % 4 == 1:
        return [*found, Defect.BASE64_TRUNCATED]
    return found if len(clean) % 4 == 0 else [*found, Defect.BASE64_PADDING]


def _quoted_printable_defects(octets: bytes) -> list[Defect]:
    bare = _ESCAPE.sub(b"", _SOFT_BREAK.sub(b"", _TRAILING.sub(b"", octets)))
    found = [Defect.QUOTED_PRINTABLE_BAD_ESCAPE] if b"=" in bare else []
    return found if octets.isascii() else [*found, Defect.QUOTED_PRINTABLE_RAW_OCTETS]
