"""How many connections may bring mail at once: in all, and from one address.

An IPv6 client has a whole /64 at its hand, so that is what counts as one address.
"""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from pabal.model.errors import TooManyConnections
from pabal.server.smtp_settings import LimitSettings

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_IPV6_PREFIX = 64


class ConnectionGate:
    """One for all connections of a process."""

    def __init__(self, limits: LimitSettings) -> None:
        self._limits = limits
        self._exempt = [ipaddress.ip_network(network, strict=False) for network in limits.exempt]
        self._open: Counter[str] = Counter()
        self._total = 0

    @contextmanager
    def passage(self, client_address: str) -> Iterator[None]:
        """Counted while it lasts.  Raises: TooManyConnections."""
        source, exempt = self._source(client_address)
        if self._total >= self._limits.connections:
            raise TooManyConnections(f"{self._total} in all")
        if not exempt and self._open[source] >= self._limits.connections_per_address:
            raise TooManyConnections(f"{self._open[source]} from {source}")
        self._open[source] += 1
        self._total += 1
        try:
            yield
        finally:
            self._leave(source)

    def _leave(self, source: str) -> None:
        self._total -= 1
        self._open[source] -= 1
        if not self._open[source]:
            del self._open[source]

    def _source(self, client_address: str) -> tuple[str, bool]:
        """What counts as one address, and whether it is exempt."""
        address = _plain(client_address)
        exempt = any(address in network for network in self._exempt)
        if address.version == 6:
            return str(ipaddress.ip_network((address, _IPV6_PREFIX), strict=False)), exempt
        return str(address), exempt


@lru_cache(maxsize=1024)
def _plain(text: str) -> _Address:
    """Without a zone; an IPv4 client on a dual-stack socket is an IPv4 client."""
    address = ipaddress.ip_address(text.partition("%")[0])
    return getattr(address, "ipv4_mapped", None) or address
