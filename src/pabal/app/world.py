"""The real clock and the real chance (model.world): the only place where they are asked."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import MutableSequence
from datetime import UTC, datetime, timedelta
from typing import Any


class SystemClock:
    """The machine's own clock."""

    __slots__ = ()

    def now(self) -> datetime:
        return datetime.fromtimestamp(time.time(), UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, duration: timedelta) -> None:
        await asyncio.sleep(duration.total_seconds())


class SystemRandom:
    """The kernel's chance."""

    __slots__ = ("_random",)

    def __init__(self) -> None:
        self._random = random.SystemRandom()

    def token(self, octets: int) -> bytes:
        return os.urandom(octets)

    def uniform(self, low: float, high: float) -> float:
        return self._random.uniform(low, high)

    def shuffle(self, items: MutableSequence[Any]) -> None:
        self._random.shuffle(items)
