"""The counters of telemetry in the text format of Prometheus."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from pabal.telemetry import COUNTERS, Counter, Gauge


def _family(counter: Counter) -> Metric:
    make = GaugeMetricFamily if isinstance(counter, Gauge) else CounterMetricFamily
    family = make(f"pabal_{counter.name}", counter.doc, labels=counter.labels)
    for values, number in sorted(counter.values.items()):
        family.add_metric(values, number)
    if not counter.labels and not counter.values:
        family.add_metric((), 0)
    return family


class _Telemetry(Collector):
    def collect(self) -> Iterator[Metric]:
        for counter in COUNTERS:
            yield _family(counter)


_registry = CollectorRegistry(auto_describe=False)
_registry.register(_Telemetry())


def exposition() -> bytes:
    """All counters of this process, for /metrics."""
    return generate_latest(_registry)
