"""docs/settings.md is what `pabal config sample` prints: made from the code, never by hand."""

from __future__ import annotations

from pathlib import Path

from pabal.config.sample import sample

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


def test_the_page_of_settings_is_the_sample() -> None:
    text = PAGE.read_text("utf-8")
    assert text.startswith("# Settings\n")
    _, _, inside = text.partition("```toml\n")
    # To make it again: pabal config sample, between the fences.
    assert inside.partition("```\n")[0] == sample()
