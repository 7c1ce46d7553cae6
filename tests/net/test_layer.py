"""Our TLS layer against a client in memory: octets carried by hand, in pieces of any size."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pabal.net.layer import RECORD, TlsLayer
from pabal.net.tls import TlsContexts


class Client:
    """The other end, from the standard library."""

    def __init__(self, certificate: Path, version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> None:
        context = ssl.create_default_context(cafile=str(certificate))
        context.maximum_version = version
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname="mail.example.org")
        self.layer = TlsLayer(TlsContexts(certificate, certificate).server)

    def carry(self, size: int = 1 << 20) -> list[bytes]:
        """What the client has to send, in pieces of ``size``; what the server read of it."""
        read: list[bytes] = []
        octets = self.outgoing.read()
        for start in range(0, len(octets), size):
            read += self.layer.feed(octets[start : start + size])
        self.incoming.write(self.layer.output())
        return read

    def shake_hands(self, size: int = 1 << 20) -> None:
        while True:
            try:
                self.tls.do_handshake()
            except ssl.SSLWantReadError:
                self.carry(size)
            else:
                self.carry(size)
                return

    def read(self) -> bytes:
        return b"".join(self._pieces())

    def _pieces(self) -> Iterable[bytes]:
        while True:
            try:
                piece = self.tls.read(RECORD)
            except ssl.SSLWantReadError:
                return
            if not piece:
                return
            yield piece


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_both_versions_are_agreed_and_named(certificate: Path, version: ssl.TLSVersion) -> None:
    client = Client(certificate, version)
    assert client.layer.info is None
    client.shake_hands()
    info = client.layer.info
    assert info is not None
    assert info.version == version.name.replace("_", ".")
    assert info.cipher
    assert client.tls.version() == info.version


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.integers(1, 300), st.lists(st.binary(min_size=1, max_size=3 * RECORD), max_size=4))
def test_octets_come_whole_however_they_are_cut(certificate: Path, size: int, said: list[bytes]) -> None:
    client = Client(certificate)
    client.shake_hands(size)
    for octets in said:
        client.tls.write(octets)
        heard = b"".join(client.carry(size))
        assert octets.startswith(heard)
        client.layer.encrypt(heard)
        client.incoming.write(client.layer.output())
        assert client.read() == heard


def test_what_does_not_speak_tls_is_an_error_with_an_alert(certificate: Path) -> None:
    layer = TlsLayer(TlsContexts(certificate, certificate).server)
    with pytest.raises(ssl.SSLError):
        layer.feed(b"EHLO client.example.org\r\n")
    assert not layer.established


def test_an_old_version_is_refused(certificate: Path) -> None:
    client = Client(certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    client.tls = context.wrap_bio(client.incoming, client.outgoing, server_hostname="mail.example.org")
    with pytest.raises(ssl.SSLError, match=r"(?i)protocol|version"):
        client.shake_hands()


def test_close_notify_is_told_after_what_came_before_it(certificate: Path) -> None:
    client = Client(certificate)
    client.shake_hands()
    client.tls.write(b"last words")
    with pytest.raises(ssl.SSLWantReadError):
        client.tls.unwrap()
    assert client.carry() == [b"last words"]
    assert client.layer.ended


def test_a_peer_that_closed_its_half_can_still_be_written_to(certificate: Path) -> None:
    client = Client(certificate)
    client.shake_hands()
    with pytest.raises(ssl.SSLWantReadError):
        client.tls.unwrap()
    client.carry()
    client.layer.encrypt(b"the answer")
    assert client.layer.output()


def test_goodbye_is_close_notify(certificate: Path) -> None:
    client = Client(certificate)
    client.shake_hands()
    client.layer.encrypt(b"bye")
    client.layer.say_goodbye()
    client.incoming.write(client.layer.output())
    assert client.tls.read(10) == b"bye"
    assert client.tls.read(10) == b""  # the clean end, not an error


def test_goodbye_before_the_handshake_says_nothing(certificate: Path) -> None:
    TlsLayer(TlsContexts(certificate, certificate).server).say_goodbye()


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(min_size=1, max_size=200), min_size=1, max_size=5))
def test_garbage_is_an_ssl_error_and_nothing_else(certificate: Path, pieces: list[bytes]) -> None:
    layer = TlsLayer(TlsContexts(certificate, certificate).server)
    try:
        for piece in pieces:
            assert layer.feed(piece) == []
    except ssl.SSLError:
        pass
    assert not layer.established
