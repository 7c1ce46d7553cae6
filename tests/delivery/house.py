"""A mail store with delivery over it: real rows, real segments, a clock and chance of the test's own."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from pabal.accounts import admin
from pabal.accounts.directory import AccountDirectory
from pabal.delivery.intake import Delivery
from pabal.delivery.receiver import Receiver
from pabal.mailboxes.interface import Message
from pabal.mailboxes.provision import provision
from pabal.mailboxes.service import MailboxService
from pabal.model.address import Address
from pabal.model.content import Content, Octets
from pabal.model.envelope import Envelope, Origin, Recipient
from pabal.model.ids import AccountId, Uid
from pabal.model.intake import Outcome
from pabal.store.interface import Transaction
from pabal.store.sqlite.driver import SqliteStore, open_store
from tests.kit.world import FakeClock, FakeRandom

HOSTNAME = "mail.example.org"
ORIGIN = Origin("smtp", "ESMTP", "client.example", "192.0.2.7")
MESSAGE = b"From: kim@example.org\r\nSubject: hello\r\n\r\ntext\r\n"


def recipient(address: str) -> Recipient:
    local_part, at, domain = address.rpartition("@")
    return Recipient(Address(local_part, domain) if at else Address(domain, ""))


def envelope(*addresses: str, origin: Origin = ORIGIN, reverse_path: Address | None = None) -> Envelope:
    return Envelope("id0001", reverse_path, tuple(map(recipient, addresses)), origin, FakeClock().now())


class House:
    """Everything that takes part in filing."""

    def __init__(self, store: SqliteStore, *, sandbox: bool) -> None:
        self.store, self.clock, self.chance = store, FakeClock(), FakeRandom()
        self.directory = AccountDirectory(sandbox=sandbox, postmaster="", clock=self.clock, provision=provision)
        self.mailboxes = MailboxService(store, self.clock)
        self.delivery = Delivery(
            store, store.blobs, self.directory, self.mailboxes, self.clock, self.chance, HOSTNAME, sandbox
        )
        self.receiver = Receiver(self.delivery, store, self.directory, self.clock, self.chance, sandbox=sandbox)

    async def add_account(self, name: str, *, quota: int | None = None) -> AccountId:
        domain = name.rpartition("@")[2]

        async def unit(tx: Transaction) -> AccountId:
            with contextlib.suppress(admin.AlreadyThere):
                await admin.add_domain(tx, domain, self.clock)
            account_id = await admin.add_account(tx, name, self.clock, quota=quota)
            if await self.mailboxes.find(tx, account_id, "INBOX") is None:
                await provision(tx, account_id)
            return account_id

        return await self.store.run(unit)

    async def add_alias(self, address: str, *targets: str) -> None:
        await self.store.run(lambda tx: admin.add_alias(tx, address, targets))

    async def remove_account(self, name: str) -> None:
        await self.store.run(lambda tx: admin.remove_account(tx, name))

    async def accept(self, envelope: Envelope, message: bytes | Content = MESSAGE) -> dict[str, Outcome]:
        content = Octets(message) if isinstance(message, bytes) else message
        outcomes = await self.delivery.accept(envelope, content)
        return {str(recipient.forward_path): outcome for recipient, outcome in outcomes.items()}

    async def names(self) -> list[str]:
        return [account.name for account in await self.store.read(self.directory.accounts)]

    async def inbox(self, name: str) -> list[bytes]:
        """The messages in an INBOX, with their prefixes."""
        return [
            message.prefix + b"".join(self.store.blobs.pieces(message.place, 0, message.place.size))
            for message in await self.filed(name)
        ]

    async def filed(self, name: str) -> list[Message]:
        async def unit(tx: Transaction) -> list[Message]:
            account = await self.directory.find_account(tx, name)
            assert account is not None, f"there is no account {name}"
            inbox = await self.mailboxes.find(tx, account.account_id, "INBOX")
            assert inbox is not None
            uids = [Uid(number) for number in range(1, inbox.uid_next)]
            return await self.mailboxes.messages(tx, account.account_id, inbox.mailbox_id, uids)

        return await self.store.read(unit)


@contextlib.asynccontextmanager
async def open_house(folder: Path, *, sandbox: bool = False) -> AsyncIterator[House]:
    store = await open_store(folder)
    try:
        yield House(store, sandbox=sandbox)
    finally:
        await store.close()


class OnDisk:
    """Content that is not in memory, as a spooled message is."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets

    @property
    def size(self) -> int:
        return len(self._octets)

    def octets(self) -> bytes | None:
        return None

    def read(self, start: int, stop: int) -> bytes:
        return self._octets[start:stop]

    def pieces(self) -> Iterator[bytes]:
        yield from (self._octets[start : start + 1000] for start in range(0, self.size, 1000))
