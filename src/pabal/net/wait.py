"""Waiting for one thing, with a time limit that costs nothing while it does not run out.

A connection waits thousands of times for seconds each; a timer per wait would be made and cancelled
each time.  Here one timer stands; when it rings early it is set again to the present deadline.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

from pabal.model.world import StreamTimeout


class Wait:
    """``hold`` until ``wake``; at most one task waits."""

    __slots__ = ("_deadline", "_ended", "_future", "_loop", "_timer", "held")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.held = False
        self._ended = False
        self._future: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._deadline: float | None = None  # of the wait that goes on

    def hold(self) -> None:
        self.held = not self._ended

    def wake(self) -> None:
        self.held = False
        if self._future is not None and not self._future.done():
            self._future.set_result(None)

    def end(self) -> None:
        """Nobody will wait here again."""
        self._ended = True
        self.wake()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def until_woken(self, within: timedelta | None) -> None:
        """Raises: StreamTimeout."""
        if not self.held:
            return
        if self._future is not None:
            raise RuntimeError("two tasks wait for one side of a connection")
        self._future = self._loop.create_future()
        if within is not None:
            self._limit(self._loop.time() + within.total_seconds())
        try:
            await self._future
        finally:
            self._future = self._deadline = None

    def _limit(self, deadline: float) -> None:
        self._deadline = deadline
        if self._timer is not None and self._timer.when() > deadline:
            self._timer.cancel()
            self._timer = None
        if self._timer is None:
            self._timer = self._loop.call_at(deadline, self._ring)

    def _ring(self) -> None:
        self._timer = None
        if self._future is None or self._future.done() or self._deadline is None:
            return
        if self._loop.time() < self._deadline:
            self._timer = self._loop.call_at(self._deadline, self._ring)
        else:
            self._future.set_exception(StreamTimeout())
