"""What the documents name is there: files, links, commands, make targets, settings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pabal.config.doors import SANDBOX_PORTS
from tests.kit.server import DOORS, pabal

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
ARCHITECTURE = ROOT / "docs" / "architecture.md"
DOCUMENTS = [README, *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "changelog.d").glob("*.md"))]
_PATH = re.compile(r"`((?:[a-z0-9_]+/)+(?:[a-z0-9_]+\.[a-z]+)?)`")
_LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)")
_COMMAND = re.compile(r"pabal ([a-z]+(?: (?:add|list|show|remove|sample|check|password))?)\b")


def name_of(document: Path) -> str:
    return str(document.relative_to(ROOT))


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_links_lead_somewhere(document: Path) -> None:
    missing = [link for link in _LINK.findall(document.read_text()) if not (document.parent / link).exists()]
    assert missing == []


def named_paths() -> Iterator[str]:
    yield from _PATH.findall(ARCHITECTURE.read_text())


@pytest.mark.parametrize("path", sorted(set(named_paths())))
def test_the_architecture_names_files_that_are_there(path: str) -> None:
    assert any((root / path).exists() for root in (ROOT, ROOT / "src" / "pabal")), path


def test_the_architecture_describes_every_package() -> None:
    described = set(re.findall(r"^\| \d \| `([a-z]+)` ", ARCHITECTURE.read_text(), re.MULTILINE))
    packages = {file.parent.name for file in (ROOT / "src" / "pabal").glob("*/__init__.py")}
    assert described == packages


@pytest.mark.parametrize("command", sorted(set(_COMMAND.findall(README.read_text()))))
def test_the_readme_names_commands_that_are_there(command: str) -> None:
    assert pabal(*command.split(), "--help").stdout.startswith("Usage:")


@pytest.mark.parametrize("target", sorted(set(re.findall(r"make ([a-z]+)", README.read_text()))))
def test_the_readme_names_targets_that_are_there(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


def test_the_readme_names_the_ports_of_the_sandbox() -> None:
    text = README.read_text()
    for door in set(DOORS) - {"webs"}:
        assert str(SANDBOX_PORTS[door]) in text, door


def test_no_two_decisions_have_one_number() -> None:
    files = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert len({file.name[:4] for file in files}) == len(files)
    for file in files:
        assert file.read_text().startswith(f"# {int(file.name[:4])}. ")


def test_every_dependency_has_its_reason() -> None:
    reasons = (ROOT / "docs" / "decisions" / "0002-dependencies.md").read_text()
    wanted = [line.strip() for line in (ROOT / "requirements" / "base.in").read_text().splitlines() if line.strip()]
    assert [name for name in wanted if name not in reasons] == []


def test_every_measurement_names_its_command_and_commit() -> None:
    text = (ROOT / "docs" / "measurements.md").read_text()
    for found in re.findall(r"\(`(python -m bench [^`]*)`, commit ([0-9a-f]{7,40})\)", text):
        assert found[0].split()[3] in ("receive", "latency", "profile", "idle")
    assert text.count("commit ") >= text.count("\n**")


def test_a_change_is_told_in_the_changelog() -> None:
    entries = [file for file in (ROOT / "changelog.d").glob("*.md") if file.name != "README.md"]
    assert entries
    assert all(file.read_text().strip() for file in entries)
