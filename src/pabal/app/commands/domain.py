"""``pabal domain``: the domains that are here."""

from __future__ import annotations

from collections.abc import AsyncIterator

from pabal.accounts import admin
from pabal.accounts.errors import NotThere
from pabal.accounts.names import parse_domain
from pabal.app.commands import Command, Row
from pabal.app.core import Core


async def add(core: Core, *, name: str) -> AsyncIterator[Row]:
    domain = await core.store.run(lambda tx: admin.add_domain(tx, name, core.clock))
    yield {"domain": domain.name, "strict": domain.strict}


async def list_all(core: Core) -> AsyncIterator[Row]:
    for domain in await core.store.scan(admin.list_domains):
        yield {"domain": domain.name, "strict": domain.strict}


async def show(core: Core, *, name: str) -> AsyncIterator[Row]:
    """One domain with how much it holds."""
    wanted = parse_domain(name)
    domain = next((domain for domain in await core.store.scan(admin.list_domains) if domain.name == wanted), None)
    if domain is None:
        raise NotThere(f"the domain {wanted} is not here")
    accounts = await core.store.scan(admin.list_accounts)
    aliases = await core.store.scan(admin.list_aliases)
    ours = [account for account in accounts if account.name.endswith(f"@{domain.name}")]
    yield {
        "domain": domain.name,
        "strict": domain.strict,
        "accounts": len(ours),
        "aliases": sum(alias.address.endswith(f"@{domain.name}") for alias in aliases),
        "emails": sum(account.emails for account in ours),
        "octets": sum(account.octets for account in ours),
    }


async def remove(core: Core, *, name: str) -> AsyncIterator[Row]:
    await core.store.run(lambda tx: admin.remove_domain(tx, name))
    yield {"removed": name}


COMMANDS: dict[str, Command] = {"add": add, "list": list_all, "show": show, "remove": remove}
