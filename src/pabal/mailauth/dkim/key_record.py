"""The public key as the DNS holds it (RFC 6376 §3.6.1, §6.1.2; RFC 8463 §4)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import NoReturn

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

from pabal.mailauth.dkim.keys import LEAST_RSA_BITS
from pabal.mailauth.dkim.results import NotVerified, Outcome
from pabal.mailauth.dkim.signature import Signature
from pabal.mailauth.dkim.tags import TagListError, colon_list, decode_base64, parse_tags

PublicKey = rsa.RSAPublicKey | ed25519.Ed25519PublicKey
_ED25519_OCTETS = 32


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """A record that may be used with the signature it was read for."""

    public: PublicKey
    testing: bool  # t=y

    def fits(self, signature: bytes, octets: bytes) -> bool:
        try:
            if isinstance(self.public, rsa.RSAPublicKey):
                self.public.verify(signature, octets, padding.PKCS1v15(), hashes.SHA256())
            else:
                self.public.verify(signature, hashlib.sha256(octets).digest())  # RFC 8463 §3
        except InvalidSignature:
            return False
        return True


def read_key_record(text: str, signature: Signature, rsa_bits: int) -> KeyRecord:
    """In the order of RFC 6376 §6.1.2.  Raises: NotVerified."""
    try:
        tags = parse_tags(text)
        _check_version(tags)
        flags = colon_list(tags.get("t", ""))
        _check_use(tags, flags, signature)
        return KeyRecord(_public_key(tags, signature.algorithm, rsa_bits), "y" in flags)
    except TagListError as error:
        _refuse(f"key syntax error: {error}")


def _check_version(tags: dict[str, str]) -> None:
    # RFC 6376 §3.6.1 v=: MUST be the first tag, and another value MUST be discarded
    if "v" in tags and (tags["v"] != "DKIM1" or next(iter(tags)) != "v"):
        _refuse("key syntax error: the record is no DKIM1")
    if "p" not in tags:
        _refuse("key syntax error: no p=")


def _check_use(tags: dict[str, str], flags: list[str], signature: Signature) -> None:
    if "h" in tags and "sha256" not in colon_list(tags["h"]):
        _refuse("inappropriate hash algorithm: h= of the key does not list sha256")
    if not {"*", "email"} & set(colon_list(tags.get("s", "*"))):  # RFC 6376 §3.6.1 s=: MUST ignore
        _refuse("the key is not for mail")
    if not tags["p"]:
        _refuse("key revoked")
    if "s" in flags and signature.identity_domain != signature.domain:
        _refuse("the key allows no subdomain in i=")
    if tags.get("k", "rsa") != signature.algorithm.partition("-")[0]:
        _refuse("inappropriate key algorithm: k= is not that of a=")


def _public_key(tags: dict[str, str], algorithm: str, rsa_bits: int) -> PublicKey:
    octets = decode_base64(tags["p"])
    if algorithm == "ed25519-sha256":
        if len(octets) != _ED25519_OCTETS:  # RFC 8463 §4: the bare key
            _refuse(f"key syntax error: an Ed25519 key of {len(octets)} octets")
        return ed25519.Ed25519PublicKey.from_public_bytes(octets)
    return _rsa_key(octets, rsa_bits)


def _rsa_key(octets: bytes, most_bits: int) -> rsa.RSAPublicKey:
    """SubjectPublicKeyInfo, as everyone writes it, or RSAPublicKey, as RFC 6376 §3.6.1 says (erratum 3017)."""
    try:
        public = serialization.load_der_public_key(octets)
    except (ValueError, UnsupportedAlgorithm):
        _refuse("key syntax error: p= holds no key")
    if not isinstance(public, rsa.RSAPublicKey):
        _refuse("inappropriate key algorithm: p= holds no RSA key")
    if not LEAST_RSA_BITS <= public.key_size <= most_bits:
        _refuse(f"an RSA key of {public.key_size} bits is not accepted")
    return public


def _refuse(reason: str) -> NoReturn:
    raise NotVerified(Outcome.PERMERROR, reason)
