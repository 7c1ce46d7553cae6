"""The client's side of SMTP and LMTP, without I/O: what to say to a next hop, and what became of each recipient."""

from pabal.protocol.smtp.events import NEED_DATA
from pabal.protocol.smtp_client.events import (
    Authenticated,
    AuthenticationFailed,
    Closed,
    ContentWanted,
    ConversionNeeded,
    MailTransaction,
    Outcome,
    Ready,
    Result,
    TlsAgreed,
    TlsRefused,
    TransactionDone,
)
from pabal.protocol.smtp_client.extensions import Extensions
from pabal.protocol.smtp_client.limits import ClientLimits
from pabal.protocol.smtp_client.session import ClientSession
from pabal.protocol.smtp_client.states import State, Verb

__all__ = [
    "NEED_DATA",
    "Authenticated",
    "AuthenticationFailed",
    "ClientLimits",
    "ClientSession",
    "Closed",
    "ContentWanted",
    "ConversionNeeded",
    "Extensions",
    "MailTransaction",
    "Outcome",
    "Ready",
    "Result",
    "State",
    "TlsAgreed",
    "TlsRefused",
    "TransactionDone",
    "Verb",
]
