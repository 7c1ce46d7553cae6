"""Counters of telemetry in the text format of Prometheus."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pabal.app.metrics import exposition
from pabal.telemetry import COUNTERS, Counter, Gauge


@pytest.fixture(autouse=True)
def forget_counters() -> Iterator[None]:
    before = len(COUNTERS)
    yield
    del COUNTERS[before:]


def test_a_counter_is_told_with_its_labels() -> None:
    counter = Counter("riders_total", "Riders that left.", "station")
    counter.add("hanyang")
    counter.add('say "북"\n', by=2)
    text = exposition().decode()
    assert "# HELP pabal_riders_total Riders that left.\n# TYPE pabal_riders_total counter\n" in text
    assert 'pabal_riders_total{station="hanyang"} 1.0\n' in text
    assert 'pabal_riders_total{station="say \\"북\\"\\n"} 2.0\n' in text


def test_a_counter_that_never_counted_is_zero() -> None:
    Counter("horses_total", "Horses.")
    assert "\npabal_horses_total 0.0\n" in exposition().decode()


def test_a_gauge_is_a_gauge() -> None:
    Gauge("riding", "Riders on the road.").set(3)
    text = exposition().decode()
    assert "# TYPE pabal_riding gauge\npabal_riding 3.0\n" in text
