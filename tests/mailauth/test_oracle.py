"""dkimpy verifies what we sign, and we verify what dkimpy signs."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import given, settings
from hypothesis import strategies as st

from pabal.mailauth.dkim import Outcome, SigningKey, dns_record, sign
from pabal.mailauth.dkim.keys import ed25519, rsa
from pabal.mailauth.names import txt_text
from tests.mailauth.kit import DOMAIN, MESSAGE, SETTINGS, both, key, pem, result, selector
from tests.mailauth.test_signing import messages

#: dkimpy looks at the clock of the machine: we sign before it, and verify after it.
BEFORE, AFTER = datetime(2018, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)
#: SMTP carries whole lines only; what a last line without CRLF means is where dkimpy and we differ.
ON_THE_WIRE = messages().map(lambda message: message if message.endswith(b"\r\n") else message + b"\r\n")
KINDS = ["rsa-sha256", "ed25519-sha256"]


def _txt(name: bytes, timeout: int = 5) -> bytes:
    kind = "rsa-sha256" if name.startswith(b"rsa.") else "ed25519-sha256"
    return txt_text(dns_record(pem(kind))).encode()


def _private(signer: SigningKey) -> bytes:
    """As dkimpy reads keys: PKCS #1 in PEM, or the bare seed in base64."""
    if isinstance(signer.private, ed25519.Ed25519PrivateKey):
        return b64encode(signer.private.private_bytes_raw())
    assert isinstance(signer.private, rsa.RSAPrivateKey)
    form = serialization.PrivateFormat.TraditionalOpenSSL
    return signer.private.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


@given(ON_THE_WIRE)
@settings(max_examples=30, deadline=None)
def test_dkimpy_verifies_what_we_sign(message: bytes) -> None:
    octets = sign([message], both(), BEFORE, SETTINGS) + message
    verifier = dkim.DKIM(octets)
    assert [verifier.verify(place, dnsfunc=_txt) for place in (0, 1)] == [True, True]


@given(ON_THE_WIRE, st.sampled_from(KINDS), st.data())
@settings(max_examples=40, deadline=None)
async def test_we_verify_what_dkimpy_signs(message: bytes, kind: str, data: st.DataObject) -> None:
    methods = data.draw(st.tuples(*[st.sampled_from([b"simple", b"relaxed"])] * 2))
    field = _signed_by_dkimpy(message, kind, methods)
    found = await result(field + message, at=AFTER)
    assert (found.outcome, found.reason) == (Outcome.PASS, "")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("methods", [(a, b) for a in (b"simple", b"relaxed") for b in (b"simple", b"relaxed")])
async def test_neither_accepts_a_changed_message(kind: str, methods: tuple[bytes, bytes]) -> None:
    octets = _signed_by_dkimpy(MESSAGE, kind, methods) + MESSAGE
    for changed in (octets.replace(b"Hello", b"Hullo"), octets.replace(b"Kim <", b"Lee <")):
        assert (await result(changed, at=AFTER)).outcome is Outcome.FAIL
        assert not dkim.verify(changed, dnsfunc=_txt)


def _signed_by_dkimpy(message: bytes, kind: str, methods: tuple[bytes, bytes]) -> bytes:
    field = dkim.sign(
        message,
        selector(kind).encode(),
        DOMAIN.encode(),
        _private(key(kind)),
        canonicalize=methods,
        signature_algorithm=kind.encode(),
    )
    assert isinstance(field, bytes)
    return field


async def test_dkimpy_signs_with_a_length_and_we_see_what_was_added() -> None:
    field = dkim.sign(MESSAGE, b"rsa", DOMAIN.encode(), _private(key("rsa-sha256")), length=True)
    assert (await result(field + MESSAGE, at=AFTER)).outcome is Outcome.PASS
    assert (await result(field + MESSAGE + b"Buy now!\r\n", at=AFTER)).outcome is Outcome.POLICY
