"""What became of a signature, in the words of RFC 8601 §2.7.1."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """``none``, no signature at all, is an empty list of results."""

    PASS = "pass"  # noqa: S105, the standard's word
    FAIL = "fail"  # well formed, and it does not fit the message
    POLICY = "policy"  # it fits, but leaves open what we want closed
    NEUTRAL = "neutral"  # not well formed, or in a form we cannot process
    TEMPERROR = "temperror"  # the key could not be asked for now
    PERMERROR = "permerror"  # will never verify: no key, revoked, algorithm refused


@dataclass(frozen=True, slots=True)
class DkimResult:
    """One signature.  Names are "" where they are absent or not well formed; ``reason`` is for people
    and may quote the message.

    ``testing``: the key says t=y, and RFC 6376 §3.6.1 forbids to treat the message differently from an
    unsigned one, whatever the outcome; a failed one is already given as neutral.
    """

    outcome: Outcome
    reason: str
    domain: str = ""  # d=, the identity that DMARC aligns; A-labels
    selector: str = ""  # s=
    identity: str = ""  # i=, "@" + d= when the signer gave none
    algorithm: str = ""  # a=
    signature_start: str = ""  # first 8 characters of b=, as header.b (RFC 6008 §4)
    testing: bool = False


class NotVerified(Exception):
    """A signature ends here, with this outcome."""

    def __init__(self, outcome: Outcome, reason: str) -> None:
        super().__init__(reason)
        self.outcome = outcome
        self.reason = reason
