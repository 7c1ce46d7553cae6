"""``pabal account``: who has mail here."""

from __future__ import annotations

from collections.abc import AsyncIterator

from pabal.accounts import admin
from pabal.accounts.interface import Account
from pabal.accounts.passwords import Credentials
from pabal.app.commands import Command, Row
from pabal.app.core import Core
from pabal.mailboxes.provision import provision
from pabal.store.interface import Transaction


def _row(account: Account) -> Row:
    return {
        "account": account.name,
        "admin": account.admin,
        "quota": account.quota,
        "emails": account.emails,
        "octets": account.octets,
    }


async def add(core: Core, *, name: str, password: str | None, admin_rights: bool) -> AsyncIterator[Row]:
    """With its mailboxes, in one unit; without a password nobody can sign in to it yet."""
    credentials = await core.logins.credentials(password) if password is not None else None

    async def unit(tx: Transaction) -> Account:
        account_id = await admin.add_account(tx, name, core.clock, credentials=credentials, admin=admin_rights)
        await provision(tx, account_id)
        return await admin.find_account(tx, name)

    yield _row(await core.store.run(unit))


async def list_all(core: Core) -> AsyncIterator[Row]:
    for account in await core.store.scan(admin.list_accounts):
        yield _row(account)


async def show(core: Core, *, name: str) -> AsyncIterator[Row]:
    """One account, a row for each of its mailboxes."""
    account = await core.store.read(lambda tx: admin.find_account(tx, name))
    for mailbox in await core.store.read(lambda tx: core.mailboxes.list_mailboxes(tx, account.account_id)):
        yield {
            "account": account.name,
            "mailbox": mailbox.name,
            "role": mailbox.role,
            "messages": mailbox.messages,
            "unseen": mailbox.unseen,
            "octets": mailbox.octets,
        }


async def password(core: Core, *, name: str, password: str) -> AsyncIterator[Row]:
    """Logins that were remembered with the old one are void at once."""
    credentials: Credentials = await core.logins.credentials(password)
    yield _row(await core.store.run(lambda tx: admin.set_password(tx, name, credentials)))


async def remove(core: Core, *, name: str) -> AsyncIterator[Row]:
    yield {"removed": (await core.store.run(lambda tx: admin.remove_account(tx, name))).name}


COMMANDS: dict[str, Command] = {
    "add": add,
    "list": list_all,
    "show": show,
    "password": password,
    "remove": remove,
}
