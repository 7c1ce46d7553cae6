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
  * Within a group no more than ``pipelined`` commands wait for their replies, one when PIPELINING is not offered.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

from pabal.model.envelope import Recipient
from pabal.model.errors import Refusal
from pabal.model.replies import EnhancedStatus, Reply
from pabal.protocol.sasl import Credentials, SaslError
from pabal.protocol.smtp.events import NEED_DATA, Event
from pabal.protocol.smtp.grammar import is_domain_or_literal
from pabal.protocol.smtp_client import commands, extensions, sasl
from pabal.protocol.smtp_client.content import ChunkWriter, DataWriter, chunk_start
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
from pabal.protocol.smtp_client.preflight import plan, takes_chunks
from pabal.protocol.smtp_client.progress import Progress
from pabal.protocol.smtp_client.replies import Received, ReplyFault, ReplyReader, reply_of
from pabal.protocol.smtp_client.states import LAST_IN_GROUP, TRANSITIONS, State, Step, Verb

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
        self._queue: deque[tuple[Verb, bytes]] = deque()  # not sent yet
        self._waiting: deque[Verb] = deque((Verb.GREETING,))  # sent, not answered
        self._out: list[bytes] = []
        self._exchange: sasl.Exchange | None = None
        self._progress: Progress | None = None
        self._writer: DataWriter | ChunkWriter = DataWriter(eight_bit=False)
        self._size = 0
        self._chunks = False
        self._dirty = False  # the peer may hold half a transaction

    @property
    def awaiting(self) -> Verb | None:
        """Whose reply comes next: each has its time limit (RFC 5321 §4.5.3.2)."""
        return self._waiting[0] if self._waiting else None

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
        octets = b"".join(self._out)
        self._out.clear()
        return octets

    # what the caller asks
    def start_tls(self) -> None:
        assert self.extensions.offers("STARTTLS"), "RFC 3207 §4: only where it is offered"
        self._step(Step.START_TLS)
        self._say(Verb.STARTTLS, b"STARTTLS\r\n")

    def tls_started(self) -> None:
        """The handshake is done, and the peer is who it must be."""
        self._step(Step.TLS_STARTED)
        # RFC 3207 §4.2: the client MUST discard any knowledge obtained before; and what was injected (CVE-2011-0411)
        self._reader.forget()
        self.extensions, self._secure = Extensions(), True
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
        self._say(Verb.AUTH, " ".join(words).encode() + b"\r\n")

    def send(self, transaction: MailTransaction) -> None:
        """Begin a transaction; what cannot be sent to this peer is said before MAIL."""
        chunks = takes_chunks(self.extensions) and not self._lmtp
        planned = plan(transaction, self.extensions, chunks=chunks)
        if planned.convert_to:
            self._events.append(ConversionNeeded(planned.convert_to))
            return
        self._step(Step.SEND)
        self._progress = Progress(planned.recipients, planned.refused)
        self._chunks, self._size = chunks, transaction.size
        self._writer = self._writer_for(transaction)
        if planned.recipients:
            self._queue_envelope(transaction, planned.recipients, smtputf8=planned.smtputf8)
        else:
            self._finish(self._progress)

    def content(self, piece: bytes) -> None:
        """Some octets of the message, as they are kept; nothing happens when the peer no longer wants them."""
        if self.state is State.CONTENT and piece:
            try:
                self._out.append(self._writer.add(piece))
            except Refusal as refusal:
                self._withdraw(refusal)

    def end_content(self) -> None:
        """The message was given whole."""
        if self.state is not State.CONTENT:
            return
        try:
            self._out.append(self._writer.end())
        except Refusal as refusal:
            self._withdraw(refusal)
            return
        self._step(Step.END_CONTENT)
        # RFC 2033 §4.2: LMTP answers once for each RCPT that was accepted; the others are awaited as they come
        self._waiting.append(Verb.END)

    def quit(self) -> None:
        self._step(Step.LEAVE)
        self._say(Verb.QUIT, b"QUIT\r\n")

    # the machine
    def _step(self, step: Step) -> None:
        assert (self.state, step) in TRANSITIONS, f"{step} in {self.state}"
        self.state = TRANSITIONS[self.state, step]

    def _say(self, verb: Verb, octets: bytes) -> None:
        self._queue.append((verb, octets))
        self._pump()

    def _pump(self) -> None:
        """Send what may be sent before the next reply (RFC 2920 §3.1)."""
        depth = self._limits.pipelined if self.extensions.offers("PIPELINING") else 1
        while self._queue and len(self._waiting) < depth:
            if self._waiting and self._waiting[-1] in LAST_IN_GROUP:
                return
            verb, octets = self._queue.popleft()
            self._waiting.append(verb)
            self._out.append(octets)

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
        elif not self._waiting:
            self._unasked(reply)
        elif reply.positive and reply.code // 100 not in _POSITIVE.get(self._waiting[0], (2,)):
            self._close(reply, _NO_PROTOCOL, f"a reply that does not answer {self._waiting[0].value}")
        else:
            _ANSWERS[self._waiting.popleft()](self, received, reply)
            self._pump()

    def _unasked(self, reply: Reply) -> None:
        """Said while nothing was asked: a refusal in the midst of the content, or a peer out of step."""
        if self.state is State.CONTENT and self._progress is not None and not reply.positive:
            self._progress.refuse(reply, "content")
        self._close(reply, _NO_PROTOCOL, "a reply that nothing asked for")

    def _close(self, reply: Reply | None, status: EnhancedStatus, detail: str) -> None:
        """The connection is over; whoever has no outcome yet is to be tried again."""
        self.state = State.CLOSED
        self._queue.clear()
        self._waiting.clear()
        self._out.clear()
        if self._progress is not None:
            self._progress.fail(Result.TEMPORARY, status, reply, detail)
            self._events.append(self._progress.done())
            self._progress = None
        self._events.append(Closed(reply, detail))

    # greeting and hello
    def _on_greeting(self, received: Received, reply: Reply) -> None:
        if not reply.positive:
            self._leave(reply, "the peer does not greet us")
            return
        self._step(Step.GREETED)
        self._hello()

    def _hello(self) -> None:
        self._say(Verb.EHLO, f"{'LHLO' if self._lmtp else 'EHLO'} {self._name}\r\n".encode("ascii"))

    def _on_ehlo(self, received: Received, reply: Reply) -> None:
        if reply.positive:
            self.extensions = extensions.parse(received.lines)
            self._welcomed()
        elif reply.code >= 500 and not self._lmtp:  # RFC 5321 §3.2: a server that does not know EHLO
            self._say(Verb.HELO, f"HELO {self._name}\r\n".encode("ascii"))
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
        self._events.append(Ready(self.extensions))

    def _leave(self, reply: Reply, detail: str) -> None:
        self._close(reply, _LOST, detail)
        self._out.append(b"QUIT\r\n")  # RFC 5321 §3.1: after 554 the client says QUIT; nobody waits for the reply

    # TLS and authentication
    def _on_starttls(self, received: Received, reply: Reply) -> None:
        self._step(Step.TLS_AGREED if reply.positive else Step.TLS_REFUSED)
        self._events.append(TlsAgreed() if reply.positive else TlsRefused(reply))

    def _on_auth(self, received: Received, reply: Reply) -> None:
        assert self._exchange is not None
        try:
            if reply.code == 334:
                response = sasl.encoded(self._exchange.respond(received.lines[0].encode()))
                self._say(Verb.AUTH, response + b"\r\n")
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

    # a transaction
    def _writer_for(self, transaction: MailTransaction) -> DataWriter | ChunkWriter:
        if self._chunks:
            return ChunkWriter(transaction.size, binary=transaction.body == "BINARYMIME")
        return DataWriter(eight_bit=self.extensions.offers("8BITMIME"))

    def _queue_envelope(
        self, transaction: MailTransaction, recipients: tuple[Recipient, ...], *, smtputf8: bool
    ) -> None:
        if self._dirty:
            self._queue.append((Verb.RSET, b"RSET\r\n"))
        self._dirty = True
        self._queue.append((Verb.MAIL, commands.mail(transaction, self.extensions, smtputf8=smtputf8)))
        self._queue.extend((Verb.RCPT, commands.rcpt(each, self.extensions)) for each in recipients)
        if not self._chunks:
            self._queue.append((Verb.DATA, b"DATA\r\n"))
        self._pump()

    def _on_rset(self, received: Received, reply: Reply) -> None:
        if not reply.positive:
            self._close(reply, reply.status or _LOST, "the peer cannot forget a transaction")

    def _on_mail(self, received: Received, reply: Reply) -> None:
        progress = self._in_progress()
        if not reply.positive:
            progress.refuse(reply, "MAIL")
        self._after_envelope(progress)

    def _on_rcpt(self, received: Received, reply: Reply) -> None:
        progress = self._in_progress()
        progress.rcpt(reply)
        if progress.crowded:  # who was not asked for yet goes with the rest
            asked = deque(command for command in self._queue if command[0] is not Verb.RCPT)
            progress.pending -= len(self._queue) - len(asked)
            self._queue = asked
        self._after_envelope(progress)

    def _after_envelope(self, progress: Progress) -> None:
        if progress.hopeless:
            self._queue.clear()
            if not self._waiting:
                self._finish(progress)
        elif self._chunks and not progress.pending:
            self._out.append(chunk_start(self._size))
            self._waiting.append(Verb.CHUNK)
            self._go_ahead()

    def _on_data(self, received: Received, reply: Reply) -> None:
        progress = self._in_progress()
        if not reply.positive:
            progress.refuse(reply, "DATA")
            self._finish(progress)
        elif not progress.hopeless:
            self._go_ahead()
        elif self._lmtp:
            self._close(reply, _NO_PROTOCOL, "a go-ahead for nobody")  # RFC 2033 §4.2: MUST be 503
        else:
            # RFC 2920 §3.1: DATA may be accepted though every RCPT was refused; then the message is a single dot
            self._say(Verb.END, b".\r\n")

    def _go_ahead(self) -> None:
        self._step(Step.GO_AHEAD)
        self._events.append(ContentWanted())

    def _on_chunk(self, received: Received, reply: Reply) -> None:
        progress = self._in_progress()
        if not reply.positive:
            progress.refuse(reply, "BDAT")
            if self.state is State.CONTENT:  # a chunk cannot be left but by leaving
                self._close(reply, _LOST, "the peer refuses the content before its end")

    def _on_end(self, received: Received, reply: Reply) -> None:
        progress = self._in_progress()
        self._dirty = progress.hopeless  # RFC 5321 §4.1.1.4: the end of a message ends its transaction
        progress.content(reply, each=self._lmtp)
        if progress.complete:
            self._finish(progress)
        else:
            self._waiting.append(Verb.END)

    def _on_quit(self, received: Received, reply: Reply) -> None:
        self._close(reply, _LOST, "goodbye")

    def _in_progress(self) -> Progress:
        assert self._progress is not None, "replies to MAIL, RCPT and DATA come within a transaction"
        return self._progress

    def _finish(self, progress: Progress) -> None:
        self._progress = None
        self._step(Step.SETTLED)
        self._events.append(progress.done())

    def _withdraw(self, refusal: Refusal) -> None:
        """The content must not be sent: without its end the peer keeps nothing of it (RFC 5321 §4.1.1.4)."""
        self._in_progress().fail(Result.PERMANENT, refusal.status, None, refusal.text)
        self._close(None, _LOST, refusal.text)


#: Who reads the reply to each verb.
_ANSWERS: Final[dict[Verb, Callable[[ClientSession, Received, Reply], None]]] = {
    Verb.GREETING: ClientSession._on_greeting,
    Verb.EHLO: ClientSession._on_ehlo,
    Verb.HELO: ClientSession._on_helo,
    Verb.STARTTLS: ClientSession._on_starttls,
    Verb.AUTH: ClientSession._on_auth,
    Verb.RSET: ClientSession._on_rset,
    Verb.MAIL: ClientSession._on_mail,
    Verb.RCPT: ClientSession._on_rcpt,
    Verb.DATA: ClientSession._on_data,
    Verb.CHUNK: ClientSession._on_chunk,
    Verb.END: ClientSession._on_end,
    Verb.QUIT: ClientSession._on_quit,
}
