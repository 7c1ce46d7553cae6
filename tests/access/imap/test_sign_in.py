"""Before and around sign-in (RFC 9051 §6.1, §6.2, §11.1)."""

from __future__ import annotations

import base64
from datetime import timedelta

from .conftest import Connect

PLAIN = base64.b64encode(b"\0kim@example.org\0secret").decode()


async def test_login_tells_the_capabilities_that_are_there_now(connect: Connect) -> None:
    client = await connect(signed_in=False)
    await client.talk("""
        C: a CAPABILITY
        S: * CAPABILITY IMAP4rev2 IMAP4rev1 LITERAL+ ENABLE ID IDLE STARTTLS SASL-IR AUTH=PLAIN AUTH=LOGIN
        S: a OK Capabilities told
        C: b LOGIN kim@example.org secret
        S: b OK [CAPABILITY IMAP4rev2 IMAP4rev1 … UIDPLUS MOVE …] Signed in
        C: c LOGIN kim@example.org secret
        S: c BAD Expected command that is allowed after sign-in at octet 3
    """)


async def test_authenticate_plain_with_and_without_initial_response(connect: Connect) -> None:
    client = await connect(signed_in=False)
    await client.talk(f"""
        C: a AUTHENTICATE PLAIN {PLAIN}
        S: a OK …
    """)
    client = await connect(signed_in=False)
    await client.talk(f"""
        C: a AUTHENTICATE PLAIN
        S: +\x20
        C: {PLAIN}
        S: a OK …
    """)


async def test_an_authentication_that_is_cancelled_or_no_base64_is_bad(connect: Connect) -> None:
    client = await connect(signed_in=False)
    for answer in ("*", "!!!", base64.b64encode(b"only one").decode()):
        await client.talk(f"""
            C: a AUTHENTICATE PLAIN
            S: +\x20
            C: {answer}
            S: a BAD …
        """)
    await client.talk("""
        C: b AUTHENTICATE CRAM-MD5
        S: b NO [CANNOT] No such authentication mechanism
    """)


async def test_authenticate_login_asks_twice(connect: Connect) -> None:
    client = await connect(signed_in=False)
    await client.talk(f"""
        C: a AUTHENTICATE LOGIN
        S: + {base64.b64encode(b"Username:").decode()}
        C: {base64.b64encode(b"kim@example.org").decode()}
        S: + {base64.b64encode(b"Password:").decode()}
        C: {base64.b64encode(b"secret").decode()}
        S: a OK [CAPABILITY …] Signed in
    """)


async def test_signing_in_as_another_user_is_refused(connect: Connect) -> None:
    client = await connect(signed_in=False)
    other = base64.b64encode(b"lee@example.org\0kim@example.org\0secret").decode()
    await client.talk(f"""
        C: a AUTHENTICATE PLAIN {other}
        S: a BAD Acting for another user is not possible
    """)


async def test_a_password_is_not_taken_in_clear_text(connect: Connect) -> None:
    client = await connect(signed_in=False, peer="192.0.2.1")
    await client.talk(f"""
        C: a CAPABILITY
        S: * CAPABILITY IMAP4rev2 IMAP4rev1 LITERAL+ ENABLE ID IDLE STARTTLS LOGINDISABLED
        S: a OK Capabilities told
        C: b LOGIN kim@example.org secret
        S: b NO [PRIVACYREQUIRED] Start TLS first
        C: c AUTHENTICATE PLAIN {PLAIN}
        S: c NO [PRIVACYREQUIRED] Start TLS first
    """)


async def test_what_came_before_tls_is_forgotten_and_then_login_is_possible(connect: Connect) -> None:
    client = await connect(signed_in=False, peer="192.0.2.1")
    await client.send(b"a STARTTLS\r\nb NOOP\r\n")
    assert await client.line() == b"a OK Begin TLS negotiation now"
    await client.talk("""
        C: c CAPABILITY
        S: * CAPABILITY IMAP4rev2 IMAP4rev1 LITERAL+ ENABLE ID IDLE SASL-IR AUTH=PLAIN AUTH=LOGIN
        S: c OK Capabilities told
        C: d STARTTLS
        S: d NO [UNAVAILABLE] TLS is not available here
        C: e LOGIN kim@example.org secret
        S: e OK …
    """)


async def test_guessing_ends_the_connection(connect: Connect) -> None:
    client = await connect(login_failures=2, signed_in=False)
    wrong = base64.b64encode(b"x\0y\0z").decode()
    for _ in range(2):
        await client.command(f"AUTHENTICATE PLAIN {wrong}")
    # refused before a password was looked at: that is no guess
    assert (await client.command("NOOP"))[-1].startswith(b"OK")


async def test_logout_says_bye_before_its_answer(connect: Connect) -> None:
    client = await connect()
    await client.talk("""
        C: a LOGOUT
        S: * BYE Until next time
        S: a OK Signed out
    """)
    assert await client.line() == b""


async def test_http_is_turned_away_at_its_first_line(connect: Connect) -> None:
    client = await connect(signed_in=False)
    await client.send(b"POST / HTTP/1.1\r\nHost: x\r\n\r\na LOGIN kim secret\r\n")
    assert await client.line() == b"* BYE This is a mail server"
    assert await client.line() == b""


async def test_a_silent_client_is_signed_out(connect: Connect) -> None:
    client = await connect(signed_in=False, login_timeout=timedelta(milliseconds=1))
    assert await client.line() == b"* BYE Autologout"
    assert await client.line() == b""


async def test_enable_id_and_namespace(connect: Connect) -> None:
    client = await connect()
    await client.talk("""
        C: a ENABLE X-NONE IMAP4rev2
        S: * ENABLED IMAP4rev2
        S: a OK Enabled
        C: b ID ("name" "test")
        S: * ID ("name" "Pabal")
        S: b OK Pleased to meet you
        C: c NAMESPACE
        S: * NAMESPACE (("" "/")) NIL NIL
        S: c OK Namespaces told
        C: d NOOP
        S: d OK Nothing done
    """)
