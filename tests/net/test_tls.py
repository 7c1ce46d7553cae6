"""Certificates: named, made, kept, replaced."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from pabal.model.errors import PabalError
from pabal.model.world import Stream
from pabal.net.settings import TlsSettings
from pabal.net.tls import SELF_SIGNED, SELF_SIGNED_LIFETIME, TlsContexts, load
from tests.net.conftest import NOW, OpenDoor


def certificate_in(folder: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate((folder / SELF_SIGNED).read_bytes())


def test_a_self_signed_certificate_is_made_private_and_kept(tmp_path: Path) -> None:
    load(TlsSettings(), tmp_path, "mail.example.org", NOW)
    first = certificate_in(tmp_path)
    assert (tmp_path / SELF_SIGNED).stat().st_mode & 0o777 == 0o600
    names = first.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["mail.example.org", "localhost"]
    load(TlsSettings(), tmp_path, "mail.example.org", NOW)
    assert certificate_in(tmp_path) == first
    assert [path.name for path in tmp_path.iterdir()] == [SELF_SIGNED]


@pytest.mark.parametrize(
    ("hostname", "later"), [("other.example.org", timedelta(0)), ("mail.example.org", SELF_SIGNED_LIFETIME)]
)
def test_another_name_or_an_old_certificate_makes_a_new_one(tmp_path: Path, hostname: str, later: timedelta) -> None:
    load(TlsSettings(), tmp_path, "mail.example.org", NOW)
    first = certificate_in(tmp_path)
    load(TlsSettings(), tmp_path, hostname, NOW + later)
    assert certificate_in(tmp_path) != first


def test_a_damaged_certificate_is_made_again(tmp_path: Path) -> None:
    (tmp_path / SELF_SIGNED).write_bytes(b"not a certificate")
    load(TlsSettings(), tmp_path, "mail.example.org", NOW)
    assert certificate_in(tmp_path)


def test_a_named_certificate_is_used(tmp_path: Path, certificate: Path) -> None:
    load(TlsSettings(cert=str(certificate), key=str(certificate)), tmp_path, "mail.example.org", NOW)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda path: TlsSettings(cert=path), "needs both cert and key"),
        (lambda path: TlsSettings(cert=path + ".no", key=path), "cannot be used: .*No such file"),
        (lambda path: TlsSettings(cert=path, key=__file__), "cannot be used"),
    ],
)
def test_what_cannot_be_used_is_named(
    tmp_path: Path, certificate: Path, make: Callable[[str], TlsSettings], expected: str
) -> None:
    with pytest.raises(PabalError, match=expected):
        load(make(str(certificate)), tmp_path, "mail.example.org", NOW)


def test_a_key_with_a_passphrase_is_refused_with_what_to_do(tmp_path: Path) -> None:
    load(TlsSettings(), tmp_path, "mail.example.org", NOW)
    key = serialization.load_pem_private_key((tmp_path / SELF_SIGNED).read_bytes(), None)
    locked = tmp_path / "locked.pem"
    locked.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"passphrase"),
        )
    )
    with pytest.raises(PabalError, match="key is encrypted: store it without a passphrase"):
        load(TlsSettings(cert=str(tmp_path / SELF_SIGNED), key=str(locked)), tmp_path, "mail.example.org", NOW)


def test_old_versions_of_tls_are_not_spoken(tls: TlsContexts) -> None:
    assert tls.server.minimum_version == ssl.TLSVersion.TLSv1_2


async def test_reload_shows_the_new_certificate_to_new_connections(open_door: OpenDoor, tmp_path: Path) -> None:
    async def hello(stream: Stream) -> None:
        await stream.write(b"hello")

    contexts = load(TlsSettings(), tmp_path, "one.example.org", NOW)
    _, port = await open_door(hello, implicit_tls=contexts)
    load(TlsSettings(), tmp_path, "two.example.org", NOW)
    assert "one.example.org" in await shown(port)
    contexts.reload()
    assert "two.example.org" in await shown(port)


async def shown(port: int) -> str:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    assert await reader.read() == b"hello"
    octets = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    return x509.load_der_x509_certificate(octets).subject.rfc4514_string()


def test_a_failed_reload_keeps_the_certificate_in_use(tmp_path: Path) -> None:
    contexts = load(TlsSettings(), tmp_path, "mail.example.org", NOW)
    before = contexts.server
    (tmp_path / SELF_SIGNED).write_bytes(b"half written")
    with pytest.raises(PabalError):
        contexts.reload()
    assert contexts.server is before


def test_a_layer_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PabalError, match=r'\[tls\] layer is "own" or "loop", not \'mine\''):
        load(TlsSettings(layer="mine"), tmp_path, "mail.example.org", NOW)


async def test_the_end_of_a_tls_connection_is_told(open_door: OpenDoor, tls: TlsContexts, certificate: Path) -> None:
    """Without close_notify a client cannot tell the end from a cut (RFC 8446 §6.1)."""

    async def hello(stream: Stream) -> None:
        await stream.write(b"hello")

    _, port = await open_door(hello, implicit_tls=tls)

    def heard() -> list[bytes]:
        context = ssl.create_default_context(cafile=str(certificate))
        with (
            socket.create_connection(("127.0.0.1", port)) as plain,
            context.wrap_socket(plain, server_hostname="mail.example.org", suppress_ragged_eofs=False) as client,
        ):
            return [client.recv(100), client.recv(100)]

    assert await asyncio.to_thread(heard) == [b"hello", b""]
