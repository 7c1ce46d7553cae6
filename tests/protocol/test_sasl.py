"""PLAIN and LOGIN, as a client meets them."""

from __future__ import annotations

from base64 import b64encode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pabal.protocol.sasl import FIELD_OCTETS, MECHANISMS, Cancelled, Challenge, Credentials, Exchange, SaslError

words = st.text(min_size=1, max_size=60).filter(lambda text: "\0" not in text and _encodable(text))


def _encodable(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def answer(mechanism: str, *lines: bytes, initial: bytes | None = None) -> list[Challenge | Credentials]:
    exchange = Exchange(mechanism)
    return [exchange.start(initial), *(exchange.receive(line) for line in lines)]


def test_plain_with_initial_response_is_the_example_of_the_rfc() -> None:
    said = b64encode(b"\0tim\0tanstaaftanstaaf")  # RFC 4616 §4
    assert answer("PLAIN", initial=said) == [Credentials("tim", "tanstaaftanstaaf")]


def test_plain_without_initial_response_asks_with_an_empty_challenge() -> None:
    challenge, credentials = answer("plain", b64encode(b"kim\0kim\0secret"))
    assert isinstance(challenge, Challenge)
    assert challenge.encoded() == b""
    assert credentials == Credentials("kim", "secret", "kim")


def test_login_asks_twice() -> None:
    first, second, credentials = answer("LOGIN", b64encode(b"kim@example.org"), b64encode(b"secret"))
    assert isinstance(first, Challenge)
    assert isinstance(second, Challenge)
    assert (first.encoded(), second.encoded()) == (b"VXNlcm5hbWU6", b"UGFzc3dvcmQ6")
    assert credentials == Credentials("kim@example.org", "secret")


def test_login_takes_the_user_name_as_initial_response() -> None:
    assert answer("LOGIN", b64encode(b"secret"), initial=b64encode(b"kim")) == [
        Challenge(b"Password:"),
        Credentials("kim", "secret"),
    ]


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (b"!!!", "not base64"),
        (b"AGtpbQBzZWNyZXQ", "not base64"),  # padding is missing
        (b"AGtpbQ BzZWNyZXQ=", "not base64"),
        (b64encode(b"kim"), "NUL between"),
        (b64encode(b"\0kim\0secret\0"), "NUL between"),
        (b64encode(b"\0\0secret"), "not be empty"),
        (b64encode(b"\0kim\0"), "not be empty"),
        (b"=", "NUL between"),
        (b"", "NUL between"),
        (b64encode(b"\0\xff\0secret"), "UTF-8"),
        (b64encode(b"root\0kim\0secret"), "another user"),
        (b64encode(b"\0kim\0" + b"x" * (FIELD_OCTETS + 1)), "too long"),
    ],
)
def test_what_is_wrong_with_plain_is_said(said: bytes, text: str) -> None:
    with pytest.raises(SaslError, match=text):
        answer("PLAIN", initial=said)


def test_a_nul_in_login_is_refused() -> None:
    with pytest.raises(SaslError, match="no NUL"):
        answer("LOGIN", b64encode(b"kim\0"), b64encode(b"secret"))


def test_the_longest_field_is_taken() -> None:
    password = "x" * FIELD_OCTETS
    assert answer("PLAIN", initial=b64encode(b"\0kim\0" + password.encode())) == [Credentials("kim", password)]


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_a_star_cancels(mechanism: str) -> None:
    with pytest.raises(Cancelled):
        answer(mechanism, b"*")


def test_an_unknown_mechanism_is_refused() -> None:
    with pytest.raises(SaslError, match="Unknown"):
        Exchange("CRAM-MD5")


def test_a_password_is_not_shown() -> None:
    assert "secret" not in repr(Credentials("kim", "secret"))


@settings(max_examples=50)
@given(words, words)
def test_both_mechanisms_carry_any_words(identity: str, password: str) -> None:
    one, two = identity.encode(), password.encode()
    expected = Credentials(identity, password)
    assert answer("PLAIN", initial=b64encode(b"\0" + one + b"\0" + two))[-1] == expected
    assert answer("LOGIN", b64encode(one), b64encode(two))[-1] == expected


@settings(max_examples=100)
@given(st.sampled_from(MECHANISMS), st.lists(st.binary(max_size=80), min_size=1, max_size=3))
def test_garbage_is_a_sasl_error_and_nothing_else(mechanism: str, lines: list[bytes]) -> None:
    exchange = Exchange(mechanism)
    exchange.start()
    for line in lines:
        try:
            if isinstance(exchange.receive(line), Credentials):
                return
        except SaslError:
            return
