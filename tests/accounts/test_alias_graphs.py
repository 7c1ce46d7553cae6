"""Whatever aliases point at each other, mail reaches exactly who can be reached."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from pabal.accounts import admin
from pabal.accounts.directory import AccountDirectory
from pabal.accounts.interface import Destination, Elsewhere, Local, Unknown
from pabal.mailboxes.provision import provision
from pabal.model.address import Address
from pabal.store.interface import Transaction
from pabal.store.sqlite.driver import open_store
from tests.kit.world import FakeClock

ALIASES = ("a", "b", "c", "d")
# kim is an account, nobody is not there, the rest are aliases or elsewhere
targets = st.sampled_from([*ALIASES, "kim", "nobody", "far@example.net"])
graphs = st.dictionaries(st.sampled_from(ALIASES), st.sets(targets, min_size=1, max_size=3), max_size=4)


def reachable(graph: dict[str, set[str]], start: str) -> set[str]:
    seen, waiting = {start}, [start]
    while waiting:
        fresh = graph.get(waiting.pop(), set()) - seen
        seen |= fresh
        waiting += fresh
    return {name for name in seen if name not in graph}


def destination(name: str, kim: int) -> Destination:
    if name == "kim":
        return Local(kim)
    if "@" in name:
        return Elsewhere(Address("far", "example.net"))
    return Unknown(Address(name, "example.org"))


async def resolved(graph: dict[str, set[str]], folder: str) -> tuple[int, list[Destination]]:
    clock = FakeClock()
    directory = AccountDirectory(sandbox=False, postmaster="", clock=clock, provision=provision)
    store = await open_store(Path(folder))

    async def unit(tx: Transaction) -> tuple[int, list[Destination]]:
        await admin.add_domain(tx, "example.org", clock)
        kim = await admin.add_account(tx, "kim@example.org", clock)
        for alias, members in graph.items():
            full = [name if "@" in name else f"{name}@example.org" for name in sorted(members)]
            await admin.add_alias(tx, f"{alias}@example.org", full)
        return kim, await directory.resolve(tx, Address("a", "example.org"))

    try:
        return await store.run(unit)
    finally:
        await store.close()


@settings(max_examples=40, deadline=None)
@given(graphs)
def test_mail_reaches_who_can_be_reached_each_once(graph: dict[str, set[str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        kim, found = asyncio.run(resolved(graph, folder))
    expected = {destination(name, kim) for name in reachable(graph, "a")} or {Unknown(Address("a", "example.org"))}
    assert set(found) == expected
    assert len(found) == len(expected)
