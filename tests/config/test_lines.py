"""Which line of a file a message speaks of."""

from __future__ import annotations

import pytest

from pabal.config.lines import line_of

TEXT = """\
# a comment
mode = "sandbox"

[smtp]
  command_timeout = "5min"  # why
"bad_commands" = 3
[ listen ]
smtp = [
  "127.0.0.1:25",
]
"""


@pytest.mark.parametrize(
    ("section", "key", "line"),
    [
        ("", "mode", 2),
        ("", "smtp", 4),
        ("smtp", "command_timeout", 5),
        ("smtp", "bad_commands", 6),
        ("listen", "", 7),
        ("listen", "smtp", 8),
        ("listen", "imap", None),
        ("", "nothing", None),
    ],
)
def test_a_key_is_found_in_its_own_section(section: str, key: str, line: int | None) -> None:
    assert line_of(TEXT, section, key) == line


@pytest.mark.parametrize(
    "text", ["smtp.command_timeout = 1", "smtp . command_timeout=1", '"smtp".command_timeout = 1']
)
def test_dotted_keys_are_found_too(text: str) -> None:
    assert line_of(f"\n{text}\n", "smtp", "command_timeout") == 2


def test_an_inline_section_is_found_by_its_name() -> None:
    assert line_of("a = 1\nsmtp = {bad_commands = 1}\n", "", "smtp") == 2
