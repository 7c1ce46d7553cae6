"""Address lists of header fields: mailboxes, groups, comments, routes (RFC 5322 §3.4, §4.4; RFC 6532).

The structure is read first and encoded-words are decoded after, so a decoded comma or ``@`` never
makes another address (RFC 2047 §6.2).  Names and addresses are kept as octets, unquoted; what cannot
be an address becomes a mailbox without domain, never an error.  Linear in the octets, without recursion.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pabal.mime.fields import unfold
from pabal.mime.limits import DEFAULTS
from pabal.mime.words import decode_text

_ATOM = rb"[^\x00-\x20()<>@,;:\\\"\[\]]++"
#: The forms that nearly all mail has: ``Kim Min <kim@example.org>``, ``"Kim, Min" <...>``, ``kim@example.org``.
_USUAL = re.compile(
    rb'\s*+(?:(?:([^\x00-\x1f()<>@,;:\\"\[\]]*+)|"([^"\\]*+)"\s*+)<(' + _ATOM + rb")@(" + _ATOM + rb")>"
    rb"|(" + _ATOM + rb")@(" + _ATOM + rb"))\s*+(,|\Z)"
)
_TOKEN = re.compile(
    rb'\s++|"(?P<quoted>(?:[^"\\]++|\\.)*+)(?:"|\\?\Z)|(?P<comment>\()|(?P<literal>\[[^\]\[]*+\]?)'
    rb"|(?P<special>[<>@,;:])|(?P<atom>[^\s\"()\[<>@,;:]++)|(?P<stray>.)",
    re.DOTALL,
)
_PARENTHESIS = re.compile(rb"\\.|[()]", re.DOTALL)
_PAIR = re.compile(rb"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One address of a field; ``domain`` is b"" where the field gives none."""

    name: bytes  # display name, unquoted, encoded-words as they are
    local_part: bytes
    domain: bytes
    route: bytes = b""  # RFC 5322 §4.4 obs-route: "@a,@b"

    @property
    def display_name(self) -> str:
        return decode_text(self.name)

    @property
    def address(self) -> str:
        """``local_part@domain`` for people; raw UTF-8 is read as that."""
        return decode_text(self.local_part + b"@" + self.domain if self.domain else self.local_part)


@dataclass(frozen=True, slots=True)
class GroupStart:
    """``name:`` of a group; its members follow, up to GroupEnd (RFC 5322 §3.4)."""

    name: bytes


@dataclass(frozen=True, slots=True)
class GroupEnd:
    """The ``;`` of a group."""


Entry = Mailbox | GroupStart | GroupEnd


def parse_addresses(value: bytes, limit: int = DEFAULTS.addresses) -> list[Entry]:
    """What a field lists, in order, at most ``limit`` entries."""
    value = unfold(value)
    entries: list[Entry] = []
    position = 0
    while position < len(value) and len(entries) < limit:
        usual = _USUAL.match(value, position)
        if usual is None:
            return _Reader(entries, limit).read(value, position)
        plain, quoted, local, domain, bare_local, bare_domain, _ = usual.groups()
        if local:
            entries.append(Mailbox((quoted or plain or b"").strip(), local, domain))
        else:
            entries.append(Mailbox(b"", bare_local, bare_domain))
        position = usual.end()
    return entries


def mailboxes(value: bytes, limit: int = DEFAULTS.addresses) -> list[Mailbox]:
    """The mailboxes of a field, those inside groups too, among its first ``limit`` entries."""
    return [entry for entry in parse_addresses(value, limit) if isinstance(entry, Mailbox)]


class _Reader:
    """Reads what is not usual, token by token."""

    def __init__(self, entries: list[Entry], limit: int) -> None:
        self._entries = entries
        self._limit = limit
        self._in_group = False
        self._clear()

    def _clear(self) -> None:
        self._words: list[bytes] = []  # before "<", or all of it when there is none
        self._spec: list[bytes] | None = None  # inside "<...>"
        self._closed = False
        self._after_route = False  # the ":" that ends a route was read
        self._comment = b""

    def read(self, value: bytes, position: int) -> list[Entry]:
        for kind, text in _tokens(value, position):
            if len(self._entries) >= self._limit:
                return self._entries
            self._take(kind, text)
        self._finish()
        if self._in_group:
            self._entries.append(GroupEnd())
        return self._entries

    def _take(self, kind: str, text: bytes) -> None:
        if kind == "special":
            self._special(text)
        elif kind == "comment":
            self._comment = self._comment or text
        elif self._spec is not None and not self._closed:
            self._spec.append(text)
        elif kind == "quoted" or text.strip():
            self._words.append(text)
        elif self._words and self._words[-1] != b" ":
            self._words.append(b" ")

    def _special(self, text: bytes) -> None:
        inside = self._spec is not None and not self._closed
        if text == b"<" and self._spec is None:
            self._spec = []
        elif text == b">":
            self._closed = True
        elif self._spec is not None and inside and (text in b"@:" or (text == b"," and self._route_is_open())):
            self._after_route = self._after_route or text == b":"
            self._spec.append(text)
        elif text == b":" and not self._in_group and self._spec is None:
            self._start_group()
        elif text in b",;":
            self._finish()
            if text == b";" and self._in_group:
                self._entries.append(GroupEnd())
                self._in_group = False
        elif text in b"@:":
            self._words.append(text)

    def _route_is_open(self) -> bool:
        return self._spec is not None and self._spec[:1] == [b"@"] and not self._after_route

    def _start_group(self) -> None:
        self._entries.append(GroupStart(b"".join(self._words).strip()))
        self._in_group = True
        self._clear()

    def _finish(self) -> None:
        """An address ends here; an empty one is nothing (obs-addr-list)."""
        name = b"".join(self._words).strip()
        if self._spec is not None:
            self._entries.append(_mailbox(name, self._spec))
        elif b"@" in self._words:
            self._entries.append(_mailbox(self._comment, self._words))
        elif name:
            self._entries.append(Mailbox(self._comment, name, b""))
        self._clear()


def _mailbox(name: bytes, spec: list[bytes]) -> Mailbox:
    """``spec`` are the tokens of addr-spec, perhaps after a route; white space in it is obsolete."""
    tokens = [token for token in spec if token.strip()]
    route = b""
    if tokens[:1] == [b"@"] and b":" in tokens:
        colon = tokens.index(b":")
        route, tokens = b"".join(tokens[:colon]), tokens[colon + 1 :]
    if b"@" not in tokens:
        return Mailbox(name, b"".join(tokens), b"", route)
    at = len(tokens) - 1 - tokens[::-1].index(b"@")  # the last: an unquoted "@" belongs to the local part
    return Mailbox(name, b"".join(tokens[:at]), b"".join(tokens[at + 1 :]), route)


def _tokens(value: bytes, position: int) -> Iterator[tuple[str, bytes]]:
    while found := _TOKEN.match(value, position):
        position = found.end()
        kind = found.lastgroup or "space"
        if kind == "comment":
            end = _comment_end(value, position)
            yield kind, _PAIR.sub(rb"\1", value[position : end - 1]).strip()
            position = end
        elif kind == "quoted":
            yield kind, _PAIR.sub(rb"\1", found["quoted"])
        else:
            yield kind, b" " if kind == "space" else found.group()


def _comment_end(value: bytes, position: int) -> int:
    """After the ``)`` that closes the comment; comments nest, and one that is not closed ends with the field."""
    depth = 1
    for found in _PARENTHESIS.finditer(value, position):
        depth += (found.group() == b"(") - (found.group() == b")")
        if depth == 0:
            return found.end()
    return len(value) + 1
