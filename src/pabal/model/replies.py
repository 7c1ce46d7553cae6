"""What a peer is told in SMTP and LMTP: reply code, enhanced status code, text (RFC 5321 §4.2, RFC 3463)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class EnhancedStatus(NamedTuple):
    """RFC 3463 §2: class, subject, detail.  The class equals the first digit of the reply code."""

    klass: int
    subject: int
    detail: int

    def __str__(self) -> str:
        return f"{self.klass}.{self.subject}.{self.detail}"


@dataclass(frozen=True, slots=True)
class Reply:
    """One SMTP reply; ``text`` may have several lines, each at most 500 octets of ASCII without CR or LF."""

    code: int
    text: str
    status: EnhancedStatus | None = None  # none on the greeting, on EHLO and on 3yz (RFC 2034 §4)

    @property
    def positive(self) -> bool:
        """2yz and 3yz."""
        return self.code < 400

    def octets(self) -> bytes:
        """The reply as it stands on the wire (RFC 5321 §4.2.1: every line carries the same code)."""
        prefix = f"{self.status} " if self.status else ""
        lines = self.text.split("\n")
        last = len(lines) - 1
        return "".join(
            f"{self.code}{' ' if number == last else '-'}{prefix}{line}\r\n" for number, line in enumerate(lines)
        ).encode("ascii", "replace")
