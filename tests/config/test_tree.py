"""pabal.toml: a whole configuration, or one error with file, line and what was expected."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest

from pabal.config.check import check
from pabal.config.errors import ConfigError
from pabal.config.find import find
from pabal.config.sample import sample, show
from pabal.config.tree import SECTIONS, Configuration, kinds, load
from pabal.config.values import read_value
from pabal.model.settings import SETTING_TYPES


def written(folder: Path, text: str) -> Path:
    file = folder / "pabal.toml"
    file.write_text(text)
    return file


def test_a_file_is_read_into_one_tree(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        """
        hostname = "mail.example.org"
        data = "data"
        [listen]
        smtp = ["127.0.0.1:25", "[::1]:25"]
        imap = false
        [smtp]
        command_timeout = "2min"
        [limits]
        message_size = "10MiB"
        exempt = []
        """,
    )
    found = load(file)
    assert (found.mode, found.hostname, found.data) == ("production", "mail.example.org", tmp_path / "data")
    assert [str(address) for address in found.listen["smtp"]] == ["127.0.0.1:25", "[::1]:25"]
    assert found.listen["imap"] == ()
    assert found.smtp.command_timeout == timedelta(minutes=2)
    assert found.limits.message_size == 10 * 2**20


def test_paths_of_a_certificate_are_relative_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "chain.pem").touch()
    (tmp_path / "key.pem").touch()
    found = load(written(tmp_path, '[tls]\ncert = "chain.pem"\nkey = "key.pem"\nlayer = "own"\n'))
    assert (found.tls.cert, found.tls.key) == (str(tmp_path / "chain.pem"), str(tmp_path / "key.pem"))
    assert found.tls.layer == "own"


def test_a_section_may_belong_to_several_packages(tmp_path: Path) -> None:
    found = load(written(tmp_path, "[limits]\nexempt = []\nrecipients = 200\n"))
    assert (found.net.exempt, found.limits.recipients) == ((), 200)


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ('mode = "production"\nhostnam = "a"\n', 2, "hostnam: unknown; expected one of mode hostname data [listen]"),
        ("\n[smpt]\n", 2, "smpt: unknown"),
        ("[smtp]\n\ncommand_timout = 1\n", 3, "[smtp] command_timout: unknown; expected one of bad_commands"),
        ("[smtp]\ncommand_timeout = 5\n", 2, "[smtp] command_timeout: expected a duration"),
        ('[smtp]\ncommand_timeout = "1s"\n', 2, '[smtp] command_timeout: expected at least "10s"'),
        ("smtp.command_timeout = 5\n", 1, "[smtp] command_timeout: expected a duration"),
        ('mode = "test"\n', 1, "mode: expected one of production sandbox"),
        ("hostname = 1\n", 1, "hostname: expected the name of this machine"),
        ("smtp = 1\n", 1, "smtp: expected a section [smtp]"),
        ('[listen]\nsmtp = "25"\n', 2, '[listen] smtp: expected "host:port"'),
        ('[listen]\nsubmission = "127.0.0.1:587"\n', 2, "the door submission is not built yet"),
        ('[smarthost]\nhost = "relay.example.net:587"\n', 1, "[smarthost]: not built yet"),
        ('\n[[route]]\ndomain = "b.test"\nto = "127.0.0.1:2525"\n', 2, "[[route]]: not built yet"),
        ('[dns]\nresolver = ["127.0.0.1:53"]\n', 1, "[dns]: not built yet"),
        ("[relay]\nallow_networks = []\n", 1, "[relay]: not built yet"),
        ("[queue]\n", 1, "[queue]: not built yet"),
        ('[store]\nurl = "postgresql://db/pabal"\n', 2, "[store] url: not built yet"),
        ('[store]\n\nblobs = "s3://bucket/prefix"\n', 3, "[store] blobs: not built yet"),
        ('[listen]\nsmpt = "127.0.0.1:25"\n', 2, "[listen] smpt: expected one of the doors"),
        ('a = "b\n', 1, "Illegal character"),
        ('[tls]\ncert = "none.pem"\nkey = "none.pem"\n', 2, "[tls] cert: expected a file, and there is none"),
        ('[tls]\nkey = "none.pem"\n', 2, "[tls] key: expected cert and key together"),
    ],
)
def test_an_error_names_file_line_and_what_was_expected(tmp_path: Path, text: str, line: int, problem: str) -> None:
    file = written(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load(file)
    assert str(caught.value).startswith(f"{file}:{line}: ")
    assert problem in str(caught.value)


def test_a_file_that_is_not_there_or_not_text_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        load(tmp_path / "none.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="expected text in UTF-8"):
        load(tmp_path / "binary.toml")


def test_every_setting_says_what_it_is_and_keeps_its_own_bounds() -> None:
    for section, classes in SECTIONS.items():
        for settings in classes.values():
            assert (settings.__doc__ or "").startswith(f"``[{section}]``"), settings
            for item in fields(settings):
                kind = kinds(settings)[item.name]
                assert item.metadata.get("doc"), f"[{section}] {item.name}"
                assert kind in SETTING_TYPES or kind == tuple[str, ...], f"[{section}] {item.name}"
                low, high = item.metadata["minimum"], item.metadata["maximum"]
                value = getattr(settings(), item.name)
                assert low is None or low <= value, f"[{section}] {item.name}"
                assert high is None or value <= high, f"[{section}] {item.name}"


def test_the_sample_is_right_and_names_every_setting(tmp_path: Path) -> None:
    text = sample()
    assert load(written(tmp_path, text)).hostname == "mail.example.org"
    for section, classes in SECTIONS.items():
        assert f"\n[{section}]\n" in text
        for settings in classes.values():
            assert all(f"\n# {item.name} = " in text for item in fields(settings))


def test_the_sample_with_every_default_written_out_gives_the_defaults(tmp_path: Path) -> None:
    lines = [line[2:] if " = " in line and line.startswith("# ") and line[2:].split(" = ")[0].isidentifier() else line
             for line in sample().splitlines()]  # fmt: skip
    found = load(written(tmp_path, "\n".join(lines)))
    for classes in SECTIONS.values():
        for part, settings in classes.items():
            assert getattr(found, part) == settings()


def test_show_prints_every_setting_as_it_holds() -> None:
    shown = {(section, key): value for section, key, value in show(Configuration())}
    assert shown["", "mode"] == '"sandbox"'
    assert shown["serve", "workers"] == "1"
    assert all((section, item.name) in shown for section, classes in SECTIONS.items()
               for settings in classes.values() for item in fields(settings))  # fmt: skip
    assert read_value(1, int) == 1


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ('[limits]\nexempt = ["10.0.0.0/8", "here"]\n', 2, "[limits] exempt: expected networks such as"),
        ('[serve]\nproxies = ["localhost"]\n', 2, "[serve] proxies: expected networks such as"),
        ('\n[mail]\npostmaster = "kim"\n', 3, "[mail] postmaster: expected an address"),
    ],
)
def test_what_a_type_cannot_say_is_checked_too(tmp_path: Path, text: str, line: int, problem: str) -> None:
    file = written(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        check(load(file))
    assert str(caught.value).startswith(f"{file}:{line}: {problem}")


class TestWhichMode:
    def test_nothing_said_is_the_sandbox_in_the_current_folder(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        found = find(None, None, {})
        assert (found.mode, found.data, found.file) == ("sandbox", Path("pabal-data"), None)

    def test_the_file_in_the_data_folder_is_found(self, tmp_path: Path) -> None:
        written(tmp_path, 'hostname = "a.test"\n')
        found = find(None, str(tmp_path), {})
        assert (found.mode, found.hostname, found.data) == ("production", "a.test", tmp_path)

    def test_the_environment_names_both(self, tmp_path: Path) -> None:
        file = written(tmp_path, 'mode = "sandbox"\n')
        found = find(None, None, {"PABAL_CONFIG": str(file), "PABAL_DATA": str(tmp_path / "d")})
        assert (found.mode, found.data) == ("sandbox", tmp_path / "d")

    def test_options_win_over_the_environment_and_the_file(self, tmp_path: Path) -> None:
        file = written(tmp_path, 'data = "in-file"\n')
        assert find(str(file), None, {}).data == tmp_path / "in-file"
        assert find(str(file), "said", {"PABAL_DATA": "environment"}).data == Path("said")
        assert find(str(file), None, {"PABAL_DATA": "environment"}).data == Path("environment")

    def test_production_without_a_data_folder_is_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match="data: expected the data folder"):
            find(str(written(tmp_path, 'hostname = "a.test"\n')), None, {})

    @pytest.mark.parametrize("environment", [{}, {"PABAL_CONFIG": "/nowhere/pabal.toml"}])
    def test_a_named_file_that_is_not_there_is_an_error(self, environment: dict[str, str]) -> None:
        with pytest.raises(ConfigError, match="cannot be read"):
            find(None if environment else "/nowhere/pabal.toml", None, environment)
