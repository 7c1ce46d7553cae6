"""The DKIM-Signature field: its tags, validated to the letter (RFC 6376 §3.5, §6.1.1; RFC 8616 §5).

"Being liberal in what you accept is definitely a bad strategy in this security context": whatever is
not as the standard has it ends the signature; only unknown tags are ignored.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn

from pabal.mailauth.dkim.canonical import Canonicalization
from pabal.mailauth.dkim.results import NotVerified, Outcome
from pabal.mailauth.dkim.tags import TagListError, colon_list, decode_base64, parse_tags, without_whitespace
from pabal.mailauth.names import domain_name, is_within, selector_name

FIELD_NAME = b"dkim-signature"
_REQUIRED = ("v", "a", "b", "bh", "d", "h", "s")  # RFC 6376 §3.5
ALGORITHMS = ("rsa-sha256", "ed25519-sha256")  # RFC 8301 §3.1, RFC 8463 §3
_SHA256_OCTETS = 32
_FIELD_NAME = re.compile(r"[!-9;-~]+")  # RFC 5322 §3.6.8 ftext
_TIME = re.compile(r"[0-9]{1,12}")
_LENGTH = re.compile(r"[0-9]{1,76}")
#: A whole field up to the value of its b= tag, and that value with the white space around it.
_B_TAG = re.compile(rb"\A([^:]*+:(?:[^;]*+;)*?[ \t\r\n]*b[ \t\r\n]*=)[^;]*")


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature that is well formed."""

    algorithm: str
    signature: bytes
    body_hash: bytes
    domain: str
    selector: str
    identity: str
    identity_domain: str
    names: tuple[bytes, ...]  # h=, lower case
    header_method: Canonicalization
    body_method: Canonicalization
    limit: int | None  # l=
    made_at: int | None  # t=, seconds since 1970 UTC
    expires_at: int | None  # x=


def without_b(raw: bytes) -> bytes:
    """The field with the value of b= deleted, "including all surrounding whitespace" (RFC 6376 §3.7)."""
    return _B_TAG.sub(rb"\1", raw, count=1)


def tags_of(raw: bytes) -> dict[str, str]:
    """The tags of a whole field.  Raises: NotVerified."""
    try:
        return parse_tags(raw.partition(b":")[2].decode())
    except (TagListError, UnicodeDecodeError) as error:
        _neutral(f"signature syntax error: {error}")


def read_signature(tags: dict[str, str]) -> Signature:
    """Raises: NotVerified."""
    if missing := [name for name in _REQUIRED if name not in tags]:
        _neutral(f"signature missing required tag {missing[0]}=")
    if tags["v"] != "1":  # RFC 6376 §3.5: MUST have the value "1"
        _neutral("incompatible version")
    if tags["a"] not in ALGORITHMS:  # RFC 8301 §3.1: rsa-sha1 MUST NOT be used
        raise NotVerified(Outcome.PERMERROR, f"algorithm {tags['a'][:40]!r} is not accepted")
    if "dns/txt" not in colon_list(tags.get("q", "dns/txt")):
        _neutral("no query method in q= that we know")
    try:
        return _signature(tags)
    except ValueError as error:
        _neutral(f"signature syntax error: {error}")


def _signature(tags: dict[str, str]) -> Signature:
    domain = domain_name(tags["d"])
    identity = without_whitespace(tags.get("i", "@" + domain))
    header_method, body_method = _methods(tags.get("c", "simple/simple"))
    made_at, expires_at = _times(tags)
    return Signature(
        algorithm=tags["a"],
        signature=_octets(tags, "b"),
        body_hash=_body_hash(tags),
        domain=domain,
        selector=selector_name(tags["s"]),
        identity=identity,
        identity_domain=_identity_domain(identity, domain),
        names=_names(tags["h"]),
        header_method=header_method,
        body_method=body_method,
        limit=_number(tags, "l", _LENGTH),
        made_at=made_at,
        expires_at=expires_at,
    )


def _identity_domain(identity: str, domain: str) -> str:
    _, at, right = identity.rpartition("@")
    if not at:
        raise ValueError("i= has no @")
    found = domain_name(right)
    if not is_within(found, domain):  # RFC 6376 §6.1.1: MUST confirm that d= is the same or a parent
        raise NotVerified(Outcome.PERMERROR, "domain mismatch: i= is not within d=")
    return found


def _names(value: str) -> tuple[bytes, ...]:
    names = colon_list(value)
    for name in names:
        if not _FIELD_NAME.fullmatch(name):
            raise ValueError(f"{name[:40]!r} in h= is no field name")
    lower = tuple(name.lower().encode() for name in names)
    if b"from" not in lower:  # RFC 6376 §5.4: From MUST be signed; §6.1.1
        raise NotVerified(Outcome.PERMERROR, "From field not signed")
    return lower


def _methods(value: str) -> tuple[Canonicalization, Canonicalization]:
    header, slash, body = value.partition("/")
    # RFC 6376 §3.5 c=: only one named is that of the header, and simple is used for the body
    return Canonicalization(header), Canonicalization(body if slash else "simple")


def _times(tags: dict[str, str]) -> tuple[int | None, int | None]:
    made_at, expires_at = _number(tags, "t", _TIME), _number(tags, "x", _TIME)
    if made_at is not None and expires_at is not None and expires_at <= made_at:
        raise ValueError("x= is not after t=")  # RFC 6376 §3.5 x=: MUST be greater
    return made_at, expires_at


def _number(tags: dict[str, str], name: str, grammar: re.Pattern[str]) -> int | None:
    if name not in tags:
        return None
    if not grammar.fullmatch(tags[name]):
        raise ValueError(f"{name}= is no number")
    return int(tags[name])


def _octets(tags: dict[str, str], name: str) -> bytes:
    octets = decode_base64(tags[name])
    if not octets:
        raise ValueError(f"{name}= is empty")
    return octets


def _body_hash(tags: dict[str, str]) -> bytes:
    octets = _octets(tags, "bh")
    if len(octets) != _SHA256_OCTETS:
        raise ValueError(f"bh= has {len(octets)} octets, SHA-256 has {_SHA256_OCTETS}")
    return octets


def _neutral(reason: str) -> NoReturn:
    raise NotVerified(Outcome.NEUTRAL, reason)
