"""Commands run in this process as the program would run them, on a data folder of each test's own."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pabal import cli


@dataclass
class Done:
    status: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


Run = Callable[..., Done]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """``run("domain", "add", "a.test")``: status and outputs; the data folder is ``tmp_path/data``."""
    monkeypatch.setenv("PABAL_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("PABAL_CONFIG", raising=False)

    def run_command(*arguments: str, given: str = "") -> Done:
        (tmp_path / "given").write_text(given)
        monkeypatch.setattr("sys.argv", ["pabal", *arguments])
        with (tmp_path / "given").open() as stdin:
            monkeypatch.setattr("sys.stdin", stdin)
            with pytest.raises(SystemExit) as ended:
                cli.run()
        captured = capfd.readouterr()
        return Done(int(ended.value.code or 0), captured.out, captured.err)

    return run_command


@pytest.fixture
def house(run: Run) -> Run:
    """The same, with the domain a.test and the account kim@a.test."""
    assert run("domain", "add", "a.test").status == 0
    assert run("account", "add", "kim@a.test", "--password-stdin", given="a long secret\n").status == 0
    return run
