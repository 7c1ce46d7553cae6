"""For any units in any grouping: each is wholly there or, when it raised, not at all."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from pabal.store.interface import Transaction
from pabal.store.settings import StoreSettings
from pabal.store.sqlite.driver import open_store


@dataclass(frozen=True)
class Change:
    """Set a name to a number, or take it away."""

    name: str
    number: int | None


@dataclass(frozen=True)
class Plan:
    changes: list[Change]
    raises: bool

    async def __call__(self, tx: Transaction) -> int:
        for change in self.changes:
            await tx.execute("DELETE FROM setting WHERE name = $1", change.name)
            if change.number is not None:
                await tx.execute("INSERT INTO setting (value, name) VALUES ($2, $1)", change.name, str(change.number))
        if self.raises:
            raise LookupError
        return len(self.changes)


CHANGES = st.builds(Change, st.sampled_from(["test a", "test b", "test c"]), st.none() | st.integers(0, 9))
PLANS = st.builds(Plan, st.lists(CHANGES, max_size=4), st.booleans())
GROUPS = st.lists(st.lists(PLANS, min_size=1, max_size=6), max_size=4)


def expected(groups: list[list[Plan]]) -> dict[str, str]:
    rows: dict[str, str] = {}
    for plan in (plan for group in groups for plan in group if not plan.raises):
        for change in plan.changes:
            rows.pop(change.name, None)
            if change.number is not None:
                rows[change.name] = str(change.number)
    return rows


async def stored(tx: Transaction) -> dict[str, str]:
    return dict(await tx.fetch_all("SELECT name, value FROM setting WHERE name LIKE 'test %'"))


async def play(groups: list[list[Plan]], group_time: timedelta) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = await open_store(Path(folder), StoreSettings(group_time=group_time))
        for group in groups:
            answers = await asyncio.gather(*map(store.run, group), return_exceptions=True)
            for plan, answer in zip(group, answers, strict=True):
                assert isinstance(answer, LookupError) if plan.raises else answer == len(plan.changes)
        assert await store.read(stored) == await store.scan(stored) == expected(groups)
        await store.close()


@settings(max_examples=30, deadline=None)
@given(GROUPS, st.sampled_from([timedelta(0), timedelta(seconds=5)]))
def test_units_are_whole_or_not_there(groups: list[list[Plan]], group_time: timedelta) -> None:
    asyncio.run(play(groups, group_time))
