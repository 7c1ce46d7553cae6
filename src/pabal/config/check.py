"""What ``pabal config check`` looks at beyond the file itself: whether a server could start with it."""

from __future__ import annotations

from pabal.config.doors import choose
from pabal.config.errors import ConfigError, Expected
from pabal.config.tree import Configuration


def check(configuration: Configuration) -> None:
    """Raises: ConfigError, when the doors of this configuration may not be opened."""
    try:
        choose(configuration.mode, configuration.listen, configuration.serve.exposed, sandbox_exposed=False)
    except Expected as expected:
        raise ConfigError(f"[listen]: expected {expected}", file=configuration.file) from None
