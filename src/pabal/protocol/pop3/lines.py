"""Command lines out of octets that arrive as they like (RFC 1939 §3: a command ends with CRLF)."""

from __future__ import annotations

from pabal.protocol.pop3.commands import BadCommand


class Lines:
    """Keeps what is not yet a line, never more than one bound; a longer line is skipped to its end."""

    __slots__ = ("_octets", "_skipping")

    def __init__(self) -> None:
        self._octets = bytearray()
        self._skipping = False

    def add(self, octets: bytes) -> None:
        self._octets += octets

    def forget(self) -> None:
        self._octets.clear()
        self._skipping = False

    def next(self, bound: int) -> bytes | None:
        """A line without its CRLF; None when more must arrive.  Raises: BadCommand."""
        end = self._octets.find(b"\n")
        if end < 0:
            self._skip_when_above(bound)
            return None
        line = bytes(self._octets[: end + 1])
        del self._octets[: end + 1]
        if self._skipping or len(line) > bound:
            self._skipping = False
            raise BadCommand("The line is too long")
        # A line that ends otherwise is answered, not waited for: its sender would wait for us too.
        if not line.endswith(b"\r\n"):
            raise BadCommand("A line must end with CR LF")
        return line[:-2]

    def _skip_when_above(self, bound: int) -> None:
        if len(self._octets) > bound:
            self._octets.clear()
            self._skipping = True
