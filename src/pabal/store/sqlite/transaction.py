"""``Transaction`` over one SQLite connection, and how a unit of work is driven.

A unit awaits nothing but its transaction, and the transaction answers at once, so a unit runs from
start to end in one go.  The one exception: when the event loop has been held for long enough, the
next statement hands the unit over, and it goes on in the writer thread.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Generator, Iterable, Sequence
from time import monotonic
from typing import Any, TypeVar

import apsw

from pabal.model.ids import AccountId
from pabal.store.interface import Row, Unit, Value
from pabal.store.sqlite.statements import bound_text, insert_text, keyed_text

T = TypeVar("T")


class UnitSuspended(RuntimeError):
    """A unit awaited something that is not its transaction: a mistake in the calling code."""

    def __init__(self) -> None:
        super().__init__("a unit of work awaits nothing but its transaction")


class _HandOver:
    """What a unit awaits when it has held the loop for long enough."""

    def __await__(self) -> Generator[object]:
        yield self


HAND_OVER = _HandOver()


class SqliteTransaction:
    """One unit's view of the rows; ``deadline`` on the stopwatch ``monotonic`` is when it leaves the loop."""

    __slots__ = ("_connection", "changed", "deadline")

    def __init__(self, connection: apsw.Connection, deadline: float | None = None) -> None:
        self._connection = connection
        self.deadline = deadline
        self.changed: set[AccountId] = set()

    async def execute(self, sql: str, *values: Value) -> int:
        if self.deadline is not None and monotonic() > self.deadline:
            await HAND_OVER
        self._connection.execute(bound_text(sql), values).fetchall()
        return self._connection.changes()

    async def fetch_row(self, sql: str, *values: Value) -> Row | None:
        if self.deadline is not None and monotonic() > self.deadline:
            await HAND_OVER
        # The cursor dies with this line, which resets the statement: nothing stays open across the commit.
        row: Row | None = self._connection.execute(bound_text(sql), values).fetchone()
        return row

    async def fetch_all(self, sql: str, *values: Value) -> list[Row]:
        if self.deadline is not None and monotonic() > self.deadline:
            await HAND_OVER
        return self._connection.execute(bound_text(sql), values).fetchall()

    async def insert_many(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
        if self.deadline is not None and monotonic() > self.deadline:
            await HAND_OVER
        self._connection.executemany(insert_text(table, tuple(columns)), rows)

    async def select_in(self, sql: str, keys: Sequence[int | str], *values: Value) -> list[Row]:
        if self.deadline is not None and monotonic() > self.deadline:
            await HAND_OVER
        text = keyed_text(sql, len(values))
        return self._connection.execute(text, (*values, json.dumps(list(keys)))).fetchall()

    def notify(self, account_id: AccountId) -> None:
        self.changed.add(account_id)


class Step:
    """A unit under way: ``resume`` is True when it ended and ``result`` holds what it returned."""

    __slots__ = ("_steps", "result")

    def __init__(self, awaitable: Awaitable[Any]) -> None:
        self._steps = awaitable.__await__()
        self.result: Any = None

    def resume(self) -> bool:
        """False: it asked to be handed over.  Raises: what the unit raises, UnitSuspended."""
        try:
            waited_for = next(self._steps)
        except StopIteration as end:
            self.result = end.value
            return True
        if waited_for is HAND_OVER:
            return False
        self._steps.close()
        raise UnitSuspended


def run_to_end(unit: Unit[T], transaction: SqliteTransaction) -> T:
    """Drive a unit that is never handed over."""
    step = Step(unit(transaction))
    if not step.resume():
        raise UnitSuspended
    result: T = step.result
    return result
