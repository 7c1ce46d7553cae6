"""Bound sockets on their way from the supervisor to its workers, and the words in which they are named."""

from __future__ import annotations

import socket
from collections.abc import Iterable

#: A door's name and a socket bound for it.
Listener = tuple[str, socket.socket]


def address_of(listening: socket.socket) -> str:
    """With the port that was really bound."""
    host, port = listening.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def named_addresses(listeners: Iterable[Listener]) -> dict[str, str]:
    """Door -> its address, or its addresses with commas between, as the line ``ready`` has them."""
    doors: dict[str, list[str]] = {}
    for door, listening in listeners:
        doors.setdefault(door, []).append(address_of(listening))
    return {door: ",".join(addresses) for door, addresses in doors.items()}
