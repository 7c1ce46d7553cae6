"""What a client session is asked to send, and what it tells: one frozen type each.

Every recipient of a transaction ends exactly once: in ``outcomes``, or in ``rest`` when the peer wants it
in another transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from pabal.model.address import Address
from pabal.model.envelope import Recipient
from pabal.model.replies import EnhancedStatus, Reply
from pabal.protocol.smtp.events import Event
from pabal.protocol.smtp_client.extensions import Extensions


@dataclass(frozen=True, slots=True)
class MailTransaction:
    """One message for one next hop (RFC 5321 §3.3).  ``size``: the exact octets of the content that will be given."""

    reverse_path: Address | None  # None is the null reverse-path
    recipients: tuple[Recipient, ...]
    size: int
    body: str = "7BIT"  # 7BIT, 8BITMIME, BINARYMIME: what the content is, not what somebody declared
    smtputf8: bool = False  # the message needs it, whatever its addresses are (RFC 6531 §3.4)
    return_content: str = ""  # RET (RFC 3461 §4.3)
    envelope_id: str = ""  # ENVID, decoded (RFC 3461 §4.4)


class Result(Enum):
    DELIVERED = "delivered"  # the peer took responsibility
    TEMPORARY = "temporary"  # try again later
    PERMANENT = "permanent"  # never by this way


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one recipient.  ``status`` has the class of ``result``, for the DSN (RFC 3464 §2.3.4)."""

    recipient: Recipient
    result: Result
    status: EnhancedStatus
    reply: Reply | None  # what the peer said, safe; None when it is not the peer who decided
    detail: str  # at which command, or why, in one line for the log and the trace


@dataclass(frozen=True, slots=True)
class Ready(Event):
    """The peer was greeted; again after TLS, with what it offers now.  ``extensions``: none after HELO."""

    extensions: Extensions


@dataclass(frozen=True, slots=True)
class TlsAgreed(Event):
    """Carry the handshake now, then say ``tls_started()``; a handshake that fails ends the connection."""


@dataclass(frozen=True, slots=True)
class TlsRefused(Event):
    reply: Reply


@dataclass(frozen=True, slots=True)
class Authenticated(Event):
    mechanism: str


@dataclass(frozen=True, slots=True)
class AuthenticationFailed(Event):
    """``reply`` None: the peer was not asked to the end, for the reason in ``detail``."""

    reply: Reply | None
    detail: str


@dataclass(frozen=True, slots=True)
class ConversionNeeded(Event):
    """Nothing was sent: the peer takes only ``body``.  Send the transaction again, converted (RFC 6152 §3)."""

    body: str


@dataclass(frozen=True, slots=True)
class ContentWanted(Event):
    """Give the message: ``content()`` for each piece, then ``end_content()``."""


@dataclass(frozen=True, slots=True)
class TransactionDone(Event):
    """``rest``: recipients that the peer asks to send in another transaction, at once (RFC 5321 §4.5.3.1.10)."""

    outcomes: tuple[Outcome, ...]
    rest: tuple[Recipient, ...] = ()


@dataclass(frozen=True, slots=True)
class Closed(Event):
    """The connection is over; the last event.  ``reply``: what the peer said last, if it ended it."""

    reply: Reply | None
    detail: str
