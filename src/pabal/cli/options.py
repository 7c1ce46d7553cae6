"""``--data``, ``--config`` and ``--json``: taken by every command, before or after its name."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from pabal.config.tree import Configuration

Function = Callable[..., Any]


@dataclass(slots=True)
class Common:
    """What was said, wherever it was said; the last word holds."""

    data: str | None = None
    config: str | None = None
    json: bool = False

    def hear(self, data: str | None, config: str | None, json: bool) -> None:
        self.data, self.config, self.json = data or self.data, config or self.config, json or self.json

    def configuration(self) -> Configuration:
        """Raises: PabalError."""
        from pabal.config.find import find

        return find(self.config, self.data, os.environ)

    def ask(self, command: str, **arguments: Any) -> Iterator[dict[str, Any]]:
        """The rows of one command, run in the server or here.  Raises: PabalError."""
        from pabal.app.ask import ask

        return ask(self.configuration(), command, arguments)

    def show(self, rows: Iterator[dict[str, Any]]) -> None:
        from pabal.cli.output import show

        show(rows, json=self.json)


_DATA = click.option("--data", metavar="FOLDER", help="The data folder (or PABAL_DATA; default ./pabal-data).")
_CONFIG = click.option("--config", metavar="FILE", help="The settings (or PABAL_CONFIG; default FOLDER/pabal.toml).")
_JSON = click.option("--json", is_flag=True, help="One JSON object per line.")


def common(function: Function) -> Function:
    """Give a command or group the three options; a command gets what was said as its first argument."""

    @functools.wraps(function)
    def hearing(data: str | None, config: str | None, json: bool, **others: Any) -> Any:
        said = click.get_current_context().ensure_object(Common)
        said.hear(data, config, json)
        return function(said, **others)

    return _DATA(_CONFIG(_JSON(hearing)))
