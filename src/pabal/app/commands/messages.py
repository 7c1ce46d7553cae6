"""``pabal list`` and ``pabal read``: the mail that is here."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator

from pabal.accounts import admin
from pabal.accounts.interface import Account
from pabal.app import mail
from pabal.app.commands import Command, Row
from pabal.app.core import Core
from pabal.model.errors import PabalError


async def list_all(core: Core, *, account: str | None, mailbox: str | None) -> AsyncIterator[Row]:
    for one in await _accounts(core, account):
        async for found in mail.in_order(core, one, mailbox):
            yield mail.row(found)


async def _accounts(core: Core, name: str | None) -> list[Account]:
    if name is not None:
        return [await core.store.read(lambda tx: admin.find_account(tx, name))]
    if core.configuration.sandbox:
        return await core.store.scan(admin.list_accounts)
    raise PabalError("whose mail? --account NAME@DOMAIN says it; only a sandbox lists everybody's")


async def read(core: Core, *, name: str, source: bool) -> AsyncIterator[Row]:
    """``text`` in one row, or the octets in rows of bounded size, in base64."""
    found = await mail.find(core, name)
    if not source:
        yield {"id": found.name, "text": await mail.text(core, found)}
        return
    for piece in mail.pieces(core, found):
        yield {"octets": base64.b64encode(piece).decode("ascii")}


COMMANDS: dict[str, Command] = {"list": list_all, "read": read}
