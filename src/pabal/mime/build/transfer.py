"""What a way carries, and the least encoding for it (RFC 2045 §2.7-2.9, §6.2; RFC 2049 §4; RFC 6152)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pabal.mime import encoding

LONGEST_LINE = 998  # RFC 5322 §2.1.1, without CRLF
#: From the least to the most; a composite's domain is the greatest of its parts' (RFC 2045 §6.4).
DOMAINS = ("7bit", "8bit", "binary")

# An escape takes three octets, base64 four for three: longer from one octet of six; people read this one.
_TEXT_SHARE = 5
_FRAGILE = re.compile(rb"[ \t]\r\n|(?:\A|\n)From ")  # white space at a line's end, or what a mailbox file escapes
_NOT_TEXT = re.compile(rb"[^\t\r\n -<>-~]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """What the message may need of those who carry it; by default nothing but RFC 5321."""

    eight_bit: bool = False  # 8BITMIME (RFC 6152)
    utf8: bool = False  # SMTPUTF8 (RFC 6531)
    signing: bool = False  # a signature will cover the octets: no text stays that a relay or mailbox file may change


SEVEN_BIT = Way()


def domain_of(octets: bytes) -> str:
    """``7bit``, ``8bit`` or ``binary``: what the octets are, whatever a label says (RFC 2045 §2.7-2.9)."""
    ends = octets.count(b"\r\n")
    if octets.count(b"\r") != ends or octets.count(b"\n") != ends or b"\x00" in octets or _has_long_line(octets):
        return "binary"
    return "7bit" if octets.isascii() else "8bit"


def carries(way: Way, octets: bytes) -> bool:
    domain = domain_of(octets)
    return domain == "7bit" or (domain == "8bit" and way.eight_bit)


def _has_long_line(octets: bytes) -> bool:
    return len(octets) > LONGEST_LINE and max(map(len, octets.split(b"\r\n"))) > LONGEST_LINE


def text_encoding(octets: bytes, way: Way) -> str:
    """7bit when it is that, 8bit where the way takes it, else quoted-printable for mostly ASCII, else base64."""
    fragile = way.signing and _FRAGILE.search(octets)  # RFC 3156 §3, §5
    if carries(way, octets) and not fragile:
        return domain_of(octets)
    mostly_ascii = len(_NOT_TEXT.findall(octets)) * _TEXT_SHARE <= len(octets)
    return "quoted-printable" if mostly_ascii else "base64"


def encoded(octets: bytes, name: str, *, text: bool) -> bytes:
    """The body in that encoding; base64 ends without a line break, so that a delimiter follows at once."""
    return encoding.encode_body(octets, name, text=text).removesuffix(b"\r\n" if name == "base64" else b"")
