"""The pages: languages, words, and nothing inline."""

from __future__ import annotations

import json
import re
from importlib.resources import files

import pytest

from pabal.server.pages import Pages

PAGES = Pages()


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("ko", "ko"),
        ("ko-KR,ko;q=0.9,en;q=0.8", "ko"),
        ("en-US,en;q=0.9,ko;q=0.8", "en"),
        ("fr,de;q=0.5", "en"),
        ("fr, ko;q=0.1", "ko"),
        ("ko;q=0", "en"),
        ("KO", "ko"),
        (";;q=,,=ko;q=9", "en"),
        ("fr," * 100 + "ko", "en"),
    ],
)
def test_the_language_is_the_best_of_ours(accepted: str, language: str) -> None:
    assert PAGES.language(accepted) == language


def test_every_language_has_every_word() -> None:
    words = json.loads(files("pabal.server.pages").joinpath("words.json").read_text("utf-8"))
    assert words["ko"].keys() == words["en"].keys()
    assert all(text for language in words.values() for text in language.values())


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_page_is_whole_and_has_nothing_inline(language: str) -> None:
    page = PAGES.first_page(language, {"smtp": "127.0.0.1:1025", "imap": "<&>"})
    assert f'<html lang="{language}">' in page
    assert "<dt>imap</dt><dd>&lt;&amp;&gt;</dd>" in page
    assert "$" not in page
    assert not re.search(r"<style|<script(?![^>]* src=)|\son\w+=|style=", page)


def test_everything_the_page_loads_is_there() -> None:
    page = PAGES.first_page("en", {})
    loaded = set(re.findall(r'(?:src|href)="([^"]+)"', page))
    assert loaded == {"/page/icon.svg", "/page/page.css", "/page/page.js"}
    assert all(PAGES.asset(path.removeprefix("/page/")) for path in loaded)
    assert PAGES.asset("../web.py") is None


def test_the_script_never_makes_html_of_text() -> None:
    script = files("pabal.server.pages").joinpath("page.js").read_text("utf-8")
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", script)
