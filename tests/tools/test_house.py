"""The house rules notice what they are for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools import house

DOCUMENTED = '"""Says what it promises."""\n'


def complaints(tmp_path: Path, text: str, name: str = "part.py") -> list[str]:
    file = tmp_path / name
    file.write_text(text)
    return [*house.words([file]), *house.shapes([file])]


def test_a_plain_module_passes(tmp_path: Path) -> None:
    assert complaints(tmp_path, DOCUMENTED + "def short() -> None:\n    pass\n") == []


def test_a_module_without_a_docstring_is_noticed(tmp_path: Path) -> None:
    assert "promises" in complaints(tmp_path, "x = 1\n")[0]


def test_a_long_function_is_noticed(tmp_path: Path) -> None:
    text = DOCUMENTED + "def long() -> None:\n" + "    x = 1\n" * house.FUNCTION_LINES
    assert f"{house.FUNCTION_LINES + 1} lines" in complaints(tmp_path, text)[0]


def test_a_docstring_does_not_make_a_function_long(tmp_path: Path) -> None:
    docstring = '    """' + "word\n" * house.FUNCTION_LINES + '"""\n'
    assert complaints(tmp_path, DOCUMENTED + "def told() -> None:\n" + docstring) == []


def test_many_rather_long_functions_are_noticed(tmp_path: Path) -> None:
    text = DOCUMENTED + "def rather_long() -> None:\n" + "    x = 1\n" * house.LONG_FUNCTION_LINES
    assert "1 of 1 functions" in complaints(tmp_path, text)[0]


def test_a_long_file_is_noticed(tmp_path: Path) -> None:
    assert "more than" in complaints(tmp_path, DOCUMENTED + "x = 1\n" * house.FILE_LINES)[0]


def test_a_path_of_one_machine_is_noticed(tmp_path: Path) -> None:
    assert "no place" in complaints(tmp_path, "see /" + "root/notes\n", "notes.md")[0]


def test_source_without_tests_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house, "ROOT", tmp_path)
    files = [tmp_path / "src" / "part.py", tmp_path / "tests" / "test_part.py"]
    for file, lines in zip(files, (3, 2), strict=True):
        file.parent.mkdir()
        file.write_text("x = 1\n" * lines)
    assert list(house.balance(files)) == ["2 lines of test for 3 lines of source"]
    files[1].write_text("x = 1\n" * 3)
    assert list(house.balance(files)) == []
