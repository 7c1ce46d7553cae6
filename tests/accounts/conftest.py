"""The real store in a folder of this test's own, and an operator who adds names to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from pabal.accounts import admin
from pabal.accounts.directory import AccountDirectory
from pabal.mailboxes.provision import provision
from pabal.model.ids import AccountId
from pabal.store.sqlite.driver import SqliteStore, open_store
from tests.kit.world import FakeClock

DirectoryOf = Callable[..., AccountDirectory]
AddAccount = Callable[[str], Awaitable[AccountId]]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    opened = await open_store(tmp_path)
    yield opened
    await opened.close()


@pytest.fixture
def directory_of(clock: FakeClock) -> DirectoryOf:
    def build(*, sandbox: bool = False, postmaster: str = "") -> AccountDirectory:
        return AccountDirectory(sandbox=sandbox, postmaster=postmaster, clock=clock, provision=provision)

    return build


@pytest.fixture
async def add_account(store: SqliteStore, clock: FakeClock) -> AddAccount:
    """Adds accounts in the strict domain example.org."""
    await store.run(lambda tx: admin.add_domain(tx, "example.org", clock))

    async def add(local_part: str) -> AccountId:
        return await store.run(lambda tx: admin.add_account(tx, f"{local_part}@example.org", clock))

    return add
