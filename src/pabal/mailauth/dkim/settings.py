"""``[dkim]``: what signing promises and how much verifying may cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from pabal.model.settings import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class DkimSettings:
    """``[dkim]``: signatures on mail that leaves, and on mail that comes."""

    expire_after: timedelta = setting(
        timedelta(0),
        minimum=timedelta(0),
        maximum=timedelta(days=365),
        doc="How long our signatures are valid (x=); 0: without end, because mail may be verified again much later.",
    )
    header_octets: int = setting(
        512 * 1024,
        minimum=16 * 1024,
        maximum=16 * 1024 * 1024,
        doc="Longest header that is signed or verified, in octets; it is held in memory.",
    )
    signatures: int = setting(
        8,
        minimum=1,
        maximum=100,
        doc="How many signatures of one message are verified, from the top; the rest is ignored (RFC 6376 §8.4).",
    )
    key_records: int = setting(
        3,
        minimum=1,
        maximum=20,
        doc="How many TXT records of one selector are tried; there should be one (RFC 6376 §3.6.2.2).",
    )
    rsa_bits: int = setting(
        4096,
        minimum=4096,
        maximum=16_384,
        doc="Longest RSA key we verify with, in bits; RFC 8301 §3.2 asks for up to 4096, longer ones cost time.",
    )
    clock_skew: timedelta = setting(
        timedelta(minutes=5),
        minimum=timedelta(0),
        maximum=timedelta(hours=12),
        doc="How far the signer's clock may be from ours, for t= and x= (RFC 6376 §3.5).",
    )
