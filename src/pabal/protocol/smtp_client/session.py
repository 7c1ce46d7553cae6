"""The client side of SMTP and LMTP, without I/O (RFC 5321 §3, RFC 2920, RFC 3207, RFC 4954, RFC 3030, RFC 2033).

Octets go in through receive() (b"" when the peer hung up), events come out of next_event(); what
data_to_send() holds must be sent before more is read.  When Ready, and again after each TransactionDone, while
``state`` is READY, the caller chooses: start_tls(), authenticate(), send(), quit().

Invariants, each with a test of its name:
  * Every recipient of a transaction ends in exactly one outcome or in the rest, wherever the peer breaks off.
  * Nobody is delivered before the peer took the message: a reply that comes before the final dot is not one
    to it, and a connection lost after it is a temporary failure.
  * Any split of the replies gives the same events, and no octets raise.
  * What came before the TLS handshake is forgotten (RFC 3207 §4.2): also what the peer offered.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

from pabal.model.errors import Refusal
from pabal.model.replies import EnhancedStatus, Reply
from pabal.protocol.sasl import Credentials, SaslError
from pabal.protocol.smtp.events import NEED_DATA, Event
from pabal.protocol.smtp.grammar import is_domain_or_literal
from pabal.protocol.smtp_client import extensions, sasl
from pabal.protocol.smtp_client.events import (
    Authenticated,
    AuthenticationFailed,
    Closed,
    ContentWanted,
    ConversionNeeded,
    MailTransaction,
    Ready,
    Result,
    TlsAgreed,
    TlsRefused,
)
from pabal.protocol.smtp_client.extensions import Extensions
from pabal.protocol.smtp_client.limits import ClientLimits
from pabal.protocol.smtp_client.preflight import plan
from pabal.protocol.smtp_client.progress import Progress
from pabal.protocol.smtp_client.replies import Received, ReplyFault, ReplyReader, reply_of
from pabal.protocol.smtp_client.states import TRANSITIONS, State, Step, Verb
from pabal.protocol.smtp_client.transmission import Transmission, Turn, takes_chunks
from pabal.protocol.smtp_client.wire import Wire

_LOST: Final = EnhancedStatus(4, 4, 2)  # RFC 3463 §3.5: bad connection
_NO_PROTOCOL: Final = EnhancedStatus(4, 5, 0)  # §3.6: what the peer said made no sense
#: Classes of reply that answer a verb without a refusal (RFC 5321 §4.3.2); another one below 400 is a fault.
_POSITIVE: Final = {Verb.DATA: (3,), Verb.AUTH: (2, 3)}


class ClientSession:
    """One connection to a next hop.  ``state``, ``extensions`` and ``awaiting`` may be read."""

    def __init__(
        self, name: str, limits: ClientLimits | None = None, *, lmtp: bool = False, secure: bool = False
    ) -> None:
        """``name``: who we are, a domain or an address literal; ``secure``: under TLS from the start, or loopback."""
        assert is_domain_or_literal(name), "RFC 5321 §4.1.1.1: who we are"
        self.state = State.GREETING
        self.extensions = Extensions()
        self._name = name
        self._limits = limits or ClientLimits()
        self._lmtp = lmtp
        self._secure = secure
        self._reader = ReplyReader(self._limits)
        self._events: deque[Event] = deque()
        self._wire = Wire()
        self._exchange: sasl.Exchange | None = None
        self._transmission: Transmission | None = None
        self._dirty = False  # the peer may hold half a transaction

    @property
    def awaiting(self) -> Verb | None:
        """Whose reply comes next: each has its time limit (RFC 5321 §4.5.3.2)."""
        return self._wire.awaiting

    # what the peer says
    def receive(self, octets: bytes) -> None:
        if octets:
            self._reader.receive(octets)
        else:
            self.lost("the connection was lost")

    def lost(self, detail: str) -> None:
        """No reply will come any more: a time-out, a failed handshake, a connection that broke."""
        if self.state is State.CLOSED:
            return
        while self._take_next():  # what came before the end still counts
            pass
        where = f" while waiting for the reply to {self.awaiting.value}" if self.awaiting else ""
        self._close(None, _LOST, detail + where)

    def next_event(self) -> Event:
        """What happened next; NEED_DATA when it must be read first, or when the session is closed."""
        while not self._events and self._take_next():
            pass
        return self._events.popleft() if self._events else NEED_DATA

    def data_to_send(self) -> bytes:
        """All octets since the last call: a group of commands is one write (RFC 2920 §3.1)."""
        return self._wire.take()

    # what the caller asks
    def start_tls(self) -> None:
        assert self.extensions.offers("STARTTLS"), "RFC 3207 §4: only where it is offered"
        self._step(Step.START_TLS)
        self._say(Verb.STARTTLS, "STARTTLS")

    def tls_started(self) -> None:
        """The handshake is done, and the peer is who it must be."""
        self._step(Step.TLS_STARTED)
        # RFC 3207 §4.2: the client MUST discard any knowledge obtained before; and what was injected (CVE-2011-0411)
        self._reader.forget()
        self.extensions, self._secure = Extensions(), True
        self._wire.depth = 1
        self._hello()

    def authenticate(self, credentials: Credentials, nonce: str) -> None:
        """Sign in by the best mechanism offered; ``nonce``: fresh and unguessable, printable ASCII without comma."""
        self._step(Step.AUTHENTICATE)
        mechanism = sasl.best_of(self.extensions.mechanisms, secure=self._secure)
        if mechanism is None:
            self._auth_failed(None, "no mechanism that may be used is offered")
            return
        self._exchange = sasl.Exchange(mechanism, credentials, nonce, self._limits.scram_iterations)
        try:
            initial = self._exchange.initial()
        except SaslError as error:
            self._auth_failed(None, str(error))
            return
        # RFC 4954 §4: an initial response of no octets is "="
        words = ["AUTH", mechanism] + ([] if initial is None else [sasl.encoded(initial).decode() or "="])
        self._say(Verb.AUTH, " ".join(words))

    def send(self, transaction: MailTransaction) -> None:
        """Begin a transaction; what cannot be sent to this peer is said before MAIL."""
        planned = plan(transaction, self.extensions, chunks=takes_chunks(self.extensions, lmtp=self._lmtp))
        if planned.convert_to:
            self._events.append(ConversionNeeded(planned.convert_to))
            return
        self._step(Step.SEND)
        progress = Progress(planned.recipients, planned.refused)
        if not planned.recipients:
            self._settle(progress)
            return
        sending = Transmission(self._wire, progress, transaction, self.extensions, lmtp=self._lmtp)
        self._transmission = sending
        sending.begin(planned.recipients, reset=self._dirty, smtputf8=planned.smtputf8)

    def content(self, piece: bytes) -> None:
        """Some octets of the message, as they are kept; nothing happens when the peer no longer wants them."""
        if self.state is State.CONTENT and self._transmission is not None:
            try:
                self._transmission.content(piece)
            except Refusal as refusal:
                self._withdraw(self._transmission, refusal)

    def end_content(self) -> None:
        """The message was given whole."""
        if self.state is not State.CONTENT or self._transmission is None:
            return
        try:
            self._transmission.end_content()
        except Refusal as refusal:
            self._withdraw(self._transmission, refusal)
        else:
            self._step(Step.END_CONTENT)

    def quit(self) -> None:
        self._step(Step.LEAVE)
        self._say(Verb.QUIT, "QUIT")

    # the machine
    def _step(self, step: Step) -> None:
        assert (self.state, step) in TRANSITIONS, f"{step} in {self.state}"
        self.state = TRANSITIONS[self.state, step]

    def _say(self, verb: Verb, command: str) -> None:
        self._wire.say((verb, f"{command}\r\n".encode("ascii")))

    def _take_next(self) -> bool:
        """One reply, if there is one."""
        if self.state is State.CLOSED:
            return False
        try:
            received = self._reader.next()
        except ReplyFault as fault:
            self._close(None, _NO_PROTOCOL, str(fault))
            return False
        if received is not None:
            self._take(received, reply_of(received, self._limits.reply_text))
        return received is not None

    def _take(self, received: Received, reply: Reply) -> None:
        if reply.code == 421:  # RFC 5321 §3.8, §4.2.3: to any command, and the peer closes
            self._close(reply, reply.status or _LOST, "the peer closes the connection")
        elif (verb := self._wire.awaiting) is None:
            self._unasked(reply)
        elif reply.positive and reply.code // 100 not in _POSITIVE.get(verb, (2,)):
            self._close(reply, _NO_PROTOCOL, f"a reply that does not answer {verb.value}")
        else:
            self._wire.answered()
            if self._transmission is not None:
                self._turn(self._transmission, verb, reply)
            else:
                _ANSWERS[verb](self, received, reply)
            self._wire.pump()

    def _unasked(self, reply: Reply) -> None:
        """Said while nothing was asked: a refusal in the midst of the content, or a peer out of step."""
        if self.state is State.CONTENT and self._transmission is not None and not reply.positive:
            self._transmission.progress.refuse(reply, "content")
        self._close(reply, _NO_PROTOCOL, "a reply that nothing asked for")

    def _close(self, reply: Reply | None, status: EnhancedStatus, detail: str, last_words: bytes = b"") -> None:
        """The connection is over; whoever has no outcome yet is to be tried again."""
        self.state = State.CLOSED
        self._wire.cut(last_words)
        if self._transmission is not None:
            self._transmission.progress.fail(Result.TEMPORARY, status, reply, detail)
            self._events.append(self._transmission.progress.done())
            self._transmission = None
        self._events.append(Closed(reply, detail))

    # greeting and hello
    def _on_greeting(self, received: Received, reply: Reply) -> None:
        if not reply.positive:
            self._leave(reply, "the peer does not greet us")
            return
        self._step(Step.GREETED)
        self._hello()

    def _hello(self) -> None:
        self._say(Verb.EHLO, f"{'LHLO' if self._lmtp else 'EHLO'} {self._name}")

    def _on_ehlo(self, received: Received, reply: Reply) -> None:
        if reply.positive:
            self.extensions = extensions.parse(received.lines)
            self._welcomed()
        elif reply.code >= 500 and not self._lmtp:  # RFC 5321 §3.2: a server that does not know EHLO
            self._say(Verb.HELO, f"HELO {self._name}")
        else:
            self._leave(reply, "the peer refuses our greeting")

    def _on_helo(self, received: Received, reply: Reply) -> None:
        if reply.positive:
            self._welcomed()
        else:
            self._leave(reply, "the peer refuses our greeting")

    def _welcomed(self) -> None:
        self._step(Step.WELCOMED)
        self._dirty = False  # RFC 5321 §4.1.4: EHLO ends a transaction
        self._wire.depth = self._limits.pipelined if self.extensions.offers("PIPELINING") else 1
        self._events.append(Ready(self.extensions))

    def _leave(self, reply: Reply, detail: str) -> None:
        # RFC 5321 §3.1: after 554 the client says QUIT; nobody waits for the reply
        self._close(reply, _LOST, detail, last_words=b"QUIT\r\n")

    # TLS and authentication
    def _on_starttls(self, received: Received, reply: Reply) -> None:
        self._step(Step.TLS_AGREED if reply.positive else Step.TLS_REFUSED)
        self._events.append(TlsAgreed() if reply.positive else TlsRefused(reply))

    def _on_auth(self, received: Received, reply: Reply) -> None:
        assert self._exchange is not None
        try:
            if reply.code == 334:
                response = self._exchange.respond(received.lines[0].encode())
                self._say(Verb.AUTH, sasl.encoded(response).decode())
            elif reply.positive:
                self._exchange.finish()
                self._authenticated(self._exchange.mechanism)
            else:
                self._auth_failed(reply, "the peer refuses who we are")
        except SaslError as error:
            # also a peer that says yes and did not prove itself: nothing may be sent through it
            self._close(reply, _NO_PROTOCOL, str(error))

    def _authenticated(self, mechanism: str) -> None:
        self._exchange = None
        self._step(Step.AUTH_ENDED)
        self._events.append(Authenticated(mechanism))

    def _auth_failed(self, reply: Reply | None, detail: str) -> None:
        self._exchange = None
        self._step(Step.AUTH_ENDED)
        self._events.append(AuthenticationFailed(reply, detail))

    def _on_quit(self, received: Received, reply: Reply) -> None:
        self._close(reply, _LOST, "goodbye")

    # a transaction
    def _turn(self, sending: Transmission, verb: Verb, reply: Reply) -> None:
        """What a reply within a transaction leads to."""
        turn = sending.answer(verb, reply)
        if turn is Turn.CONTENT:
            self._step(Step.GO_AHEAD)
            self._events.append(ContentWanted())
        elif turn is Turn.DONE:
            self._dirty = sending.dirty
            self._settle(sending.progress)
        elif turn is Turn.BROKEN:
            self._close(reply, reply.status or _NO_PROTOCOL, f"no way to go on after the reply to {verb.value}")

    def _settle(self, progress: Progress) -> None:
        self._transmission = None
        self._step(Step.SETTLED)
        self._events.append(progress.done())

    def _withdraw(self, sending: Transmission, refusal: Refusal) -> None:
        """The content must not be sent: without its end the peer keeps nothing of it (RFC 5321 §4.1.1.4)."""
        sending.progress.fail(Result.PERMANENT, refusal.status, None, refusal.text)
        self._close(None, _LOST, refusal.text)


#: Who reads the reply to each verb that is said between transactions.
_ANSWERS: Final[dict[Verb, Callable[[ClientSession, Received, Reply], None]]] = {
    Verb.GREETING: ClientSession._on_greeting,
    Verb.EHLO: ClientSession._on_ehlo,
    Verb.HELO: ClientSession._on_helo,
    Verb.STARTTLS: ClientSession._on_starttls,
    Verb.AUTH: ClientSession._on_auth,
    Verb.QUIT: ClientSession._on_quit,
}
