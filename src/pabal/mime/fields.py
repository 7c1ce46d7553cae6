"""The header of a message as octets: where it ends, its fields, folding (RFC 5322 §2.2, §3.6.8).

A header ends at the first empty line, or at the first line without a colon, which is then the first
line of the body.  A bare LF ends a line like CRLF does.  Every octet belongs to a field or to the body,
and everything here takes time linear in the octets.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

#: Name, and value with its line breaks; possessive, so a line is never read twice.  A line that begins with
#: "--" is no field: a boundary may hold a colon, and no field was ever named so.
_FIELD = re.compile(rb"((?!--)[^\n:]*+):([^\n]*+(?:\n[ \t][^\n]*+)*+)(?:\n|\Z)")
_FIELDS = re.compile(rb"(?:(?!--)[^\n:]*+:[^\n]*+(?:\n[ \t][^\n]*+)*+(?:\n|\Z))*+")
_MBOX_LINE = re.compile(rb">?From [^\n]*\n")  # of a Unix mailbox file; never a field
_LINE_BREAK = re.compile(rb"\r?\n")

Fields = Mapping[bytes, bytes]

#: Fields that list addresses: a second one of the same name adds to the first.
ADDRESS_FIELDS = frozenset((b"from", b"sender", b"reply-to", b"to", b"cc", b"bcc"))


def fields_end(octets: bytes, start: int = 0, end: int | None = None) -> int:
    """Where the last field ends: at the empty line, at a line without a colon, or at ``end``."""
    end = len(octets) if end is None else end
    if octets.startswith((b"From ", b">From "), start, end) and (line := _MBOX_LINE.match(octets, start, end)):
        start = line.end()
    found = _FIELDS.match(octets, start, end)
    return found.end() if found else start


def body_start(octets: bytes, start: int = 0, end: int | None = None) -> int:
    """Where the body begins: after the empty line, or where the fields end when there is none."""
    end = len(octets) if end is None else end
    return after_empty_line(octets, fields_end(octets, start, end), end)


def after_empty_line(octets: bytes, position: int, end: int) -> int:
    if octets.startswith(b"\r\n", position, end):
        return position + 2
    return position + 1 if octets.startswith(b"\n", position, end) else position


def read_fields(octets: bytes, start: int, end: int) -> dict[bytes, bytes]:
    """Lower-case name -> raw value of the first such field; address fields of one name are joined."""
    fields: dict[bytes, bytes] = {}
    for name, value in _FIELD.findall(octets, start, end):
        name = name.strip().lower()
        if name not in fields:
            fields[name] = value
        elif name in ADDRESS_FIELDS:
            fields[name] += b"," + value
    return fields


def all_fields(header: bytes) -> list[tuple[bytes, bytes]]:
    """Every field in order: its name as written, its value unfolded."""
    end = fields_end(header)
    return [(name.strip(), unfold(value)) for name, value in _FIELD.findall(header, 0, end)]


def first(header: bytes, name: bytes) -> bytes | None:
    """The unfolded value of the first field of that name."""
    return next(iter(values(header, name)), None)


def values(header: bytes, name: bytes) -> list[bytes]:
    """The unfolded values of all fields of that name, in order."""
    wanted = name.lower()
    return [value for field, value in all_fields(header) if field.lower() == wanted]


def unfold(value: bytes) -> bytes:
    """RFC 5322 §2.2.3: a line break before white space is no part of the value."""
    return _LINE_BREAK.sub(b"", value).strip() if b"\n" in value else value.strip()


def select_fields(header: bytes, names: Iterable[bytes], *, exclude: bool) -> bytes:
    """The fields of those names, or all others, as they stand, and the empty line.

    RFC 9051 §6.4.5.1: names compare without case, and subsetting never drops the empty line.
    """
    wanted = {name.strip().lower() for name in names}
    end = fields_end(header)
    kept = [
        _whole_line(found.group())
        for found in _FIELD.finditer(header, 0, end)
        if (found.group(1).strip().lower() in wanted) is not exclude
    ]
    return b"".join(kept) + b"\r\n"


def _whole_line(field: bytes) -> bytes:
    return field if field.endswith(b"\n") else field.rstrip(b"\r") + b"\r\n"
