"""What is wrong with a settings file: where it stands and what was expected there."""

from __future__ import annotations

from pathlib import Path

from pabal.model.errors import PabalError


class ConfigError(PabalError):
    """One line for an operator: ``pabal.toml:12: [smtp] command_timeout: expected ...``."""

    def __init__(self, problem: str, *, file: Path | None = None, line: int | None = None) -> None:
        where = "" if file is None else f"{file}: " if line is None else f"{file}:{line}: "
        super().__init__(f"{where}{problem}")
        self.file, self.line = file, line


class Expected(Exception):
    """A value is not what its setting takes; the text completes "expected ..."."""
