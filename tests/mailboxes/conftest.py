"""The real store, one account with its mailboxes, and mail to put into them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest
from msgspec.structs import replace

from pabal.accounts import admin
from pabal.mailboxes.interface import Filed, Filing, Flags, FlagState, Mailbox, Message
from pabal.mailboxes.provision import provision
from pabal.mailboxes.service import MailboxService
from pabal.mailboxes.settings import MailboxSettings
from pabal.mailboxes.views import View
from pabal.mime.summary import Summary
from pabal.model.ids import AccountId, MailboxId, Uid
from pabal.store.interface import Place, Transaction
from pabal.store.sqlite.driver import SqliteStore, open_store
from tests.kit.world import FakeClock

T = TypeVar("T")
ARRIVED = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
SUMMARY = Summary(
    envelope=b"(NIL)",
    body_structure=b"()",
    body=b"()",
    header_size=10,
    lines=1,
    sent_at=None,
    from_text="Kim",
    from_address="kim@example.org",
    to_text="Lee",
    subject="Hello",
    base_subject="Hello",
    message_id="",
    references=(),
    preview="",
    has_attachment=False,
    parts=(),
)


def filing(size: int = 100, *, prefix: bytes = b"", **summary: Any) -> Filing:
    """One message; ``summary`` changes what it says of itself."""
    made = replace(SUMMARY, **summary)
    return Filing(Place(1, 0, size, 7), made, made.encode(), ARRIVED, prefix=prefix)


@dataclass
class Account:
    """One account and its mail, each call one unit of its own."""

    store: SqliteStore
    service: MailboxService
    account_id: AccountId

    async def run(self, work: Callable[..., Awaitable[T]], *arguments: Any, **options: Any) -> T:
        return await self.store.run(lambda tx: work(tx, self.account_id, *arguments, **options))

    async def create(self, name: str) -> Mailbox:
        return await self.run(self.service.create, name)

    async def mailbox(self, name: str) -> Mailbox:
        found = await self.run(self.service.find, name)
        assert found is not None
        return found

    async def id_of(self, name: str) -> MailboxId:
        return (await self.mailbox(name)).mailbox_id

    async def file(self, name: str = "INBOX", flags: Flags = Flags(), **options: Any) -> Filed:
        return await self.run(self.service.file, await self.id_of(name), filing(**options), flags)

    async def fill(self, count: int, name: str = "INBOX") -> list[Uid]:
        return [(await self.file(name)).uid for _ in range(count)]

    async def store_flags(self, uids: list[Uid], name: str = "INBOX", **change: Flags) -> list[FlagState]:
        return await self.run(self.service.change_flags, await self.id_of(name), uids, **change)

    async def expunge(self, uids: Sequence[Uid] | None = None, name: str = "INBOX", **options: bool) -> list[Uid]:
        return await self.run(self.service.expunge, await self.id_of(name), uids, **options)

    async def messages(self, uids: list[Uid], name: str = "INBOX") -> list[Message]:
        return await self.run(self.service.messages, await self.id_of(name), uids)

    async def view(self, name: str = "INBOX") -> View:
        return await self.service.open_view(self.account_id, await self.id_of(name))

    async def value(self, sql: str) -> Any:
        async def unit(tx: Transaction) -> Any:
            row = await tx.fetch_row(sql, self.account_id)
            return row[0] if row else None

        return await self.store.read(unit)


AccountOf = Callable[..., Awaitable[Account]]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    opened = await open_store(tmp_path)
    yield opened
    await opened.close()


@pytest.fixture
async def account_of(store: SqliteStore, clock: FakeClock) -> AccountOf:
    await store.run(lambda tx: admin.add_domain(tx, "example.org", clock))
    made = 0

    async def unit(tx: Transaction) -> AccountId:
        account_id = await admin.add_account(tx, f"kim{made}@example.org", clock)
        await provision(tx, account_id)
        return account_id

    async def make(**settings: int) -> Account:
        nonlocal made
        made += 1
        service = MailboxService(store, clock, MailboxSettings(**settings))
        return Account(store, service, await store.run(unit))

    return make


@pytest.fixture
async def account(account_of: AccountOf) -> Account:
    return await account_of()
