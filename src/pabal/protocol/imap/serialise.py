"""What a server writes: strings, lists, responses (RFC 9051 §9).

A server never sends a non-synchronizing literal; what cannot stand in quotes becomes ``{n}``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

_QUOTABLE = re.compile(rb"[\x01-\x09\x0b\x0c\x0e-\x7f]*")
_QUOTABLE_UTF8 = re.compile(rb"[^\x00\r\n]*")
_ATOM = re.compile(rb'[^\x00-\x20(){%*"\\\]\x7f-\xff]+')
_SPECIAL = re.compile(rb'(["\\])')
QUOTED_MAXIMUM = 1000  # longer strings go as literals, so that no line of ours is without bound

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def quote(octets: bytes) -> bytes:
    return b'"' + _SPECIAL.sub(rb"\\\1", octets) + b'"'


def string(octets: bytes, *, utf8: bool = False) -> bytes:
    """quoted where the rules allow it, else literal.  ``utf8``: IMAP4rev2 is enabled (RFC 9051 §4.3)."""
    pattern = _QUOTABLE_UTF8 if utf8 else _QUOTABLE
    if len(octets) <= QUOTED_MAXIMUM and pattern.fullmatch(octets):
        return quote(octets)
    return literal(octets)


def literal(octets: bytes) -> bytes:
    return b"{%d}\r\n%b" % (len(octets), octets)


def nstring(octets: bytes | None, *, utf8: bool = False) -> bytes:
    return b"NIL" if octets is None else string(octets, utf8=utf8)


def astring(octets: bytes, *, utf8: bool = False) -> bytes:
    """An atom where it can be one: old clients read ``INBOX`` better than ``"INBOX"``."""
    if _ATOM.fullmatch(octets) and octets.upper() != b"NIL":
        return octets
    return string(octets, utf8=utf8)


def parenthesised(items: Iterable[bytes]) -> bytes:
    return b"(" + b" ".join(items) + b")"


def date_time(moment: datetime) -> bytes:
    """date-time: the day is padded with a space to two characters (RFC 9051 §9 date-day-fixed)."""
    month = _MONTHS[moment.month - 1]
    return f'"{moment.day:2d}-{month}-{moment.year:04d} {moment:%H:%M:%S %z}"'.encode("ascii")


def text_line(text: str) -> bytes:
    """resp-text: one line of ASCII without the octets that would end it or start a code."""
    line = " ".join(text.split()).encode("ascii", "replace")
    return line.lstrip(b"[") or b"."
