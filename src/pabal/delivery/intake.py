"""Filing: one message, all its local recipients, one durable unit (RFC 5321 §6.1, design: three journeys).

Order: octets to the blobs, then one unit of rows; only then does ``accept`` return, and only then may the
peer be told 250.  A recipient whose mailbox vanished after RCPT gets a refusal of its own, and the others are
filed; where the peer can hear one reply only, it is told to come again, and hears the refusal at RCPT: no
recipient is ever dropped in silence.  An account reached by several forward-paths of one message gets it once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pabal.accounts.interface import Directory
from pabal.delivery.content import without
from pabal.delivery.routing import accounts_of
from pabal.delivery.trace import HEADER_LIMIT, ReceivedField, check_hops, return_path, return_path_spans
from pabal.mailboxes.interface import Filing, Mailboxes
from pabal.mime.summary import Summary, summarise
from pabal.model.address import Address
from pabal.model.content import Content
from pabal.model.envelope import Envelope, Recipient
from pabal.model.errors import Refusal, Unavailable
from pabal.model.ids import AccountId
from pabal.model.intake import Outcome
from pabal.model.world import Clock, Random
from pabal.store.interface import Blobs, Place, Store, Transaction
from pabal.telemetry import Counter, log

#: Octets; a message up to this size is read on the loop (about 1 ms), a larger one elsewhere.
SUMMARISE_ON_LOOP: Final = 256 * 1024
#: How many large messages may be in memory for reading at once; each is at most [limits] message_size.
LARGE_AT_ONCE: Final = 2

FILED = Counter("delivery_filed_total", "Copies of messages that were filed", "door")
TAKEN = Outcome()


@dataclass(frozen=True, slots=True)
class _Message:
    """What is the same for every recipient."""

    envelope: Envelope
    place: Place
    summary: Summary
    encoded_summary: bytes
    return_path: bytes
    received: ReceivedField

    def filing(self, forward_path: Address) -> Filing:
        return Filing(
            place=self.place,
            summary=self.summary,
            encoded_summary=self.encoded_summary,
            internal_date=self.envelope.received_at,
            intake_id=self.envelope.intake_id,
            prefix=self.return_path + self.received.octets(forward_path),
        )


class Delivery:
    """Implements model.Intake for everything that is here."""

    def __init__(
        self,
        store: Store,
        blobs: Blobs,
        directory: Directory,
        mailboxes: Mailboxes,
        clock: Clock,
        random: Random,
        hostname: str,
        sandbox: bool,
    ) -> None:
        self._store, self._blobs = store, blobs
        self._directory, self._mailboxes = directory, mailboxes
        self._hostname, self._sandbox = hostname, sandbox
        self._large = asyncio.Semaphore(LARGE_AT_ONCE)

    async def accept(self, envelope: Envelope, content: Content) -> Mapping[Recipient, Outcome]:
        """See model.Intake.  Raises: RoutingLoop, Unavailable, DiskFull, StoreFailed."""
        head = await _head(content)
        check_hops(head)
        content = without(content, return_path_spans(head))
        message = await self._prepare(envelope, content)
        outcomes = await self._store.run(lambda tx: self._file(tx, message))
        self._tell(envelope, content.size, outcomes)
        return outcomes

    async def _prepare(self, envelope: Envelope, content: Content) -> _Message:
        summary, encoded = await self._summary(content)
        return _Message(
            envelope,
            await self._blobs.put(content),
            summary,
            encoded,
            return_path(envelope.reverse_path),
            ReceivedField(envelope, self._hostname),
        )

    async def _summary(self, content: Content) -> tuple[Summary, bytes]:
        octets = content.octets()
        if octets is not None and len(octets) <= SUMMARISE_ON_LOOP:
            return _summarise(octets)
        async with self._large:
            return await asyncio.to_thread(_summarise_spooled, content)

    async def _file(self, tx: Transaction, message: _Message) -> dict[Recipient, Outcome]:
        """The unit.  Accounts are written in ascending order, so that two units never wait for each other."""
        outcomes: dict[Recipient, Outcome] = {}
        copies: dict[AccountId, Recipient] = {}
        for recipient in message.envelope.recipients:
            try:
                accounts = await accounts_of(tx, self._directory, recipient.forward_path, self._sandbox)
            except Refusal as refusal:
                outcomes[recipient] = Outcome(refusal)
            else:
                outcomes[recipient] = TAKEN
                copies.update((account_id, recipient) for account_id in accounts if account_id not in copies)
        if message.envelope.single_reply and copies and not all(outcome.taken for outcome in outcomes.values()):
            raise Unavailable("a recipient vanished after RCPT")
        for account_id, recipient in sorted(copies.items()):
            await self._mailboxes.file_in_inbox(tx, account_id, message.filing(recipient.forward_path))
        return outcomes

    def _tell(self, envelope: Envelope, size: int, outcomes: Mapping[Recipient, Outcome]) -> None:
        refused = [str(recipient.forward_path) for recipient, outcome in outcomes.items() if not outcome.taken]
        FILED.add(envelope.origin.door, by=len(outcomes) - len(refused))
        log.info(
            "delivery.filed",
            intake_id=envelope.intake_id,
            reverse_path=str(envelope.reverse_path or ""),
            recipients=len(outcomes),
            refused=refused,
            size=size,
        )


async def _head(content: Content) -> bytes:
    """Enough of the beginning to hold the header."""
    octets = content.octets()
    if octets is None:
        octets = await asyncio.to_thread(content.read, 0, HEADER_LIMIT)
    end = octets.find(b"\r\n\r\n")
    return octets[: min(end + 2 if end >= 0 else HEADER_LIMIT, HEADER_LIMIT)]


def _summarise(octets: bytes) -> tuple[Summary, bytes]:
    summary = summarise(octets)
    return summary, summary.encode()


def _summarise_spooled(content: Content) -> tuple[Summary, bytes]:
    return _summarise(content.octets() or content.read(0, content.size))
