"""How much a next hop may say, and how far we run ahead of its replies: each bound with its reason."""

from __future__ import annotations

from dataclasses import dataclass

from pabal.model.settings import setting

_KIB = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientLimits:
    """What one session bears from a next hop."""

    reply_line: int = setting(
        4 * _KIB,
        minimum=512,
        doc="Longest line of a reply, octets with CR LF. RFC 5321 §4.5.3.1.5 allows 512; some servers say more.",
    )
    reply_lines: int = setting(200, minimum=20, doc="Most lines of one reply; EHLO answers of 30 lines exist.")
    reply_octets: int = setting(
        64 * _KIB, minimum=4 * _KIB, doc="Most octets of one reply in all: they are kept in memory until its end."
    )
    reply_text: int = setting(
        2000, minimum=200, doc="Characters of a reply that are kept for the log, the trace and the bounce."
    )
    pipelined: int = setting(
        100,
        minimum=1,
        doc="Commands that may wait for their replies at a time, so that neither side fills the other's buffers"
        " (RFC 2920 §3.1).",
    )
    scram_iterations: int = setting(
        100_000,
        minimum=4096,
        doc="Most rounds of hashing that a smarthost may ask for in SCRAM: the peer chooses, we pay.",
    )
