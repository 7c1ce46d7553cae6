"""The stages of receiving: hello, mail, rcpt, message.  What a policy has to say, it says in one of them.

A stage returns, or raises the Refusal that the client is told.  A refusal is given as early as its reason
is known: after the final dot there is one reply for all recipients (RFC 5321 §4.2.5), so what concerns one
recipient alone is decided at RCPT.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pabal.accounts.interface import Directory
from pabal.delivery.routing import accounts_of
from pabal.model.address import Address
from pabal.model.content import Content
from pabal.model.envelope import Envelope, Origin, Recipient
from pabal.model.errors import DomainUnknown, MailboxFull, MailboxUnknown
from pabal.model.intake import Intake, Outcome
from pabal.model.world import Clock, Random
from pabal.store.interface import Store, Transaction


@dataclass(slots=True)
class MailTransaction:
    """What a client has said of one message so far (RFC 5321 §3.3)."""

    origin: Origin
    reverse_path: Address | None
    size: int = 0  # octets, as declared; 0 not said
    body: str = "7BIT"
    recipients: list[Recipient] = field(default_factory=list)


class Receiver:
    """One for all connections; what belongs to one connection is in the arguments."""

    def __init__(
        self, intake: Intake, store: Store, directory: Directory, clock: Clock, random: Random, *, sandbox: bool
    ) -> None:
        self._intake, self._store, self._directory = intake, store, directory
        self._clock, self._random, self._sandbox = clock, random, sandbox

    async def hello(self, origin: Origin) -> None:
        """EHLO, HELO or LHLO; ``origin`` holds the name.  Nobody is refused for what he calls himself."""

    async def mail(
        self, origin: Origin, reverse_path: Address | None, *, size: int = 0, body: str = "7BIT"
    ) -> MailTransaction:
        """A transaction begins."""
        return MailTransaction(origin, reverse_path, size, body)

    async def rcpt(self, transaction: MailTransaction, recipient: Recipient) -> None:
        """Add a recipient.  Raises: MailboxUnknown, DomainUnknown, MailboxFull."""
        await self._check(recipient.forward_path, transaction.size)
        transaction.recipients.append(recipient)

    async def message(
        self, transaction: MailTransaction, content: Content
    ) -> tuple[str, Mapping[Recipient, Outcome]]:
        """Take the message: its intake id, and what became of each recipient; all taken ones are durable.

        Raises: Refusal, when nobody gets it.
        """
        envelope = Envelope(
            intake_id=self._intake_id(),
            reverse_path=transaction.reverse_path,
            recipients=tuple(transaction.recipients),
            origin=transaction.origin,
            received_at=self._clock.now(),
            body=transaction.body,
            single_reply=not transaction.origin.with_protocol.startswith("LMTP"),
        )
        return envelope.intake_id, await self._intake.accept(envelope, content)

    async def _check(self, forward_path: Address, size: int) -> None:
        """A point read; only an address that the sandbox has still to make costs a unit."""
        if await self._store.read(lambda tx: self._has_room(tx, forward_path, size)):
            return
        await self._store.run(lambda tx: accounts_of(tx, self._directory, forward_path, sandbox=True))

    async def _has_room(self, tx: Transaction, forward_path: Address, size: int) -> bool:
        """False when an account must be made first.  Raises: MailboxUnknown, DomainUnknown, MailboxFull."""
        try:
            accounts = await accounts_of(tx, self._directory, forward_path, sandbox=False)
        except (MailboxUnknown, DomainUnknown):
            if self._sandbox:
                return False
            raise
        for account_id in accounts:
            # Asked here, because later it could be told to all recipients only; the one message that
            # goes over the quota is still filed.
            if not await self._directory.has_room(tx, account_id, size):
                raise MailboxFull(f"{forward_path}: account {account_id}")
        return True

    def _intake_id(self) -> str:
        """Unique, in the order of time: milliseconds and chance, in hexadecimal digits."""
        milliseconds = int(self._clock.now().timestamp() * 1000)
        return f"{milliseconds:012x}{self._random.token(8).hex()}"
