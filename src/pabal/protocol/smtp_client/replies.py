"""Replies of a peer that is not trusted: cut, bounded and made safe (RFC 5321 §4.2, RFC 2034, RFC 3463).

Invariants, each with a test of its name:
  * Any split of the octets gives the same replies.
  * A line, the number of lines and the octets of one reply have their limits; beyond them is a ReplyFault.
  * What leaves here is printable ASCII of bounded length: fit for a log, a trace, a bounce.
  * A reply of 2yz, 4yz or 5yz has an enhanced status of its class: the peer's own, else x.0.0.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from pabal.model.errors import PabalError, Refusal
from pabal.model.replies import EnhancedStatus, Reply
from pabal.protocol.smtp.octets import LineReader
from pabal.protocol.smtp_client.limits import ClientLimits

_LINE: Final = re.compile(rb"([2-5][0-9][0-9])(?:([ -])(.*))?", re.DOTALL)
_STATUS: Final = re.compile(r"([245])\.([0-9]{1,3})\.([0-9]{1,3})(?: +|$)")
#: Every octet that is not printable ASCII becomes a question mark.
_SAFE: Final = bytes(octet if 0x20 <= octet <= 0x7E else 0x3F for octet in range(256))
_LINE_TEXT: Final = 500  # what one line of a Reply may hold


class ReplyFault(PabalError):
    """What came is not a reply, or too much of one; the connection is of no more use."""


class Received(NamedTuple):
    """One reply whole, each line made safe."""

    code: int
    lines: tuple[str, ...]


class ReplyReader:
    """Replies out of octets."""

    __slots__ = ("_limits", "_lines", "_octets", "_reader")

    def __init__(self, limits: ClientLimits) -> None:
        self._limits = limits
        self._reader = LineReader(limits.reply_line)
        self._lines: list[str] = []  # of the reply that is not whole yet
        self._octets = 0

    def receive(self, octets: bytes) -> None:
        self._reader.receive(octets)

    def forget(self) -> None:
        """Drop what came and was not read: it is not the word of whom the TLS handshake proved."""
        self._reader.take()
        self._lines, self._octets = [], 0

    def next(self) -> Received | None:
        """The next whole reply, or None.  Raises: ReplyFault."""
        while (line := self._line()) is not None:
            match = _LINE.fullmatch(line)
            if match is None:
                raise ReplyFault(f"not a reply: {line[:60].translate(_SAFE).decode('ascii')}")
            self._keep(match[3] or b"")
            if match[2] != b"-":
                lines, self._lines, self._octets = tuple(self._lines), [], 0
                # RFC 5321 §4.2.1: all lines carry one code; where they do not, the last is what was meant
                return Received(int(match[1]), lines)
        return None

    def _line(self) -> bytes | None:
        try:
            line = self._reader.line()
        except Refusal as refusal:
            raise ReplyFault(f"in a reply: {refusal.text}") from refusal
        if self._reader.overlong:
            raise ReplyFault("a line that does not end")
        return line

    def _keep(self, text: bytes) -> None:
        self._lines.append(text.translate(_SAFE).decode("ascii"))
        self._octets += len(text) + len(b"250-\r\n")
        if len(self._lines) > self._limits.reply_lines or self._octets > self._limits.reply_octets:
            raise ReplyFault("a reply that does not end")


def reply_of(received: Received, limit: int) -> Reply:
    """The reply with its status apart from its text; ``limit``: characters of text."""
    status = _status(received)
    lines = [_STATUS.sub("", line, count=1) if _STATUS.match(line) else line for line in received.lines]
    text = "\n".join(line[:_LINE_TEXT].rstrip(" ") for line in lines)
    return Reply(received.code, text[:limit].rstrip("\n"), status)


def _status(received: Received) -> EnhancedStatus | None:
    klass = received.code // 100
    if klass == 3:
        return None  # RFC 2034 §4
    match = _STATUS.match(received.lines[-1]) or _STATUS.match(received.lines[0])
    if match is not None and int(match[1]) == klass:
        return EnhancedStatus(klass, int(match[2]), int(match[3]))
    return EnhancedStatus(klass, 0, 0)
