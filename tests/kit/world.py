"""Time and chance that a test decides: ``FakeClock`` and ``FakeRandom``."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import random
from collections.abc import MutableSequence
from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)


class FakeClock:
    """A clock that stands still until somebody sleeps or advances it.

    By default ``sleep`` moves the time at once, so a day of waiting costs nothing.  With ``held=True``
    sleepers wait until ``advance`` reaches them, in the order of their alarms.
    """

    def __init__(self, start: datetime = START, *, held: bool = False) -> None:
        self._now = start
        self._elapsed = timedelta()
        self._held = held
        self._alarms: list[tuple[timedelta, int, asyncio.Future[None]]] = []
        self._order = itertools.count()
        self.slept: list[timedelta] = []

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._elapsed.total_seconds()

    async def sleep(self, duration: timedelta) -> None:
        self.slept.append(duration)
        if not self._held:
            self._move(duration)
            await asyncio.sleep(0)
            return
        alarm: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._alarms, (self._elapsed + duration, next(self._order), alarm))
        await alarm

    async def advance(self, duration: timedelta) -> None:
        """Let time pass; every sleeper whose alarm falls into it runs at its own moment."""
        end = self._elapsed + duration
        while self._alarms and self._alarms[0][0] <= end:
            due, _, alarm = heapq.heappop(self._alarms)
            self._move(due - self._elapsed)
            if not alarm.done():
                alarm.set_result(None)
            await _let_others_run()
        self._move(end - self._elapsed)
        await _let_others_run()

    def set_back(self, duration: timedelta) -> None:
        """The wall clock is corrected; the stopwatch does not notice."""
        self._now -= duration

    def _move(self, duration: timedelta) -> None:
        self._elapsed += duration
        self._now += duration


async def _let_others_run() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


class FakeRandom:
    """Chance that repeats itself: the same seed gives the same tokens."""

    def __init__(self, seed: int = 7) -> None:
        self._random = random.Random(seed)

    def token(self, octets: int) -> bytes:
        return self._random.randbytes(octets)

    def uniform(self, low: float, high: float) -> float:
        return self._random.uniform(low, high)

    def shuffle(self, items: MutableSequence[Any]) -> None:
        self._random.shuffle(items)
