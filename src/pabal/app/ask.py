"""Runs one command where it belongs: in the running server, else here with the core opened directly."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from pabal.app import folder
from pabal.app.owner import owner_of
from pabal.config.tree import Configuration
from pabal.server.control import call

#: The only command besides ``serve`` that makes a data folder.
MAKES_FOLDER = "domain.add"


def ask(configuration: Configuration, command: str, arguments: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The rows; what was asked is in force when they end.  Raises: PabalError."""
    if command == MAKES_FOLDER:
        mode, _ = folder.open_or_make(configuration.data, configuration.mode, owner_of(configuration))
    else:
        mode = folder.open_known(configuration.data)
    rows = call(configuration.data / folder.CONTROL, command, arguments)
    try:
        first = next(rows, None)
    except (FileNotFoundError, ConnectionRefusedError):
        rows = _here(replace(configuration, mode=mode), command, arguments)
        first = next(rows, None)
    if first is not None:
        yield first
        yield from rows


def _here(configuration: Configuration, command: str, arguments: dict[str, Any]) -> Iterator[dict[str, Any]]:
    from pabal.app.commands import run
    from pabal.app.core import open_core

    folder.become_owner(configuration.data)
    with asyncio.Runner() as runner:
        core = runner.run(open_core(configuration))
        try:
            rows = run(core, command, arguments)
            while (row := runner.run(anext(rows, None))) is not None:
                yield row
        finally:
            runner.run(core.close())
