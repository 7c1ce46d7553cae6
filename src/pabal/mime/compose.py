"""Fields and messages written (RFC 5322 §2.2.3, RFC 2047 §5, RFC 2231, RFC 2183); all of it ASCII on the wire.

A field with CR, LF or NUL in its text is the caller's mistake and raises ValueError, so no text can
become another header line.  Date, message-id and boundary are arguments: nothing here knows time or chance.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pabal.mime.encoding import canonical, encode_base64, encode_body, fitting_encoding

_LINE = 76  # RFC 2047 §2: of a line that holds an encoded-word
_WORD = 75  # RFC 2047 §2
_FOLD = 78  # RFC 5322 §2.1.1
_FRAME = len("=?utf-8?q??=")
_NAME = re.compile(r"[!-9;-~]+")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_TOKEN = re.compile(r"[A-Za-z0-9!#$&+.^_`{|}~-]+")
_Q_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")  # RFC 2047 §5 (3)
_SEGMENT_OCTETS = 50


@dataclass(frozen=True, slots=True)
class Attachment:
    filename: str
    media_type: str
    octets: bytes


def field(name: str, text: str) -> bytes:
    """One unstructured field, folded, encoded-words where ASCII does not do."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"not a field name: {name!r}")
    _refuse_line_breaks(text)
    start = f"{name}: "
    if _is_plain(text):
        return (start + _fold(text, len(start))).encode("ascii") + b"\r\n"
    words = "\r\n ".join(encoded_words(text, _LINE - len(start)))
    return (start + words).encode("ascii") + b"\r\n"


def _is_plain(text: str) -> bool:
    """What looks like an encoded-word but is text is encoded too (RFC 2047 §5), and so is white space at the ends."""
    return text.isascii() and text.isprintable() and "=?" not in text and text == text.strip()


def _refuse_line_breaks(text: str) -> None:
    if any(character in text for character in "\r\n\x00"):
        raise ValueError("a header field holds no CR, LF or NUL")


def _fold(text: str, used: int) -> str:
    """Break before single spaces; a line is only as long as its longest word."""
    lines, line, first = [], "", True
    for word in text.split(" "):
        if line.strip() and word and used + len(line) + 1 + len(word) > _FOLD:
            lines.append(line)
            line, used = f" {word}", 0
        else:
            line += word if first else f" {word}"
        first = False
    return "\r\n".join([*lines, line])


def encoded_words(text: str, first: int = _WORD) -> Iterator[str]:
    """``text`` as encoded-words of at most 75 characters, the first of at most ``first``; no character is split."""
    octets = text.encode("utf-8", "replace")
    use_q = sum(octet in _Q_SAFE or octet == 32 for octet in octets) * 3 >= len(octets) * 2
    room = min(first, _WORD) - _FRAME
    piece, size = b"", 0
    for character in text:
        encoded = character.encode("utf-8", "replace")
        grown = size + len(_q(encoded)) if use_q else -(-(len(piece) + len(encoded)) // 3) * 4
        if grown > room and piece:
            yield _word(piece, use_q)
            piece, room = b"", _WORD - _FRAME
            grown = len(_q(encoded)) if use_q else 4 * -(-len(encoded) // 3)
        piece, size = piece + encoded, grown
    yield _word(piece, use_q)


def _word(octets: bytes, use_q: bool) -> str:
    body = _q(octets) if use_q else binascii.b2a_base64(octets, newline=False).decode("ascii")
    return f"=?utf-8?{'q' if use_q else 'b'}?{body}?="


def _q(octets: bytes) -> str:
    return "".join(chr(octet) if octet in _Q_SAFE else "_" if octet == 32 else f"={octet:02X}" for octet in octets)


def mailbox(name: str, address: str) -> str:
    """``name <address>`` as it stands in an address field; the address is written already."""
    _refuse_line_breaks(name + address)
    if not name:
        return address
    if _ATOMS.fullmatch(name) and "=?" not in name:
        return f"{name} <{address}>"
    if name.isascii() and name.isprintable() and "=?" not in name:
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}" <{address}>'
    return f"{' '.join(encoded_words(name))} <{address}>"


def parameter(name: str, value: str) -> str:
    """``; name=value``, in segments of RFC 2231 where it is long or not ASCII."""
    _refuse_line_breaks(value)
    if _TOKEN.fullmatch(value) and len(value) <= _SEGMENT_OCTETS:
        return f"; {name}={value}"
    if value.isascii() and value.isprintable() and len(value) <= _SEGMENT_OCTETS:
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f';\r\n {name}="{escaped}"'
    segments = list(_segments(value.encode("utf-8", "replace")))
    if len(segments) == 1:
        return f";\r\n {name}*=utf-8''{segments[0]}"
    lines = (f";\r\n {name}*{number}*={text}" for number, text in enumerate(segments[1:], 1))
    return f";\r\n {name}*0*=utf-8''{segments[0]}" + "".join(lines)


def _segments(octets: bytes) -> Iterator[str]:
    segment = ""
    for octet in octets:
        character = chr(octet)
        segment += (
            character if (character.isascii() and character.isalnum()) or character in "-._~" else f"%{octet:02X}"
        )
        if len(segment) >= _SEGMENT_OCTETS:
            yield segment
            segment = ""
    if segment:
        yield segment


def compose(
    fields: Sequence[tuple[str, str]], text: str, attachments: Sequence[Attachment] = (), *, boundary: str = ""
) -> bytes:
    """A message of text and files; address fields are written by ``mailbox`` before.

    Raises: ValueError for a field that cannot be written, or attachments without a boundary.
    """
    header = b"".join(_written(name, value) for name, value in fields) + b"MIME-Version: 1.0\r\n"
    if not attachments:
        return header + _text_part(text)
    if not boundary:
        raise ValueError("attachments need a boundary")
    opening = b"\r\n--" + boundary.encode("ascii") + b"\r\n"
    parts = opening.join([b"", _text_part(text), *map(_attachment, attachments)])
    kind = f'Content-Type: multipart/mixed; boundary="{boundary}"\r\n'.encode("ascii")
    return header + kind + parts + b"\r\n--" + boundary.encode("ascii") + b"--\r\n"


_STRUCTURED = frozenset(
    ("from", "sender", "reply-to", "to", "cc", "bcc", "date", "message-id", "in-reply-to", "references")
)


def _written(name: str, value: str) -> bytes:
    """A structured field is written already: its encoded-words must not be encoded again."""
    if name.lower() not in _STRUCTURED:
        return field(name, value)
    _refuse_line_breaks(value)
    return f"{name}: {_fold(value, len(name) + 2)}".encode() + b"\r\n"


def _text_part(text: str) -> bytes:
    octets = canonical(text)
    encoding = fitting_encoding(octets)
    charset = "us-ascii" if octets.isascii() else "utf-8"  # RFC 2046 §4.1.2: the least that does
    start = f"Content-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return start.encode("ascii") + encode_body(octets, encoding)


def _attachment(attachment: Attachment) -> bytes:
    _refuse_line_breaks(attachment.media_type)
    start = (
        f"Content-Type: {attachment.media_type}\r\n"
        f"Content-Disposition: attachment{parameter('filename', attachment.filename)}\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n"
    )
    return start.encode("ascii") + encode_base64(attachment.octets)
