"""Time, chance, names and peers from outside: arguments, never globals.

The real ones are made by app; tests pass fakes (tests/kit).
"""

from __future__ import annotations

from collections.abc import MutableSequence, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol


class Clock(Protocol):
    """The time of day, a stopwatch, and waiting."""

    def now(self) -> datetime:
        """Aware, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary start; never goes back."""
        ...

    async def sleep(self, duration: timedelta) -> None: ...


class Random(Protocol):
    """Chance, unguessable."""

    def token(self, octets: int) -> bytes: ...

    def uniform(self, low: float, high: float) -> float: ...

    def shuffle(self, items: MutableSequence[Any]) -> None: ...


class ResolverError(Exception):
    """The answer is not known (SERVFAIL, time-out): a temporary condition, never "no such record"."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Records of one name and type, in presentation form without the trailing dot of names.

    Empty ``records``: the name has none of that type; ``exists`` False: NXDOMAIN.
    """

    records: tuple[str, ...]
    exists: bool = True
    authenticated: bool = False  # the AD bit from a resolver we trust (RFC 4035 §3.2.3)
    canonical_name: str = ""  # the end of the CNAME chain


class Resolver(Protocol):
    """DNS, cached (RFC 1034, RFC 2308)."""

    async def query(self, name: str, record_type: str) -> Answer:
        """One name and type; follows CNAME.  Raises: ResolverError."""
        ...


@dataclass(frozen=True, slots=True)
class TlsInfo:
    """What was agreed in a TLS handshake."""

    version: str
    cipher: str
    server_name: str = ""


class StreamTimeout(Exception):
    """The peer did not send, or did not take, anything for as long as it was given."""


class Stream(Protocol):
    """A connection: octets in, octets out, with back-pressure and time limits."""

    @property
    def peer(self) -> tuple[str, int]:
        """The client's address and port: from PROXY where that is believed."""
        ...

    @property
    def local(self) -> tuple[str, int]: ...

    @property
    def tls(self) -> TlsInfo | None: ...

    @property
    def secure(self) -> bool:
        """TLS, or a loopback peer that no proxy spoke for (design: counts as secure)."""
        ...

    async def read(self, within: timedelta | None = None) -> bytes:
        """What has arrived, at least one octet; b"" when the peer has closed.

        Raises: StreamTimeout.  A connection that was cut reads as b"".
        """
        ...

    async def write(self, octets: bytes | Sequence[bytes], within: timedelta | None = None) -> None:
        """Send; waits while the peer is slow to take it.  Raises: StreamTimeout, ConnectionError."""
        ...

    async def start_tls(self) -> None:
        """Server side handshake; octets that came before it are dropped (RFC 3207 §4.2).  Raises: ConnectionError."""
        ...

    async def close(self) -> None: ...
