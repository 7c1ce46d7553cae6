"""Octets to lines, octets to message text: the two places where SMTP is cut (RFC 5321 §2.3.8, §4.1.1.4, §4.5.2).

Invariants, each with a test of its name:
  * Only CRLF ends a command line, only CRLF.CRLF ends a message; a bare CR or LF is refused.
  * Any split of the octets gives the same lines and the same text.
  * What is kept is bounded: a line by its limit, a message by nothing at all (its text is handed on).

Message text is never walked octet by octet: ends, bare line ends and dots are found by searches in C.
"""

from __future__ import annotations

from pabal.model.errors import BareLineEnd, MessageTooLarge, Refusal
from pabal.protocol.smtp.errors import LineMalformed, LineTooLong, NulInMessage

_CR = 0x0D
_DOT = b"\r\n."
_END = b"\r\n.\r\n"


class LineReader:
    """Command lines out of octets."""

    __slots__ = ("_at", "_limit", "_octets", "_skipping")

    def __init__(self, limit: int) -> None:
        self._limit = limit  # octets, CRLF included
        self._octets = b""
        self._at = 0
        self._skipping = False  # inside a line that was too long

    @property
    def overlong(self) -> bool:
        """A line that is not at its end yet is already longer than a line may be."""
        return self._skipping

    def receive(self, octets: bytes) -> None:
        self._octets = self._octets[self._at :] + octets
        self._at = 0

    def take(self) -> bytes:
        """All octets that are not part of a line yet."""
        octets = self._octets[self._at :] if self._at else self._octets
        self._octets, self._at = b"", 0
        return octets

    def line(self) -> bytes | None:
        """The next line without its CRLF, or None.  Raises: LineTooLong, LineMalformed (the line is gone)."""
        start, end = self._at, self._octets.find(b"\n", self._at)
        if end < 0:
            self._bound()
            return None
        self._at = end + 1
        if self._skipping or end + 1 - start > self._limit:
            self._skipping = False
            raise LineTooLong
        line = self._octets[start : end - 1]
        # A LF without CR before it is refused at once: the client waits for our reply.
        if end == start or self._octets[end - 1] != _CR or b"\r" in line or b"\0" in line:
            raise LineMalformed
        return line

    def _bound(self) -> None:
        """Keep no more of an unfinished line than a line may have."""
        if self._skipping or len(self._octets) - self._at > self._limit:
            self._skipping = True
            self._octets, self._at = b"", 0


class DataReader:
    """The text of one message out of octets, up to and without the final dot."""

    __slots__ = ("_held", "_limit", "_size", "_virtual", "ended", "fault", "rest")

    def __init__(self, limit: int) -> None:
        self._limit = limit  # octets of text
        # The CRLF of the DATA line itself counts as the one before the first line, so that a message
        # may be empty (RFC 5321 §4.1.1.4); it is cut off what is handed on.
        self._held = b"\r\n"
        self._virtual = 2
        self._size = 0
        self.ended = False
        self.fault: Refusal | None = None
        self.rest = b""  # what came after the final dot

    def receive(self, octets: bytes) -> bytes:
        """What the octets add to the text; b"" once there is a fault, while the rest is read to its end."""
        octets = self._held + octets
        dot = octets.find(_DOT)  # one pass: without a dot at a line's start there is no end and nothing stuffed
        end = octets.find(_END, dot) if dot >= 0 else -1
        if end >= 0:
            text, self.rest, self.ended = octets[: end + 2], octets[end + len(_END) :], True
        else:
            cut = _safe_cut(octets)
            text, self._held = octets[:cut], octets[cut:]
        if not text:
            return b""
        self._inspect(text)
        return b"" if self.fault else self._unstuffed(text, stuffed=0 <= dot < len(text) - 2)

    def _inspect(self, text: bytes) -> None:
        if self.fault is not None:
            return
        self.fault = fault_of(text)

    def _unstuffed(self, text: bytes, *, stuffed: bool) -> bytes:
        # RFC 5321 §4.5.2: of a line that begins with a dot, the first octet is removed.
        if stuffed:
            text = text.replace(_DOT, b"\r\n")
        if self._virtual:
            text, self._virtual = text[self._virtual :], 0
        self._size += len(text)
        if self._size > self._limit:
            self.fault = MessageTooLarge()
            return b""
        return text


def fault_of(text: bytes) -> Refusal | None:
    """Why text, not empty and not ending inside CRLF, must be neither taken nor sent, if it must not."""
    # splitlines() ends a line at CRLF, CR and LF: all ends are CRLF when there are as many lines as
    # CR and as many as LF.  A piece never ends inside CRLF, so each can be judged alone.
    ends = text.count(b"\n")
    lines = len(text.splitlines()) - (not text.endswith((b"\n", b"\r")))
    if not lines == ends == text.count(b"\r"):
        return BareLineEnd()
    return NulInMessage() if b"\0" in text else None


def _safe_cut(octets: bytes) -> int:
    """Where text may be handed on: no CRLF, no CRLF.CRLF and no stuffed dot is cut in two."""
    cut = max(len(octets) - (len(_END) - 1), 0)
    if octets[max(cut - 2, 0) : cut] == b"\r\n":
        return cut - 2
    if cut and octets[cut - 1] == _CR:
        return cut - 1
    return cut
