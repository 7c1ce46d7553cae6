"""The pages as they lie beside this file: HTML, style, script and the words of each language."""

from __future__ import annotations

import html
import json
import re
from importlib.resources import files
from string import Template

DEFAULT_LANGUAGE = "en"
_MEDIA_TYPES = {"page.css": "text/css", "page.js": "text/javascript", "icon.svg": "image/svg+xml"}
_RANGE = re.compile(r"\s*([A-Za-z]{1,8})(?:-[A-Za-z0-9-]+)?\s*(?:;\s*q=([01](?:\.[0-9]{0,3})?))?\s*")
#: Ranges of Accept-Language that are looked at; real browsers send a handful.
LONGEST_LIST = 20


class Pages:
    """Read once; small enough to stay in memory."""

    def __init__(self) -> None:
        folder = files(__package__)
        self._page = Template(folder.joinpath("page.html").read_text("utf-8"))
        self._words: dict[str, dict[str, str]] = json.loads(folder.joinpath("words.json").read_text("utf-8"))
        self._assets = {
            name: (media_type, folder.joinpath(name).read_bytes()) for name, media_type in _MEDIA_TYPES.items()
        }

    def language(self, accepted: str) -> str:
        """The best of ours for an Accept-Language field (RFC 9110 §12.5.4)."""
        best, best_quality = DEFAULT_LANGUAGE, 0.0
        for text in accepted.split(",")[:LONGEST_LIST]:
            if (match := _RANGE.fullmatch(text)) and (language := match[1].lower()) in self._words:
                quality = float(match[2] or 1)
                if quality > best_quality:
                    best, best_quality = language, quality
        return best

    def first_page(self, language: str, doors: dict[str, str]) -> str:
        words = {name: html.escape(text) for name, text in self._words[language].items()}
        listed = "".join(
            f"<div><dt>{html.escape(door)}</dt><dd>{html.escape(address)}</dd></div>"
            for door, address in doors.items()
        )
        smtp = html.escape(doors.get("smtp", "").partition(",")[0])
        return self._page.substitute(words, lang=language, doors=listed, smtp=smtp)

    def asset(self, name: str) -> tuple[str, bytes] | None:
        """Media type and octets."""
        return self._assets.get(name)
