"""The certificate and what we agree to in TLS (RFC 8314, RFC 9325: TLS 1.2 and later).

Where no certificate is named, a self-signed one is made once and kept in the data folder, so that a
client that pinned it keeps working; a certificate that was replaced on disk is taken by ``reload``.
"""

from __future__ import annotations

import os
import ssl
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from pabal.model.errors import PabalError
from pabal.net.settings import TlsSettings

SELF_SIGNED_LIFETIME = timedelta(days=3650)
RENEW_BEFORE = timedelta(days=30)
SELF_SIGNED = "self-signed.pem"


class TlsContexts:
    """What the doors of a server share; connections made after ``reload`` get the new certificate."""

    __slots__ = ("_cert", "_key", "own_layer", "server")

    def __init__(self, cert: Path, key: Path, layer: str = "loop") -> None:
        self._cert, self._key = cert, key
        self.own_layer = _is_own(layer)
        self.server = _server_context(cert, key)

    def reload(self) -> None:
        """Read the files again.  Raises: PabalError; then what was there stays in use."""
        self.server = _server_context(self._cert, self._key)


def load(settings: TlsSettings, data: Path, hostname: str, now: datetime) -> TlsContexts:
    """The named certificate, else a self-signed one for ``hostname`` kept in ``data``.  Raises: PabalError."""
    if bool(settings.cert) != bool(settings.key):
        raise PabalError("[tls] needs both cert and key, or neither")
    if settings.cert:
        return TlsContexts(Path(settings.cert), Path(settings.key), settings.layer)
    path = data / SELF_SIGNED
    if not _still_good(path, hostname, now):
        _keep_private(path, _self_signed(hostname, now))
    return TlsContexts(path, path, settings.layer)


def _is_own(layer: str) -> bool:
    if layer not in ("own", "loop"):
        raise PabalError(f'[tls] layer is "own" or "loop", not {layer!r}')
    return layer == "own"


def _server_context(cert: Path, key: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    # RFC 9325 §4.2: forward secrecy and AEAD for TLS 1.2; the suites of TLS 1.3 are fixed.
    context.set_ciphers("ECDHE+AESGCM:ECDHE+CHACHA20")
    try:
        context.load_cert_chain(cert, key, password=_refuse_password)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise PabalError(f"[tls] cert {cert} with key {key} cannot be used: {error}") from error
    return context


def _refuse_password() -> str:
    raise PabalError("[tls] key is encrypted: store it without a passphrase, readable by the server only")


def _still_good(path: Path, hostname: str, now: datetime) -> bool:
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound):
        return False
    named = hostname in names.get_values_for_type(x509.DNSName)
    return named and now + RENEW_BEFORE < certificate.not_valid_after_utc


def _self_signed(hostname: str, now: datetime) -> bytes:
    """Certificate and key in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hostname[:64])])
    certificate = (
        x509.CertificateBuilder(name, name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))  # a client's clock may be behind
        .not_valid_after(now + SELF_SIGNED_LIFETIME)
        .add_extension(x509.SubjectAlternativeName(_names(hostname)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _names(hostname: str) -> list[x509.GeneralName]:
    return [x509.DNSName(name) for name in dict.fromkeys((hostname, "localhost"))]


def _keep_private(path: Path, octets: bytes) -> None:
    """Whole or not at all, readable by its owner only."""
    beside = path.with_suffix(".new")
    beside.unlink(missing_ok=True)
    with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(octets)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
