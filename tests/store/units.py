"""Units of work that the tests of the store share: the table ``domain`` is their notebook."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator

from pabal.model.ids import AccountId, BlobId
from pabal.store.interface import Place, Store, Transaction, refer


def adding(name: str) -> Callable[[Transaction], Awaitable[str]]:
    async def add(tx: Transaction) -> str:
        await tx.execute("INSERT INTO domain (name, strict, created_at) VALUES ($1, $2, $3)", name, 1, 0)
        return name

    return add


def referring(account: int, blob: int, place: Place) -> Callable[[Transaction], Awaitable[None]]:
    async def add(tx: Transaction) -> None:
        await refer(tx, AccountId(account), BlobId(blob), place)

    return add


async def names(tx: Transaction) -> list[str]:
    return [row[0] for row in await tx.fetch_all("SELECT name FROM domain ORDER BY name")]


async def stored_names(store: Store) -> list[str]:
    return await store.read(names)


class Spooled:
    """Content that is not in memory."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = pieces
        self.size = sum(map(len, pieces))

    def octets(self) -> None:
        return None

    def read(self, start: int, stop: int) -> bytes:
        return b"".join(self._pieces)[start:stop]

    def pieces(self) -> Iterator[bytes]:
        yield from self._pieces
