"""What a POP3 client asks for; one frozen type per command that needs an answer from outside (RFC 1939)."""

from __future__ import annotations

from dataclasses import dataclass

from pabal.protocol.sasl import Credentials


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all events."""


@dataclass(frozen=True, slots=True)
class NeedData(Event):
    """Send what data_to_send() holds, then receive() more."""


@dataclass(frozen=True, slots=True)
class Closed(Event):
    """Send what data_to_send() holds, then close; nothing more comes."""


@dataclass(frozen=True, slots=True)
class StartTls(Event):
    """STLS (RFC 2595 §4): send data_to_send(), make the handshake, say tls_started()."""


@dataclass(frozen=True, slots=True)
class SignIn(Event):
    """USER and PASS (RFC 1939 §7), or AUTH (RFC 5034): answer with signed_in() or refuse()."""

    credentials: Credentials


@dataclass(frozen=True, slots=True)
class Stat(Event):
    """RFC 1939 §5: answer with ok("count octets")."""


@dataclass(frozen=True, slots=True)
class ScanList(Event):
    """LIST (RFC 1939 §5): answer with ok("number octets") or begin()."""

    number: int | None


@dataclass(frozen=True, slots=True)
class UniqueIds(Event):
    """UIDL (RFC 1939 §7): answer with ok("number unique-id") or begin()."""

    number: int | None


@dataclass(frozen=True, slots=True)
class Retrieve(Event):
    """RETR (RFC 1939 §5), TOP when ``lines`` is not None (RFC 1939 §7): answer with begin()."""

    number: int
    lines: int | None = None


@dataclass(frozen=True, slots=True)
class Delete(Event):
    """DELE (RFC 1939 §5)."""

    number: int


@dataclass(frozen=True, slots=True)
class Reset(Event):
    """RSET (RFC 1939 §5)."""


@dataclass(frozen=True, slots=True)
class Update(Event):
    """QUIT in the TRANSACTION state (RFC 1939 §6): remove what is marked, then answer."""
