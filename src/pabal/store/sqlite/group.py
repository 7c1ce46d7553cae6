"""A group of units that share one transaction and one sync, each undone alone when it raises."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Any

import apsw

from pabal.model.errors import DiskFull
from pabal.model.ids import AccountId
from pabal.store.interface import StoreFailed, Unit
from pabal.store.sqlite.transaction import SqliteTransaction, Step


def no_room(error: Exception) -> bool:
    """SQLite says FULL of a write, never of a sync; SHMSIZE, when the log's index could not grow."""
    code = getattr(error, "extendedresult", 0)
    return isinstance(error, apsw.FullError) or code == apsw.SQLITE_IOERR_SHMSIZE


class Job:
    """One unit that waits for its answer."""

    __slots__ = ("answer", "error", "transaction", "unit", "step")

    def __init__(self, unit: Unit[Any], answer: asyncio.Future[Any]) -> None:
        self.unit, self.answer = unit, answer
        self.error: Exception | None = None
        self.transaction: SqliteTransaction | None = None
        self.step: Step | None = None

    def settle(self, failure: Exception | None) -> None:
        """Release the answer; a caller that was cancelled gets none, its unit is done all the same."""
        if self.answer.done():
            return
        if failure is not None:
            self.answer.set_exception(
                type(failure)(str(failure))
            )  # one for each caller: tracebacks grow as they rise
        elif self.error is not None:
            self.answer.set_exception(self.error)
        else:
            self.answer.set_result(self.step.result if self.step else None)


class Group:
    """BEGIN, units, COMMIT on one connection; driven on the loop, then by the writer thread, never by both."""

    def __init__(self, connection: apsw.Connection, deadline: float) -> None:
        self._connection, self._deadline = connection, deadline
        self.jobs: list[Job] = []
        self._handed_over = False

    @property
    def open(self) -> bool:
        """Whether it takes another unit."""
        return not self._handed_over and (not self.jobs or monotonic() <= self._deadline)

    @property
    def changed(self) -> set[AccountId]:
        done = (job.transaction for job in self.jobs if job.transaction and job.error is None)
        return set().union(*(transaction.changed for transaction in done))

    def begin(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    def run(self, job: Job) -> None:
        """Drive a unit until it ends, or has held the loop for long enough.  Raises: apsw.Error."""
        self.jobs.append(job)
        self._connection.execute("SAVEPOINT unit")
        job.transaction = SqliteTransaction(self._connection, self._deadline)
        try:
            job.step = Step(job.unit(job.transaction))
            self._handed_over = not job.step.resume()
        except Exception as error:
            self._undo(job, error)
        else:
            if not self._handed_over:
                self._connection.execute("RELEASE unit")

    def finish(self) -> None:
        """Drive the unit that was handed over to its end; in the writer thread."""
        if not self._handed_over:
            return
        job = self.jobs[-1]
        assert job.step is not None
        assert job.transaction is not None
        job.transaction.deadline = None
        try:
            job.step.resume()
        except Exception as error:
            self._undo(job, error)
        else:
            self._connection.execute("RELEASE unit")
        self._handed_over = False

    def commit(self) -> None:
        """Synced when it returns.  Raises: apsw.Error."""
        self._connection.execute("COMMIT")

    def roll_back(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def settle(self, failure: Exception | None) -> None:
        for job in self.jobs:
            job.settle(failure)

    def _undo(self, job: Job, error: Exception) -> None:
        if not self._connection.in_transaction:  # SQLite undid the whole group: no room, or worse
            raise error if isinstance(error, apsw.Error) else StoreFailed(f"the group was undone: {error!r}")
        self._connection.execute("ROLLBACK TO unit")
        self._connection.execute("RELEASE unit")
        job.error = DiskFull(str(error)) if no_room(error) else error
