"""POP3 as a dialogue: C: is the client, S: the server, E: what the machine asks from outside."""

from __future__ import annotations

import itertools
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pabal.protocol.pop3.events import (
    Closed,
    Delete,
    Event,
    NeedData,
    Reset,
    Retrieve,
    ScanList,
    SignIn,
    StartTls,
    Stat,
    UniqueIds,
    Update,
)
from pabal.protocol.pop3.session import ServerSession, State
from pabal.protocol.sasl import Credentials

KIM = SignIn(Credentials("kim", "secret"))


def answer(session: ServerSession, event: Event) -> None:
    """A maildrop that says yes to everything."""
    if isinstance(event, SignIn):
        if event.credentials.password == "wrong":
            session.refuse("Authentication failed", "AUTH")
        else:
            session.signed_in("2 messages")
    elif isinstance(event, StartTls):
        session.tls_started()
    elif isinstance(event, Retrieve | ScanList | UniqueIds) and event != ScanList(1):
        session.begin("follows")
    else:
        session.ok("done")


def drain(session: ServerSession) -> list[Event]:
    """Answer until more octets are needed; what was asked."""
    events = []
    while not isinstance(event := session.next_event(), NeedData | Closed):
        events.append(event)
        answer(session, event)
    return events


def fresh(*, secure: bool = True, starttls: bool = False, signed_in: bool = False, **limits: int) -> ServerSession:
    session = ServerSession(secure=secure, starttls=starttls, **limits)
    if signed_in:
        session.receive(b"USER kim\r\nPASS secret\r\n")
        assert drain(session) == [KIM]
        session.data_to_send()
    return session


def talk(session: ServerSession, dialogue: str) -> list[Event]:
    events = []
    said: list[str] = []
    for line in dedent(dialogue).strip().splitlines():
        speaker, text = line[:2], line[3:]
        if speaker == "C:":
            assert not said
            session.receive(text.encode() + b"\r\n")
            events += drain(session)
            said = session.data_to_send().decode().split("\r\n")[:-1]
        else:
            assert said[:1] == [text]
            said.pop(0)
    assert not said
    return events


def test_a_whole_session() -> None:
    session = fresh()
    session.greet("mail.example.org POP3 ready")
    assert session.data_to_send() == b"+OK mail.example.org POP3 ready\r\n"
    events = talk(
        session,
        """
        C: USER kim
        S: +OK now the password
        C: PASS secret
        S: +OK 2 messages
        C: STAT
        S: +OK done
        C: LIST
        S: +OK follows
        C: list 1
        S: +OK done
        C: UIDL
        S: +OK follows
        C: UIDL 2
        S: +OK follows
        C: RETR 1
        S: +OK follows
        C: TOP 1 0
        S: +OK follows
        C: DELE 1
        S: +OK done
        C: NOOP
        S: +OK
        C: RSET
        S: +OK done
        C: QUIT
        S: +OK done
        """,
    )
    assert events == [
        KIM, Stat(), ScanList(None), ScanList(1), UniqueIds(None), UniqueIds(2), Retrieve(1), Retrieve(1, 0),
        Delete(1), Reset(), Update(),
    ]  # fmt: skip
    assert session.state is State.CLOSED
    assert session.next_event() == Closed()


def test_what_comes_before_signing_in_is_refused() -> None:
    assert not talk(
        fresh(),
        """
        C: STAT
        S: -ERR Sign in first
        C: NOOP
        S: -ERR Sign in first
        C: RETR 1
        S: -ERR Sign in first
        C: PASS secret
        S: -ERR USER comes before PASS
        C: QUIT
        S: +OK bye
        """,
    )


def test_what_belongs_to_signing_in_is_refused_afterwards() -> None:
    talk(
        fresh(signed_in=True),
        """
        C: USER lee
        S: -ERR You are signed in already
        C: AUTH PLAIN
        S: -ERR You are signed in already
        C: STLS
        S: -ERR You are signed in already
        """,
    )


def test_a_failed_login_may_be_tried_again() -> None:
    events = talk(
        fresh(),
        """
        C: USER kim
        S: +OK now the password
        C: PASS wrong
        S: -ERR [AUTH] Authentication failed
        C: PASS secret
        S: -ERR USER comes before PASS
        C: USER kim
        S: +OK now the password
        C: PASS  two spaces and a word
        S: +OK 2 messages
        """,
    )
    assert events[-1] == SignIn(Credentials("kim", " two spaces and a word"))


def test_capabilities_of_a_secure_connection() -> None:
    talk(
        fresh(),
        """
        C: CAPA
        S: +OK Capabilities
        S: TOP
        S: UIDL
        S: RESP-CODES
        S: AUTH-RESP-CODE
        S: PIPELINING
        S: EXPIRE NEVER
        S: USER
        S: SASL PLAIN LOGIN
        S: IMPLEMENTATION Pabal
        S: .
        """,
    )


def test_a_password_is_never_asked_for_on_a_connection_that_is_not_secure() -> None:
    refusal = "-ERR Start TLS first: a password is not sent in clear text"
    events = talk(
        fresh(secure=False, starttls=True),
        f"""
        C: CAPA
        S: +OK Capabilities
        S: TOP
        S: UIDL
        S: RESP-CODES
        S: AUTH-RESP-CODE
        S: PIPELINING
        S: EXPIRE NEVER
        S: STLS
        S: IMPLEMENTATION Pabal
        S: .
        C: USER kim
        S: {refusal}
        C: PASS secret
        S: {refusal}
        C: AUTH PLAIN AGtpbQBzZWNyZXQ=
        S: {refusal}
        C: STLS
        S: +OK begin TLS negotiation
        C: STLS
        S: -ERR TLS is in use already, or not offered
        C: AUTH PLAIN AGtpbQBzZWNyZXQ=
        S: +OK 2 messages
        """,
    )
    assert events == [StartTls(), KIM]


def test_what_was_sent_before_the_handshake_is_dropped() -> None:
    session = fresh(secure=True, starttls=True)
    session.receive(b"USER kim\r\nSTLS\r\nPASS secret\r\nSTAT\r\n")
    assert drain(session) == [StartTls()]
    assert session.data_to_send() == b"+OK now the password\r\n+OK begin TLS negotiation\r\n"
    talk(session, "C: PASS secret\nS: -ERR USER comes before PASS")


def test_octets_that_come_during_the_handshake_are_dropped() -> None:
    session = fresh(starttls=True)
    session.receive(b"STLS\r\n")
    assert session.next_event() == StartTls()
    session.receive(b"USER injected\r\n")
    session.tls_started()
    assert session.next_event() == NeedData()


def test_auth_plain_and_login() -> None:
    asked = talk(
        fresh(),
        """
        C: AUTH
        S: +OK Mechanisms
        S: PLAIN
        S: LOGIN
        S: .
        C: auth plain
        S: +\x20
        C: AGtpbQB3cm9uZw==
        S: -ERR [AUTH] Authentication failed
        C: AUTH LOGIN
        S: + VXNlcm5hbWU6
        C: a2lt
        S: + UGFzc3dvcmQ6
        C: c2VjcmV0
        S: +OK 2 messages
        """,
    )
    assert asked == [SignIn(Credentials("kim", "wrong")), KIM]


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        ("AUTH CRAM-MD5", "-ERR Unknown authentication mechanism"),
        ("AUTH PLAIN !!!", "-ERR That is not base64"),
        ("AUTH PLAIN AAAA BBBB", "-ERR AUTH takes a mechanism and an initial response"),
        ("USER", "-ERR This command wants an argument"),
        ("HELO me", "-ERR Unknown command"),
        ("", "-ERR Unknown command"),
        ("QUIT now", "-ERR This command takes no argument"),
        ("CAPA all", "-ERR This command takes no argument"),
        ("STLS", "-ERR TLS is in use already, or not offered"),
        ("APOP kim c4c9334bac560ecc979e58001b3e22fb", "-ERR Unknown command"),
    ],
)
def test_what_is_wrong_before_signing_in_is_said(line: str, reply: str) -> None:
    assert not talk(fresh(), f"C: {line}\nS: {reply}")


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        ("RETR", "-ERR A number was expected"),
        ("RETR one", "-ERR A number was expected"),
        ("RETR -1", "-ERR A number was expected"),
        ("RETR 9999999999", "-ERR A number was expected"),
        ("RETR ²", "-ERR A number was expected"),
        ("LIST 1 2", "-ERR A number was expected"),
        ("TOP 1", "-ERR 2 numbers were expected"),
        ("TOP 1 2 3", "-ERR 2 numbers were expected"),
        ("STAT 1", "-ERR This command takes no argument"),
        ("RSET 1", "-ERR This command takes no argument"),
        ("NOOP 1", "-ERR This command takes no argument"),
    ],
)
def test_what_is_wrong_after_signing_in_is_said(line: str, reply: str) -> None:
    assert not talk(fresh(signed_in=True), f"C: {line}\nS: {reply}")


def test_a_user_name_may_be_in_any_script_but_must_be_utf8() -> None:
    session = fresh()
    session.receive("USER 김@example.org\r\nPASS 비밀 번호\r\n".encode())
    assert drain(session) == [SignIn(Credentials("김@example.org", "비밀 번호"))]
    session = fresh()
    session.receive(b"USER \xff\r\n")
    assert not drain(session)
    assert session.data_to_send() == b"-ERR An argument must be UTF-8\r\n"


def test_an_auth_exchange_can_be_cancelled() -> None:
    talk(
        fresh(),
        """
        C: AUTH LOGIN
        S: + VXNlcm5hbWU6
        C: *
        S: -ERR Authentication cancelled
        C: QUIT
        S: +OK bye
        """,
    )


def test_a_pipelined_command_waits_for_the_answer_before_it() -> None:
    session = fresh(signed_in=True)
    session.receive(b"DELE 1\r\nSTAT\r\nQUIT\r\n")
    assert session.next_event() == Delete(1)
    assert session.data_to_send() == b""
    session.refuse("No such message")
    assert session.next_event() == Stat()
    session.ok("2 320")
    assert session.next_event() == Update()
    session.ok("bye")
    assert session.data_to_send() == b"-ERR No such message\r\n+OK 2 320\r\n+OK bye\r\n"
    assert session.next_event() == Closed()


def test_an_update_that_failed_still_ends_the_session() -> None:
    session = fresh(signed_in=True)
    session.receive(b"QUIT\r\nSTAT\r\n")
    assert session.next_event() == Update()
    session.refuse("No room now, try later", "SYS/TEMP")
    assert session.next_event() == Closed()
    assert session.data_to_send() == b"-ERR [SYS/TEMP] No room now, try later\r\n"


def test_hanging_up_asks_for_no_update() -> None:
    session = fresh(signed_in=True)
    session.receive(b"DELE 1\r\nQUI")
    session.receive(b"")
    assert drain(session) == [Delete(1)]
    assert session.state is State.CLOSED


@pytest.mark.parametrize("octets", [255, 1024])
def test_a_line_as_long_as_the_limit_is_taken_and_one_octet_more_is_not(octets: int) -> None:
    session = fresh(line_octets=octets)
    session.receive(b"USER " + b"x" * (octets - 7) + b"\r\n")
    assert not drain(session)
    assert session.data_to_send() == b"+OK now the password\r\n"
    session.receive(b"USER " + b"x" * (octets - 6) + b"\r\nQUIT\r\n")
    drain(session)
    assert session.data_to_send() == b"-ERR The line is too long\r\n+OK bye\r\n"


def test_a_line_without_end_keeps_no_more_than_the_limit() -> None:
    session = fresh(line_octets=255)
    for _ in range(1000):
        session.receive(b"x" * 1000)
        assert session.next_event() == NeedData()
    session.receive(b"\r\nQUIT\r\n")
    drain(session)
    assert session.data_to_send() == b"-ERR The line is too long\r\n+OK bye\r\n"


def test_a_response_may_be_longer_than_a_command() -> None:
    session = fresh(line_octets=255, response_octets=1024)
    session.receive(b"AUTH PLAIN\r\n")
    assert not drain(session)
    assert session.data_to_send() == b"+ \r\n"
    session.receive(b"A" * 1022 + b"\r\n")
    drain(session)
    assert b"too long" not in session.data_to_send()
    session.receive(b"AUTH PLAIN\r\n")
    assert not drain(session)
    assert session.data_to_send() == b"+ \r\n"
    session.receive(b"A" * 1023 + b"\r\n")
    drain(session)
    assert session.data_to_send() == b"-ERR The line is too long\r\n"


@pytest.mark.parametrize("line", [b"NOOP\n", b"NO\rOP\n", b"\n"])
def test_only_crlf_ends_a_line(line: bytes) -> None:
    session = fresh(signed_in=True)
    session.receive(line)
    assert not drain(session)
    assert session.data_to_send() == b"-ERR A line must end with CR LF\r\n"


def test_too_many_wrong_commands_end_the_session() -> None:
    session = fresh(errors=3)
    session.receive(b"ONE\r\nTWO\r\nTHRE\r\nFOUR\r\n")
    assert not drain(session)
    assert session.data_to_send().count(b"\r\n") == 3
    assert session.state is State.CLOSED


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "CONNECT"])
def test_an_http_request_is_closed_without_a_word(method: str) -> None:
    session = fresh()
    session.receive(f"{method} / HTTP/1.1\r\nUSER kim\r\nPASS secret\r\n".encode())
    assert not drain(session)
    assert session.data_to_send() == b""
    assert session.state is State.CLOSED


SCRIPT = b"CAPA\r\nUSER kim\r\nPASS secret\r\nSTAT\r\nBAD COMMAND\r\nTOP 1 10\r\nRETR 2\r\n\nDELE 2\r\nQUIT\r\n"


@settings(max_examples=50)
@given(st.lists(st.integers(0, len(SCRIPT)), max_size=12))
def test_events_do_not_depend_on_how_octets_arrive(cuts: list[int]) -> None:
    whole, pieces = fresh(), fresh()
    whole.receive(SCRIPT)
    expected = drain(whole), whole.data_to_send()
    events: list[Event] = []
    edges = [0, *sorted(cuts), len(SCRIPT)]
    for start, end in itertools.pairwise(edges):
        if start < end:
            pieces.receive(SCRIPT[start:end])
            events += drain(pieces)
    assert (events, pieces.data_to_send()) == expected


_words = st.sampled_from(
    [b"USER", b"PASS", b"AUTH", b"PLAIN", b"LIST", b"TOP", b"1", b" ", b"\r\n", b"\n", b"*", b"=", b"STLS"]
)


@settings(max_examples=100)
@given(st.booleans(), st.lists(st.one_of(_words, st.binary(max_size=20)), max_size=30))
def test_garbage_gives_replies_and_never_an_exception(signed_in: bool, pieces: list[bytes]) -> None:
    session = fresh(starttls=True, signed_in=signed_in)
    for piece in pieces:
        if piece:
            session.receive(piece)
            drain(session)
    for line in session.data_to_send().split(b"\r\n"):
        assert all(32 <= octet < 127 for octet in line)
