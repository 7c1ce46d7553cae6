"""``text/richtext`` (RFC 1341 §7.1.3) and its successor ``text/enriched`` (RFC 1896) as plain text.

Commands are never taken for HTML: those that stand for characters become them, comments go, all else
is formatting that plain text does not have.
"""

from __future__ import annotations

import re

_COMMAND = re.compile(r"<(/?[A-Za-z0-9-]{1,60})>|<<")
_LINE_BREAKS = re.compile(r"\n+")
_CHARACTERS = {"lt": "<", "nl": "\n", "np": "\f\n", "paragraph": "\n", "/paragraph": "\n"}


def richtext_to_text(text: str) -> str:
    """Line breaks of the source are spaces; ``<nl>`` is the line break (RFC 1341 §7.1.3)."""
    flat = text.replace("\r\n", "\n").strip("\n").replace("\n", " ")
    lines = _without_commands(flat, "comment", _CHARACTERS).split("\n")
    return "\n".join(" ".join(line.split()) for line in lines)


def enriched_to_text(text: str) -> str:
    """One line break is a space, n of them are n-1 (RFC 1896 §3); ``<param>`` is never shown."""
    flat = _LINE_BREAKS.sub(lambda found: found[0][1:] or " ", text.replace("\r\n", "\n").strip("\n"))
    return _without_commands(flat, "param", {})


def _without_commands(text: str, hidden: str, characters: dict[str, str]) -> str:
    pieces: list[str] = []
    position = depth = 0
    for command in _COMMAND.finditer(text):
        if depth == 0:
            pieces.append(text[position : command.start()])
        position = command.end()
        name = (command[1] or "").lower()
        if name == hidden:
            depth += 1
        elif name == f"/{hidden}":
            depth = max(depth - 1, 0)
        elif depth == 0:
            pieces.append(characters.get(name, "") if name else "<")
    if depth == 0:
        pieces.append(text[position:])
    return "".join(pieces)
