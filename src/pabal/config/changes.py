"""What a settings file says now that a running server does not do yet: most settings hold from a start on."""

from __future__ import annotations

from dataclasses import replace

from pabal.config.check import check
from pabal.config.sample import show
from pabal.config.tree import Configuration, load


def pending(running: Configuration) -> list[str]:
    """The settings that differ, such as ``[smtp] command_timeout``.  Raises: ConfigError."""
    if running.file is None:
        return []
    # The folder may have been named elsewhere, and a running server never changes it.
    written = replace(load(running.file), data=running.data)
    check(written)
    before, after = _shown(running), _shown(written)
    return [name for name in before | after if before.get(name) != after.get(name)]


def _shown(configuration: Configuration) -> dict[str, str]:
    return {f"[{section}] {key}" if section else key: value for section, key, value in show(configuration)}
