"""A settings file that is read again while the server runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pabal.config.changes import pending
from pabal.config.errors import ConfigError
from pabal.config.tree import Configuration, load

BEFORE = 'data = "d"\nhostname = "a.test"\n[listen]\nsmtp = "127.0.0.1:25"\n[smtp]\ncommand_timeout = "1min"\n'


@pytest.fixture
def running(tmp_path: Path) -> Configuration:
    file = tmp_path / "pabal.toml"
    file.write_text(BEFORE)
    return load(file)


def rewrite(running: Configuration, text: str) -> None:
    assert running.file is not None
    running.file.write_text(text)


def test_a_file_that_says_the_same_changes_nothing(running: Configuration) -> None:
    rewrite(running, "# a comment\n" + BEFORE.replace('"1min"', '"60s"'))
    assert pending(running) == []


def test_every_setting_that_differs_is_named(running: Configuration) -> None:
    rewrite(running, 'hostname = "b.test"\n[listen]\nimap = "127.0.0.1:143"\n[pop3]\nbad_commands = 7\n')
    expected = ["hostname", "[listen] smtp", "[pop3] bad_commands", "[smtp] command_timeout", "[listen] imap"]
    assert sorted(pending(running)) == sorted(expected)


@pytest.mark.parametrize("text", ["[smtp]\nnone = 1\n", '[mail]\npostmaster = "kim"\n', "x ="])
def test_a_broken_file_is_an_error(running: Configuration, text: str) -> None:
    rewrite(running, text)
    with pytest.raises(ConfigError):
        pending(running)


def test_a_file_that_is_gone_is_an_error(running: Configuration) -> None:
    assert running.file is not None
    running.file.unlink()
    with pytest.raises(ConfigError, match="cannot be read"):
        pending(running)


def test_without_a_file_there_is_nothing_to_read(running: Configuration) -> None:
    assert pending(replace(running, file=None)) == []
