"""Signing: the fields to put before a message (RFC 6376 §5, RFC 8301, RFC 8463).

Promises: the body is read once, in pieces, for any number of keys; both hashes are relaxed, so that what
relays do to white space and folding breaks nothing; never l=; From, Subject, To, Date and the other fields
that a message has once are over-signed, so that none can be added (RFC 6376 §8.15); every line has at most
78 octets where its names allow, and nothing of the message is copied into the field.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from pabal.mailauth.dkim.canonical import BodyHash, Canonicalization, canonical_field
from pabal.mailauth.dkim.keys import SigningKey
from pabal.mailauth.dkim.message import Header, MalformedHeader, read_header, split_message
from pabal.mailauth.dkim.settings import DkimSettings
from pabal.model.errors import PabalError

#: Signed as often as they stand there, and once more (RFC 6376 §5.4, §5.4.2).
OVER_SIGNED = (
    "From",
    "To",
    "Cc",
    "Subject",
    "Date",
    "Message-ID",
    "Reply-To",
    "In-Reply-To",
    "References",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
)
#: Signed as often as they stand there: lists and resenders may rightly add one (RFC 6376 §5.4.1; RFC 8058 §4
#: wants List-Unsubscribe and List-Unsubscribe-Post signed).
SIGNED = (
    "Sender",
    "Resent-From",
    "Resent-Sender",
    "Resent-To",
    "Resent-Cc",
    "Resent-Date",
    "Resent-Message-ID",
    "List-Id",
    "List-Help",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "List-Subscribe",
    "List-Post",
    "List-Owner",
    "List-Archive",
)
_LINE_OCTETS = 78  # RFC 5322 §2.1.1
_FIELD = "DKIM-Signature:"


class Unsignable(PabalError):
    """The message is not one to sign (RFC 6376 §3.8); it may still be sent without."""


def sign(pieces: Iterable[bytes], keys: Sequence[SigningKey], at: datetime, settings: DkimSettings) -> bytes:
    """One DKIM-Signature field for each key, in that order, to stand before the first octet of the message.

    ``pieces`` is the message as it goes out, with CRLF.  Blocks while it reads, and about 1 ms for an RSA key.
    Raises: Unsignable.
    """
    try:
        octets, body = split_message(pieces, settings.header_octets)
        header = read_header(octets)
    except MalformedHeader as error:
        raise Unsignable(str(error)) from None
    if (number := len(header.places(b"from"))) != 1:
        raise Unsignable(f"{number} From fields where there must be one")
    body_hash = BodyHash(Canonicalization.RELAXED)
    for piece in body:
        body_hash.update(piece)
    digest = body_hash.digest()
    names = list(_names(header))
    signed = header.canonical((name.lower().encode() for name in names), Canonicalization.RELAXED)
    fields = (_folded(list(_words(key, names, digest, at, settings))) for key in keys)
    return b"".join(_completed(field, signed, key) for field, key in zip(fields, keys, strict=True))


def _completed(empty: bytes, signed: bytes, key: SigningKey) -> bytes:
    """The field that ends with an empty b=, with its signature."""
    signature = key.sign(signed + canonical_field(empty, Canonicalization.RELAXED))
    return empty + _folded_base64(base64.b64encode(signature)) + b"\r\n"


def _names(header: Header) -> Iterator[str]:
    for name in OVER_SIGNED:
        yield from [name] * (len(header.places(name.lower().encode())) + 1)
    for name in SIGNED:
        yield from [name] * len(header.places(name.lower().encode()))


def _words(key: SigningKey, names: list[str], digest: bytes, at: datetime, settings: DkimSettings) -> Iterator[str]:
    """What may stand on a line together, in order; white space may be put between any two."""
    yield from ("v=1;", f"a={key.algorithm};", "c=relaxed/relaxed;", f"d={key.domain};", f"s={key.selector};")
    made_at = int(at.timestamp())
    yield f"t={made_at};"
    if settings.expire_after:
        yield f"x={made_at + int(settings.expire_after.total_seconds())};"
    yield "h=" + names[0]
    yield from (":" + name for name in names[1:])
    yield from (";", f"bh={base64.b64encode(digest).decode()};", "b=")


def _folded(words: list[str]) -> bytes:
    """The field up to its "b=": tags apart by a space, folded before a word that would make a line too long."""
    lines = [_FIELD]
    for word in words:
        space = "" if word.startswith((":", ";")) else " "
        if len(lines[-1]) + len(space) + len(word) <= _LINE_OCTETS:
            lines[-1] += space + word
        else:
            lines.append(" " + word)
    return "\r\n".join(lines).encode()


def _folded_base64(octets: bytes) -> bytes:
    """RFC 6376 §3.5 b=: white space may stand anywhere in it."""
    width = _LINE_OCTETS - 1
    return b"".join(b"\r\n " + octets[start : start + width] for start in range(0, len(octets), width))
