"""What every command shares: options in any place, help that teaches, the settings file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run

COMMANDS = [
    [],
    ["serve"],
    ["domain"],
    ["domain", "add"],
    ["domain", "list"],
    ["domain", "show"],
    ["domain", "remove"],
    ["account"],
    ["account", "add"],
    ["account", "list"],
    ["account", "show"],
    ["account", "password"],
    ["account", "remove"],
    ["alias"],
    ["alias", "add"],
    ["alias", "list"],
    ["alias", "remove"],
    ["list"],
    ["read"],
    ["config"],
    ["config", "sample"],
    ["config", "check"],
    ["config", "show"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_has_help_and_the_three_options(run: Run, command: list[str]) -> None:
    done = run(*command, "--help")
    assert (done.status, done.err) == (0, "")
    assert all(option in done.out for option in ("--data", "--config", "--json"))
    assert done.out.splitlines()[2].strip(), "it says what it does"


@pytest.mark.parametrize(
    "command", [[], ["domain"], ["account"], ["alias"], ["config"], ["serve"], ["list"], ["read"]]
)
def test_help_of_every_noun_shows_an_example(run: Run, command: list[str]) -> None:
    words = " ".join(["pabal", *command])
    text = run(*command, "--help").out.partition("\n")[2]
    assert f"  {words} " in text or f"  {words}\n" in text


@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize("option", ["--data", "--json", "--config"])
def test_options_are_taken_before_and_after_the_command(run: Run, tmp_path: Path, option: str, place: int) -> None:
    run("domain", "add", "a.test", "--data", str(tmp_path / "other"))
    (tmp_path / "c.toml").write_text(f'mode = "sandbox"\ndata = "{tmp_path / "other"}"\n')
    value = {"--data": [str(tmp_path / "other")], "--json": [], "--config": [str(tmp_path / "c.toml")]}[option]
    words = ["domain", "list"]
    words[place:place] = [option, *value]
    more = [] if option == "--data" else ["--data", str(tmp_path / "other")]
    done = run(*words, *more)
    assert done.status == 0, done.err
    assert "a.test" in done.out


def test_nothing_typed_shows_the_help(run: Run) -> None:
    assert "pabal serve" in run().err + run().out


def test_the_sample_passes_the_check(run: Run, tmp_path: Path) -> None:
    sample = run("config", "sample").out
    (tmp_path / "pabal.toml").write_text(sample)
    done = run("config", "check", "--config", str(tmp_path / "pabal.toml"))
    assert done.status == 0
    assert "right, mode production" in done.out


def test_the_check_tells_what_is_wrong_with_file_and_line(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "pabal.toml"
    file.write_text("[smtp]\n\ncommand_timout = 5\n")
    done = run("config", "check", "--config", str(file))
    assert (done.status, done.out) == (1, "")
    assert done.err.startswith(f"pabal: {file}:3: [smtp] command_timout: unknown; expected one of ")


def test_the_check_looks_at_the_doors_too(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "pabal.toml"
    file.write_text('[listen]\nlmtp = "0.0.0.0:24"\n')
    assert "a loopback address for lmtp" in run("config", "check", "--config", str(file)).err


def test_show_prints_every_setting_as_it_holds(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "pabal.toml"
    file.write_text('[smtp]\ncommand_timeout = "2min"\n')
    rows = run("config", "show", "--config", str(file), "--json").rows
    assert {"section": "smtp", "setting": "command_timeout", "value": '"2min"'} in rows
    assert {"section": "", "setting": "mode", "value": '"production"'} in rows


def test_without_a_file_it_is_the_sandbox(run: Run) -> None:
    assert "the defaults of the sandbox" in run("config", "check").out


def test_a_missing_file_named_by_config_is_an_error(run: Run, tmp_path: Path) -> None:
    done = run("list", "--config", str(tmp_path / "none.toml"))
    assert done.status == 1
    assert "none.toml: cannot be read: No such file" in done.err
