"""Names as people type them: ``Kim@Bücher.example`` becomes an ``Address`` with A-labels (RFC 5890).

Local parts are compared without case; domains are kept in lower case.  An identity without ``@``
belongs to ``localhost``.  Every function raises BadName with what is wrong, nothing else.
"""

from __future__ import annotations

import re
import unicodedata

from pabal.accounts.errors import BadName
from pabal.model.address import Address

HOME_DOMAIN = "localhost"  # of an identity without @
LOCAL_PART_OCTETS = 64  # RFC 5321 §4.5.3.1.1
DOMAIN_OCTETS = 255  # RFC 5321 §4.5.3.1.2
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_LITERAL = re.compile(r"\[[0-9a-zA-Z:.-]{1,253}\]")


def parse_domain(text: str) -> str:
    """A domain in A-labels and lower case, or an address literal in its brackets."""
    if _LITERAL.fullmatch(text):
        return text.lower()
    domain = _a_labels(text.strip().removesuffix(".").lower())
    if len(domain) > DOMAIN_OCTETS or not all(map(_LABEL.fullmatch, domain.split("."))):
        raise BadName(f"{text!r} is not a domain name")
    return domain


def _a_labels(domain: str) -> str:
    if domain.isascii():
        return domain
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        raise BadName(f"{domain!r} is not a domain name") from None


def parse_address(text: str) -> Address:
    """``local-part@domain``, the local part unquoted."""
    local_part, at, domain = text.strip().rpartition("@")
    if not at:
        raise BadName(f"{text!r} is not an address: expected NAME@DOMAIN")
    return Address(_local_part(local_part), parse_domain(domain))


def parse_identity(text: str) -> Address:
    """The user name of a login; without ``@`` it belongs to ``localhost``."""
    return parse_address(text if "@" in text else f"{text}@{HOME_DOMAIN}")


def possible(address: Address) -> bool:
    """An account could have it: printable (which no lone surrogate is), not empty, no longer than RFC 5321 allows."""
    local_part = address.local_part
    return bool(local_part) and local_part.isprintable() and len(local_part.encode()) <= LOCAL_PART_OCTETS


def _local_part(text: str) -> str:
    local_part = unicodedata.normalize("NFC", text)
    if not possible(Address(local_part, "")):
        raise BadName(f"{text!r} is not the local part of an address (1 to {LOCAL_PART_OCTETS} octets)")
    return local_part


def name_of(address: Address) -> str:
    """The name of an account: its first address, folded."""
    local_part, domain = address.key
    return f"{local_part}@{domain}"
