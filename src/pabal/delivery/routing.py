"""Where a forward-path leads: the accounts here, or the refusal that the client is told (RFC 5321 §3.6.2).

The local part is never looked into: ``%``, ``!`` and a quoted ``@`` are not routes, so none of them
makes us relay.
"""

from __future__ import annotations

from pabal.accounts.interface import Destination, Directory, Elsewhere, Local, Unknown
from pabal.model.address import Address
from pabal.model.errors import DomainUnknown, MailboxUnknown
from pabal.model.ids import AccountId
from pabal.store.interface import Transaction


async def accounts_of(tx: Transaction, directory: Directory, forward_path: Address, sandbox: bool) -> list[AccountId]:
    """The accounts that a forward-path reaches, aliases followed.

    In the sandbox everything is here: an address that has no account gets one, unless its domain is strict.
    Raises: MailboxUnknown, DomainUnknown.
    """
    destinations = await directory.resolve(tx, forward_path)
    accounts = [destination.account_id for destination in destinations if isinstance(destination, Local)]
    if sandbox:
        accounts += await _made(tx, directory, destinations or [Unknown(forward_path)])
    elif any(isinstance(destination, Elsewhere) for destination in destinations):
        raise DomainUnknown(str(forward_path))
    if not accounts:
        raise MailboxUnknown(str(forward_path))
    return accounts


async def _made(tx: Transaction, directory: Directory, destinations: list[Destination]) -> list[AccountId]:
    """Accounts for the addresses that have none."""
    missing = [destination.forward_path for destination in destinations if not isinstance(destination, Local)]
    made = [await directory.ensure(tx, address) for address in missing]
    return [account_id for account_id in made if account_id is not None]
