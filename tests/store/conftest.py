"""A ``store`` for the contract tests: one parameter for each engine that must keep the promises."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pabal.store.sqlite.driver import SqliteStore, open_store


@pytest.fixture(params=["sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SqliteStore]:
    opened = await open_store(tmp_path / "data")
    yield opened
    await opened.close()
