"""Trace fields (RFC 5321 §4.4): what we write before a message, and what stood there already.

``Received:`` says how the message came, for the one recipient whose copy it heads (naming the others
would betray blind copies, §7.2); ``Return-Path:`` says the reverse-path, once, at final delivery.  The
content itself keeps its octets, except that a ``Return-Path:`` of somebody else is cut out.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from pabal.model.address import Address
from pabal.model.envelope import Envelope, Origin
from pabal.model.errors import RoutingLoop
from pabal.protocol.smtp.grammar import is_domain_or_literal

#: RFC 5321 §6.3: at least 100.
RECEIVED_LIMIT: Final = 100
#: Octets at the start of a message in which its header is looked for; a header that is longer has no end for us.
HEADER_LIMIT: Final = 256 * 1024

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_FIELD_LINE = re.compile(rb"([\x21-\x39\x3b-\x7e]+)[ \t]*:")
_NOT_IN_COMMENT = re.compile(r"[^A-Za-z0-9.:\[\]_ -]")

Span = tuple[int, int]


def date_time(moment: datetime) -> str:
    """``Wed, 25 Nov 2026 12:30:00 +0000`` (RFC 5322 §3.3), of an aware time in UTC."""
    return (
        f"{_DAYS[moment.weekday()]}, {moment.day} {_MONTHS[moment.month - 1]} {moment.year}"
        f" {moment.hour:02}:{moment.minute:02}:{moment.second:02} +0000"
    )


def return_path(reverse_path: Address | None) -> bytes:
    # return = "Return-Path:" FWS Reverse-path CRLF
    return f"Return-Path: <{reverse_path or ''}>\r\n".encode()


class ReceivedField:
    """``Received:`` of one message; only its ``for`` clause differs from recipient to recipient."""

    __slots__ = ("_after", "_before")

    def __init__(self, envelope: Envelope, hostname: str) -> None:
        origin = envelope.origin
        self._before = (
            f"Received: {_from_clause(origin)}by {hostname}"
            f" with {origin.with_protocol}{_tls_comment(origin)} id {envelope.intake_id}\r\n\tfor <"
        )
        self._after = f">; {date_time(envelope.received_at)}\r\n"

    def octets(self, forward_path: Address) -> bytes:
        return f"{self._before}{forward_path}{self._after}".encode()


def _from_clause(origin: Origin) -> str:
    # From-domain = "FROM" FWS Extended-Domain ; Extended-Domain = Domain [FWS "(" TCP-info ")"] / literal ...
    literal = _literal(origin.client_address)
    if not literal and not origin.client_name:
        return ""
    if is_domain_or_literal(origin.client_name):
        return f"from {origin.client_name}{f' ({literal})' if literal else ''}\r\n\t"
    said = _NOT_IN_COMMENT.sub("?", origin.client_name)[:64]
    return f"from {literal or 'unknown'} (said {said})\r\n\t"


def _literal(address: str) -> str:
    address = address.partition("%")[0]  # a zone means something on this machine only (RFC 4007 §11)
    if not address:
        return ""
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


def _tls_comment(origin: Origin) -> str:
    return f" ({_NOT_IN_COMMENT.sub('?', origin.tls)})" if origin.tls else ""


def check_hops(head: bytes) -> None:
    """``head`` are the first octets of the message.  Raises: RoutingLoop."""
    # Counting without parsing gives an upper bound; only a message that exceeds it is read line by line.
    if head.lower().count(b"received") >= RECEIVED_LIMIT and len(fields(head, b"received")) >= RECEIVED_LIMIT:
        raise RoutingLoop


def return_path_spans(head: bytes) -> list[Span]:
    """Where somebody else's ``Return-Path:`` fields lie; RFC 5321 §4.4: there MUST be only one."""
    return fields(head, b"return-path") if b"return-path" in head.lower() else []


def fields(head: bytes, name: bytes) -> list[Span]:
    """All fields of a name (lower case) in the header, with their continuation lines and line ends.

    The header ends at an empty line or at the first line that is no field.
    """
    spans: list[Span] = []
    start, inside = 0, False
    for line in head.splitlines(keepends=True):
        end = start + len(line)
        if line[:1] not in (b" ", b"\t"):
            match = _FIELD_LINE.match(line)
            if match is None:
                break
            inside = match[1].lower() == name
            if inside:
                spans.append((start, end))
        elif inside:
            spans[-1] = (spans[-1][0], end)
        start = end
    return spans
