"""SMTP and LMTP without I/O (RFC 5321, RFC 2033): octets in, events out, answers in, octets out."""

from pabal.protocol.smtp.events import (
    NEED_DATA,
    NEED_SEND,
    Chunk,
    DataStart,
    EndOfData,
    Event,
    Hello,
    MailFrom,
    NeedData,
    NeedSend,
    Quit,
    RcptTo,
    Reset,
    StartTls,
    State,
)
from pabal.protocol.smtp.session import ServerSession, SessionLimits

__all__ = [
    "NEED_DATA",
    "NEED_SEND",
    "Chunk",
    "DataStart",
    "EndOfData",
    "Event",
    "Hello",
    "MailFrom",
    "NeedData",
    "NeedSend",
    "Quit",
    "RcptTo",
    "Reset",
    "ServerSession",
    "SessionLimits",
    "StartTls",
    "State",
]
