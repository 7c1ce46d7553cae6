"""On which line of a TOML text a key stands.

The standard library's reader gives values without places; this finds the place again for messages.
Tables ``[a]``, keys ``key =`` and dotted keys at the top ``a.key =`` are known, which is all that
``pabal.toml`` needs; a text that is written in another way gets a message without a line.
"""

from __future__ import annotations

import re

_TABLE = re.compile(r"\s*\[\[?\s*([\w.\"' -]+?)\s*\]\]?\s*(?:#.*)?")
_KEY = re.compile(r"\s*([\w.\"'-]+(?:\s*\.\s*[\w\"'-]+)*)\s*=")


def _plain(name: str) -> str:
    return re.sub(r"[\s\"']", "", name)


def line_of(text: str, section: str, key: str = "") -> int | None:
    """The line of ``key`` in table ``section`` ("" is the top), or of the table itself."""
    wanted = f"{section}.{key}".strip(".")
    table = ""
    for number, line in enumerate(text.splitlines(), 1):
        if match := _TABLE.fullmatch(line):
            table = _plain(match[1])
            if table == wanted:
                return number
        elif match := _KEY.match(line):
            name = f"{table}.{_plain(match[1])}".strip(".")
            if name == wanted or name.startswith(f"{wanted}."):
                return number
    return None
