"""What an operator can ask for: plain functions over the core that yield rows.

They run in the server when there is one (through the control socket), else in the process of the
command line with the core opened directly: the same code, in force when it returns.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pabal.app.core import Core

Row = dict[str, Any]
Command = Callable[..., AsyncIterator[Row]]


def find(name: str) -> Command:
    """The command of that name, ``domain.add``.  Raises: KeyError."""
    from pabal.app.commands import account, alias, domain, messages

    table: dict[str, Command] = {
        **{f"domain.{verb}": command for verb, command in domain.COMMANDS.items()},
        **{f"account.{verb}": command for verb, command in account.COMMANDS.items()},
        **{f"alias.{verb}": command for verb, command in alias.COMMANDS.items()},
        **messages.COMMANDS,
    }
    return table[name]


async def run(core: Core, name: str, arguments: dict[str, Any]) -> AsyncIterator[Row]:
    """Raises: PabalError."""
    async for row in find(name)(core, **arguments):
        yield row
