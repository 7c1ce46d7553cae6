"""What is written to stderr, and that writing never stops mail."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator

import pytest

from pabal.app import logs
from pabal.telemetry import log


@pytest.fixture(autouse=True)
def unplug() -> Iterator[None]:
    before = log.writer
    yield
    log.writer = before


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Broken(io.StringIO):
    """A full disk, or a reader that left."""

    def write(self, text: str) -> int:
        raise BrokenPipeError


def written(monkeypatch: pytest.MonkeyPatch, least: str = "info") -> io.StringIO:
    output = io.StringIO()
    monkeypatch.setattr(sys, "stderr", output)
    logs.plug_in(least)
    return output


def test_each_event_is_one_line_of_json_with_its_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    output = written(monkeypatch)
    log.info("smtp.refused", client_address="192.0.2.1", detail="line\nbreak")
    [line] = output.getvalue().splitlines()
    event = json.loads(line)
    assert event.pop("timestamp").endswith("Z")
    assert event == {
        "event": "smtp.refused",
        "level": "info",
        "client_address": "192.0.2.1",
        "detail": "line\nbreak",
    }


def test_events_below_the_least_level_are_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    output = written(monkeypatch, "warning")
    log.debug("a")
    log.info("b")
    log.warning("c")
    log.error("d")
    assert [json.loads(line)["event"] for line in output.getvalue().splitlines()] == ["c", "d"]


def test_a_fault_is_written_with_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    output = written(monkeypatch)
    try:
        raise ValueError("why")
    except ValueError as error:
        log.error("worker.failed", exc_info=error)
    [line] = output.getvalue().splitlines()
    assert "ValueError: why" in json.loads(line)["exception"]


def test_a_terminal_gets_words_for_people(monkeypatch: pytest.MonkeyPatch) -> None:
    output = Terminal()
    monkeypatch.setattr(sys, "stderr", output)
    logs.plug_in()
    log.info("worker.ended", status=9)
    assert "worker.ended" in output.getvalue()
    assert not output.getvalue().startswith("{")


def test_writing_that_fails_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Broken())
    logs.plug_in()
    before = log.writer
    log.error("store.failed", detail="full")
    assert log.writer is before  # the next event is tried again
