"""The data folder: new or known, of one mode, served by one server at a time."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from pabal.app import folder
from pabal.app.folder import FolderRefused


@pytest.mark.parametrize("before", [None, (), ("pabal.toml",)])
def test_an_empty_folder_or_one_with_nothing_but_the_settings_file_is_new(
    tmp_path: Path, before: tuple[str, ...] | None
) -> None:
    data = tmp_path / "deep" / "data"
    if before is not None:
        data.mkdir(parents=True)
        for name in before:
            (data / name).touch()
    assert folder.open_or_make(data, "sandbox") == ("sandbox", True)
    assert folder.open_or_make(data, "production") == ("sandbox", False)
    assert folder.open_known(data) == "sandbox"


def test_nobody_but_its_owner_can_look_into_it(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o755)
    folder.open_or_make(data, "production")
    assert stat.S_IMODE(data.stat().st_mode) == 0o700


def test_a_folder_with_other_files_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(FolderRefused, match="holds other files"):
        folder.open_or_make(tmp_path, "sandbox")
    assert [entry.name for entry in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_folder_that_is_not_there_is_refused_with_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(FolderRefused, match="`pabal serve` or `pabal domain add` makes one"):
        folder.open_known(tmp_path / "none")
    assert not folder.is_known(tmp_path / "none")


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    with pytest.raises(FolderRefused, match="is a file"):
        folder.open_or_make(tmp_path / "data", "sandbox")


def test_serve_in_the_other_mode_is_refused(tmp_path: Path) -> None:
    folder.check_mode(tmp_path, "sandbox", "sandbox")
    with pytest.raises(FolderRefused, match="of the mode production, and this server is sandbox"):
        folder.check_mode(tmp_path, "production", "sandbox")


def test_a_second_server_is_refused_and_told_who_serves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "PATIENCE", 0.0)
    held = folder.lock(tmp_path)
    with pytest.raises(FolderRefused, match=rf"another server \(process {os.getpid()}\) serves"):
        folder.lock(tmp_path)
    os.close(held)
    os.close(folder.lock(tmp_path))
