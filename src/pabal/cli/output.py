"""Rows as a table for people, or as one JSON object per line for scripts.

What came by mail may hold control characters; a terminal would obey them, so people's output shows
them as marks.
"""

from __future__ import annotations

import json as json_text
import sys
from collections.abc import Iterable
from itertools import chain, islice
from typing import Any

#: Rows that are looked at before the widths of a table are chosen; the rest of a long listing follows in pages.
PAGE = 500


def show(rows: Iterable[dict[str, Any]], *, json: bool) -> None:
    if json:
        for row in rows:
            sys.stdout.write(json_text.dumps(row, ensure_ascii=False) + "\n")
        sys.stdout.flush()
    else:
        _tables(iter(rows))


def _tables(rows: Any) -> None:
    first = next(rows, None)
    if first is None:
        print("nothing", file=sys.stderr)
        return
    if set(first) == {"removed"}:
        print(f"removed {safe(first['removed'])}")
        return
    rows = chain([first], rows)
    while page := list(islice(rows, PAGE)):
        _table(page)


def _table(page: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    # A pipe or a file gets whole lines, however long.
    console = Console(width=None if sys.stdout.isatty() else 400, highlight=False)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for key in page[0]:
        numeric = isinstance(page[0][key], int) and not isinstance(page[0][key], bool)
        table.add_column(key, justify="right" if numeric else "left", overflow="ellipsis", no_wrap=key != "subject")
    for row in page:
        table.add_row(*(Text(_cell(value)) for value in row.values()))
    console.print(table)


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return safe(" ".join(map(str, value)))
    return "" if value is None else safe(str(value))


def safe(text: str) -> str:
    """Without what a terminal would obey; line ends and tabs as spaces."""
    return "".join(char if char.isprintable() else " " if char in "\r\n\t" else "\ufffd" for char in text)
