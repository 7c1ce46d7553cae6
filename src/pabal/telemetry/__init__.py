"""Events and counters: what happened, named; who writes them down is plugged in by app.

An event's name is a stable word (``smtp.refused``, ``queue.deferred``); its fields never hold a
secret.  A counter costs one addition.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Writer = Callable[[str, str, dict[str, Any]], None]  # level, event, fields


def _nowhere(level: str, event: str, fields: dict[str, Any]) -> None:
    """Until app plugs a writer in."""


class Log:
    """Where packages say what happened."""

    __slots__ = ("writer",)

    def __init__(self) -> None:
        self.writer: Writer = _nowhere

    def debug(self, event: str, **fields: Any) -> None:
        self.writer("debug", event, fields)

    def info(self, event: str, **fields: Any) -> None:
        self.writer("info", event, fields)

    def warning(self, event: str, **fields: Any) -> None:
        self.writer("warning", event, fields)

    def error(self, event: str, **fields: Any) -> None:
        self.writer("error", event, fields)


log = Log()


class Counter:
    """A number that only grows, by label values.  ``name`` is its name at /metrics, without ``pabal_``."""

    __slots__ = ("name", "doc", "labels", "values")

    def __init__(self, name: str, doc: str, *labels: str) -> None:
        self.name, self.doc, self.labels = name, doc, labels
        self.values: dict[tuple[str, ...], float] = {}
        COUNTERS.append(self)

    def add(self, *labels: str, by: float = 1) -> None:
        self.values[labels] = self.values.get(labels, 0) + by


class Gauge(Counter):
    """A number that goes up and down."""

    __slots__ = ()

    def set(self, value: float, *labels: str) -> None:
        self.values[labels] = value


COUNTERS: list[Counter] = []
