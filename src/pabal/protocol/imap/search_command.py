"""SEARCH: the keys as a tree of frozen types (RFC 9051 §6.4.4).

Depth and number of keys are bounded, so that neither a parser nor an evaluator can be made to recurse
or to work without end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from pabal.protocol.imap.commands import Command
from pabal.protocol.imap.cursor import NUMBER64, Cursor
from pabal.protocol.imap.dates import search_date
from pabal.protocol.imap.message_commands import SYSTEM_FLAGS
from pabal.protocol.imap.sequence import SequenceSet

DEPTH_MAXIMUM = 32
KEYS_MAXIMUM = 1000
RETURN_OPTIONS = frozenset({b"MIN", b"MAX", b"ALL", b"COUNT", b"SAVE"})


@dataclass(frozen=True, slots=True)
class All:
    """Every message."""


@dataclass(frozen=True, slots=True)
class HasFlag:
    bit: int


@dataclass(frozen=True, slots=True)
class HasKeyword:
    keyword: str  # compared without case


@dataclass(frozen=True, slots=True)
class Recent:
    """RFC 3501 RECENT and NEW's half; no message is \\Recent here."""


@dataclass(frozen=True, slots=True)
class Header:
    """The decoded field contains ``text``; "" asks only whether the field is there."""

    name: bytes
    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """``text`` in header or body; ``body_only``: BODY."""

    text: str
    body_only: bool


@dataclass(frozen=True, slots=True)
class Size:
    octets: int
    larger: bool


@dataclass(frozen=True, slots=True)
class Dated:
    """``comparison`` is b"BEFORE", b"ON" or b"SINCE"; ``sent``: by the Date field."""

    comparison: bytes
    day: date
    sent: bool


@dataclass(frozen=True, slots=True)
class Members:
    messages: SequenceSet
    by_uid: bool


@dataclass(frozen=True, slots=True)
class Not:
    key: SearchKey


@dataclass(frozen=True, slots=True)
class Or:
    left: SearchKey
    right: SearchKey


@dataclass(frozen=True, slots=True)
class And:
    keys: tuple[SearchKey, ...]


SearchKey = All | HasFlag | HasKeyword | Recent | Header | Text | Size | Dated | Members | Not | Or | And


@dataclass(frozen=True, slots=True)
class Search(Command):
    """``charset`` None: not said; ``returns`` None: the client did not ask for an extended answer."""

    key: SearchKey
    charset: bytes | None
    returns: frozenset[bytes] | None
    by_uid: bool
    known_charset: bool = True


def search(cursor: Cursor, *, by_uid: bool = False) -> Search:
    # search = "SEARCH" [search-return-opts] [SP "CHARSET" SP charset] 1*(SP search-key)
    returns = _returns(cursor) if cursor.skip(b" RETURN ") else None
    charset = None
    if cursor.skip(b" CHARSET "):
        charset = cursor.astring().upper()
    if charset not in CHARSETS:
        cursor.at = len(cursor.text)  # RFC 9051 §6.4.4: NO [BADCHARSET], whatever the keys are
        return Search(All(), charset, returns, by_uid, known_charset=False)
    cursor.sp()
    return Search(_Keys(cursor, CHARSETS[charset]).conjunction(0), charset, returns, by_uid)


# Not said: US-ASCII in rev1, UTF-8 in rev2; UTF-8 holds both.
CHARSETS: dict[bytes | None, str] = {
    None: "utf-8",
    b"UTF-8": "utf-8",
    b"US-ASCII": "utf-8",
    b"ISO-8859-1": "iso-8859-1",
    b"ISO-8859-15": "iso-8859-15",
    b"EUC-KR": "cp949",
    b"KS_C_5601-1987": "cp949",
    b"ISO-2022-JP": "iso2022_jp",
    b"SHIFT_JIS": "cp932",
    b"EUC-JP": "euc_jp",
    b"GB2312": "gb18030",
    b"GBK": "gb18030",
    b"BIG5": "big5",
    b"KOI8-R": "koi8-r",
    b"WINDOWS-1251": "cp1251",
    b"WINDOWS-1252": "cp1252",
}


def _returns(cursor: Cursor) -> frozenset[bytes]:
    start = cursor.at
    options = frozenset(cursor.parenthesised(cursor.keyword, maximum=len(RETURN_OPTIONS), empty=True))
    if not options <= RETURN_OPTIONS:
        cursor.at = start
        raise cursor.fail("search return option")
    return options or frozenset({b"ALL"})  # RFC 9051 §6.4.4: () is the same as (ALL)


class _Keys:
    """Parses search keys, counting them."""

    __slots__ = ("charset", "count", "cursor")

    def __init__(self, cursor: Cursor, charset: str) -> None:
        self.cursor = cursor
        self.charset = charset
        self.count = 0

    def conjunction(self, depth: int) -> SearchKey:
        """1*(SP search-key), until the end or a closing parenthesis."""
        keys = [self.key(depth)]
        while not self.cursor.at_end() and self.cursor.peek() != b")":
            self.cursor.sp()
            keys.append(self.key(depth))
        return keys[0] if len(keys) == 1 else And(tuple(keys))

    def key(self, depth: int) -> SearchKey:
        self.count += 1
        if depth > DEPTH_MAXIMUM or self.count > KEYS_MAXIMUM:
            raise self.cursor.fail("a simpler search")
        cursor = self.cursor
        if cursor.skip(b"("):
            inner = self.conjunction(depth + 1)
            cursor.take(b")")
            return inner
        if cursor.peek() in b"0123456789*$" and not cursor.at_end():
            return Members(cursor.sequence_set(), by_uid=False)
        start = cursor.at
        word = cursor.keyword()
        if word in SIMPLE:
            return SIMPLE[word]
        if word not in _ARGUMENTS:
            cursor.at = start
            raise cursor.fail("search key")
        cursor.sp()
        return _ARGUMENTS[word](self, depth)

    def string(self) -> str:
        start = self.cursor.at
        try:
            return self.cursor.astring().decode(self.charset)
        except UnicodeDecodeError:
            self.cursor.at = start
            raise self.cursor.fail("text in the charset that was said") from None

    def header(self) -> Header:
        name = self.cursor.astring()
        self.cursor.sp()
        return Header(name, self.string())

    def either(self, depth: int) -> Or:
        left = self.key(depth + 1)
        self.cursor.sp()
        return Or(left, self.key(depth + 1))


SIMPLE: dict[bytes, SearchKey] = {
    b"ALL": All(),
    b"NEW": And((Recent(), Not(HasFlag(1)))),
    b"OLD": Not(Recent()),
    b"RECENT": Recent(),
}
for _flag, _bit in SYSTEM_FLAGS.items():
    SIMPLE[_flag[1:]] = HasFlag(_bit)
    SIMPLE[b"UN" + _flag[1:]] = Not(HasFlag(_bit))


def _dated(word: bytes) -> Callable[[_Keys, int], SearchKey]:
    sent = word.startswith(b"SENT")
    return lambda keys, _: Dated(word.removeprefix(b"SENT"), search_date(keys.cursor), sent)


def _field(name: bytes) -> Callable[[_Keys, int], SearchKey]:
    return lambda keys, _: Header(name, keys.string())


_ARGUMENTS: dict[bytes, Callable[[_Keys, int], SearchKey]] = {
    b"KEYWORD": lambda keys, _: HasKeyword(keys.cursor.atom().decode("ascii").casefold()),
    b"UNKEYWORD": lambda keys, _: Not(HasKeyword(keys.cursor.atom().decode("ascii").casefold())),
    b"HEADER": lambda keys, _: keys.header(),
    b"TEXT": lambda keys, _: Text(keys.string(), body_only=False),
    b"BODY": lambda keys, _: Text(keys.string(), body_only=True),
    b"LARGER": lambda keys, _: Size(keys.cursor.number(NUMBER64), larger=True),
    b"SMALLER": lambda keys, _: Size(keys.cursor.number(NUMBER64), larger=False),
    b"UID": lambda keys, _: Members(keys.cursor.sequence_set(), by_uid=True),
    b"NOT": lambda keys, depth: Not(keys.key(depth + 1)),
    b"OR": lambda keys, depth: keys.either(depth),
    **{word: _dated(word) for word in (b"BEFORE", b"ON", b"SINCE", b"SENTBEFORE", b"SENTON", b"SENTSINCE")},
    **{name: _field(name.lower()) for name in (b"FROM", b"TO", b"CC", b"BCC", b"SUBJECT")},
}
