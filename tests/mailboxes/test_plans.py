"""What is asked often is found by index: its cost does not grow with what lies still."""

from __future__ import annotations

import pytest

from pabal.mailboxes import changes, filing, pictures, placements, rows, threads
from pabal.store.interface import Transaction
from tests.mailboxes.conftest import Account

STATEMENTS = {
    f"{module.__name__}.{name}": value
    for module in (filing, pictures, placements, threads, changes)
    for name, value in vars(module).items()
    if isinstance(value, str) and value.startswith(("SELECT", "UPDATE", "DELETE")) and "{" not in value
} | {"_MAILBOX": rows._MAILBOX}


async def plan(account: Account, sql: str) -> list[str]:
    async def unit(tx: Transaction) -> list[str]:
        values = [0] * max(number for number in range(10) if f"${number}" in sql)
        explained = f"EXPLAIN QUERY PLAN {sql}"
        found = await (tx.select_in(explained, [], *values) if "$keys" in sql else tx.fetch_all(explained, *values))
        return [row[-1] for row in found]

    return await account.store.run(unit)


@pytest.mark.parametrize("name", sorted(STATEMENTS))
async def test_no_table_is_read_from_end_to_end(account: Account, name: str) -> None:
    steps = await plan(account, STATEMENTS[name])
    scanned = [
        step for step in steps if step.startswith("SCAN") and "json_each" not in step and "counted" not in step
    ]
    assert steps
    assert not scanned


async def test_changes_are_found_by_their_mod_sequence(account: Account) -> None:
    (step,) = await plan(account, changes._CHANGED)
    assert "placement_changed (account_id=? AND mailbox_id=? AND mod_seq>?)" in step
    (step,) = await plan(account, changes._EXPUNGED)
    assert "(account_id=? AND mailbox_id=? AND mod_seq>?)" in step


async def test_what_is_flagged_deleted_is_found_by_its_own_index(account: Account) -> None:
    (step,) = await plan(account, placements._DELETED)
    assert "placement_deleted (account_id=? AND mailbox_id=? AND <expr>=?)" in step
