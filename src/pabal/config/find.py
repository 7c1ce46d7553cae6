"""Which file and which data folder a command means (design: which mode).

The file is ``--config``, else ``PABAL_CONFIG``, else ``pabal.toml`` in the data folder; none is the
sandbox.  The folder is ``--data``, else ``PABAL_DATA``, else ``data`` in the file, else, in the
sandbox only, ``./pabal-data``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from pabal.config.errors import ConfigError
from pabal.config.tree import Configuration, load

FILE_NAME = "pabal.toml"
SANDBOX_DATA = Path("pabal-data")


def find(config: str | None, data: str | None, environment: Mapping[str, str]) -> Configuration:
    """The configuration that a command works with.  Raises: ConfigError."""
    named_data = data or environment.get("PABAL_DATA")
    named_file = config or environment.get("PABAL_CONFIG")
    folder = Path(named_data) if named_data else SANDBOX_DATA
    file = Path(named_file) if named_file else folder / FILE_NAME
    if not named_file and not file.exists():
        return Configuration(data=folder)
    found = load(file)
    if named_data:
        return replace(found, data=folder)
    if found.data != Configuration().data:
        return found
    # No folder was named: the file may lie in it, and the sandbox has a place of its own.
    if not named_file or found.sandbox:
        return replace(found, data=folder)
    raise ConfigError('data: expected the data folder, here or by --data: data = "/var/lib/pabal"', file=file)
