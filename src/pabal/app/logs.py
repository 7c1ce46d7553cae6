"""Writes what happens to stderr: for people on a terminal, one JSON object a line otherwise."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import Any

import structlog

from pabal.telemetry import log

LEVELS = ("debug", "info", "warning", "error")


def plug_in(least: str = "info") -> None:
    """From now on events of at least this level are written."""
    terminal = sys.stderr.isatty()
    renderer: Any = structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer()
    logger = structlog.wrap_logger(
        structlog.WriteLogger(sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        cache_logger_on_first_use=True,
    )
    taken = frozenset(LEVELS[LEVELS.index(least) :])
    writers = {level: getattr(logger, level) for level in LEVELS}

    def write(level: str, event: str, fields: dict[str, Any]) -> None:
        if level in taken:
            # A full disk or a reader that left must not stop mail: the event is lost, nothing else.
            with suppress(OSError):
                writers[level](event, **fields)

    log.writer = write
