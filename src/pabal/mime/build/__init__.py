"""Messages written (RFC 5322, RFC 2045-2047, RFC 2183, RFC 2231): values in, octets out.

    >>> from datetime import UTC, datetime
    >>> from pabal.mime.build import Draft, NamedAddress, Text, build
    >>> from pabal.model.address import Address
    >>> draft = Draft(
    ...     author=NamedAddress(Address("kim", "example.org"), "Kim, Min"), subject="Hello",
    ...     date=datetime(2026, 11, 25, tzinfo=UTC), message_id="<1@example.org>", body=Text("Hi"))

``build(draft, random)`` gives the message.  What is built is 7bit unless the way may carry more, has lines of
at most 76 characters in its header and of at most 998 octets anywhere, and reads back as what was given.
Only the caller can be wrong here: ``Unwritable`` says what is.
"""

from __future__ import annotations

from pabal.mime.build.addresses import Destination, Group, NamedAddress, address_field
from pabal.mime.build.downgrading import downgrade
from pabal.mime.build.entities import (
    Embedded,
    Entity,
    FieldGroups,
    File,
    HeaderOnly,
    Multipart,
    Raw,
    Text,
    alternative,
    body,
    mixed,
    related,
    report,
    signed,
)
from pabal.mime.build.errors import CannotDowngrade, Unwritable
from pabal.mime.build.fields import date_time, text_field
from pabal.mime.build.flowed import flow
from pabal.mime.build.leaves import Written
from pabal.mime.build.message import Draft, build, new_message_id, reply_references
from pabal.mime.build.rendering import render
from pabal.mime.build.transfer import SEVEN_BIT, Way, domain_of

__all__ = [
    "CannotDowngrade",
    "Destination",
    "Draft",
    "Embedded",
    "Entity",
    "FieldGroups",
    "File",
    "Group",
    "HeaderOnly",
    "Multipart",
    "NamedAddress",
    "Raw",
    "SEVEN_BIT",
    "Text",
    "Unwritable",
    "Way",
    "Written",
    "address_field",
    "alternative",
    "body",
    "build",
    "date_time",
    "domain_of",
    "downgrade",
    "flow",
    "mixed",
    "new_message_id",
    "related",
    "render",
    "reply_references",
    "report",
    "signed",
    "text_field",
]
