"""``text/plain; format=flowed`` written (RFC 3676 §4.1, §4.2, §4.4): paragraphs broken to be joined.

The text has one line per paragraph; a line that begins with ``>`` is quoted.  ``mime.flowed.unflow`` undoes it.
"""

from __future__ import annotations

import re

FLOWED_LINE = 72  # RFC 3676 §4.2: SHOULD be at most 78, with room for quoting

_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_SIGNATURE = "-- "


def flow(text: str) -> str:
    """Each paragraph in lines that end in a space, but its last one."""
    return "\n".join(line for paragraph in _LINE_BREAK.split(text) for line in _paragraph(paragraph))


def _paragraph(paragraph: str) -> list[str]:
    content = paragraph.lstrip(">")
    marks = paragraph[: len(paragraph) - len(content)]
    content = content.removeprefix(" ") if marks else content
    if content == _SIGNATURE:
        return [_stuffed(marks, content)]  # §4.3: its space is no mark of a break
    return [_stuffed(marks, line) for line in _broken(content.rstrip(" "), FLOWED_LINE - len(marks) - 1)]


def _broken(content: str, width: int) -> list[str]:
    lines, start = [], 0
    while len(content) - start > width:
        end = content.rfind(" ", start + 1, start + width) + 1 or content.find(" ", start + 1) + 1
        if end == 0 or content[start:end] == _SIGNATURE:
            break
        lines.append(content[start:end])
        start = end
    return [*lines, content[start:]]


def _stuffed(marks: str, line: str) -> str:
    """§4.4: a space before what would be read as a quote, as stuffing, or as a mailbox file's "From "."""
    if marks:
        return f"{marks} {line}" if line else marks
    return f" {line}" if line.startswith((" ", ">", "From ")) else line
