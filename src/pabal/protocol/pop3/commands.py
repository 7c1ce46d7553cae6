"""The grammar of POP3 commands (RFC 1939 §9, RFC 2449, RFC 5034 §4): a keyword, and arguments in order.

Keywords are read without case (RFC 1939 §3).  A line that is wrong is a ``BadCommand`` that says what
was expected; nothing else is raised.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from pabal.model.errors import PabalError
from pabal.protocol.pop3.events import Delete, Event, Reset, Retrieve, ScanList, Stat, UniqueIds

#: A web page can make a browser send this to any port; it is never POP3.
HTTP_REQUEST = re.compile(rb"(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|TRACE|CONNECT) \S+ HTTP/")
#: Nine digits are more messages and lines than there are; the bound keeps int() cheap.
_NUMBER = re.compile(rb"[0-9]{1,9}")


class BadCommand(PabalError):
    """The text is one line of ASCII for the client."""


def split(line: bytes) -> tuple[str, bytes]:
    """Keyword in upper case, and the rest as it was written (a password may begin with a space: RFC 1939 §7)."""
    keyword, _, rest = line.partition(b" ")
    if not keyword.isalpha() or len(keyword) > 4:  # RFC 1939 §3: three or four characters
        raise BadCommand("Unknown command")
    return keyword.decode("ascii").upper(), rest


def nothing(rest: bytes) -> None:
    if rest.strip(b" "):
        raise BadCommand("This command takes no argument")


def text(rest: bytes) -> str:
    if not rest:
        raise BadCommand("This command wants an argument")
    try:
        return rest.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadCommand("An argument must be UTF-8") from error


def numbers(rest: bytes, count: int) -> list[int]:
    """Exactly ``count`` numbers (RFC 1939 §9)."""
    words = rest.split()
    if len(words) != count or not all(_NUMBER.fullmatch(word) for word in words):
        raise BadCommand("A number was expected" if count == 1 else f"{count} numbers were expected")
    return [int(word) for word in words]


def _stat(rest: bytes) -> Event:
    nothing(rest)
    return Stat()


def _list(rest: bytes) -> Event:
    return ScanList(numbers(rest, 1)[0] if rest.strip() else None)


def _uidl(rest: bytes) -> Event:
    return UniqueIds(numbers(rest, 1)[0] if rest.strip() else None)


def _retr(rest: bytes) -> Event:
    return Retrieve(numbers(rest, 1)[0])


def _top(rest: bytes) -> Event:
    number, lines = numbers(rest, 2)
    return Retrieve(number, lines)


def _dele(rest: bytes) -> Event:
    return Delete(numbers(rest, 1)[0])


def _rset(rest: bytes) -> Event:
    nothing(rest)
    return Reset()


#: Commands of the TRANSACTION state that the maildrop answers.
TRANSACTION: dict[str, Callable[[bytes], Event]] = {
    "STAT": _stat,
    "LIST": _list,
    "UIDL": _uidl,
    "RETR": _retr,
    "TOP": _top,
    "DELE": _dele,
    "RSET": _rset,
}
