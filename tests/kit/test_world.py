"""The fakes of time and chance keep their promises."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from tests.kit.world import START, FakeClock, FakeRandom

MINUTE = timedelta(minutes=1)


async def test_sleeping_moves_the_time_at_once(clock: FakeClock) -> None:
    await clock.sleep(timedelta(days=1))
    assert clock.now() == START + timedelta(days=1)
    assert clock.monotonic() == 86400
    assert clock.slept == [timedelta(days=1)]


async def test_a_held_clock_wakes_sleepers_in_the_order_of_their_alarms() -> None:
    clock = FakeClock(held=True)
    woken: list[tuple[str, float]] = []

    async def sleeper(name: str, minutes: int) -> None:
        await clock.sleep(minutes * MINUTE)
        woken.append((name, clock.monotonic()))

    async with asyncio.TaskGroup() as group:
        group.create_task(sleeper("late", 3))
        group.create_task(sleeper("early", 1))
        await asyncio.sleep(0)
        await clock.advance(2 * MINUTE)
        assert woken == [("early", 60.0)]
        await clock.advance(2 * MINUTE)
    assert woken == [("early", 60.0), ("late", 180.0)]
    assert clock.monotonic() == 240


async def test_an_alarm_of_a_cancelled_sleeper_disturbs_nobody() -> None:
    clock = FakeClock(held=True)
    task = asyncio.create_task(clock.sleep(MINUTE))
    await asyncio.sleep(0)
    task.cancel()
    await clock.advance(2 * MINUTE)
    assert task.cancelled()


def test_the_stopwatch_does_not_notice_a_corrected_wall_clock(clock: FakeClock) -> None:
    clock.set_back(MINUTE)
    assert clock.now() == START - MINUTE
    assert clock.monotonic() == 0


def test_the_same_seed_gives_the_same_chance() -> None:
    one, other = FakeRandom(3), FakeRandom(3)
    assert one.token(16) == other.token(16)
    assert one.uniform(1, 2) == other.uniform(1, 2)
    left, right = list(range(9)), list(range(9))
    one.shuffle(left)
    other.shuffle(right)
    assert left == right
    assert FakeRandom(4).token(16) != FakeRandom(3).token(16)
