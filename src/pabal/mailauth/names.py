"""Domains and TXT records, as every method of mail authentication reads them.

Domains are compared and asked for in A-labels and lower case (RFC 5890 §2.3, RFC 8616 §3).  The strings of
a TXT record are joined with nothing between them (RFC 6376 §3.6.2.2, RFC 7208 §3.3).
"""

from __future__ import annotations

import re

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")  # RFC 6376 §3.5 d=: sub-domain 1*("." sub-domain)
_SELECTOR = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")  # RFC 6376 §3.1: sub-domain *("." sub-domain)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPE = re.compile(r"\\(?:([0-9]{3})|(.))", re.DOTALL)
DOMAIN_OCTETS = 253  # RFC 1035 §3.1, in presentation form
TXT_STRING_OCTETS = 255  # RFC 1035 §3.3: one character-string


def a_labels(name: str) -> str:
    """Lower case, U-labels made A-labels (RFC 8616 §3).  Raises: ValueError."""
    a_label = name.lower()
    if len(a_label) <= DOMAIN_OCTETS and not a_label.isascii():  # A-labels are never the shorter form
        a_label = a_label.encode("idna").decode("ascii").lower()
    if len(a_label) > DOMAIN_OCTETS:
        raise ValueError(f"a name of more than {DOMAIN_OCTETS} octets")
    return a_label


def domain_name(text: str) -> str:
    """A domain of at least two labels, in A-labels.  Raises: ValueError."""
    domain = a_labels(text)
    if not _DOMAIN.fullmatch(domain):
        raise ValueError(f"{text[:80]!r} is no domain name")
    return domain


def selector_name(text: str) -> str:
    """A selector, in A-labels.  Raises: ValueError."""
    selector = a_labels(text)
    if not _SELECTOR.fullmatch(selector):
        raise ValueError(f"{text[:80]!r} is no selector")
    return selector


def is_within(domain: str, parent: str) -> bool:
    """The same as ``parent`` or below it; both in A-labels and lower case."""
    return domain == parent or domain.endswith("." + parent)


def txt_text(record: str) -> str:
    """The text of a TXT record given in presentation form (RFC 1035 §5.1), or given without quotes."""
    if not record.startswith('"'):
        return record
    return "".join(_ESCAPE.sub(_unescaped, string) for string in _QUOTED.findall(record))


def _unescaped(escape: re.Match[str]) -> str:
    code, character = escape.groups()
    return chr(int(code)) if code else character


def txt_record(text: str) -> str:
    """Printable ASCII in presentation form, in strings of at most 255 octets (RFC 1035 §3.3.14)."""
    strings = (text[start : start + TXT_STRING_OCTETS] for start in range(0, len(text), TXT_STRING_OCTETS))
    return " ".join('"' + string.replace("\\", "\\\\").replace('"', '\\"') + '"' for string in strings)
