"""From octets to whole commands: lines, literals and their bounds (RFC 9051 §2.2.1, §4.3, RFC 7888).

``Assembler.step`` says what it found; who answers is the session.  Octets of a message are never
gathered here: a large literal leaves in the pieces in which it came, without being copied.

Invariants, each with a test of its name:
  * Only CRLF ends a line; a line that ends with a bare LF is refused, whole.
  * What is over a limit is never kept: with ``{n}`` it is refused before it is sent, with ``{n+}``
    it is swallowed, and far over the limit the connection ends.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from pabal.protocol.imap.cursor import LargeLiteral, Literal
from pabal.protocol.imap.settings import ImapSettings

_MARKER = re.compile(rb"~?\{(\d{1,20})(\+?)\}\Z")  # number64, so that what follows {99999999999+} is no command
_APPEND = re.compile(rb"[^ ]+ APPEND ", re.IGNORECASE)
_NO_LINE_END = re.compile(rb"[\r\n\x00]")
INLINE_LITERAL = 16 * 1024  # a literal up to this is kept with its command, a larger one leaves in pieces
HEAD, TAIL = 128, 24  # of a line that is too long: what names its tag, and what may be a literal's marker
SWALLOWED = 4  # a {n+} of so many times the largest message ends the connection instead of being swallowed


@dataclass(frozen=True, slots=True)
class NeedOctets:
    """Nothing whole has arrived yet."""


@dataclass(frozen=True, slots=True)
class Whole:
    """One command, its tag included.  ``refusal`` tells why it is not to be parsed, ``code`` with which code."""

    text: bytes
    literals: Mapping[int, Literal] = field(default_factory=dict)
    refusal: str = ""
    code: str = ""
    fatal: bool = False


@dataclass(frozen=True, slots=True)
class Continue:
    """The client waits for a continuation request before its literal."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Octets of a large literal."""

    octets: bytes


Step = NeedOctets | Whole | Continue | Piece
NEED_OCTETS, CONTINUE = NeedOctets(), Continue()


class Assembler:
    """Gathers one command at a time."""

    __slots__ = (
        "_at", "_buffer", "_code", "_kept", "_left", "_literal", "_literals", "_refusal", "_scanned", "_settings",
        "_text",
    )  # fmt: skip

    def __init__(self, settings: ImapSettings) -> None:
        self._settings = settings
        self.forget()

    def forget(self) -> None:
        """Drop all that has come: RFC 9051 §6.2.1, what came before TLS is not replayed after it."""
        self._buffer = b""
        self._at = 0  # octets of the buffer that were taken
        self._scanned = 0  # octets of the buffer known to hold no LF that was not taken
        self._begin()

    def _begin(self) -> None:
        self._text = b""
        self._literals: dict[int, Literal] = {}
        self._kept = 0  # octets in text and literals
        self._left = 0  # octets of the present literal that are still to come
        self._literal: list[bytes] | None = None  # its octets when it is kept
        self._refusal = self._code = ""

    def receive(self, octets: bytes) -> None:
        self._scanned -= self._at
        self._buffer = self._buffer[self._at :] + octets if self._at < len(self._buffer) else octets
        self._at = 0
        self._scanned = max(0, self._scanned)

    def step(self, *, signed_in: bool) -> Step:
        while True:
            found = self._literal_step() if self._left else self._line_step(signed_in)
            if found is not None:
                return found

    def _take(self, stop: int) -> bytes:
        taken = self._buffer[self._at : stop]
        self._at = stop
        if stop >= len(self._buffer):
            self._buffer, self._at = b"", 0  # an idle connection holds nothing
        self._scanned = self._at
        return taken

    # lines
    def line(self, maximum: int) -> bytes | None:
        """The next line with its end, None when it has not arrived; over ``maximum`` only its ends, refused."""
        end = self._buffer.find(b"\n", self._scanned)
        stop = len(self._buffer) if end < 0 else end + 1
        too_long = stop - self._at > maximum + 2  # its CR LF does not count
        if too_long:
            self._refuse("Line is too long")
        if end >= 0:
            return self._take(stop)
        if too_long:
            head, tail = self._buffer[self._at : self._at + HEAD], self._buffer[-TAIL:]
            self._buffer, self._at = head + tail, 0
        self._scanned = len(self._buffer)
        return None

    def answer_line(self, maximum: int) -> bytes | None:
        """A line that is no command, without its end; one that is too long cancels (RFC 9051 §6.2.2: ``*``)."""
        line = self.line(maximum)
        if line is None:
            return None
        refused = bool(self._refusal)
        self._begin()
        return b"*" if refused else line.rstrip(b"\r\n")

    def _refuse(self, refusal: str, code: str = "") -> None:
        """The first reason is the one that is told."""
        if not self._refusal:
            self._refusal, self._code = refusal, code

    def _line_step(self, signed_in: bool) -> Step | None:
        line = self.line(self._settings.line if signed_in else self._settings.line_before_login)
        if line is None:
            return NEED_OCTETS
        content = line[:-2] if line.endswith(b"\r\n") else line[:-1]
        if not line.endswith(b"\r\n") or _NO_LINE_END.search(content):
            self._refuse("A line ends with CR LF and holds no other CR, LF or NUL")
            return self._whole(content)
        marker = _MARKER.search(content, max(0, len(content) - TAIL))
        if marker is None:
            return self._whole(content)
        return self._literal_begins(content, int(marker[1]), waits=not marker[2], signed_in=signed_in)

    def _whole(self, content: bytes, *, fatal: bool = False) -> Whole:
        self._add(content)
        whole = Whole(self._text, self._literals, self._refusal, self._code, fatal)
        self._begin()
        return whole

    def _add(self, content: bytes) -> None:
        self._kept += len(content)
        if self._kept > self._settings.command:
            self._refuse("Command is too large")
        self._text = self._text[:HEAD] if self._text and self._refusal else self._text + content

    # literals
    def _literal_begins(self, content: bytes, size: int, *, waits: bool, signed_in: bool) -> Step | None:
        self._add(content)
        is_message = signed_in and _APPEND.match(self._text) is not None
        if size > self._bound(is_message=is_message, signed_in=signed_in):
            self._refuse("Literal is too large", "TOOBIG")
        far_over = size > SWALLOWED * self._settings.message_size
        if self._refusal and (waits or far_over):
            return self._whole(b"", fatal=not waits)  # RFC 9051 §4.3: refused before it is sent
        self._left = size
        self._expect(size, is_message=is_message)
        return CONTINUE if waits else None

    def _bound(self, *, is_message: bool, signed_in: bool) -> int:
        if not signed_in:
            return self._settings.literal_before_login
        return self._settings.message_size if is_message else self._settings.command - self._kept

    def _expect(self, size: int, *, is_message: bool) -> None:
        self._literal = None
        if self._refusal:
            return
        if is_message and size > INLINE_LITERAL:
            self._literals[len(self._text)] = LargeLiteral(size)
            return
        self._kept += size
        self._literals[len(self._text)] = b""
        self._literal = []

    def _literal_step(self) -> Step | None:
        if not self._buffer:
            return NEED_OCTETS
        piece = self._take(min(len(self._buffer), self._at + self._left))
        self._left -= len(piece)
        if self._refusal:
            return None  # swallowed
        if self._literal is None:
            return Piece(piece)
        self._literal.append(piece)
        if not self._left:
            self._literals[len(self._text)] = b"".join(self._literal)
        return None
