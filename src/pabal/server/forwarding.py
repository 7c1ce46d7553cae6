"""Whose request it is: the peer's own, or one that a proxy passed on (design: modes; RFC 7239 §8.1).

Invariants, each with a test of its name:
  * ``X-Forwarded-For`` and ``X-Forwarded-Proto`` are believed from the peers of ``[serve] proxies`` only.
  * The client is the last address that no listed proxy has: what stands before it, anybody may have written.
  * A request that somebody passed on counts as secure only if a listed proxy says https.
  * A forwarding field from any other peer takes the privilege of loopback away.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Networks = tuple[IPv4Network | IPv6Network, ...]
#: Names in lower case.
Fields = list[tuple[str, str]]
FOR, PROTO = "x-forwarded-for", "x-forwarded-proto"
#: A proxy that spoke for somebody adds one of these, or another X-Forwarded-.
FORWARDING = frozenset({"forwarded", "x-real-ip", "via"})


@dataclass(frozen=True, slots=True)
class Client:
    """``near``: it sits at this machine; ``secure``: nobody between us could read along."""

    near: bool
    secure: bool


STRANGER = Client(near=False, secure=False)


def networks(texts: Iterable[str]) -> Networks:
    return tuple(ip_network(text) for text in texts)


def client_of(peer: str | None, header: Iterable[tuple[str, str]], tls: bool, proxies: Networks) -> Client:
    """Who asks, when ``peer`` is at the other end of the connection."""
    fields = [(name.lower(), value) for name, value in header]
    address = _address(peer or "")
    if address is None:
        return STRANGER
    if not _passed_on(fields):
        return Client(address.is_loopback, tls or address.is_loopback)
    if not _within(address, proxies):
        return Client(near=False, secure=tls)
    client = _client(_items(fields, FOR), proxies)
    secure = [word.lower() for word in _items(fields, PROTO)[-1:]] == ["https"]
    return Client(client is not None and client.is_loopback, secure)


def _passed_on(fields: Fields) -> bool:
    return any(name in FORWARDING or name.startswith("x-forwarded-") for name, _ in fields)


def _items(fields: Fields, wanted: str) -> list[str]:
    """The members of a list that may be spread over several field lines (RFC 9110 §5.3)."""
    return [item.strip() for name, value in fields if name == wanted for item in value.split(",")]


def _client(hops: list[str], proxies: Networks) -> Address | None:
    """None: nobody said it in a form we know.  All of them are proxies: the first began it."""
    address = None
    for hop in reversed(hops):
        address = _address(hop)
        if address is None or not _within(address, proxies):
            break
    return address


def _address(text: str) -> Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    # RFC 4291 §2.5.5.2: an IPv4 peer of a listener for both.
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address


def _within(address: Address, proxies: Networks) -> bool:
    return any(address in network for network in proxies)
