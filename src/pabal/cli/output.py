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
#: Columns that a terminal may cut, in this order, and what stays of them; all others, an id above all, stay whole.
CUT = {"subject": 16, "from": 12, "to": 12}
GAP = 2  # between columns


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
    from rich.cells import cell_len
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    cells = [[_cell(value) for value in row.values()] for row in page]
    widths = {
        key: max(map(cell_len, (key, *column))) for key, column in zip(page[0], zip(*cells, strict=True), strict=True)
    }
    total = sum(widths.values()) + GAP * (len(widths) - 1)
    if sys.stdout.isatty():  # a pipe or a file gets whole lines, however long
        for key in [key for key in CUT if key in widths]:
            spared = max(0, min(total - Console().width, widths[key] - CUT[key]))
            widths[key] -= spared
            total -= spared
    table = Table(box=None, pad_edge=False, header_style="bold")
    for key, value in page[0].items():
        numeric = isinstance(value, int) and not isinstance(value, bool)
        table.add_column(
            key, justify="right" if numeric else "left", width=widths[key], overflow="ellipsis", no_wrap=True
        )
    for row in cells:
        table.add_row(*map(Text, row))
    Console(width=total + 1, highlight=False).print(table)


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return safe(" ".join(map(str, value)))
    return "" if value is None else safe(str(value))


def safe(text: str) -> str:
    """Without what a terminal would obey; line ends and tabs as spaces."""
    return "".join(char if char.isprintable() else " " if char in "\r\n\t" else "\ufffd" for char in text)
