"""The server side of IMAP, without I/O (RFC 9051 §3, §5.5, §7.6).

Octets go in through ``receive`` (b"" when the peer hung up), events come out of ``next_event``; the
caller writes responses with ``send``, ends each command with ``finish`` and sends what
``data_to_send`` holds.

Invariants, each with a test of its name:
  * An event is given only after the command before it was finished, so a pipelined command never
    runs ahead of the response it depends on.
  * Syntax and state errors are answered here, with BAD and what was expected; garbage never raises.
  * What a client sent before its TLS handshake is dropped, not replayed after it (RFC 9051 §6.2.1).
  * A line of HTTP ends the connection: a web page must not be able to give commands.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pabal.protocol.imap.assembly import Assembler, Continue, NeedOctets, Piece, Whole
from pabal.protocol.imap.commands import Command
from pabal.protocol.imap.cursor import BadCommand, Cursor
from pabal.protocol.imap.serialise import text_line
from pabal.protocol.imap.settings import ImapSettings
from pabal.protocol.imap.verbs import State, parse

_HTTP = re.compile(
    rb"(?:GET|POST|PUT|HEAD|DELETE|OPTIONS|CONNECT|PATCH|TRACE|PRI) [^ ]* HTTP/|(?:Host|User-Agent):", re.IGNORECASE
)
_TAG = re.compile(rb'([^\x00-\x20(){%*"\\+\x7f-\xff]{1,100})(?: |$)')
ANSWER_MAXIMUM = 16 * 1024  # a line that answers a continuation request (SASL, DONE), octets


@dataclass(frozen=True, slots=True)
class NeedData:
    """Send what waits, read from the peer, call ``receive``."""


@dataclass(frozen=True, slots=True)
class CommandReceived:
    """Carry it out, then ``finish(tag, ...)``."""

    tag: bytes
    command: Command


@dataclass(frozen=True, slots=True)
class MessagePiece:
    """Some octets of the message of the APPEND that follows; no answer."""

    octets: bytes


@dataclass(frozen=True, slots=True)
class MessageDropped:
    """The APPEND whose pieces came was refused or broken off: forget them; no answer."""


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """What the client said to ``ask``, without its line end."""

    octets: bytes


@dataclass(frozen=True, slots=True)
class Closed:
    """Nothing more is to be read; send what waits and close."""

    reason: str


Event = NeedData | CommandReceived | MessagePiece | MessageDropped | AnswerLine | Closed
NEED_DATA = NeedData()


class ServerSession:
    """One connection."""

    __slots__ = (
        "_asked", "_assembler", "_bad", "_busy", "_out", "_pieces", "_settings", "closed", "state", "utf8", "waiting",
    )  # fmt: skip

    def __init__(self, settings: ImapSettings) -> None:
        self._settings = settings
        self._assembler = Assembler(settings)
        self._out: list[bytes] = []
        self.waiting = 0  # octets in ``data_to_send``
        self._asked = False  # the next line answers a continuation request
        self._busy = False  # a command waits for its ``finish``
        self._pieces = False  # pieces of a message were given out
        self._bad = 0  # bad commands in a row
        self.closed = ""  # why
        self.state = State.NOT_AUTHENTICATED
        self.utf8 = False  # IMAP4rev2 was enabled: names and quoted strings are UTF-8

    # towards the peer
    def send(self, octets: bytes) -> None:
        self._out.append(octets)
        self.waiting += len(octets)

    def untagged(self, response: bytes) -> None:
        self.send(b"* %b\r\n" % response)

    def data_to_send(self) -> list[bytes]:
        out, self._out, self.waiting = self._out, [], 0
        return out

    def ask(self, text: bytes) -> None:
        """A continuation request (RFC 9051 §7.6); the next event is an AnswerLine."""
        self.send(b"+ %b\r\n" % text)
        self._asked = True

    def finish(self, tag: bytes, status: bytes, text: str, code: bytes = b"") -> None:
        """The tagged response; ``status`` is OK, NO or BAD."""
        shown = b"[%b] " % code if code else b""
        self.send(b"%b %b %b%b\r\n" % (tag, status, shown, text_line(text)))
        self._busy = self._asked = self._pieces = False

    def bye(self, text: str, code: bytes = b"") -> None:
        shown = b"[%b] " % code if code else b""
        self.send(b"* BYE %b%b\r\n" % (shown, text_line(text)))
        self.closed = self.closed or text
        self.state = State.LOGOUT

    @property
    def asked(self) -> bool:
        """A continuation request is not answered yet."""
        return self._asked

    def tls_started(self) -> None:
        self._assembler.forget()

    # from the peer
    def receive(self, octets: bytes) -> None:
        if octets:
            self._assembler.receive(octets)
        else:
            self.closed = self.closed or "the peer hung up"

    def next_event(self) -> Event:
        if self._asked:
            return self._answer_line()
        if self._busy:
            raise RuntimeError("the command before was not finished")
        while self.state is not State.LOGOUT:
            event = self._step()
            if event is not None:
                return event
        return Closed(self.closed)

    def _step(self) -> Event | None:
        found = self._assembler.step(signed_in=self.state is not State.NOT_AUTHENTICATED)
        if isinstance(found, NeedOctets):
            return self._need_data()
        if isinstance(found, Continue):
            self.send(b"+ Ready for literal data\r\n")
            return None
        if isinstance(found, Piece):
            self._pieces = True
            return MessagePiece(found.octets)
        return self._command(found)

    def _need_data(self) -> Event:
        return Closed(self.closed) if self.closed else NEED_DATA

    def _command(self, whole: Whole) -> Event | None:
        if _HTTP.match(whole.text):
            self.bye("This is a mail server")
            return None
        tag = _TAG.match(whole.text)
        if whole.refusal or tag is None:
            return self._bad_command(tag[1] if tag else b"*", whole.refusal or "Expected tag at octet 1", whole)
        cursor = Cursor(whole.text, whole.literals, utf8=self.utf8)
        cursor.tag()
        try:
            command = parse(cursor, self.state)
        except BadCommand as bad:
            return self._bad_command(tag[1], str(bad), whole)
        self._bad = 0
        self._busy = True
        return CommandReceived(tag[1], command)

    def _bad_command(self, tag: bytes, text: str, whole: Whole) -> Event | None:
        pieces = self._pieces
        # RFC 7888 §4, RFC 9051 §7.1: a literal that is too large is understood and refused, all else is BAD
        self.finish(tag, b"NO" if whole.code else b"BAD", text, whole.code.encode("ascii"))
        if not whole.code or self.state is State.NOT_AUTHENTICATED:
            self._bad += 1
        if whole.fatal or self._bad >= self._settings.bad_commands:
            self.bye("Too much that is no IMAP")
        return MessageDropped() if pieces else None

    def _answer_line(self) -> Event:
        line = self._assembler.answer_line(ANSWER_MAXIMUM)
        if line is None:
            return self._need_data()
        self._asked = False
        return AnswerLine(line)
