"""A DNS that is a dict, messages, and one key of each kind, for the tests of mail authentication."""

from __future__ import annotations

import os
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from pabal.mailauth.dkim import DkimResult, DkimSettings, SigningKey, dns_record, load_key, make_key, sign, verify
from pabal.mailauth.dkim.canonical import BodyHash, Canonicalization, canonical_field
from pabal.mailauth.dkim.message import read_header
from pabal.model.world import Answer, ResolverError

CORPUS = Path(os.environ.get("PABAL_CORPUS", Path(__file__).parents[3] / "shared" / "corpus"))
DKIMPY = CORPUS / "dkimpy"
needs_corpus = pytest.mark.skipif(not DKIMPY.is_dir(), reason=f"no corpus at {DKIMPY}; set PABAL_CORPUS")

AT = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
SECONDS = int(AT.timestamp())
DOMAIN = "example.com"
SETTINGS = DkimSettings()
MESSAGE = (
    b"Received: from a by b; Mon, 1 Jun 2026 09:00:00 +0000\r\n"
    b"From: Kim <kim@example.com>\r\n"
    b"To: lee@example.net\r\n"
    b"Subject: A long subject that\r\n\tis   folded \r\n"
    b"Date: Mon, 1 Jun 2026 09:00:00 +0000\r\n"
    b"Message-ID: <1@example.com>\r\n"
    b"\r\n"
    b"Hello,  world \r\n\r\n\tGoodbye\r\n\r\n\r\n"
)


class Dns:
    """Answers from ``zone``, by lower-case name; None stands for SERVFAIL, a missing name for NXDOMAIN."""

    def __init__(self, zone: Mapping[str, Iterable[str] | None]) -> None:
        self.zone = dict(zone)
        self.asked: list[tuple[str, str]] = []

    async def query(self, name: str, record_type: str) -> Answer:
        self.asked.append((name, record_type))
        records = self.zone.get(name, ())
        if records is None:
            raise ResolverError("SERVFAIL")
        return Answer(tuple(records), exists=name in self.zone)


@cache
def pem(algorithm: str) -> str:
    return make_key(algorithm)


@cache
def key(algorithm: str = "ed25519-sha256") -> SigningKey:
    return load_key(DOMAIN, selector(algorithm), pem(algorithm))


def selector(algorithm: str) -> str:
    return algorithm.partition("-")[0]


def both() -> list[SigningKey]:
    return [key("rsa-sha256"), key("ed25519-sha256")]


def published() -> Dns:
    """Both keys as we publish them."""
    return Dns({where(selector(kind)): [dns_record(pem(kind))] for kind in ("rsa-sha256", "ed25519-sha256")})


def where(name: str) -> str:
    return f"{name}._domainkey.{DOMAIN}"


def signed(
    message: bytes = MESSAGE, keys: list[SigningKey] | None = None, settings: DkimSettings = SETTINGS
) -> bytes:
    return sign([message], keys or [key()], AT, settings) + message


def tag(octets: bytes, name: str) -> str:
    """The value of a tag of the first signature, white space removed."""
    field = re.match(rb"DKIM-Signature:(.*?)\r\n(?![ \t])", octets, re.DOTALL)
    assert field
    found = re.search(rf"(?:^|;)\s*{name}\s*=([^;]*)", field.group(1).decode(), re.DOTALL)
    assert found, name
    return re.sub(r"\s", "", found.group(1))


async def results(
    octets: bytes, dns: Dns | None = None, at: datetime = AT, settings: DkimSettings = SETTINGS
) -> tuple[DkimResult, ...]:
    return await verify([octets], dns or published(), at, settings)


async def result(
    octets: bytes, dns: Dns | None = None, at: datetime = AT, settings: DkimSettings = SETTINGS
) -> DkimResult:
    (only,) = await results(octets, dns, at, settings)
    return only


def forge(message: bytes = MESSAGE, *, by: SigningKey | None = None, **tags: str | None) -> bytes:
    """A message signed with the tags we are told, right or wrong; None leaves one out.  b= is right for them."""
    signer = by or key()
    body_method = Canonicalization((tags.get("c") or "simple/simple").partition("/")[2] or "simple")
    limit = tags.get("l")
    body = BodyHash(body_method, int(limit) if limit and limit.isdigit() else None)
    header, _, text = message.partition(b"\r\n\r\n")
    body.update(text)
    standard = {
        "v": "1",
        "a": signer.algorithm,
        "d": signer.domain,
        "s": signer.selector,
        "h": "from:to:subject",
        "bh": b64encode(body.digest()).decode(),
    }
    written = [f"{name}={value}" for name, value in {**standard, **tags}.items() if value is not None and name != "b"]
    empty = f"DKIM-Signature: {'; '.join(written)}; b=".encode()
    method = Canonicalization((tags.get("c") or "simple").partition("/")[0])
    names = [name.strip().lower().encode() for name in (tags.get("h") or standard["h"]).split(":")]
    octets = read_header(header + b"\r\n").canonical(names, method) + canonical_field(empty, method)
    value = tags.get("b", b64encode(signer.sign(octets)).decode())
    return (empty + value.encode() if value is not None else empty.removesuffix(b"; b=")) + b"\r\n" + message
