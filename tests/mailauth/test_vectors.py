"""Messages signed by others: the appendices of RFC 6376 and RFC 8463, Exim, and the corpus of dkimpy."""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from datetime import UTC, datetime

import pytest

from pabal.mailauth.dkim import Outcome, SigningKey
from pabal.mailauth.dkim.canonical import BodyHash, Canonicalization
from pabal.mailauth.dkim.keys import ed25519
from tests.mailauth.kit import DKIMPY, Dns, needs_corpus, result, results

THEN = datetime(2018, 6, 11, tzinfo=UTC)
BODY = b"Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n"
#: RFC 8463 appendix A.3, with CRLF; the empty line after "Joe." is part of it.
RFC_8463 = b"""\
DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=brisbane; t=1528637909; h=from : to :
 subject : date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
 Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=test; t=1528637909; h=from : to : subject :
 date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3
 DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz
 dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=
From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game.  Are you hungry yet?

Joe.

""".replace(b"\n", b"\r\n")
RSA_RECORD = (
    '"v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWR" '
    '"iGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutAC" '
    '"DfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3" '
    '"Ip3G+2kryOTIKT+l/K4w3QIDAQAB"'
)
FOOTBALL = {
    "brisbane._domainkey.football.example.com": [
        '"v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="'
    ],
    "test._domainkey.football.example.com": [RSA_RECORD],
}


def corpus(name: str) -> bytes:
    """A file with the line ends that it has on the wire."""
    return (DKIMPY / name).read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def text(name: str) -> str:
    return (DKIMPY / name).read_text().strip()


async def test_the_example_of_rfc_8463_appendix_a_passes_with_both_keys() -> None:
    found = await results(RFC_8463, Dns(FOOTBALL), THEN)
    assert [(each.outcome, each.algorithm) for each in found] == [
        (Outcome.PASS, "ed25519-sha256"),
        (Outcome.PASS, "rsa-sha256"),
    ]
    assert {each.identity for each in found} == {"@football.example.com"}


async def test_the_example_of_rfc_8463_fails_when_a_word_changes() -> None:
    for old, new in ((b"hungry", b"thirsty"), (b"dinner", b"supper"), (b"t=1528637909", b"t=1528637908")):
        found = await results(RFC_8463.replace(old, new), Dns(FOOTBALL), THEN)
        assert {each.outcome for each in found} == {Outcome.FAIL}


@pytest.mark.parametrize(
    ("method", "digest"),
    [
        (Canonicalization.RELAXED, "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8="),
        (Canonicalization.SIMPLE, "4bLNXImK9drULnmePzZNEBleUanJCX5PIsDIFoH4KTQ="),
    ],
)
def test_the_body_hash_of_the_example_that_all_these_documents_share(method: Canonicalization, digest: str) -> None:
    # RFC 6376 appendix A.2 prints the first under c=simple/simple: its text gained a space when it was set.
    # Its own b= fits no key that was ever published, so the hash is all that can be checked of it.
    body = BodyHash(method)
    body.update(BODY)
    assert b64encode(body.digest()).decode() == digest


def test_the_body_hash_of_rfc_6376_appendix_a_2_as_it_was_before_it_was_set() -> None:
    body = BodyHash(Canonicalization.SIMPLE)
    body.update(BODY.replace(b"game.  Are", b"game. Are"))
    assert b64encode(body.digest()) == b"2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8="


def test_an_ed25519_key_signs_as_rfc_8032_section_7_1_has_it() -> None:
    secret = b64decode("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=")
    private = ed25519.Ed25519PrivateKey.from_private_bytes(secret)
    assert b64encode(private.public_key().public_bytes_raw()) == b"11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
    signed = SigningKey("example.com", "x", private).sign(b"octets")
    private.public_key().verify(signed, hashlib.sha256(b"octets").digest())  # RFC 8463 §3: of the digest


@needs_corpus
async def test_the_corpus_has_the_example_of_rfc_6376_signed_with_both_keys() -> None:
    found = await results(corpus("rfc6376.signed.msg"), Dns(FOOTBALL), THEN)
    assert [each.outcome for each in found] == [Outcome.PASS, Outcome.PASS]


@needs_corpus
async def test_a_message_signed_by_exim_passes() -> None:
    octets = (DKIMPY / "ed25519test2.msg").read_bytes()
    found = await result(octets, Dns({"sed._domainkey.test.ex": [text("eximtest.dns")]}))
    assert (found.outcome, found.reason) == (Outcome.PASS, "")


@needs_corpus
@pytest.mark.parametrize(
    ("record", "says"),
    [
        ("badk.txt", "inappropriate key algorithm"),
        ("badversion.txt", "no DKIM1"),
        ("test_bad.txt", "key syntax error"),
        ("test_tlsrpt.txt", "not for mail"),
    ],
)
async def test_the_bad_key_records_of_the_corpus_are_refused(record: str, says: str) -> None:
    zone = {**FOOTBALL, "test._domainkey.football.example.com": [text(record)]}
    found = (await results(RFC_8463, Dns(zone), THEN))[1]
    assert found.outcome is Outcome.PERMERROR
    assert says in found.reason


@needs_corpus
async def test_the_good_key_records_of_the_corpus_verify() -> None:
    for record in ("test.txt", "test2.txt"):
        zone = {**FOOTBALL, "test._domainkey.football.example.com": [text(record)]}
        assert (await results(RFC_8463, Dns(zone), THEN))[1].outcome is Outcome.PASS
