"""What SMTP carries around a message (RFC 5321 §2.3.1), and how it came to us."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from pabal.model.address import Address
from pabal.model.ids import AccountId


@dataclass(frozen=True, slots=True)
class Recipient:
    """One forward-path with what the client asked for it (RFC 3461 §4)."""

    forward_path: Address
    notify: frozenset[str] = frozenset()  # NEVER, SUCCESS, FAILURE, DELAY; empty: not said
    original_recipient: str = ""  # ORCPT, decoded from xtext, with its type


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a message came from, as its Received field and its trace tell (RFC 5321 §4.4)."""

    door: str  # smtp, submission, submissions, lmtp, imap, jmap, send, bounce, forward
    with_protocol: str  # ESMTP, ESMTPS, ESMTPSA, LMTP ... (RFC 3848)
    client_name: str = ""  # what it said in EHLO
    client_address: str = ""  # IPv4 or IPv6 text without brackets
    tls: str = ""  # version and cipher, "" without TLS
    account: AccountId | None = None  # who signed in


@dataclass(frozen=True, slots=True)
class Envelope:
    """One transaction.  ``reverse_path`` None is the null reverse-path, as in a bounce."""

    intake_id: str  # names this acceptance in Received ``id``, log and trace; unique
    reverse_path: Address | None
    recipients: tuple[Recipient, ...]
    origin: Origin
    received_at: datetime  # aware, UTC
    body: str = "7BIT"  # 7BIT, 8BITMIME, BINARYMIME (RFC 6152 §3, RFC 3030 §3)
    smtputf8: bool = False
    single_reply: bool = False  # the peer hears one reply for all recipients: SMTP, not LMTP (RFC 5321 §4.2.5)
    return_content: str = ""  # RET of RFC 3461 §4.3: FULL, HDRS, "" not said
    envelope_id: str = field(default="")  # ENVID of RFC 3461 §4.4, decoded
