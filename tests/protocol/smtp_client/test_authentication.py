"""Signing in at a smarthost (RFC 4954, RFC 5802, RFC 7677, RFC 4616)."""

from __future__ import annotations

from binascii import b2a_base64

import pytest

from pabal.protocol.sasl import Credentials, SaslError
from pabal.protocol.smtp_client import Authenticated, AuthenticationFailed, ClientLimits, Closed, State
from pabal.protocol.smtp_client.sasl import Exchange, best_of, prepared
from tests.protocol.smtp_client.dialogue import Client, talk

CREDENTIALS = Credentials("user", "pencil")
NONCE = "rOprNGfwEbeRWgbNEkqO"  # of RFC 7677 §3
SERVER_FIRST = b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
CLIENT_FINAL = (
    b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
)
SERVER_FINAL = b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="


def base64(octets: bytes) -> bytes:
    return b2a_base64(octets, newline=False)


def scram() -> Exchange:
    return Exchange("SCRAM-SHA-256", CREDENTIALS, NONCE, 100_000)


def signing_in(offered: str, *, secure: bool = True, credentials: Credentials = CREDENTIALS) -> Client:
    client = Client(hello=f"250 AUTH {offered}\r\n", secure=secure)
    client.session.authenticate(credentials, NONCE)
    client.look()
    return client


def test_scram_says_what_the_standard_says() -> None:
    exchange = scram()
    assert exchange.initial() == b"n,,n=user,r=" + NONCE.encode()
    assert exchange.respond(base64(SERVER_FIRST)) == CLIENT_FINAL
    assert exchange.respond(base64(SERVER_FINAL)) == b""
    exchange.finish()


def test_scram_over_smtp_ends_with_a_proof_of_the_server() -> None:
    client = signing_in("PLAIN SCRAM-SHA-256", secure=False)
    assert client.sent() == f"AUTH SCRAM-SHA-256 {base64(b'n,,n=user,r=' + NONCE.encode()).decode()}\r\n"
    client.hear(b"334 " + base64(SERVER_FIRST) + b"\r\n")
    assert client.sent().encode() == base64(CLIENT_FINAL) + b"\r\n"
    client.hear(b"334 " + base64(SERVER_FINAL) + b"\r\n")
    assert client.sent() == "\r\n"
    client.hear(b"235 2.7.0 Welcome\r\n")
    assert client.events[-1] == Authenticated("SCRAM-SHA-256")
    assert client.session.state is State.READY


@pytest.mark.parametrize("replies", [[], [SERVER_FIRST], [SERVER_FIRST, b"v=" + base64(b"x" * 32)]])
def test_success_without_proof_is_not_believed(replies: list[bytes]) -> None:
    client = signing_in("SCRAM-SHA-256")
    client.hear(*(b"334 " + base64(each) + b"\r\n" for each in replies), b"235 Welcome\r\n")
    assert isinstance(client.events[-1], Closed)
    assert not any(isinstance(event, Authenticated) for event in client.events)


@pytest.mark.parametrize(
    "challenge",
    [
        b"",
        b"nonsense",
        b"r=other,s=W22ZaJ0=,i=4096",
        SERVER_FIRST.replace(b"%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0", b""),
        SERVER_FIRST.replace(b"i=4096", b"i=4095"),
        SERVER_FIRST.replace(b"i=4096", b"i=100001"),
        SERVER_FIRST.replace(b"i=4096", b"i=" + b"9" * 5000),
        SERVER_FIRST.replace(b"i=4096", b"i=-1"),
        SERVER_FIRST.replace(b"s=", b"s=!"),
        b"m=ext," + SERVER_FIRST,
    ],
)
def test_a_first_message_that_cannot_be_right_ends_the_exchange(challenge: bytes) -> None:
    exchange = scram()
    exchange.initial()
    with pytest.raises(SaslError):
        exchange.respond(base64(challenge))


def test_the_iterations_that_a_peer_may_ask_for_are_a_setting() -> None:
    client = Client(ClientLimits(scram_iterations=4096), hello="250 AUTH SCRAM-SHA-256\r\n")
    client.session.authenticate(CREDENTIALS, NONCE)
    client.hear(b"334 " + base64(SERVER_FIRST.replace(b"4096", b"4097")) + b"\r\n")
    closed = client.events[-1]
    assert isinstance(closed, Closed)
    assert closed.detail == "The server asks for 4097 iterations"


def test_plain_goes_with_the_command() -> None:
    client = signing_in("LOGIN PLAIN")
    talk(
        client,
        """
        C: AUTH PLAIN AHVzZXIAcGVuY2ls
        S: 235 2.7.0 Welcome
    """,
    )
    assert client.events[-1] == Authenticated("PLAIN")


def test_login_answers_two_prompts() -> None:
    client = signing_in("LOGIN")
    talk(
        client,
        """
        C: AUTH LOGIN
        S: 334 VXNlcm5hbWU6
        C: dXNlcg==
        S: 334 UGFzc3dvcmQ6
        C: cGVuY2ls
        S: 235 Welcome
    """,
    )
    assert client.events[-1] == Authenticated("LOGIN")


def test_login_that_asks_for_more_or_ends_too_early_is_left() -> None:
    for replies in (b"334 \r\n334 \r\n334 \r\n", b"334 \r\n235 OK\r\n", b"334 !\r\n"):
        client = signing_in("LOGIN")
        client.hear(replies)
        assert isinstance(client.events[-1], Closed)


def test_a_refusal_leaves_the_session_ready() -> None:
    client = signing_in("PLAIN")
    client.hear(b"535 5.7.8 No\r\n")
    failed = client.events[-1]
    assert isinstance(failed, AuthenticationFailed)
    assert failed.reply is not None
    assert failed.reply.code == 535
    assert client.session.state is State.READY


@pytest.mark.parametrize("offered", ["PLAIN LOGIN", "CRAM-MD5"])
def test_a_password_is_not_shown_where_others_may_listen(offered: str) -> None:
    client = signing_in(offered, secure=False)
    assert isinstance(client.events[-1], AuthenticationFailed)
    assert client.sent() == ""


def test_a_name_that_cannot_be_said_is_not_said() -> None:
    client = signing_in("PLAIN", credentials=Credentials("a\0b", "x"))
    assert isinstance(client.events[-1], AuthenticationFailed)
    assert client.sent() == ""


def test_the_strongest_mechanism_is_chosen() -> None:
    assert best_of(frozenset(("LOGIN", "PLAIN", "SCRAM-SHA-256")), secure=True) == "SCRAM-SHA-256"
    assert best_of(frozenset(("LOGIN", "PLAIN")), secure=True) == "PLAIN"
    assert best_of(frozenset(("X",)), secure=True) is None


def test_names_are_prepared_and_escaped() -> None:
    assert prepared("I\u00adX") == "IX"  # RFC 4013 §3
    assert prepared("\u2168") == "IX"
    with pytest.raises(SaslError):
        prepared("\u0007")
    exchange = Exchange("SCRAM-SHA-256", Credentials("a=b,c", "x", "o"), NONCE, 4096)
    assert exchange.initial() == b"n,a=o,n=a=3Db=2Cc,r=" + NONCE.encode()
