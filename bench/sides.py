"""One side of a comparison: a server that takes mail and can say when all of it can be fetched."""

from __future__ import annotations

from typing import Protocol

from bench.accounting import Account

ACCOUNTS = 100
SENDER = "s@bench.test"


class Side(Protocol):
    """Started and ready for mail; recipients are numbered ``1u@DOMAIN`` and up, aliases of 100 accounts."""

    name: str
    port: int  # SMTP
    domain: str
    account: Account  # its processor time

    def roots(self) -> list[int]:
        """Processes whose trees do the work."""
        ...

    def prepare(self, messages: int) -> None:
        """Before the clock starts: remember how many messages there are."""
        ...

    def wait_filed(self, messages: int) -> None:
        """Return when that many more messages can be fetched over IMAP."""
        ...

    def verify(self, messages: int) -> None:
        """After the clock stopped: count them.  Raises: AssertionError."""
        ...

    def stop(self) -> None: ...


def account_names(domain: str) -> list[str]:
    return [f"u{number:02d}@{domain}" for number in range(ACCOUNTS)]
