"""``house``: a production house with kim@example.org and lee@example.org; ``sandbox``: an empty sandbox."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.delivery.house import House, open_house


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path / "house") as house:
        await house.add_account("kim@example.org")
        await house.add_account("lee@example.org")
        yield house


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path / "sandbox", sandbox=True) as house:
        yield house
