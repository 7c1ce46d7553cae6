"""How many connections one door takes, in all and from one place.

A place is one IPv4 address or one IPv6 /64, which is what one customer gets (RFC 6177).
"""

from __future__ import annotations

from collections import Counter
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from pabal.model.errors import PabalError
from pabal.net.settings import NetSettings


class ConnectionLimits:
    """Admits connections and counts those that are open."""

    __slots__ = ("_exempt", "_places", "_settings", "open")

    def __init__(self, settings: NetSettings) -> None:
        self._settings = settings
        self._exempt = tuple(_network(text) for text in settings.exempt)
        self._places: Counter[int] = Counter()
        self.open = 0

    def admit(self, address: str) -> bool:
        """Count one more connection, unless it would be too many."""
        place = self._place(address)
        if self.open >= self._settings.connections:
            return False
        if place is not None and self._places[place] >= self._settings.connections_per_address:
            return False
        self.open += 1
        if place is not None:
            self._places[place] += 1
        return True

    def leave(self, address: str) -> None:
        """One that was admitted has ended."""
        self.open -= 1
        place = self._place(address)
        if place is not None:
            self._places[place] -= 1
            if not self._places[place]:
                del self._places[place]

    def _place(self, text: str) -> int | None:
        """A number for the place, None when no limit applies to it."""
        address = _plain(text)
        if any(address in network for network in self._exempt):
            return None
        return int(address) if isinstance(address, IPv4Address) else int(address) >> 64 << 64


def _plain(text: str) -> IPv4Address | IPv6Address:
    """An IPv4 address mapped into IPv6 is the IPv4 address (RFC 4291 §2.5.5.2)."""
    address = ip_address(text.partition("%")[0])
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text)
    except ValueError as error:
        raise PabalError(
            f"[limits] exempt: {text!r} is not a network such as 192.0.2.0/24 or 2001:db8::/32"
        ) from error
