"""Multi-line responses (RFC 1939 §3): dot-stuffing in pieces of any size, and the cut of TOP (§7).

Invariants, each with a test: undoing the stuffing gives the octets back (with a CRLF at the end where
there was none), and how a message is cut into pieces changes nothing on the wire.
"""

from __future__ import annotations

END = b".\r\n"


class DotStuffer:
    """``stuff`` each piece, then send ``end()``."""

    __slots__ = ("_tail",)

    def __init__(self) -> None:
        self._tail = b"\r\n"  # the last two octets that were sent: a line begins here

    def stuff(self, piece: bytes) -> bytes:
        if not piece:
            return b""
        # RFC 1939 §3: a line that begins with the termination octet gets another one before it.
        # The two octets before are looked at too, since a CRLF may be cut between two pieces.
        stuffed = (self._tail + piece).replace(b"\r\n.", b"\r\n..")[2:]
        self._tail = (self._tail + piece)[-2:]
        return stuffed

    def end(self) -> bytes:
        return END if self._tail == b"\r\n" else b"\r\n" + END


class TopCutter:
    """The header, the empty line, and the first ``lines`` lines of the body (RFC 1939 §7 TOP)."""

    __slots__ = ("_in_header", "_left", "_tail", "done")

    def __init__(self, lines: int) -> None:
        self._left = lines
        self._in_header = True
        self._tail = b"\r\n"  # a message may begin with the empty line
        self.done = False

    def cut(self, piece: bytes) -> bytes:
        """What of ``piece`` belongs to the answer."""
        if self.done:
            return b""
        body = self._header_end(piece) if self._in_header else 0
        return piece if self._in_header else piece[: self._body_end(piece, body)]

    def _header_end(self, piece: bytes) -> int:
        """Where the body begins in ``piece``; 0 while it is still the header."""
        seen = self._tail + piece
        at = seen.find(b"\r\n\r\n")
        if at < 0:
            self._tail = seen[-3:]
            return 0
        self._in_header = False
        return at + 4 - len(self._tail)

    def _body_end(self, piece: bytes, start: int) -> int:
        while self._left:
            line_end = piece.find(b"\n", start)
            if line_end < 0:
                return len(piece)
            start = line_end + 1
            self._left -= 1
        self.done = True
        return start
