"""Keys of both kinds: made, kept as PEM, published in the DNS (RFC 6376 §3.6, RFC 8301 §3.2, RFC 8463 §4)."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

from pabal.mailauth.names import domain_name, selector_name, txt_record
from pabal.model.errors import PabalError

SIGNING_RSA_BITS = 2048  # RFC 8301 §3.2: Signers SHOULD use at least 2048
LEAST_RSA_BITS = 1024  # RFC 8301 §3.2: MUST NOT consider shorter ones valid
_RSA_EXPONENT = 65537

PrivateKey = rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


class KeyRefused(PabalError):
    """That key, or its name, is not one to sign with."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key and the name its public half is published under."""

    domain: str  # A-labels, lower case
    selector: str
    private: PrivateKey

    @property
    def algorithm(self) -> str:
        """As a= names it."""
        return "rsa-sha256" if isinstance(self.private, rsa.RSAPrivateKey) else "ed25519-sha256"

    def sign(self, octets: bytes) -> bytes:
        if isinstance(self.private, rsa.RSAPrivateKey):
            return self.private.sign(octets, padding.PKCS1v15(), hashes.SHA256())
        return self.private.sign(hashlib.sha256(octets).digest())  # RFC 8463 §3: the digest is what is signed


def make_key(algorithm: str) -> str:
    """A new private key in PEM (PKCS #8, not encrypted), for ``rsa-sha256`` or ``ed25519-sha256``."""
    private: PrivateKey
    if algorithm == "rsa-sha256":
        private = rsa.generate_private_key(_RSA_EXPONENT, SIGNING_RSA_BITS)
    elif algorithm == "ed25519-sha256":
        private = ed25519.Ed25519PrivateKey.generate()
    else:
        raise KeyRefused(f"{algorithm!r} is no algorithm we sign with; use rsa-sha256 or ed25519-sha256")
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return private.private_bytes(encoding, form, serialization.NoEncryption()).decode()


def load_key(domain: str, selector: str, pem: str) -> SigningKey:
    """Raises: KeyRefused."""
    try:
        return SigningKey(domain_name(domain), selector_name(selector), _private_key(pem))
    except ValueError as error:
        raise KeyRefused(f"cannot sign for {selector}._domainkey.{domain}: {error}") from None


def dns_record(pem: str) -> str:
    """The TXT record of a private key, in presentation form, in strings of at most 255 octets.

    t=s, because we never sign for a subdomain of d=; RFC 6376 §3.6.1 recommends to say so.
    """
    try:
        public = _private_key(pem).public_key()
    except ValueError as error:
        raise KeyRefused(f"no key to publish: {error}") from None
    if isinstance(public, rsa.RSAPublicKey):
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        kind, octets = "rsa", public.public_bytes(serialization.Encoding.DER, form)
    else:
        kind, octets = "ed25519", public.public_bytes_raw()  # RFC 8463 §4: the bare 32 octets
    return txt_record(f"v=DKIM1; k={kind}; t=s; p={base64.b64encode(octets).decode()}")


def record_name(domain: str, selector: str) -> str:
    """Where the record stands (RFC 6376 §3.6.2.1)."""
    return f"{selector}._domainkey.{domain}"


def _private_key(pem: str) -> PrivateKey:
    try:
        private = serialization.load_pem_private_key(pem.encode(), None)
    except TypeError:  # it is encrypted, and we have no password
        raise ValueError("the key is encrypted") from None
    if isinstance(private, rsa.RSAPrivateKey):
        if private.key_size < LEAST_RSA_BITS:  # RFC 8301 §3.2: MUST use at least 1024
            raise ValueError(f"an RSA key of {private.key_size} bits is too short")
        return private
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return private
    raise ValueError("neither RSA nor Ed25519")
