"""``text/plain; format=flowed``: paragraphs that were broken for the wire, put together (RFC 3676 §4)."""

from __future__ import annotations


def unflow(text: str, *, delete_space: bool = False) -> str:
    """One line per paragraph.  A line that ends in a space goes on in the next of the same quote depth (§4.2).

    The signature separator ``-- `` never flows (§4.3); with ``delete_space`` (DelSp=yes) the space
    that marks the break is no part of the text (§4.1).
    """
    paragraphs: list[str] = []
    pieces: list[str] = []
    open_depth = -1  # quote depth of the paragraph that goes on; -1: none does
    for line in text.replace("\r\n", "\n").split("\n"):
        depth, content = _unquoted(line)
        if depth != open_depth or content == "-- ":
            _end_paragraph(paragraphs, pieces)
            pieces = [">" * depth + (" " if depth else "")]
        flows = content.endswith(" ") and content != "-- "
        pieces.append(content[:-1] if flows and delete_space else content)
        open_depth = depth if flows else -1
    _end_paragraph(paragraphs, pieces)
    return "\n".join(paragraphs)


def _unquoted(line: str) -> tuple[int, str]:
    content = line.lstrip(">")
    depth = len(line) - len(content)
    return depth, content.removeprefix(" ")  # §4.4: one stuffed space


def _end_paragraph(paragraphs: list[str], pieces: list[str]) -> None:
    if pieces:
        paragraphs.append("".join(pieces))
