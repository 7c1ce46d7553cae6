"""Mailbox names (RFC 9051 §5.1): Unicode in NFC, ``/`` between levels, INBOX without case.

A name is kept as Net-Unicode (RFC 5198) asks: normalised, without control characters and without line
or paragraph separators.  How a name looks on the wire (UTF-8, modified UTF-7) is the protocol's matter.
"""

from __future__ import annotations

import unicodedata

from pabal.mailboxes.interface import DELIMITER
from pabal.mailboxes.settings import MailboxSettings
from pabal.model.errors import NameRefused

INBOX = "INBOX"
_FORBIDDEN = frozenset({"Cc", "Cs", "Zl", "Zp"})  # controls, surrogates, line and paragraph separators


class TooManyMailboxes(NameRefused):
    """The account has as many as one account may have."""

    text = "No more mailboxes can be made"
    imap_code = "LIMIT"


def canonical(name: str) -> str:
    """The form under which a name is found; says nothing about whether it may be made."""
    normal = unicodedata.normalize("NFC", name)
    # RFC 9051 §5.1: INBOX is one name in any case; so are the names below it.
    first, delimiter, rest = normal.partition(DELIMITER)
    return INBOX + delimiter + rest if first.upper() == INBOX else normal


def possible(name: str) -> bool:
    """UTF-8 can say it: a lone surrogate is no character, and no store can look for it."""
    return not any("\ud800" <= char <= "\udfff" for char in name)


def checked(name: str, settings: MailboxSettings) -> str:
    """The canonical form of a name that may be made.  Raises: NameRefused."""
    # RFC 9051 §6.3.4: a final delimiter only says that names will be made below.
    wanted = canonical(name.removesuffix(DELIMITER))
    if any(unicodedata.category(char) in _FORBIDDEN for char in wanted):
        raise NameRefused("a mailbox name holds a control character")
    levels = wanted.split(DELIMITER)
    if not all(levels):
        raise NameRefused("a level of the mailbox name is empty")
    if len(levels) > settings.depth or len(wanted.encode()) > settings.name_octets:
        raise NameRefused("the mailbox name is too long or too deep")
    return wanted


def parents(name: str) -> list[str]:
    """From the top: ``a/b/c`` lies in ``a`` and ``a/b``."""
    levels = name.split(DELIMITER)
    return [DELIMITER.join(levels[:count]) for count in range(1, len(levels))]


def below(name: str) -> tuple[str, str]:
    """All names under ``name`` sort from the first of the pair up to, not including, the second."""
    return name + DELIMITER, name + chr(ord(DELIMITER) + 1)
