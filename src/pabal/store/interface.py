"""The promises of storage; each has a test of its name in tests/store (design: storage).

Rows are written in units, blobs are appended; the order is always blob durable, then row, then answer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from pabal.model.content import Content
from pabal.model.errors import PabalError
from pabal.model.ids import AccountId, BlobId

T = TypeVar("T")
Value = int | float | str | bytes | None
Row = tuple[Any, ...]
Unit = Callable[["Transaction"], Awaitable[T]]


class StoreFailed(PabalError):
    """A sync or commit failed: nothing of the unit is promised, and the process must end."""


class ReadOnly(PabalError):
    """A store that was opened for reading only was asked to write."""


class Transaction(Protocol):
    """One unit's view of the rows.  Values are bound as $1, $2 ...; the text is the same for all engines."""

    async def execute(self, sql: str, *values: Value) -> int:
        """Run one statement; how many rows it changed."""
        ...

    async def fetch_row(self, sql: str, *values: Value) -> Row | None:
        """The first row, or None."""
        ...

    async def fetch_all(self, sql: str, *values: Value) -> list[Row]: ...

    async def insert_many(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> None: ...

    async def select_in(self, sql: str, keys: Sequence[int | str], *values: Value) -> list[Row]:
        """``sql`` holds the word ``$keys`` where the list stands: ``... AND uid IN ($keys)``; any length."""
        ...

    def notify(self, account_id: AccountId) -> None:
        """After this unit is durable, tell the change feed that the account changed."""
        ...


class Store(Protocol):
    """Durable rows."""

    async def run(self, unit: Unit[T]) -> T:
        """Run one unit of work durably, with all blobs that were put before this call.

        Units that arrive while a commit is synced share the next one.  A unit awaits nothing but its
        transaction, has no other effects and may be run again.  One that raises is undone alone, and
        what it raised is raised here.  Raises: DiskFull (nothing was kept), StoreFailed.
        """
        ...

    async def read(self, unit: Unit[T]) -> T:
        """A consistent snapshot of what is committed, on the caller's loop: point reads and pages only."""
        ...

    async def scan(self, unit: Unit[T]) -> T:
        """The same, off the loop: for anything whose cost grows with the data."""
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where stored octets lie; kept in the table ``blob``."""

    segment: int
    position: int  # of the first octet of content
    size: int
    checksum: int  # crc32 of the content


class Blobs(Protocol):
    """Immutable octets."""

    async def put(self, content: Content) -> Place:
        """Keep octets; they are durable once a unit run afterwards has returned.  Raises: DiskFull."""
        ...

    def read(self, place: Place, start: int, stop: int) -> bytes:
        """A range, at most 1 MiB at a time; cheap enough for the loop.  Raises: BlobMissing."""
        ...

    def pieces(self, place: Place, start: int, stop: int) -> Iterator[bytes]:
        """A range of any length in pieces of at most 256 KiB.  Raises: BlobMissing."""
        ...


class BlobMissing(PabalError):
    """The segment is gone or too short: compacted away (read the row again once), or damaged."""


class ChangeFeed(Protocol):
    """Hints that an account changed; they carry no truth (a lost hint is healed by comparing modseq)."""

    def subscribe(self, account_id: AccountId, wake: Callable[[], None]) -> Callable[[], None]:
        """``wake`` is called on the loop after every change; returns how to stop that."""
        ...

    def publish(self, account_id: AccountId) -> None: ...


# Rows of ``blob``: one reference per account to stored octets; the only SQL that all packages share.
async def refer(tx: Transaction, account_id: AccountId, blob_id: BlobId, place: Place) -> None:
    """Add a reference; ``blob_id`` comes from the account's own counter."""
    await tx.execute(
        "INSERT INTO blob (account_id, blob_id, segment, position, size, checksum) VALUES ($1, $2, $3, $4, $5, $6)",
        account_id,
        blob_id,
        place.segment,
        place.position,
        place.size,
        place.checksum,
    )


async def place_of(tx: Transaction, account_id: AccountId, blob_id: BlobId) -> Place | None:
    row = await tx.fetch_row(
        "SELECT segment, position, size, checksum FROM blob WHERE account_id = $1 AND blob_id = $2",
        account_id,
        blob_id,
    )
    return Place(*row) if row else None
