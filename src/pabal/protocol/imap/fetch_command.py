"""FETCH and its items (RFC 9051 §6.4.5; RFC 3501 RFC822 items; RFC 3516 BINARY)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pabal.protocol.imap.commands import Command
from pabal.protocol.imap.cursor import NUMBER64, Cursor
from pabal.protocol.imap.sequence import SequenceSet
from pabal.protocol.imap.serialise import astring, parenthesised

ITEMS_MAXIMUM = 100
FIELDS_MAXIMUM = 200
ATTRIBUTES = frozenset({"UID", "FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY", "BODYSTRUCTURE"})
MACROS = {
    b"ALL": ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE"),
    b"FULL": ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY"),
    b"FAST": ("FLAGS", "INTERNALDATE", "RFC822.SIZE"),
}

_ITEM = re.compile(rb"[A-Za-z0-9.]+")
_PART = re.compile(rb"[1-9]\d{0,8}(?:\.[1-9]\d{0,8}){0,99}")
_TEXT = re.compile(rb"(?:HEADER\.FIELDS\.NOT|HEADER\.FIELDS|HEADER|TEXT|MIME)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Section:
    """One BODY[...], RFC822... or BINARY[...] item.  ``label`` is what the answer calls it, origin included."""

    label: bytes
    part: str = ""  # "1.2"; "" the message
    text: str = ""  # HEADER, HEADER.FIELDS, HEADER.FIELDS.NOT, TEXT, MIME; "" all of the part
    fields: tuple[bytes, ...] = ()
    peek: bool = False
    origin: int | None = None
    count: int = NUMBER64
    binary: str = ""  # BINARY, BINARY.SIZE: decoded (RFC 9051 §6.4.5.1)


FetchItem = str | Section  # a word of ATTRIBUTES, or a section


@dataclass(frozen=True, slots=True)
class Fetch(Command):
    """RFC 9051 §6.4.5."""

    messages: SequenceSet
    items: tuple[FetchItem, ...]
    by_uid: bool


def fetch(cursor: Cursor, *, by_uid: bool = False) -> Fetch:
    # fetch = "FETCH" SP sequence-set SP ("ALL" / "FULL" / "FAST" / fetch-att / "(" fetch-att *(SP fetch-att) ")")
    cursor.sp()
    messages = cursor.sequence_set()
    cursor.sp()
    if cursor.peek() == b"(":
        items = cursor.parenthesised(lambda: fetch_item(cursor), maximum=ITEMS_MAXIMUM)
    else:
        items = MACROS.get(cursor.text[cursor.at :].upper(), ())
        if items:
            cursor.at = len(cursor.text)
        else:
            items = (fetch_item(cursor),)
    if by_uid and "UID" not in items:
        items = ("UID", *items)  # RFC 9051 §6.4.9: UID FETCH answers with UID, asked or not
    return Fetch(messages, tuple(dict.fromkeys(items)), by_uid)


def fetch_item(cursor: Cursor) -> FetchItem:
    start = cursor.at
    name = cursor.match(_ITEM, "fetch item").upper()
    if cursor.peek() == b"[":
        if name in (b"BODY", b"BODY.PEEK"):
            return _body_section(cursor, peek=name.endswith(b"PEEK"))
        if name in (b"BINARY", b"BINARY.PEEK", b"BINARY.SIZE"):
            return _binary_section(cursor, name)
    word = name.decode("ascii")
    if word in ATTRIBUTES:
        return word
    if name in _RFC822:
        return _RFC822[name]
    cursor.at = start
    raise cursor.fail("fetch item")


# RFC 3501 §6.4.5: equivalents of BODY[], BODY.PEEK[HEADER] and BODY[TEXT] under their own names
_RFC822 = {
    b"RFC822": Section(b"RFC822"),
    b"RFC822.HEADER": Section(b"RFC822.HEADER", text="HEADER", peek=True),
    b"RFC822.TEXT": Section(b"RFC822.TEXT", text="TEXT"),
}


def _body_section(cursor: Cursor, *, peek: bool) -> Section:
    # section = "[" [section-msgtext / (section-part ["." section-text])] "]" ["<" number "." nz-number ">"]
    cursor.take(b"[")
    part = text = ""
    fields: tuple[bytes, ...] = ()
    label = b""
    if cursor.peek().isdigit():
        part = cursor.match(_PART, "section part").decode("ascii")
        label = part.encode("ascii")
        if cursor.skip(b"."):
            text = cursor.match(_TEXT, "section text").decode("ascii").upper()
    elif cursor.peek() != b"]":
        text = cursor.match(_TEXT, "section text").decode("ascii").upper()
        if text == "MIME":
            raise cursor.fail("part number before MIME")
    label += (b"." if part and text else b"") + text.encode("ascii")
    if text.startswith("HEADER.FIELDS"):
        fields, listed = _header_list(cursor)
        label += b" " + listed
    cursor.take(b"]")
    origin, count = _partial(cursor)
    shown = b"" if origin is None else b"<%d>" % origin
    return Section(b"BODY[" + label + b"]" + shown, part, text, fields, peek, origin, count)


def _header_list(cursor: Cursor) -> tuple[tuple[bytes, ...], bytes]:
    # header-list = "(" header-fld-name *(SP header-fld-name) ")"
    cursor.sp()
    names = cursor.parenthesised(cursor.astring, maximum=FIELDS_MAXIMUM)
    return names, parenthesised(astring(name) for name in names)


def _binary_section(cursor: Cursor, name: bytes) -> Section:
    # "BINARY" [".PEEK"] "[" [section-part] "]" [partial] / "BINARY.SIZE" "[" [section-part] "]"
    cursor.take(b"[")
    part = b"" if cursor.peek() == b"]" else cursor.match(_PART, "section part")
    cursor.take(b"]")
    sized = name == b"BINARY.SIZE"
    origin, count = (None, NUMBER64) if sized else _partial(cursor)
    shown = b"" if origin is None else b"<%d>" % origin
    kind = "BINARY.SIZE" if sized else "BINARY"
    label = kind.encode("ascii") + b"[" + part + b"]" + shown
    return Section(label, part.decode("ascii"), peek=name != b"BINARY", origin=origin, count=count, binary=kind)


def _partial(cursor: Cursor) -> tuple[int | None, int]:
    if not cursor.skip(b"<"):
        return None, NUMBER64
    origin = cursor.number(NUMBER64)
    cursor.take(b".")
    count = cursor.number(NUMBER64)
    if not count:
        raise cursor.fail("number above 0")
    cursor.take(b">")
    return origin, count
