"""``pabal alias``: addresses that stand for others."""

from __future__ import annotations

from collections.abc import AsyncIterator

from pabal.accounts import admin
from pabal.app.commands import Command, Row
from pabal.app.core import Core


async def add(core: Core, *, address: str, targets: list[str]) -> AsyncIterator[Row]:
    alias = await core.store.run(lambda tx: admin.add_alias(tx, address, targets))
    yield {"alias": alias.address, "targets": list(alias.targets)}


async def list_all(core: Core) -> AsyncIterator[Row]:
    for alias in await core.store.scan(admin.list_aliases):
        yield {"alias": alias.address, "targets": list(alias.targets)}


async def remove(core: Core, *, address: str) -> AsyncIterator[Row]:
    await core.store.run(lambda tx: admin.remove_alias(tx, address))
    yield {"removed": address}


COMMANDS: dict[str, Command] = {"add": add, "list": list_all, "remove": remove}
