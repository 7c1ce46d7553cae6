"""Paths and parameters (RFC 5321 §4.1.2, §4.1.3; RFC 1870 §3; RFC 6152 §2), rule by rule.

Every pattern is unambiguous, so its cost grows with the length of what it reads and no faster.
Source routes are accepted and stripped (RFC 5321 §4.1.1.3: MUST); quoted local parts lose their quoting,
because the quoted and the plain spelling are one address (§4.1.2).
"""

from __future__ import annotations

import ipaddress
import re
from typing import Final, NamedTuple

from pabal.model.address import Address
from pabal.protocol.smtp import quirks
from pabal.protocol.smtp.errors import ParameterMalformed

#: RFC 5321 §4.5.3.1.1 asks for 64 at least; bounce addresses with an encoded recipient are longer.
LOCAL_PART_LIMIT: Final = 255
DOMAIN_LIMIT: Final = 255  # RFC 5321 §4.5.3.1.2

_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]"
_DOT_STRING = rf"{_ATEXT}+(?:\.{_ATEXT}+)*"
_QUOTED_STRING = r'"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\[\x20-\x7e])*"'
_SUB_DOMAIN = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = rf"{_SUB_DOMAIN}(?:\.{_SUB_DOMAIN})*"
_LITERAL = r"\[[\x21-\x5a\x5e-\x7e]+\]"
_ROUTE = rf"(?:@(?:{_DOMAIN}|{_LITERAL})(?:,@(?:{_DOMAIN}|{_LITERAL}))*:)?"

# Path = "<" [ A-d-l ":" ] Mailbox ">"
_PATH = re.compile(rf"<{_ROUTE}(?:({_DOT_STRING})|({_QUOTED_STRING}))@(?:({_DOMAIN})|({_LITERAL}))>")
# esmtp-param = esmtp-keyword ["=" esmtp-value]
_PARAMETER = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]*)(?:=([\x21-\x3c\x3e-\x7e]+))?")
_DOMAIN_OR_LITERAL = re.compile(rf"(?:{_DOMAIN}|{_LITERAL})")

Parameters = dict[str, str | None]


class Argument(NamedTuple):
    """What stands after ``FROM:`` or ``TO:``: the path, as text, and the parameters."""

    address: Address
    parameters: Parameters


NULL_PATH: Final = Address("", "")
_POSTMASTER: Final = "<postmaster>"


def path_and_parameters(argument: str) -> Argument | None:
    """``Path [SP Mail-parameters]``; None when there is no path.

    The null reverse-path reads as ``NULL_PATH`` and ``<Postmaster>`` as a local part without a domain;
    whether they may stand here is for the command to say.  Raises: ParameterMalformed.
    """
    argument = quirks.path_without_brackets(quirks.space_after_colon(argument))
    match = _PATH.match(argument)
    if match is not None:
        address, end = _mailbox(match), match.end()
    elif argument.startswith("<>"):
        address, end = NULL_PATH, 2
    elif argument[:12].lower() == _POSTMASTER:  # RFC 5321 §4.1.1.3, any case
        address, end = Address(argument[1:11], ""), 12
    else:
        return None
    if address is None or (end < len(argument) and argument[end] != " "):
        return None
    return Argument(address, parameters(argument[end:]))


def _mailbox(match: re.Match[str]) -> Address | None:
    """The match of ``_PATH`` as an address, when its halves are within their limits."""
    local_part, quoted, domain, literal = match.groups()
    if quoted is not None:
        local_part = re.sub(r"\\(.)", r"\1", quoted[1:-1])
    if literal is not None and not is_literal(literal):
        return None
    domain = domain or literal
    if len(local_part) > LOCAL_PART_LIMIT or len(domain) > DOMAIN_LIMIT:
        return None
    return Address(local_part, domain.lower())


def is_literal(text: str) -> bool:
    """``[192.0.2.1]`` or ``[IPv6:2001:db8::1]`` (RFC 5321 §4.1.3); no other tag is registered."""
    inner = text[1:-1]
    try:
        if inner[:5].lower() == "ipv6:":
            return ipaddress.IPv6Address(inner[5:]).scope_id is None
        ipaddress.IPv4Address(inner)
    except ValueError:
        return False
    return True


def is_domain_or_literal(text: str) -> bool:
    """What a client should say after EHLO (RFC 5321 §4.1.1.1) and what may stand in a trace field."""
    if not _DOMAIN_OR_LITERAL.fullmatch(text) or len(text) > DOMAIN_LIMIT:
        return False
    return not text.startswith("[") or is_literal(text)


def parameters(text: str) -> Parameters:
    """``*(SP esmtp-param)``, keywords in upper case, each once (RFC 5321 §4.1.2).  Raises: ParameterMalformed."""
    if not text:
        return {}
    found: Parameters = {}
    for word in text.split():
        match = _PARAMETER.fullmatch(word)
        if match is None or match[1].upper() in found:
            raise ParameterMalformed(word)
        found[match[1].upper()] = match[2]
    return found


def size_value(value: str | None) -> int:
    """``size-value = 1*20DIGIT`` (RFC 1870 §3).  Raises: ParameterMalformed."""
    if value is None or not (value.isascii() and value.isdigit()) or len(value) > 20:
        raise ParameterMalformed(f"SIZE={value}")
    return int(value)


def body_value(value: str | None) -> str:
    """``7BIT`` or ``8BITMIME`` (RFC 6152 §2).  Raises: ParameterMalformed."""
    body = (value or "").upper()
    if body not in ("7BIT", "8BITMIME"):
        raise ParameterMalformed(f"BODY={value}")
    return body
