"""The server side of POP3, without I/O (RFC 1939, RFC 2449, RFC 2595 §4, RFC 3206, RFC 5034).

Octets go in through receive() (b"" when the peer hung up), events come out of next_event(); the
caller answers each with ok(), refuse() or begin(), and sends what data_to_send() holds.

Invariants, each with a test of its name:
  * An event is given only after the one before it was answered, so a pipelined command never runs
    ahead of the reply it depends on (RFC 2449 §6.6).
  * What a client sent before its TLS handshake is dropped, not replayed after it (RFC 2595 §4).
  * A password is never asked for, nor taken, on a connection that is not secure (RFC 8314 §3).
  * Whatever arrives, and however it is cut into pieces, there are replies and events, never an exception.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum
from typing import ClassVar

from pabal.protocol import sasl
from pabal.protocol.pop3 import commands
from pabal.protocol.pop3.commands import BadCommand
from pabal.protocol.pop3.events import Closed, Event, NeedData, SignIn, StartTls, Update
from pabal.protocol.pop3.lines import Lines


class State(Enum):
    """RFC 1939 §3; UPDATE is the time between the event Update and its answer."""

    AUTHORIZATION = "AUTHORIZATION"
    TRANSACTION = "TRANSACTION"
    CLOSED = "CLOSED"


class ServerSession:
    """One connection."""

    def __init__(
        self,
        *,
        secure: bool,
        starttls: bool,
        line_octets: int = 1024,
        response_octets: int = 12_288,
        errors: int = 20,
    ) -> None:
        self.state = State.AUTHORIZATION
        self._secure, self._starttls = secure, starttls
        self._line_octets, self._response_octets, self._errors_left = line_octets, response_octets, errors
        self._lines = Lines()
        self._out: list[bytes] = []
        self._user: str | None = None
        self._exchange: sasl.Exchange | None = None
        self._pending: Event | None = None  # given out and not yet answered
        self._first_line = True
        self._hung_up = False

    # octets in, events out

    def greet(self, text: str) -> None:
        self._say(f"+OK {text}")

    def receive(self, octets: bytes) -> None:
        if octets:
            self._lines.add(octets)
        else:
            self._hung_up = True

    def data_to_send(self) -> bytes:
        octets = b"".join(self._out)
        self._out.clear()
        return octets

    def next_event(self) -> Event:
        """What to do next; the event before it must have been answered."""
        assert self._pending is None, "the event before was not answered"
        while self.state is not State.CLOSED:
            try:
                line = self._lines.next(self._response_octets if self._exchange else self._line_octets)
                if line is None:
                    return self._out_of_lines()
                event = self._line(line)
            except BadCommand as error:
                self._wrong(str(error))
                continue
            if event is not None:
                self._pending = event
                return event
        return Closed()

    def _out_of_lines(self) -> Event:
        if self._hung_up:
            # RFC 1939 §3: a session that ends without QUIT removes nothing
            self.state = State.CLOSED
            return Closed()
        return NeedData()

    # answers

    def ok(self, text: str = "") -> None:
        if isinstance(self._pending, Update):
            self.state = State.CLOSED
        self._pending = None
        self._say(f"+OK {text}" if text else "+OK")

    def refuse(self, text: str, code: str = "") -> None:
        """``code``: a response code (RFC 2449 §8, RFC 3206)."""
        if isinstance(self._pending, Update):
            self.state = State.CLOSED
        self._pending = None
        self._say(f"-ERR [{code}] {text}" if code else f"-ERR {text}")

    def begin(self, text: str) -> None:
        """The first line of a multi-line response; the caller sends the lines and their end (multiline)."""
        self.ok(text)

    def signed_in(self, text: str) -> None:
        self.state = State.TRANSACTION
        self.ok(text)

    def tls_started(self) -> None:
        """RFC 2595 §4: forget what the client said before; it may ask for CAPA again."""
        self._pending = self._user = self._exchange = None
        self._secure, self._starttls = True, False
        self._lines.forget()

    def close(self, text: str, code: str = "") -> None:
        """Refuse, and give Closed from now on."""
        self.refuse(text, code)
        self.state = State.CLOSED

    # one line

    def _line(self, line: bytes) -> Event | None:
        if self._exchange is not None:
            return self._respond(self._exchange, line)
        if self._first_line and commands.HTTP_REQUEST.match(line):
            self.state = State.CLOSED  # a web page talks to us: say nothing, hear nothing
            return None
        self._first_line = False
        keyword, rest = commands.split(line)
        everywhere = self._everywhere.get(keyword)
        if everywhere is not None:
            return everywhere(self, rest)
        return self._by_state(keyword, rest)

    def _by_state(self, keyword: str, rest: bytes) -> Event | None:
        here = self._authorization.get(keyword)
        if self.state is State.TRANSACTION:
            if here is not None:
                raise BadCommand("You are signed in already")
            if keyword in commands.TRANSACTION:
                return commands.TRANSACTION[keyword](rest)
        elif here is not None:
            return here(self, rest)
        elif keyword in commands.TRANSACTION:
            raise BadCommand("Sign in first")
        raise BadCommand("Unknown command")

    def _quit(self, rest: bytes) -> Event | None:
        commands.nothing(rest)
        if self.state is State.TRANSACTION:
            return Update()
        self._say("+OK bye")
        self.state = State.CLOSED
        return None

    def _capa(self, rest: bytes) -> Event | None:
        commands.nothing(rest)
        self._say_lines("Capabilities", self._capabilities())
        return None

    def _capabilities(self) -> Iterable[str]:
        yield from ("TOP", "UIDL", "RESP-CODES", "AUTH-RESP-CODE", "PIPELINING", "EXPIRE NEVER")
        if self.state is State.AUTHORIZATION and self._secure:
            yield "USER"
            yield f"SASL {' '.join(sasl.MECHANISMS)}"
        if self.state is State.AUTHORIZATION and self._starttls:
            yield "STLS"
        yield "IMPLEMENTATION Pabal"

    def _noop(self, rest: bytes) -> Event | None:
        commands.nothing(rest)
        if self.state is not State.TRANSACTION:  # RFC 1939 §5
            raise BadCommand("Sign in first")
        self._say("+OK")
        return None

    # signing in

    def _stls(self, rest: bytes) -> Event | None:
        commands.nothing(rest)
        if not self._starttls:
            raise BadCommand("TLS is in use already, or not offered")
        self._say("+OK begin TLS negotiation")
        self._lines.forget()
        return StartTls()

    def _need_secure(self) -> None:
        if not self._secure:
            raise BadCommand("Start TLS first: a password is not sent in clear text")

    def _user_name(self, rest: bytes) -> Event | None:
        self._need_secure()
        self._user = commands.text(rest)
        self._say("+OK now the password")  # RFC 1939 §7: the same for a user that is not there
        return None

    def _password(self, rest: bytes) -> Event | None:
        self._need_secure()
        user, self._user = self._user, None
        if user is None:
            raise BadCommand("USER comes before PASS")
        return SignIn(sasl.Credentials(user, commands.text(rest)))

    def _auth(self, rest: bytes) -> Event | None:
        # "AUTH" SP mechanism [SP initial-response]    ; RFC 5034 §4
        self._need_secure()
        words = rest.split()
        if not words:  # RFC 1734 left it open; clients that ask so expect the list of mechanisms
            self._say_lines("Mechanisms", sasl.MECHANISMS)
            return None
        if len(words) > 2:
            raise BadCommand("AUTH takes a mechanism and an initial response")
        try:
            exchange = sasl.Exchange(words[0].decode("ascii", "replace"))
            step = exchange.start(words[1] if len(words) == 2 else None)
        except sasl.SaslError as error:
            raise BadCommand(str(error)) from error
        return self._stepped(exchange, step)

    def _respond(self, exchange: sasl.Exchange, line: bytes) -> Event | None:
        self._exchange = None
        try:
            return self._stepped(exchange, exchange.receive(line))
        except sasl.SaslError as error:
            raise BadCommand(str(error)) from error

    def _stepped(self, exchange: sasl.Exchange, step: sasl.Challenge | sasl.Credentials) -> Event | None:
        if isinstance(step, sasl.Credentials):
            return SignIn(step)
        self._exchange = exchange
        self._out.append(b"+ " + step.encoded() + b"\r\n")  # RFC 5034 §4
        return None

    # saying

    def _say(self, line: str) -> None:
        self._out.append(line.encode("ascii", "replace") + b"\r\n")

    def _say_lines(self, text: str, lines: Iterable[str]) -> None:
        for line in (f"+OK {text}", *lines, "."):
            self._say(line)

    def _wrong(self, text: str) -> None:
        self._exchange = None
        self._errors_left -= 1
        if self._errors_left > 0:
            self._say(f"-ERR {text}")
        else:
            self._say(f"-ERR {text}; too many wrong commands")
            self.state = State.CLOSED

    _Action = Callable[["ServerSession", bytes], Event | None]
    _everywhere: ClassVar[dict[str, _Action]] = {"QUIT": _quit, "CAPA": _capa, "NOOP": _noop}
    _authorization: ClassVar[dict[str, _Action]] = {
        "STLS": _stls,
        "USER": _user_name,
        "PASS": _password,
        "AUTH": _auth,
    }
