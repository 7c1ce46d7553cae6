"""What an operator may say about connections and TLS."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from pabal.model.settings import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class NetSettings:
    """``[limits]``: how many connections one door takes, from how many places, and how long a handshake lasts."""

    connections: int = setting(
        10_000, minimum=1, doc="Connections of one door at a time; each costs a few KiB while it is idle."
    )
    connections_per_address: int = setting(
        100, minimum=1, doc="Connections of one IPv4 address or IPv6 /64 to one door; an office behind NAT fits."
    )
    exempt: tuple[str, ...] = setting(
        ("127.0.0.0/8", "::1"), doc="Networks without limits per address: this machine and trusted relays."
    )
    tls_handshake_timeout: timedelta = setting(
        timedelta(seconds=30), minimum=timedelta(milliseconds=50), doc="How long a TLS handshake may take."
    )
    write_timeout: timedelta = setting(
        timedelta(minutes=5),
        minimum=timedelta(milliseconds=50),
        doc="How long a client may take nothing of what we send, where its protocol sets no other time.",
    )
    close_timeout: timedelta = setting(
        timedelta(seconds=5),
        minimum=timedelta(milliseconds=10),
        doc="How long we wait for the last octets to be taken, and for close_notify, before we cut.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsSettings:
    """``[tls]``: the certificate we show; a self-signed one is made where none is named."""

    cert: str = setting("", doc="PEM file with the certificate and its chain.")
    key: str = setting("", doc="PEM file with the private key.")
    layer: str = setting(
        "loop",
        doc='"loop": TLS of the event loop; "own": our layer, which needs a tenth of the memory under plain asyncio.',
    )
