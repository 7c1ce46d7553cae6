"""A command runs in the server when there is one, else here; the words are the same."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from pabal.app import folder
from pabal.app.ask import ask
from pabal.config.tree import Configuration
from pabal.model.errors import PabalError
from pabal.server.control import Control, bind_control


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    return Configuration(data=tmp_path / "data")


@pytest.fixture
def server(configuration: Configuration) -> Iterator[list[str]]:
    """Answers every command with one row, and notes it."""
    folder.open_or_make(configuration.data, "production")
    asked: list[str] = []

    async def answer(name: str, arguments: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
        asked.append(name)
        yield arguments

    loop = asyncio.new_event_loop()
    control = Control(answer)
    loop.run_until_complete(control.open(bind_control(configuration.data / folder.CONTROL)))
    thread = Thread(target=loop.run_forever)
    thread.start()
    yield asked
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.run_until_complete(control.close())
    loop.close()


def test_a_running_server_does_it(configuration: Configuration, server: list[str]) -> None:
    assert list(ask(configuration, "account.show", {"name": "kim@a.test"})) == [{"name": "kim@a.test"}]
    assert server == ["account.show"]
    assert not (configuration.data / "pabal.sqlite").exists()


def test_without_a_server_it_is_done_here(configuration: Configuration) -> None:
    [row] = ask(configuration, "domain.add", {"name": "a.test"})
    assert row == {"domain": "a.test", "strict": True}
    assert list(ask(configuration, "domain.list", {})) == [row]


def test_the_socket_of_a_server_that_died_is_no_server(configuration: Configuration) -> None:
    list(ask(configuration, "domain.add", {"name": "a.test"}))
    bind_control(configuration.data / folder.CONTROL).close()
    assert [row["domain"] for row in ask(configuration, "domain.list", {})] == ["a.test"]


def test_a_command_takes_the_folders_own_mode(configuration: Configuration) -> None:
    folder.open_or_make(configuration.data, "production")
    with pytest.raises(PabalError, match="whose mail"):
        list(ask(configuration, "list", {"account": None, "mailbox": None}))


def test_only_adding_a_domain_makes_a_folder(configuration: Configuration) -> None:
    for command in ("domain.list", "domain.show", "account.add", "list", "read"):
        with pytest.raises(PabalError, match="is no data folder"):
            list(ask(configuration, command, {}))
    assert not configuration.data.exists()


def test_a_caller_that_stops_reading_leaves_the_store_closed(configuration: Configuration) -> None:
    for name in ("a.test", "b.test"):
        list(ask(configuration, "domain.add", {"name": name}))
    rows = ask(configuration, "domain.list", {})
    next(rows)
    rows.close()  # type: ignore[attr-defined]
    assert len(list(ask(configuration, "domain.list", {}))) == 2
