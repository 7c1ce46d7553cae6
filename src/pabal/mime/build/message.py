"""A whole message written (RFC 5322 §3.6, RFC 2045 §4): the one place where a header is put together.

Time and chance are arguments; ``bcc`` is for the envelope and never written (RFC 5322 §3.6.3).  Every field
is made from values, so no value can become another field.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from pabal.mime.build.addresses import Destination, NamedAddress, address_field
from pabal.mime.build.entities import Entity
from pabal.mime.build.errors import Unwritable
from pabal.mime.build.fields import date_time, message_id_field, text_field, value_field
from pabal.mime.build.rendering import render
from pabal.mime.build.transfer import SEVEN_BIT, Way
from pabal.model.address import Address
from pabal.model.world import Random

_MESSAGE_ID_OCTETS = 16
#: Fields that have a place of their own, or none: not to be given as text.
_NOT_TEXT = frozenset(
    ("from", "sender", "reply-to", "to", "cc", "bcc", "date", "subject", "message-id", "in-reply-to")
)
_NOT_TEXT |= {"references", "return-path", "mime-version"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a message says.  ``fields`` are further ones, as ``("Auto-Submitted", "auto-replied")``."""

    author: NamedAddress | tuple[NamedAddress, ...]
    date: datetime
    message_id: str  # with its brackets; ``new_message_id`` makes one
    body: Entity
    subject: str = ""
    sender: NamedAddress | None = None  # RFC 5322 §3.6.2: MUST be there when there are several authors
    reply_to: tuple[Destination, ...] = ()
    to: tuple[Destination, ...] = ()
    cc: tuple[Destination, ...] = ()
    bcc: tuple[Destination, ...] = ()
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()

    def recipients(self) -> list[Address]:
        """Everyone it goes to, each once, in order: the forward-paths."""
        entries = (*self.to, *self.cc, *self.bcc)
        return list(dict.fromkeys(address for entry in entries for address in entry.addresses()))


def build(draft: Draft, random: Random, way: Way = SEVEN_BIT) -> bytes:
    """The message, every line ended by CRLF and of at most 998 octets.  Raises: Unwritable, CannotDowngrade."""
    content = render(draft.body, random, way)
    header = b"".join(_fields(draft, way))
    octets = header + b"MIME-Version: 1.0\r\n" + bytes(content)
    return octets if octets.endswith(b"\r\n") else octets + b"\r\n"


def _fields(draft: Draft, way: Way) -> Iterator[bytes]:
    authors = draft.author if isinstance(draft.author, tuple) else (draft.author,)
    yield value_field("Date", date_time(draft.date))
    yield address_field("From", authors, utf8=way.utf8)
    if draft.sender:
        yield address_field("Sender", [draft.sender], utf8=way.utf8)
    elif len(authors) > 1:
        raise Unwritable("From: of several authors one has to be named as Sender (RFC 5322 §3.6.2)")
    yield from _address_fields(draft, way)
    yield message_id_field("Message-ID", [draft.message_id])
    for name, ids in (("In-Reply-To", draft.in_reply_to), ("References", draft.references)):
        if ids:
            yield message_id_field(name, ids)
    if draft.subject:
        yield text_field("Subject", draft.subject)
    yield from (_further_field(name, text) for name, text in draft.fields)


def _address_fields(draft: Draft, way: Way) -> Iterator[bytes]:
    for name, entries in (("Reply-To", draft.reply_to), ("To", draft.to), ("Cc", draft.cc)):
        if entries:
            yield address_field(name, entries, utf8=way.utf8)


def _further_field(name: str, text: str) -> bytes:
    lower = name.lower()
    if lower in _NOT_TEXT or lower.startswith(("content-", "resent-")):
        raise Unwritable(f"{name}: is not given as text")
    return text_field(name, text)


def new_message_id(random: Random, domain: str) -> str:
    """Unique by chance alone, so it tells nothing of who made it or when (RFC 5322 §3.6.4)."""
    identifier = f"<{random.token(_MESSAGE_ID_OCTETS).hex()}@{domain}>"
    message_id_field("Message-ID", [identifier])
    return identifier


def reply_references(
    parent_id: str, parent_references: Sequence[str], parent_in_reply_to: Sequence[str] = ()
) -> tuple[str, ...]:
    """RFC 5322 §3.6.4: the parent's references, or its In-Reply-To if it has one id, then the parent."""
    before = tuple(parent_references) or (tuple(parent_in_reply_to) if len(parent_in_reply_to) == 1 else ())
    return (*before, parent_id) if parent_id else before
