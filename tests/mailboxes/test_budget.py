"""What a message and a look may cost, counted in statements."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from pabal.mailboxes.interface import SEEN, Flags
from pabal.model.ids import Uid
from pabal.store.interface import Transaction
from pabal.store.sqlite.driver import SqliteStore
from tests.mailboxes.conftest import Account, filing

STATEMENTS = ("execute", "fetch_row", "fetch_all", "insert_many", "select_in")


class Counting:
    """A transaction that counts what it passes on."""

    def __init__(self, tx: Transaction) -> None:
        self._tx, self.count = tx, 0

    def __getattr__(self, name: str) -> Any:
        self.count += name in STATEMENTS
        return getattr(self._tx, name)


async def cost(account: Account, work: Callable[..., Awaitable[Any]], *arguments: Any, **options: Any) -> int:
    async def unit(tx: Transaction) -> int:
        counting = Counting(tx)
        await work(counting, account.account_id, *arguments, **options)
        return counting.count

    return await account.store.run(unit)


@pytest.mark.parametrize("message", [{}, {"message_id": "1@a"}, {"message_id": "1@a", "references": ("2@a", "3@a")}])
async def test_a_message_is_filed_in_seven_statements(account: Account, message: dict[str, Any]) -> None:
    assert await cost(account, account.service.file_in_inbox, filing(**message)) <= 7


async def test_a_command_costs_the_same_for_one_message_and_for_many(account: Account) -> None:
    uids = await account.fill(60)
    inbox, sent = await account.id_of("INBOX"), await account.id_of("Sent")
    service = account.service
    costs = []
    for some in (uids[:1], uids[1:30]):
        costs.append(
            [
                await cost(account, service.change_flags, inbox, some, add=Flags(SEEN)),
                await cost(account, service.copy, inbox, some, sent),
                await cost(account, service.move, inbox, some, sent),
                await cost(account, service.messages, inbox, uids[30:]),
            ]
        )
    costs[0].append(await cost(account, service.expunge, inbox, uids[30:31], only_deleted=False))
    costs[1].append(await cost(account, service.expunge, inbox, uids[31:], only_deleted=False))
    assert costs[0] == costs[1]


async def test_a_look_at_an_unchanged_mailbox_reads_one_row(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    await account.fill(3)
    view = await account.view()
    counts: list[int] = []
    read = SqliteStore.read

    async def counted(store: SqliteStore, unit: Callable[[Any], Awaitable[Any]]) -> Any:
        async def counting_unit(tx: Transaction) -> Any:
            counting = Counting(tx)
            result = await unit(counting)
            counts.append(counting.count)
            return result

        return await read(store, counting_unit)

    monkeypatch.setattr(SqliteStore, "read", counted)
    await view.changes(expunges=True)
    await account.store_flags([Uid(1)], add=Flags(SEEN))
    counts.clear()
    await view.changes(expunges=True)
    await view.changes(expunges=True)
    assert counts == [3, 1]
