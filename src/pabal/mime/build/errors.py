"""What the builder refuses: only the caller's own mistakes, and what a 7-bit way cannot carry."""

from __future__ import annotations

from pabal.model.errors import PabalError


class Unwritable(PabalError, ValueError):
    """A value that cannot stand in a message; the text says which and why."""


class CannotDowngrade(PabalError):
    """The message cannot become 7bit without changing what must not change (RFC 2045 §6.4, RFC 1847 §2.1)."""


def refuse_line_breaks(text: str, where: str) -> None:
    """No text becomes another header line: CR, LF and NUL never enter a field (RFC 5322 §2.2)."""
    for character, name in (("\r", "CR"), ("\n", "LF"), ("\x00", "NUL")):
        if character in text:
            raise Unwritable(f"{where}: holds {name}, which would end or cut the field")


def utf8(text: str, where: str) -> bytes:
    """The text in UTF-8; half of a surrogate pair is no character (RFC 3629 §3)."""
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise Unwritable(f"{where}: holds U+{ord(text[error.start]):04X}, which is no character") from None
