"""The fixtures of the kit: ``server``, ``clock``, ``chance``, ``dns_responder``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.kit.dns import DnsResponder, Zone
from tests.kit.server import Server, running
from tests.kit.world import FakeClock, FakeRandom


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A sandbox of this test's own."""
    with running(tmp_path / "server") as server:
        yield server


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One sandbox for the tests of a file, each of which uses its own addresses."""
    with running(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def chance() -> FakeRandom:
    return FakeRandom()


@pytest.fixture
def dns_responder() -> Iterator[Callable[[Zone], DnsResponder]]:
    """Start responders: ``dns_responder({("a.test", "A"): ["127.0.0.1"]}).address``."""
    with ExitStack() as started:
        yield lambda zone: started.enter_context(DnsResponder(zone))
