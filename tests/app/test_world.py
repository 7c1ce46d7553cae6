"""The real clock and the real chance."""

from __future__ import annotations

from datetime import UTC, timedelta

from pabal.app.world import SystemClock, SystemRandom


def test_the_clock_is_in_utc_and_its_stopwatch_never_goes_back() -> None:
    clock = SystemClock()
    assert clock.now().tzinfo is UTC
    first = clock.monotonic()
    assert clock.monotonic() >= first


async def test_the_clock_waits() -> None:
    clock = SystemClock()
    begun = clock.monotonic()
    await clock.sleep(timedelta(milliseconds=2))
    assert clock.monotonic() - begun >= 0.002


def test_tokens_have_the_length_that_was_asked_and_differ() -> None:
    chance = SystemRandom()
    assert len(chance.token(16)) == 16
    assert chance.token(16) != chance.token(16)


def test_numbers_stay_in_their_bounds_and_a_shuffle_loses_nothing() -> None:
    chance = SystemRandom()
    assert all(1.0 <= chance.uniform(1.0, 2.0) <= 2.0 for _ in range(20))
    cards = list(range(20))
    chance.shuffle(cards)
    assert sorted(cards) == list(range(20))
