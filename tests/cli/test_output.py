"""Rows for people and for scripts."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pabal.cli.output import PAGE, safe, show


def test_json_is_one_object_a_line_in_the_order_of_its_keys(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"b": 1, "a": "김\n"}, {"b": None, "a": ["x"]}]
    show(rows, json=True)
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line) for line in lines] == rows
    assert lines[0] == '{"b": 1, "a": "김\\n"}'


def test_a_table_has_a_head_and_a_line_for_each_row(capsys: pytest.CaptureFixture[str]) -> None:
    show([{"name": "kim", "admin": True, "quota": None}, {"name": "lee", "admin": False, "quota": 5}], json=False)
    head, first, second = capsys.readouterr().out.splitlines()
    assert head.split() == ["name", "admin", "quota"]
    assert first.split() == ["kim", "yes"]
    assert second.split() == ["lee", "no", "5"]


def test_a_long_listing_comes_whole(capsys: pytest.CaptureFixture[str]) -> None:
    show(({"number": number} for number in range(PAGE + 1)), json=False)
    lines = capsys.readouterr().out.split()
    assert [line for line in lines if line.isdigit()] == [str(number) for number in range(PAGE + 1)]


def test_nothing_is_said_to_be_nothing_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    show([], json=False)
    assert capsys.readouterr() == ("", "nothing\n")
    show([], json=True)
    assert capsys.readouterr() == ("", "")


def test_what_rich_would_take_for_markup_is_text(capsys: pytest.CaptureFixture[str]) -> None:
    show([{"subject": "[bold red]sale[/] :smile:"}], json=False)
    assert "[bold red]sale[/] :smile:" in capsys.readouterr().out


def test_a_narrow_terminal_cuts_texts_and_never_an_id(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "60")
    show(
        [{"id": "100600.123.456", "from": "k" * 40, "subject": "거북선 " * 100, "date": "2026-11-25T13:35:24"}],
        json=False,
    )
    line = capsys.readouterr().out.splitlines()[1]
    assert line.startswith("100600.123.456  kkkkkkkk")
    assert "  거북선" in line
    assert line.rstrip().endswith("2026-11-25T13:35:24")


def test_a_pipe_gets_whole_lines(capsys: pytest.CaptureFixture[str]) -> None:
    show([{"id": "1.2.3", "subject": "x" * 900}], json=False)
    assert "x" * 900 in capsys.readouterr().out


@given(st.text())
@settings(max_examples=100)
def test_no_text_makes_a_terminal_obey(text: str) -> None:
    assert safe(text).isprintable()
    assert len(safe(text)) == len(text)
