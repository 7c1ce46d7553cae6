"""Whose the data folder is."""

from __future__ import annotations

import os
import pwd
from dataclasses import replace
from pathlib import Path

import pytest

from pabal.app import folder
from pabal.app.owner import Owner, owner_of
from pabal.config.sections import ServeSettings
from pabal.config.tree import Configuration
from pabal.model.errors import PabalError

PRODUCTION = Configuration(mode="production", serve=ServeSettings(user="nobody"))


def test_a_sandbox_keeps_the_callers_user() -> None:
    assert owner_of(replace(PRODUCTION, mode="sandbox")) is None


def test_production_without_a_user_is_whoever_runs_it() -> None:
    assert owner_of(Configuration(mode="production")) is None


def test_root_makes_the_folder_for_the_user_that_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    nobody = pwd.getpwnam("nobody")
    assert owner_of(PRODUCTION) == Owner(nobody.pw_uid, nobody.pw_gid)


def test_somebody_else_cannot_give_the_folder_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert owner_of(PRODUCTION) is None


def test_a_user_that_is_not_there_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(PabalError, match="there is no user hong-gildong"):
        owner_of(replace(PRODUCTION, serve=ServeSettings(user="hong-gildong")))


def test_the_owner_of_a_folder_works_in_it_as_himself(tmp_path: Path) -> None:
    data = tmp_path / "data"
    folder.open_or_make(data, "sandbox", Owner(os.getuid(), os.getgid()))
    folder.become_owner(data)
    assert (data.stat().st_uid, os.geteuid()) == (os.getuid(), os.getuid())
