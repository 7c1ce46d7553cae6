"""The canonical form of a text, before any transfer encoding (RFC 2049 §4 (2))."""

from __future__ import annotations

import re

_LINE_BREAK = re.compile(r"\r\n|\r|\n")


def canonical(text: str) -> bytes:
    """Text in UTF-8 with CRLF line breaks, the last line ended."""
    octets = "\r\n".join(_LINE_BREAK.split(text)).encode("utf-8", "replace")
    return octets if not octets or octets.endswith(b"\r\n") else octets + b"\r\n"
