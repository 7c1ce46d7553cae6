"""A message on its way to the wire: dot-stuffed for DATA, counted for BDAT (RFC 5321 §4.5.2, RFC 3030 §2).

Invariants, each with a test of its name:
  * No bare CR or LF and no NUL is ever sent: content that has one is refused where it is found, and its end
    is never sent, so the peer keeps nothing of it (RFC 5321 §2.3.8: a client MUST NOT transmit them).
  * However the content is cut in pieces, the octets on the wire are the same.

Content is never walked octet by octet: line ends and dots are found by searches in C.
"""

from __future__ import annotations

from pabal.model.errors import Refusal
from pabal.model.replies import EnhancedStatus
from pabal.protocol.smtp.octets import fault_of


class EightBitContent(Refusal):
    """Octets above 127 for a peer that takes only seven bits: the caller said 7BIT, and was wrong."""

    code, status, text = (
        554,
        EnhancedStatus(5, 6, 3),
        "The message has 8-bit content that the next host does not take",
    )


class SizeMismatch(Refusal):
    """The caller gave more or less octets than it said."""

    code, status, text = 554, EnhancedStatus(5, 6, 0), "The message has another size than was said"


class Lines:
    """Text in pieces, checked; what it gives never ends inside CRLF."""

    __slots__ = ("_eight_bit", "_held", "line_start")

    def __init__(self, *, eight_bit: bool) -> None:
        self._eight_bit = eight_bit  # octets above 127 may pass
        self._held = b""  # a CR at the end of a piece, until we see what follows
        self.line_start = True

    def add(self, piece: bytes) -> bytes:
        """Raises: Refusal."""
        text, self._held = self._held + piece, b""
        if text.endswith(b"\r"):
            text, self._held = text[:-1], b"\r"
        if not text:
            return b""
        fault = fault_of(text) or (None if self._eight_bit or text.isascii() else EightBitContent())
        if fault is not None:
            raise fault
        self.line_start = text.endswith(b"\n")
        return text

    def end(self) -> bytes:
        """The CRLF that the last line lacks, if it does.  Raises: Refusal."""
        fault = fault_of(self._held + b" ") if self._held else None
        if fault is not None:
            raise fault
        return b"" if self.line_start else b"\r\n"


class DataWriter:
    """After DATA: every line that begins with a dot gets one more (RFC 5321 §4.5.2)."""

    __slots__ = ("_lines",)

    def __init__(self, *, eight_bit: bool) -> None:
        self._lines = Lines(eight_bit=eight_bit)

    def add(self, piece: bytes) -> bytes:
        """Raises: Refusal."""
        line_start = self._lines.line_start
        text = self._lines.add(piece)
        stuffed = text.replace(b"\r\n.", b"\r\n..")
        return b"." + stuffed if line_start and text.startswith(b".") else stuffed

    def end(self) -> bytes:
        """Raises: Refusal."""
        return self._lines.end() + b".\r\n"


class ChunkWriter:
    """One BDAT of the whole size, then the last, empty but for a CRLF that the last line lacks (RFC 3030 §2)."""

    __slots__ = ("_left", "_lines")

    def __init__(self, size: int, *, binary: bool) -> None:
        self._lines = None if binary else Lines(eight_bit=True)
        self._left = size

    def add(self, piece: bytes) -> bytes:
        """Raises: Refusal."""
        text = piece if self._lines is None else self._lines.add(piece)
        self._left -= len(text)
        if self._left < 0:
            raise SizeMismatch
        return text

    def end(self) -> bytes:
        """Raises: Refusal."""
        last = b"" if self._lines is None else self._lines.end()
        if self._left:
            raise SizeMismatch
        return b"BDAT %d LAST\r\n%b" % (len(last), last)


def chunk_start(size: int) -> bytes:
    return b"BDAT %d\r\n" % size
