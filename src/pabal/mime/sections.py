"""IMAP section names and the octets they mean (RFC 9051 §6.4.5.1).

``1`` of a message that is no multipart is its body; ``N.HEADER`` and ``N.TEXT`` belong to the message
inside the message/rfc822 part N, ``N.MIME`` is the header of part N itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from pabal.mime.structure import Part


class Span(Protocol):
    @property
    def section(self) -> str: ...
    @property
    def header_start(self) -> int: ...
    @property
    def body_start(self) -> int: ...
    @property
    def body_end(self) -> int: ...


def numbered(message: Part) -> Iterator[tuple[str, Part]]:
    """Every part with its section, depth first; "" is the message, "N.HEADER" the message inside part N."""
    yield "", message
    yield from _inside(message, "")


def _inside(message: Part, prefix: str) -> Iterator[tuple[str, Part]]:
    if message.is_multipart:
        yield from _children(message, prefix)
        return
    yield f"{prefix}1", message
    yield from _embedded(message, f"{prefix}1")


def _children(multipart: Part, prefix: str) -> Iterator[tuple[str, Part]]:
    for number, child in enumerate(multipart.children, 1):
        section = f"{prefix}{number}"
        yield section, child
        if child.is_multipart:
            yield from _children(child, f"{section}.")
        else:
            yield from _embedded(child, section)


def _embedded(part: Part, section: str) -> Iterator[tuple[str, Part]]:
    if part.is_message:
        yield f"{section}.HEADER", part.children[0]
        yield from _inside(part.children[0], f"{section}.")


def section_span(parts: Sequence[Span], section: str) -> tuple[int, int] | None:
    """First octet and end of ``""``, ``HEADER``, ``TEXT``, ``1.2``, ``1.2.MIME``, ``1.2.HEADER``, ``1.2.TEXT``.

    None when the message has no such part: BODY[...] of it is NIL.
    """
    number, _, item = section.upper().rpartition(".")
    if item not in ("HEADER", "TEXT", "MIME"):
        number, item = section, ""
    wanted = f"{number}.HEADER" if number and item in ("HEADER", "TEXT") else number
    span = next((part for part in parts if part.section == wanted), None)
    if span is None or (item == "MIME" and not number):
        return None
    if item in ("HEADER", "MIME"):
        return span.header_start, span.body_start
    return (span.header_start if not section else span.body_start), span.body_end
