"""The order of one connection, seen from the client (RFC 5321 §3, §4.1.4; RFC 2920 §3.1; RFC 3207 §4).

A step that the table does not hold cannot be taken: what the caller asks out of order is a mistake in the
caller.  From every state a lost connection, a 421 or a peer that does not speak SMTP leads to CLOSED.
"""

from __future__ import annotations

from enum import Enum
from typing import Final


class State(Enum):
    GREETING = "greeting"  # the peer speaks first
    HELLO = "hello"  # EHLO, HELO or LHLO was said
    READY = "ready"  # between transactions: the only state in which the caller chooses
    STARTTLS = "starttls"
    HANDSHAKE = "handshake"  # the caller carries the TLS handshake
    AUTH = "auth"
    ENVELOPE = "envelope"  # MAIL, RCPT and DATA
    CONTENT = "content"  # the caller gives the message
    VERDICT = "verdict"  # all was sent, the final dot too
    QUIT = "quit"
    CLOSED = "closed"


class Step(Enum):
    # what the caller asks
    START_TLS = "start_tls"
    TLS_STARTED = "tls_started"
    AUTHENTICATE = "authenticate"
    SEND = "send"
    END_CONTENT = "end_content"
    LEAVE = "leave"
    # what the peer's replies bring
    GREETED = "greeted"
    WELCOMED = "welcomed"
    TLS_AGREED = "tls_agreed"
    TLS_REFUSED = "tls_refused"
    AUTH_ENDED = "auth_ended"
    GO_AHEAD = "go_ahead"
    SETTLED = "settled"


TRANSITIONS: Final[dict[tuple[State, Step], State]] = {
    (State.GREETING, Step.GREETED): State.HELLO,
    (State.HELLO, Step.WELCOMED): State.READY,
    (State.READY, Step.START_TLS): State.STARTTLS,
    (State.STARTTLS, Step.TLS_AGREED): State.HANDSHAKE,
    (State.STARTTLS, Step.TLS_REFUSED): State.READY,
    (State.HANDSHAKE, Step.TLS_STARTED): State.HELLO,
    (State.READY, Step.AUTHENTICATE): State.AUTH,
    (State.AUTH, Step.AUTH_ENDED): State.READY,
    (State.READY, Step.SEND): State.ENVELOPE,
    (State.ENVELOPE, Step.GO_AHEAD): State.CONTENT,
    (State.ENVELOPE, Step.SETTLED): State.READY,
    (State.CONTENT, Step.END_CONTENT): State.VERDICT,
    (State.VERDICT, Step.SETTLED): State.READY,
    (State.READY, Step.LEAVE): State.QUIT,
}


class Verb(Enum):
    """What a reply is awaited for; the caller's time limits (RFC 5321 §4.5.3.2) go by it."""

    GREETING = "greeting"
    EHLO = "EHLO"  # LHLO too
    HELO = "HELO"
    STARTTLS = "STARTTLS"
    AUTH = "AUTH"
    RSET = "RSET"
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    CHUNK = "BDAT"
    END = "end of data"  # the final dot, BDAT LAST
    QUIT = "QUIT"


#: RFC 2920 §3.1, RFC 3207 §4.2, RFC 4954 §4: nothing is sent before the reply to these has come.
LAST_IN_GROUP: Final = frozenset((Verb.EHLO, Verb.HELO, Verb.STARTTLS, Verb.AUTH, Verb.DATA, Verb.END, Verb.QUIT))
