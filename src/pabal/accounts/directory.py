"""Where mail for an address goes (RFC 5321 §3.6, §4.5.1), and the sandbox that makes who is missing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from pabal.accounts import rows
from pabal.accounts.interface import Account, Destination, Elsewhere, Local, Unknown
from pabal.accounts.names import HOME_DOMAIN, name_of, parse_address, parse_identity, possible
from pabal.model.address import Address
from pabal.model.ids import AccountId
from pabal.model.world import Clock
from pabal.store.interface import Transaction

POSTMASTER = "postmaster"
Provision = Callable[[Transaction, AccountId], Awaitable[None]]


class AccountDirectory:
    """``accounts.interface.Directory`` over the rows.

    ``postmaster`` is the address of ``[mail] postmaster``, "" for the first account; ``provision``
    makes the mailboxes of an account that ``ensure`` made.
    """

    def __init__(self, *, sandbox: bool, postmaster: str, clock: Clock, provision: Provision) -> None:
        self._sandbox = sandbox
        self._postmaster = parse_address(postmaster) if postmaster else None
        self._clock = clock
        self._provision = provision

    async def resolve(self, tx: Transaction, forward_path: Address) -> list[Destination]:
        destinations: dict[Destination, None] = {}
        seen = {forward_path.key}
        waiting = [forward_path]
        while waiting:
            address = waiting.pop()
            found = await self._lookup(tx, address)
            if isinstance(found, list):
                fresh = [target for target in found if target.key not in seen]  # a loop of aliases ends here
                seen.update(target.key for target in fresh)
                waiting.extend(reversed(fresh))
            else:
                destinations[found] = None
        return list(destinations) or [Unknown(forward_path)]

    async def _lookup(self, tx: Transaction, address: Address) -> Destination | list[Address]:
        """One step: a destination, or the targets of an alias."""
        found = await rows.address(tx, address.key) if possible(address) else None
        if found is not None:
            account_id = found[0]
            return Local(account_id) if account_id is not None else await self._targets(tx, address)
        if address.domain and await rows.domain(tx, address.domain) is None:
            return Elsewhere(address)
        if address.key[0] == POSTMASTER:
            return await self._postmaster_of(tx, address)
        return Unknown(address)

    async def _targets(self, tx: Transaction, address: Address) -> list[Address]:
        return [parse_address(target) for target in await rows.targets(tx, address.key)]

    async def _postmaster_of(self, tx: Transaction, address: Address) -> Destination | list[Address]:
        """RFC 5321 §4.5.1: <Postmaster> MUST be taken, and at every domain of ours."""
        if self._postmaster and self._postmaster.key != address.key:
            return [self._postmaster]
        first = await rows.first_account(tx)
        return Unknown(address) if first is None else Local(first)

    async def ensure(self, tx: Transaction, address: Address) -> AccountId | None:
        home = Address(address.local_part, address.domain or HOME_DOMAIN)
        if not possible(home):
            return None
        found = await rows.address(tx, home.key)
        if found is not None:
            return found[0]
        if not self._sandbox or not await self._open_domain(tx, home.domain):
            return None
        account_id = await rows.insert_account(tx, name_of(home), False, None, self._now())
        await rows.put_address(tx, home.key, account_id)
        await self._provision(tx, account_id)
        return account_id

    async def _open_domain(self, tx: Transaction, name: str) -> bool:
        """Not strict, made when it is not there."""
        domain = await rows.domain(tx, name)
        if domain is None:
            await rows.put_domain(tx, name, False, self._now())
        return domain is None or not domain.strict

    def _now(self) -> int:
        return int(self._clock.now().timestamp())

    async def has_room(self, tx: Transaction, account_id: AccountId, octets: int) -> bool:
        found = await rows.room(tx, account_id)
        if found is None:
            return False
        used, quota = found
        return quota is None or used + octets <= quota

    async def find_account(self, tx: Transaction, name: str) -> Account | None:
        """By any of its addresses.  Raises: BadName."""
        return await rows.account_by_key(tx, parse_identity(name).key)

    async def account(self, tx: Transaction, account_id: AccountId) -> Account | None:
        return await rows.account(tx, account_id)

    async def accounts(self, tx: Transaction) -> list[Account]:
        return await rows.accounts(tx)
