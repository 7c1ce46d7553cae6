"""One SQL text for all engines, bound for SQLite: ``$n`` becomes ``?n``, ``$keys`` a list of any length.

SQLite numbers ``$1`` by first appearance when values are bound as a tuple, silently; ``?1`` says which.
"""

from __future__ import annotations

import re
from functools import lru_cache

_TOKEN = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\$(\d+)")
_TEXTS = 1024  # distinct statements remembered; ours are a few hundred


@lru_cache(_TEXTS)
def bound_text(sql: str) -> str:
    """``$n`` outside of quotes becomes ``?n``."""
    return _TOKEN.sub(lambda token: f"?{token[1]}" if token[1] else token[0], sql)


@lru_cache(_TEXTS)
def keyed_text(sql: str, values: int) -> str:
    """The same, with the keys as one JSON list bound behind the other values: one text for any number of keys."""
    return bound_text(sql).replace("$keys", f"SELECT value FROM json_each(?{values + 1})")  # noqa: S608 - a number


@lru_cache(_TEXTS)
def insert_text(table: str, columns: tuple[str, ...]) -> str:
    marks = ", ".join(f"?{number}" for number in range(1, len(columns) + 1))
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 - names from our code
