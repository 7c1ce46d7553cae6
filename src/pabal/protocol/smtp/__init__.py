"""SMTP and LMTP without I/O (RFC 5321, RFC 2033): octets in, events out, answers in, octets out."""

from pabal.protocol.smtp.events import (
    NEED_DATA,
    Chunk,
    DataStart,
    EndOfData,
    Event,
    Hello,
    MailFrom,
    NeedData,
    Quit,
    RcptTo,
    Reset,
    StartTls,
    State,
)
from pabal.protocol.smtp.session import ServerSession, SessionLimits

__all__ = [
    "NEED_DATA",
    "Chunk",
    "DataStart",
    "EndOfData",
    "Event",
    "Hello",
    "MailFrom",
    "NeedData",
    "Quit",
    "RcptTo",
    "Reset",
    "ServerSession",
    "SessionLimits",
    "StartTls",
    "State",
]
