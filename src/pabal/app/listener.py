"""A bound socket on its way from the supervisor to a worker."""

from __future__ import annotations

import socket
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Listener:
    """One bound socket and the door behind it."""

    door: str
    sock: socket.socket

    @property
    def address(self) -> str:
        """As ``ready`` names it, with the port that was really bound."""
        host, port = self.sock.getsockname()[:2]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
