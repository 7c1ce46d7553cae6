"""What a message is made of: text, files, embedded messages, and multiparts that put them together.

Frozen values without octets of the wire; ``rendering`` writes them.  ``Raw`` is an entity that was written
before, header and body, and is never written again (RFC 1847 §2.1: a signature covers its octets).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from pabal.mime.build.errors import Unwritable

_SUBTYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")  # RFC 6838 §4.2


@dataclass(frozen=True, slots=True)
class Text:
    """``text/plain`` or another subtype; with ``flowed`` one line of ``text`` is a paragraph (RFC 3676)."""

    text: str
    subtype: str = "plain"
    flowed: bool = False

    def __post_init__(self) -> None:
        if not _SUBTYPE.fullmatch(self.subtype):
            raise Unwritable(f"text/{self.subtype!r}: no name of a subtype (RFC 6838 §4.2)")
        if self.flowed and self.subtype != "plain":
            raise Unwritable(f"text/{self.subtype}: only text/plain is flowed (RFC 3676 §4)")


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """Octets with a type and a name; ``content_id`` without brackets, for a part that others refer to (RFC 2392)."""

    octets: bytes
    media_type: str = "application/octet-stream"
    filename: str = ""
    content_id: str = ""
    inline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """A whole message inside, as forwarded mail (RFC 2046 §5.2.1); kept as it is where the way carries it."""

    octets: bytes
    filename: str = ""


@dataclass(frozen=True, slots=True)
class Raw:
    """An entity with its header, empty line and body, to the octet."""

    octets: bytes


@dataclass(frozen=True, slots=True)
class FieldGroups:
    """The machine's part of a report: groups of fields with an empty line between (RFC 3464 §2.1, RFC 8098 §3.1)."""

    media_type: str
    groups: tuple[tuple[tuple[str, str], ...], ...]

    def __post_init__(self) -> None:
        main, _, subtype = self.media_type.partition("/")
        if main != "message" or not _SUBTYPE.fullmatch(subtype):
            raise Unwritable(f"{self.media_type!r}: the machine's part of a report is a message/...")


@dataclass(frozen=True, slots=True)
class HeaderOnly:
    """The header of a message that is returned without its body: ``text/rfc822-headers`` (RFC 6522 §4)."""

    octets: bytes


@dataclass(frozen=True, slots=True)
class Multipart:
    """RFC 2046 §5.1; the boundary is chosen when it is written."""

    subtype: str
    parts: tuple[Entity, ...]
    parameters: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if not _SUBTYPE.fullmatch(self.subtype):
            raise Unwritable(f"multipart/{self.subtype!r}: no name of a subtype (RFC 6838 §4.2)")
        if not self.parts:
            raise Unwritable(f"multipart/{self.subtype}: has at least one part (RFC 2046 §5.1.1)")


Entity = Text | File | Embedded | Raw | FieldGroups | HeaderOnly | Multipart


def mixed(*parts: Entity) -> Multipart:
    """Parts to be shown in order (RFC 2046 §5.1.3)."""
    return Multipart("mixed", parts)


def alternative(*parts: Entity) -> Multipart:
    """The same content in several forms, the plainest first (RFC 2046 §5.1.4)."""
    return Multipart("alternative", parts)


def related(root: Entity, *parts: Entity) -> Multipart:
    """``root`` shows the others by their content-ids; its type MUST be named (RFC 2387 §3.1)."""
    return Multipart("related", (root, *parts), (("type", media_type_of(root)),))


def signed(content: Raw, signature: File, *, protocol: str, micalg: str) -> Multipart:
    """RFC 1847 §2.1: exactly two parts, and ``protocol`` is the type of the second."""
    if signature.media_type != protocol:
        raise Unwritable(f"multipart/signed: the signature is {signature.media_type}, not {protocol}")
    return Multipart("signed", (content, signature), (("protocol", protocol), ("micalg", micalg)))


def report(
    report_type: str, human: Entity, machine: FieldGroups, original: Embedded | HeaderOnly | None = None
) -> Multipart:
    """RFC 6522 §3: for people, for machines, and perhaps the message that it is about."""
    parts = (human, machine) if original is None else (human, machine, original)
    return Multipart("report", parts, (("report-type", report_type),))


def media_type_of(entity: Entity) -> str:
    match entity:
        case Text():
            return f"text/{entity.subtype}"
        case Multipart():
            return f"multipart/{entity.subtype}"
        case File() | FieldGroups():
            return entity.media_type
        case Embedded():
            return "message/rfc822"
        case HeaderOnly():
            return "text/rfc822-headers"
        case Raw():
            raise Unwritable("multipart/related: the root cannot be an entity that was written before")


def body(text: str = "", html: str = "", files: Sequence[File | Embedded] = (), *, flowed: bool = False) -> Entity:
    """The usual tree: text, or text and HTML; the pictures that the HTML shows beside it; then what is attached."""
    shown = [file for file in files if isinstance(file, File) and _is_shown(file, html)]
    attached = [file for file in files if file not in shown]
    content: Entity = Text(text, flowed=flowed)
    if html:
        page: Entity = related(Text(html, "html"), *shown) if shown else Text(html, "html")
        content = alternative(content, page) if text else page
    return mixed(content, *map(_unreferenced, attached)) if attached else content


def _is_shown(file: File, html: str) -> bool:
    """RFC 2392 §2: a cid URL is the content-id, percent-encoded."""
    return bool(file.content_id) and any(
        f"cid:{spelling}" in html
        for spelling in (file.content_id, quote(file.content_id), quote(file.content_id, "@"))
    )


def _unreferenced(file: File | Embedded) -> File | Embedded:
    """Nothing refers to what is attached, so it carries no content-id."""
    if isinstance(file, File) and file.content_id:
        return File(octets=file.octets, media_type=file.media_type, filename=file.filename, inline=file.inline)
    return file
