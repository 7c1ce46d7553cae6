"""Keys: made, read, published, refused."""

from __future__ import annotations

from base64 import b64decode

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from pabal.mailauth.dkim import KeyRefused, dns_record, load_key, make_key, record_name
from pabal.mailauth.dkim.tags import parse_tags
from pabal.mailauth.names import txt_text
from tests.mailauth.kit import DOMAIN, pem

#: RSA-512, made once: the library makes none so short any more.
SHORT_RSA = """\
-----BEGIN PRIVATE KEY-----
MIIBVAIBADANBgkqhkiG9w0BAQEFAASCAT4wggE6AgEAAkEAznJkRgf1tI6dNVwm
z/Mtg8EPqwfD1aBcINmPQN+WDVjEDHeKi4S47H+yI4s1FsnX+7lkv1H6AtHQl6yG
r2F+7QIDAQABAkAZ4lvSMANNjSgG3bP8FLhbMaSeRA34xe9nKv/8GUx+Ba5k8R9r
y/1bn06xVYvqG2JA3gNg7ORr+LDiRYJjet6BAiEA9ITOzNnr6h+Si5zbTxP+WVLj
1aeJzadIIW0w6OdwZuECIQDYI/KBKYfS1OGdBPtRGecOPqZh+4QWxX4BcoA06fR1
jQIhAIn49of433m4XwSQed9hNMBKWW0RoFx+6+CQsGx7S52BAiAFYd/IF6CqP2Le
5iDcBCkc0bKS/hBsAL8CijdnGexcgQIgFEEkP/DG77nbrOkeNpcOr02GbHXjNREG
vBnIgnIfQMI=
-----END PRIVATE KEY-----
"""


def _pem(private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, password: bytes = b"") -> str:
    lock = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock).decode()


def test_an_rsa_key_has_2048_bits_and_its_record_two_strings() -> None:
    record = dns_record(pem("rsa-sha256"))
    tags = parse_tags(txt_text(record))
    assert list(tags) == ["v", "k", "t", "p"]
    assert (tags["v"], tags["k"], tags["t"]) == ("DKIM1", "rsa", "s")
    public = serialization.load_der_public_key(b64decode(tags["p"]))
    assert isinstance(public, rsa.RSAPublicKey)
    assert public.key_size == 2048
    assert record.count('"') == 4
    assert all(len(string) <= 257 for string in record.split('" "'))


def test_an_ed25519_record_holds_the_bare_32_octets() -> None:
    tags = parse_tags(txt_text(dns_record(pem("ed25519-sha256"))))
    assert tags["k"] == "ed25519"
    assert len(b64decode(tags["p"])) == 32


def test_every_key_is_a_new_one() -> None:
    assert make_key("ed25519-sha256") != make_key("ed25519-sha256")


@pytest.mark.parametrize("algorithm", ["rsa-sha256", "ed25519-sha256"])
def test_a_key_says_what_it_signs_with(algorithm: str) -> None:
    assert load_key(DOMAIN, "x", pem(algorithm)).algorithm == algorithm


@pytest.mark.parametrize("algorithm", ["rsa-sha1", "rsa", "", "ed448"])
def test_no_other_algorithm_makes_a_key(algorithm: str) -> None:
    with pytest.raises(KeyRefused, match="rsa-sha256 or ed25519-sha256"):
        make_key(algorithm)


@pytest.mark.parametrize(
    ("domain", "selector"),
    [
        ("com", "x"),
        ("example.com", ""),
        ("example.com", "a b"),
        ("a;b.com", "x"),
        ("a.b\r\nX: y", "x"),
        ("a.b", "x\r\n"),
    ],
)
def test_a_key_for_no_name_is_refused(domain: str, selector: str) -> None:
    with pytest.raises(KeyRefused):
        load_key(domain, selector, pem("ed25519-sha256"))


def test_keys_that_must_not_sign_are_refused() -> None:
    short = rsa.generate_private_key(65537, 1024)
    assert load_key(DOMAIN, "x", _pem(short)).algorithm == "rsa-sha256"  # RFC 8301 §3.2: the least
    for bad in ("", "no key", _pem(ec.generate_private_key(ec.SECP256R1())), _pem(short, b"secret")):
        with pytest.raises(KeyRefused):
            load_key(DOMAIN, "x", bad)
        with pytest.raises(KeyRefused):
            dns_record(bad)


def test_an_rsa_key_shorter_than_1024_bits_never_signs() -> None:
    with pytest.raises(KeyRefused, match="an RSA key of 512 bits is too short"):  # RFC 8301 §3.2
        load_key(DOMAIN, "x", SHORT_RSA)


def test_the_record_stands_below_the_domain_that_signs() -> None:
    assert record_name("example.com", "foo.bar") == "foo.bar._domainkey.example.com"
