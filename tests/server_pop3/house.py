"""A store with accounts and mail, and POP3 doors before it: all real, on free ports."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from pabal.access.pop3.locks import MaildropLocks
from pabal.access.pop3.maildrop import Sources
from pabal.accounts import admin
from pabal.accounts.directory import AccountDirectory
from pabal.accounts.logins import PasswordLogins
from pabal.mailboxes.interface import Filing
from pabal.mailboxes.provision import provision
from pabal.mailboxes.service import MailboxService
from pabal.mailboxes.settings import MailboxSettings
from pabal.mime.summary import summarise
from pabal.model.content import Octets
from pabal.model.ids import AccountId, Uid
from pabal.net.listen import Door, bind, serve
from pabal.net.settings import NetSettings, TlsSettings
from pabal.net.tls import SELF_SIGNED, load
from pabal.server.pop3 import Pop3Context, serve_pop3
from pabal.server.pop3_settings import Pop3Settings
from pabal.store.interface import Transaction
from pabal.store.sqlite.driver import SqliteStore, open_store
from tests.kit.world import FakeClock, FakeRandom

PASSWORD = "a long enough secret"


class House:
    """``sources`` for maildrops; ``deliver`` fills INBOX; ``open`` gives the port of a door."""

    def __init__(self, store: SqliteStore, folder: Path) -> None:
        self.store, self.folder, self.clock = store, folder, FakeClock()
        self.service = MailboxService(store, self.clock, MailboxSettings())
        self.sources = Sources(store, store.blobs, self.service, MaildropLocks(folder))
        self.logins = PasswordLogins(
            store,
            AccountDirectory(sandbox=False, postmaster="", clock=self.clock, provision=provision),
            self.clock,
            FakeRandom(),
            sandbox=False,
        )
        self.accounts: dict[str, AccountId] = {}
        self.doors: list[Door] = []

    async def add(self, *names: str) -> None:
        credentials = await self.logins.credentials(PASSWORD)

        async def unit(tx: Transaction) -> None:
            await admin.add_domain(tx, "example.org", self.clock)
            for name in names:
                account_id = await admin.add_account(tx, f"{name}@example.org", self.clock, credentials=credentials)
                await provision(tx, account_id)
                self.accounts[name] = account_id

        await self.store.run(unit)

    async def deliver(self, *messages: bytes, to: str = "kim", prefix: bytes = b"") -> list[Uid]:
        return [await self._deliver(octets, self.accounts[to], prefix) for octets in messages]

    async def filing(self, octets: bytes, prefix: bytes = b"") -> Filing:
        summary = summarise(prefix + octets)
        place = await self.store.blobs.put(Octets(octets))
        return Filing(place, summary, summary.encode(), self.clock.now(), prefix=prefix)

    async def _deliver(self, octets: bytes, account_id: AccountId, prefix: bytes) -> Uid:
        filing = await self.filing(octets, prefix)
        return (await self.store.run(lambda tx: self.service.file_in_inbox(tx, account_id, filing))).uid

    async def expunge(self, uids: list[Uid], of: str = "kim") -> None:
        async def unit(tx: Transaction) -> None:
            inbox = await self.service.find(tx, self.accounts[of], "INBOX")
            assert inbox is not None
            await self.service.expunge(tx, self.accounts[of], inbox.mailbox_id, uids, only_deleted=False)

        await self.store.run(unit)

    def context(self, **settings: Any) -> Pop3Context:
        return Pop3Context(self.sources, self.logins, self.clock, Pop3Settings(**settings), "mail.example.org")

    @property
    def certificate(self) -> str:
        return str(self.folder / SELF_SIGNED)

    async def open(self, *, implicit_tls: bool = False, **settings: Any) -> int:
        listening = bind("127.0.0.1", 0)
        port: int = listening.getsockname()[1]
        tls = load(TlsSettings(), self.folder, "localhost", self.clock.now())
        context = self.context(**settings)
        door = await serve(
            listening,
            lambda stream: serve_pop3(stream, context),
            NetSettings(),
            name="pop3",
            implicit_tls=tls if implicit_tls else None,
            starttls=None if implicit_tls else tls,
        )
        self.doors.append(door)
        return port

    async def close(self) -> None:
        for door in self.doors:
            await door.drain(timedelta(seconds=5))
        self.logins.close()
        await self.store.close()


@asynccontextmanager
async def open_house(folder: Path) -> AsyncIterator[House]:
    house = House(await open_store(folder), folder)
    await house.add("kim", "lee")
    yield house
    await house.close()
