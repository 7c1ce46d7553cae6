"""The tree of a message as spans over its octets (RFC 2045, RFC 2046 §5).

``parse`` goes over the octets once, decodes nothing and never raises; ``bytes(message)`` is what was given.
A delimiter is looked for at line starts only, against all open boundaries at once, so nesting costs
nothing; an outer delimiter ends what is open inside (RFC 2046 §5.1.2).  Past a limit the rest is a leaf.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from pabal.mime import fields as header_fields
from pabal.mime.charsets import decode
from pabal.mime.defects import Defect
from pabal.mime.limits import DEFAULTS, MimeSettings
from pabal.mime.parameters import (
    MESSAGE_RFC822,
    OCTET_STREAM,
    TEXT_PLAIN,
    ContentType,
    Value,
    content_type,
    disposition,
)
from pabal.mime.transfer import IDENTITY, decode_body, encoding_name

_WIDE = ("utf-16", "utf-32")
_NESTED_MESSAGES = frozenset(("message/rfc822", "message/global"))


@dataclass(slots=True, eq=False)
class Part:
    """One entity: a message, or a part of it.  Positions count from the first octet of the source."""

    source: bytes = field(repr=False)
    header_start: int
    body_start: int
    fields: header_fields.Fields = field(repr=False)  # lower-case name -> first raw value
    content_type: ContentType
    body_end: int = -1
    children: list[Part] = field(default_factory=list)  # parts of a multipart; the message in a message/rfc822
    defects: list[Defect] = field(default_factory=list)
    _lines: int = field(default=-1, repr=False, compare=False)

    @property
    def lines(self) -> int:
        """Lines of the body; what stands after the last line break is a line too.  Counted once."""
        if self._lines < 0:
            breaks = self.source.count(b"\n", self.body_start, self.body_end)
            whole = self.body_end <= self.body_start or self.source[self.body_end - 1] == 10
            self._lines = breaks if whole else breaks + 1
        return self._lines

    @property
    def is_multipart(self) -> bool:
        return bool(self.children) and self.content_type.main == "multipart"

    @property
    def is_message(self) -> bool:
        """A message/rfc822 that was opened: its only child is the message."""
        return bool(self.children) and self.content_type.main == "message"

    @property
    def header(self) -> bytes:
        """With the empty line."""
        return self.source[self.header_start : self.body_start]

    @property
    def body(self) -> bytes:
        """As it was sent, in its transfer encoding."""
        return self.source[self.body_start : self.body_end]

    @property
    def transfer_encoding(self) -> str:
        value = self.fields.get(b"content-transfer-encoding")
        return encoding_name(value) if value is not None else "7bit"

    @property
    def disposition(self) -> Value:
        return disposition(self.fields.get(b"content-disposition"))

    @property
    def filename(self) -> str:
        return self.disposition.get("filename") or self.content_type.get("name")

    def decoded(self, limit: int | None = None) -> bytes:
        """The body without its transfer encoding; with ``limit``, of the first so many encoded octets."""
        end = self.body_end if limit is None else min(self.body_end, self.body_start + limit)
        return decode_body(self.source[self.body_start : end], self.transfer_encoding)

    def text(self, limit: int | None = None) -> str:
        """The decoded body as text; meant for text parts."""
        charset = self.content_type.charset
        if charset.startswith(_WIDE) and self.transfer_encoding in IDENTITY:
            charset = ""  # RFC 2046 §4.1.1: its line breaks would not be CRLF, so the label cannot be right
        return decode(self.decoded(limit), charset)

    def walk(self) -> Iterator[Part]:
        """This part and all inside it, depth first."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(slots=True, eq=False)
class Message(Part):
    """A whole message."""

    def __bytes__(self) -> bytes:
        return self.source

    @property
    def all_defects(self) -> list[Defect]:
        return [defect for part in self.walk() for defect in part.defects]


def parse(octets: bytes, settings: MimeSettings = DEFAULTS) -> Message:
    """The message's tree."""
    return _Parser(octets, settings).parse()


@dataclass(slots=True)
class _Open:
    """An entity that is being read: a multipart, or a message/rfc822 (without a boundary)."""

    part: Part
    boundary: bytes | None
    closed: bool = False


class _Parser:
    def __init__(self, octets: bytes, settings: MimeSettings) -> None:
        self._octets = octets
        self._end = len(octets)
        self._settings = settings
        self._parts = 0
        self._stack: list[_Open] = []
        self._levels: dict[bytes, int] = {}  # open boundary -> its place in the stack
        self._leaf: Part | None = None

    def parse(self) -> Message:
        root = Message(*self._header(0, TEXT_PLAIN))
        if self._lacks_empty_line(root):
            root.defects.append(Defect.HEADER_WITHOUT_EMPTY_LINE)
        position = self._enter(root)
        while self._levels:
            position = self._next_delimiter(position)
            if position < 0:
                break
        self._end_above(-1, self._end)
        return root

    def _lacks_empty_line(self, message: Message) -> bool:
        """Whether text follows the fields at once; a message of fields only needs no empty line (RFC 5322 §3.5)."""
        starts_empty = self._octets.startswith((b"\r\n", b"\n"))
        return message.body_start < self._end and not (starts_empty or message.header.endswith((b"\n\r\n", b"\n\n")))

    def _header(self, start: int, default: ContentType) -> tuple[bytes, int, int, dict[bytes, bytes], ContentType]:
        octets = self._octets
        end = header_fields.fields_end(octets, start)
        fields = header_fields.read_fields(octets, start, end)
        body_start = header_fields.after_empty_line(octets, end, self._end)
        return octets, start, body_start, fields, content_type(fields.get(b"content-type"), default)

    def _enter(self, part: Part) -> int:
        """Open an entity whose header was read; where to look for the next delimiter: from its last line break on."""
        self._parts += 1
        while True:
            kind = part.content_type
            if kind.broken:
                part.defects.append(Defect.CONTENT_TYPE_UNREADABLE)
            if kind.main == "multipart" and self._open_multipart(part):
                break
            if kind.value not in _NESTED_MESSAGES or not self._open_message(part):
                self._leaf = part
                break
            part = part.children[0]
            self._parts += 1
        return max(part.body_start - 1, 0)

    def _open_multipart(self, part: Part) -> bool:
        boundary = part.content_type.get("boundary").rstrip().encode("utf-8", "surrogateescape")
        if not boundary:
            return _as_leaf(part, TEXT_PLAIN, Defect.BOUNDARY_MISSING)
        if len(self._stack) >= self._settings.depth:
            return _as_leaf(part, OCTET_STREAM, Defect.TOO_DEEP)
        if part.transfer_encoding not in IDENTITY:
            part.defects.append(Defect.ENCODED_MULTIPART)  # RFC 2045 §6.4 forbids it; read as if it said 8bit
        self._levels.setdefault(boundary, len(self._stack))
        self._stack.append(_Open(part, boundary))
        return True

    def _open_message(self, part: Part) -> bool:
        if part.transfer_encoding not in IDENTITY:
            return _as_leaf(part, OCTET_STREAM, Defect.ENCODED_MESSAGE)
        if len(self._stack) >= self._settings.depth:
            return _as_leaf(part, OCTET_STREAM, Defect.TOO_DEEP)
        self._stack.append(_Open(part, None))
        part.children.append(Message(*self._header(part.body_start, TEXT_PLAIN)))
        return True

    def _next_delimiter(self, position: int) -> int:
        """Take the next line that may be a delimiter; where to go on, -1 at the end."""
        start = self._octets.find(b"\n--", position) + 1
        if not start:
            return -1
        level, is_close, line_end = self._level_of(start)
        if level is None:
            return start + 2
        self._end_above(level, self._content_end(start))
        if is_close:
            self._close(level)
            return line_end - 1
        if self._parts >= self._settings.parts:
            return self._rest_is_leaf(level, line_end)
        return self._enter(self._child(level, line_end))

    def _content_end(self, delimiter: int) -> int:
        """RFC 2046 §5.1.1: the line break before a delimiter belongs to it."""
        return delimiter - 2 if self._octets.startswith(b"\r\n", delimiter - 2) else delimiter - 1

    def _level_of(self, start: int) -> tuple[int | None, bool, int]:
        """Which open multipart the line at ``start`` delimits, whether it closes it, where the next line is."""
        octets = self._octets
        newline = octets.find(b"\n", start)
        line_end = self._end if newline < 0 else newline + 1
        if line_end - start > 2048:  # RFC 2046 §5.1.1: a boundary has at most 70 characters
            return None, False, line_end
        text = octets[start + 2 : line_end].rstrip(b" \t\r\n")
        level = self._levels.get(text)
        if level is not None:
            return level, False, line_end
        if text.endswith(b"--"):
            return self._levels.get(text[:-2].rstrip(b" \t")), True, line_end
        return None, False, line_end

    def _child(self, level: int, start: int) -> Part:
        parent = self._stack[level].part
        default = MESSAGE_RFC822 if parent.content_type.subtype == "digest" else TEXT_PLAIN
        child = Part(*self._header(start, default))
        parent.children.append(child)
        return child

    def _rest_is_leaf(self, level: int, start: int) -> int:
        self._stack[level].part.defects.append(Defect.TOO_MANY_PARTS)
        child = Part(self._octets, start, start, {}, OCTET_STREAM)
        self._stack[level].part.children.append(child)
        self._leaf = child
        self._levels.clear()
        return -1

    def _close(self, level: int) -> None:
        opened = self._stack[level]
        opened.closed = True
        assert opened.boundary is not None
        del self._levels[opened.boundary]

    def _end_above(self, level: int, end: int) -> None:
        """What is open inside ``level`` ends here."""
        if self._leaf is not None:
            end = self._leaf.body_end = max(end, self._leaf.body_start)  # a header may end where the delimiter begins
            self._leaf = None
        while len(self._stack) > level + 1:
            opened = self._stack.pop()
            end = opened.part.body_end = max(end, opened.part.body_start)
            if opened.boundary is not None:
                self._end_multipart(opened)

    def _end_multipart(self, opened: _Open) -> None:
        assert opened.boundary is not None
        if not opened.closed:
            opened.part.defects.append(Defect.CLOSE_DELIMITER_MISSING)
            if self._levels.get(opened.boundary) == len(self._stack):
                del self._levels[opened.boundary]
        if not opened.part.children:
            _as_leaf(opened.part, TEXT_PLAIN, Defect.NO_PARTS)


def _as_leaf(part: Part, kind: ContentType, defect: Defect) -> bool:
    """What was not opened gets a type that has no inside: the grammar of BODYSTRUCTURE asks for one otherwise."""
    part.content_type = kind
    part.defects.append(defect)
    return False
