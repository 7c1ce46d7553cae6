"""Drafts for the tests of the builder, and short ways to look at what was built."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pabal.mime import Message, parse
from pabal.mime.build import Draft, Entity, NamedAddress, Text, build
from pabal.mime.text import header_text
from pabal.model.address import Address
from tests.kit.world import FakeRandom

DATE = datetime(2026, 11, 25, 13, 5, 9, tzinfo=UTC)


def named(name: str, local_part: str = "kim", domain: str = "example.org") -> NamedAddress:
    return NamedAddress(Address(local_part, domain), name)


def draft(body: Entity | None = None, **changes: Any) -> Draft:
    values: dict[str, Any] = {"author": named("Kim Min"), "date": DATE, "message_id": "<1@example.org>"}
    return Draft(body=body or Text("Hello\n"), **(values | changes))


def built(body: Entity, **changes: Any) -> Message:
    return parse(build(draft(body, **changes), FakeRandom()))


def subject_of(written: Draft) -> str:
    return header_text(build(written, FakeRandom()), b"subject")


def lines_of(octets: bytes) -> list[bytes]:
    return octets.split(b"\r\n")
