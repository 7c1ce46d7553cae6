"""HTML to plain text, for previews, search and the terminal.  Not a sanitiser.

What is not shown (scripts, styles, comments, the head) is dropped, blocks become lines, entities
become characters.  Linear in the characters.
"""

from __future__ import annotations

import re
from html import unescape

#: A tag holds no "<": where none closes it, the next one is found without reading on to the end.
_MARKUP = re.compile(r"<!--|<[/!?]?([A-Za-z][A-Za-z0-9]*+)[^<>]*+>")
_HIDDEN = ("script", "style", "head", "title", "template", "noframes")
_END_OF = {name: re.compile(rf"</{name}[^<>]*+>", re.IGNORECASE) for name in _HIDDEN} | {"!--": re.compile("-->")}
_BLOCK = re.compile(r"</?(?:p|div|br|tr|li|ul|ol|h[1-6]|table|blockquote|pre|hr|dd|dt)\b", re.IGNORECASE)
_RUN = re.compile(r"[ \t\r\n\f\v]+")


def html_to_text(html: str) -> str:
    """Lines of text."""
    pieces: list[str] = []
    position = 0
    while found := _MARKUP.search(html, position):
        pieces.append(_RUN.sub(" ", html[position : found.start()]))
        position = _after(html, found)
        if _BLOCK.match(found.group()):
            pieces.append("\n")
    pieces.append(_RUN.sub(" ", html[position:]))
    lines = unescape("".join(pieces)).split("\n")
    return "\n".join(line for line in map(str.strip, lines) if line)


def _after(html: str, markup: re.Match[str]) -> int:
    """Where visible text goes on; a comment or script that never ends hides the rest."""
    end = _END_OF.get("!--" if markup[1] is None else markup[1].lower())
    if end is None or markup.group().startswith("</"):
        return markup.end()
    closing = end.search(html, markup.end())
    return closing.end() if closing else len(html)
