"""What an SMTP client asked for, one frozen type each, and the table of what may follow what.

A pair of state and event that is not in TRANSITIONS is a bad sequence (RFC 5321 §4.1.4).  A refusal
leaves the state alone, except that EndOfData always ends the transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from pabal.model.address import Address
from pabal.model.errors import Refusal


class State(Enum):
    CONNECTED = "connected"  # nobody said hello yet
    READY = "ready"  # between transactions
    MAIL = "mail"  # a reverse-path was taken
    RCPT = "rcpt"  # and at least one forward-path
    DATA = "data"  # the message itself
    CLOSED = "closed"


class Event:
    """Something the client asked for."""

    __slots__ = ()


class NeedData(Event):
    """Nothing more to do with the octets that came so far."""

    __slots__ = ()


class NeedSend(Event):
    """Many replies wait: they must be sent before more is done, so that neither memory nor time is unbounded."""

    __slots__ = ()


NEED_DATA: Final = NeedData()
NEED_SEND: Final = NeedSend()


@dataclass(frozen=True, slots=True)
class Hello(Event):
    """EHLO, HELO or LHLO; also ends a transaction (RFC 5321 §4.1.4)."""

    name: str
    extended: bool  # EHLO and LHLO


@dataclass(frozen=True, slots=True)
class MailFrom(Event):
    reverse_path: Address | None  # None is the null reverse-path, as in a bounce
    size: int | None = None  # RFC 1870 §6, octets, as declared
    body: str = "7BIT"  # RFC 6152 §3


@dataclass(frozen=True, slots=True)
class RcptTo(Event):
    forward_path: Address


@dataclass(frozen=True, slots=True)
class DataStart(Event):
    """DATA; 354 is the positive answer."""


@dataclass(frozen=True, slots=True)
class Chunk(Event):
    """Some octets of the message, dot-stuffing undone; the only event without an answer."""

    octets: bytes


@dataclass(frozen=True, slots=True)
class EndOfData(Event):
    """The final dot.  ``fault`` says why the message as a whole must be refused, if it must."""

    fault: Refusal | None


@dataclass(frozen=True, slots=True)
class Reset(Event):
    """RSET."""


@dataclass(frozen=True, slots=True)
class StartTls(Event):
    """STARTTLS; after the positive answer everything said before is forgotten (RFC 3207 §4.2)."""


@dataclass(frozen=True, slots=True)
class Quit(Event):
    """QUIT."""


TRANSITIONS: Final[dict[tuple[State, type[Event]], State]] = {
    (State.CONNECTED, Hello): State.READY,
    (State.CONNECTED, Reset): State.CONNECTED,
    (State.CONNECTED, Quit): State.CLOSED,
    (State.READY, Hello): State.READY,
    (State.READY, MailFrom): State.MAIL,
    (State.READY, Reset): State.READY,
    (State.READY, StartTls): State.CONNECTED,
    (State.READY, Quit): State.CLOSED,
    (State.MAIL, Hello): State.READY,
    (State.MAIL, RcptTo): State.RCPT,
    (State.MAIL, Reset): State.READY,
    (State.MAIL, Quit): State.CLOSED,
    (State.RCPT, Hello): State.READY,
    (State.RCPT, RcptTo): State.RCPT,
    (State.RCPT, DataStart): State.DATA,
    (State.RCPT, Reset): State.READY,
    (State.RCPT, Quit): State.CLOSED,
    (State.DATA, EndOfData): State.READY,
}
