"""Content-Transfer-Encoding made: base64 and quoted-printable (RFC 2045 §6), and the canonical form before it."""

from __future__ import annotations

import binascii
import re

LINE_CHARACTERS = 76  # RFC 2045 §6.7 (5), §6.8: MUST NOT be longer
_BASE64_GROUP = 57  # octets that make a line of 76

_ESCAPED = [b"=%02X" % octet for octet in range(256)]
_LITERAL = [
    bytes([octet]) if (33 <= octet <= 126 and octet != 61) or octet in b" \t" else _ESCAPED[octet]
    for octet in range(256)
]
_LINE_BREAK = re.compile(r"\r\n|\r|\n")


def encode_base64(octets: bytes) -> bytes:
    """Lines of at most 76 characters, each ended by CRLF."""
    starts = range(0, len(octets), _BASE64_GROUP)
    return b"".join(binascii.b2a_base64(octets[at : at + _BASE64_GROUP], newline=False) + b"\r\n" for at in starts)


def encode_quoted_printable(octets: bytes, *, text: bool = True) -> bytes:
    """Line breaks of text stay CRLF, those of anything else are data: ``=0D=0A`` (RFC 2045 §6.7 (4)).

    A "." or "F" at a line's start is escaped, so neither dot-stuffing nor a mailbox file's "From " can change it.
    """
    lines = octets.split(b"\r\n") if text else [octets]
    return b"\r\n".join(map(_quoted_printable_line, lines))


def _quoted_printable_line(line: bytes) -> bytes:
    tokens = [_LITERAL[octet] for octet in line]
    if line[-1:] in (b" ", b"\t"):
        tokens[-1] = _ESCAPED[line[-1]]  # §6.7 (3): MUST NOT end in white space
    lines: list[bytes] = []
    current: list[bytes] = []
    length = 0
    for token in tokens:
        if length + len(token) >= LINE_CHARACTERS:  # one is kept for the "=" of the soft break
            lines.append(b"".join(current))
            current, length = [], 0
        if not current and token in (b".", b"F"):
            token = _ESCAPED[token[0]]
        current.append(token)
        length += len(token)
    return b"=\r\n".join([*lines, b"".join(current)])


def canonical(text: str) -> bytes:
    """Text in UTF-8 with CRLF line breaks, the last line ended (RFC 2049 §4 (2))."""
    octets = "\r\n".join(_LINE_BREAK.split(text)).encode("utf-8", "replace")
    return octets if not octets or octets.endswith(b"\r\n") else octets + b"\r\n"


def encode_body(octets: bytes, encoding: str, *, text: bool = True) -> bytes:
    if encoding == "base64":
        return encode_base64(octets)
    return encode_quoted_printable(octets, text=text) if encoding == "quoted-printable" else octets
