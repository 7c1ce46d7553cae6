"""What a client sees, command by command (RFC 5321 §4.1, appendix D)."""

from __future__ import annotations

import pytest

from pabal.model.errors import TooManyConnections
from pabal.protocol.smtp import NEED_DATA, SessionLimits, State
from pabal.protocol.smtp.session import REFUSED
from tests.protocol.smtp.dialogue import Server, talk


def test_a_message_goes_from_ehlo_to_quit() -> None:
    server = Server(hello=False)
    talk(
        server,
        """
        C: EHLO client.example
        S: 250-mail.example.org
        S: 250-PIPELINING
        S: 250-SIZE 52428800
        S: 250-8BITMIME
        S: 250-ENHANCEDSTATUSCODES
        S: 250 HELP
        C: MAIL FROM:<kim@example.org> SIZE=30 BODY=8BITMIME
        S: 250 2.1.0 OK
        C: RCPT TO:<lee@example.net>
        S: 250 2.1.5 OK
        C: DATA
        S: 354 Send the message, end it with a dot on a line of its own
        C: Subject: hello
        C:
        C: ..a line with a dot
        C: .
        S: 250 2.0.0 Taken
        C: QUIT
        S: 221 2.0.0 Goodbye
        """,
    )
    assert server.text == b"Subject: hello\r\n\r\n.a line with a dot\r\n"
    assert server.session.state is State.CLOSED


def test_the_session_of_the_textbook_is_taken() -> None:
    server = Server(hello=False)
    talk(
        server,
        """
        C: HELLO kwang.co.kr
        S: 250 mail.example.org
        C: MAIL FROM:kwang@kwang.co.kr
        S: 250 2.1.0 OK
        C: RCPT TO:kwang@kwang.co.kr
        S: 250 2.1.5 OK
        C: DATA
        S: 354 Send the message, end it with a dot on a line of its own
        C: SUBJECT: Test subject
        C: test content
        C: .␣
        C: .
        S: 250 2.0.0 Taken
        C: QUIT
        S: 221 2.0.0 Goodbye
        """,
    )
    assert server.text == b"SUBJECT: Test subject\r\ntest content\r\n \r\n"


def test_unknown_recipient_keeps_the_transaction() -> None:
    talk(
        Server(),
        """
        C: MAIL FROM:<>
        S: 250 2.1.0 OK
        C: RCPT TO:<nobody@example.org>
        S: 550 5.1.1 No such mailbox here
        C: DATA
        S: 503 5.5.1 No recipient was accepted
        C: RCPT TO:<kim@example.org>
        S: 250 2.1.5 OK
        C: DATA
        S: 354 Send the message, end it with a dot on a line of its own
        """,
    )


@pytest.mark.parametrize(
    ("before", "command"),
    [
        ([], b"MAIL FROM:<kim@example.org>"),
        ([], b"RCPT TO:<kim@example.org>"),
        ([], b"DATA"),
        ([b"EHLO x"], b"RCPT TO:<kim@example.org>"),
        ([b"EHLO x"], b"DATA"),
        ([b"EHLO x", b"MAIL FROM:<>"], b"MAIL FROM:<>"),
        ([b"EHLO x", b"MAIL FROM:<>", b"RCPT TO:<a@b.example>"], b"MAIL FROM:<>"),
        ([b"EHLO x", b"MAIL FROM:<>", b"RSET"], b"RCPT TO:<a@b.example>"),
        ([b"EHLO x", b"MAIL FROM:<>", b"EHLO x"], b"RCPT TO:<a@b.example>"),
    ],
)
def test_a_bad_sequence_is_refused_and_changes_nothing(before: list[bytes], command: bytes) -> None:
    server = Server(hello=False)
    for line in before:
        server.say(line + b"\r\n")
    state = server.session.state
    assert server.say(command + b"\r\n") == b"503 5.5.1 Bad sequence of commands\r\n"
    assert server.session.state is state


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        (b"NOOP", b"250 2.0.0 OK"),
        (b"NOOP whatever this says", b"250 2.0.0 OK"),
        (b"noop", b"250 2.0.0 OK"),
        (b"RSET", b"250 2.0.0 OK"),
        (b"RSET now", b"501 5.5.4 Syntax: the command takes no argument"),
        (b"VRFY kim", b"252 2.5.0 Not verified here; send the message and see"),
        (b"VRFY", b"501 5.5.4 Syntax: the command needs an argument"),
        (b"EHLO", b"501 5.5.4 Syntax: the command needs an argument"),
        (b"DATA now", b"501 5.5.4 Syntax: the command takes no argument"),
        (b"EXPN list", b"502 5.5.1 Command not offered here"),
        (b"STARTTLS", b"502 5.5.1 Command not offered here"),
        (b"AUTH PLAIN AGtpbQBwdw==", b"503 5.5.1 Authentication is not offered here"),
        (b"LHLO x", b"500 5.5.1 Command not recognized"),
        (b"XYZZY", b"500 5.5.1 Command not recognized"),
        (b"", b"500 5.5.1 Command not recognized"),
        (b"\xec\x95\x88\xeb\x85\x95", b"500 5.5.1 Command not recognized"),
        (b"EHLO \x1b[2J", b"500 5.5.2 A line is ASCII and ends with CR LF"),
        (b"RSET ", b"250 2.0.0 OK"),
        (b"EHLO \xec\x95\x88", b"500 5.5.2 A line is ASCII and ends with CR LF"),
        (b"MAIL kim@example.org", b"501 5.5.4 Syntax: MAIL FROM:<address> [parameters]"),
        (b"MAIL FROM:", b"501 5.1.7 That is not the address of a mailbox"),
        (b"MAIL FROM:<kim>", b"501 5.1.7 That is not the address of a mailbox"),
        (b"MAIL FROM:<Postmaster>", b"501 5.1.7 That is not the address of a mailbox"),
        (b"MAIL FROM:<\xed\x99\x8d@example.org>", b"553 5.6.7 An address that is not ASCII needs SMTPUTF8"),
        (b"MAIL FROM:<kim@example.org> FOO=BAR", b"555 5.5.4 Parameter not recognized"),
        (b"MAIL FROM:<kim@example.org> SMTPUTF8", b"555 5.5.4 Parameter not recognized"),
        (b"MAIL FROM:<kim@example.org> AUTH=<>", b"504 5.5.4 Parameter not implemented"),
        (b"MAIL FROM:<kim@example.org> SIZE=many", b"501 5.5.4 A parameter or its value is malformed"),
        (b"MAIL FROM:<kim@example.org> SIZE=1 SIZE=1", b"501 5.5.4 A parameter or its value is malformed"),
        (b"MAIL FROM:<kim@example.org> BODY=9BIT", b"501 5.5.4 A parameter or its value is malformed"),
        (b"MAIL FROM:<kim@example.org> =", b"501 5.5.4 A parameter or its value is malformed"),
        (b"MAIL FROM:<kim@example.org>SIZE=1", b"501 5.1.7 That is not the address of a mailbox"),
        (b"MAIL FROM:<kim@example.org> SIZE=52428801", b"552 5.3.4 Message is larger than we take"),
        (b"MAIL FROM:<kim@example.org> SIZE=0", b"250 2.1.0 OK"),
        (b"mail from: <kim@example.org>", b"250 2.1.0 OK"),
    ],
)
def test_one_command_one_reply(command: bytes, reply: bytes) -> None:
    assert Server().say(command + b"\r\n") == reply + b"\r\n"


@pytest.mark.parametrize(
    ("argument", "reply"),
    [
        (b"<>", b"501 5.1.3 That is not the address of a mailbox"),
        (b"<kim@example.org> NOTIFY=NEVER", b"555 5.5.4 Parameter not recognized"),
        (b"<postMASTER>", b"250 2.1.5 OK"),
        (b"kim@example.org", b"250 2.1.5 OK"),
        (b"<\xed\x99\x8d@example.org>", b"553 5.6.7 An address that is not ASCII needs SMTPUTF8"),
    ],
)
def test_one_recipient_one_reply(argument: bytes, reply: bytes) -> None:
    server = Server()
    server.say(b"MAIL FROM:<>\r\n")
    assert server.say(b"RCPT TO:" + argument + b"\r\n") == reply + b"\r\n"


def test_help_tells_what_to_type() -> None:
    said = Server().lines(b"HELP\r\n")
    assert [line[:10] for line in said] == ["214-2.0.0 ", "214 2.0.0 "]


def test_helo_gets_no_extensions() -> None:
    assert Server(hello=False).say(b"HELO x\r\n") == b"250 mail.example.org\r\n"


def test_one_recipient_more_than_the_limit_is_told_to_come_again() -> None:
    server = Server(SessionLimits(recipients=2))
    talk(
        server,
        """
        C: MAIL FROM:<>
        S: 250 2.1.0 OK
        C: RCPT TO:<a@example.org>
        S: 250 2.1.5 OK
        C: RCPT TO:<nobody@example.org>
        S: 550 5.1.1 No such mailbox here
        C: RCPT TO:<b@example.org>
        S: 250 2.1.5 OK
        C: RCPT TO:<c@example.org>
        S: 452 4.5.3 Too many recipients, send the rest in another transaction
        C: DATA
        S: 354 Send the message, end it with a dot on a line of its own
        C: .
        S: 250 2.0.0 Taken
        C: MAIL FROM:<>
        S: 250 2.1.0 OK
        C: RCPT TO:<c@example.org>
        S: 250 2.1.5 OK
        """,
    )


def test_too_many_bad_commands_close_the_session() -> None:
    server = Server(SessionLimits(bad_commands=3))
    said = server.lines(b"XYZZY\r\n" * 1000)
    assert said == ["500 5.5.1 Command not recognized"] * 3 + ["421 4.7.0 Too many bad commands"]
    assert server.session.state is State.CLOSED


def test_a_message_that_was_taken_forgives_bad_commands() -> None:
    server = Server(SessionLimits(bad_commands=3))
    for _ in range(3):
        server.say(b"X\r\nY\r\nMAIL FROM:<>\r\nRCPT TO:<a@example.org>\r\nDATA\r\n", b".\r\n")
    assert server.session.state is State.READY


@pytest.mark.parametrize(
    "request_line",
    [
        b"GET / HTTP/1.1",
        b"POST /mail HTTP/1.1",
        b"PUT / HTTP/1.0",
        b"Host: 127.0.0.1:1025",
        b"PRI * HTTP/2.0",
        b"get /",
    ],
)
def test_a_web_browser_is_cut_off_at_its_first_line(request_line: bytes) -> None:
    server = Server(hello=False)
    said = server.say(request_line + b"\r\nEHLO x\r\nMAIL FROM:<>\r\n")
    assert said == b"421 4.7.0 This is a mail server, not a web server\r\n"
    assert server.session.state is State.CLOSED
    assert server.events == []


def test_the_end_of_input_ends_the_session_with_421() -> None:
    server = Server()
    assert server.say(b"MAIL FROM:<>\r\n", b"") == b"250 2.1.0 OK\r\n421 4.3.2 Closing the connection\r\n"
    assert server.session.state is State.CLOSED


def test_lmtp_answers_once_for_each_accepted_recipient() -> None:
    talk(
        Server(hello=False, lmtp=True),
        """
        C: EHLO client.example
        S: 500 5.5.1 Command not recognized
        C: HELO client.example
        S: 500 5.5.1 Command not recognized
        C: LHLO client.example
        S: 250-mail.example.org
        S: 250-PIPELINING
        S: 250-SIZE 52428800
        S: 250-8BITMIME
        S: 250-ENHANCEDSTATUSCODES
        S: 250 HELP
        C: MAIL FROM:<kim@example.org>
        S: 250 2.1.0 OK
        C: RCPT TO:<a@example.org>
        S: 250 2.1.5 OK
        C: RCPT TO:<nobody@example.org>
        S: 550 5.1.1 No such mailbox here
        C: RCPT TO:<b@example.org>
        S: 250 2.1.5 OK
        C: DATA
        S: 354 Send the message, end it with a dot on a line of its own
        C: .
        S: 250 2.0.0 Taken
        S: 250 2.0.0 Taken
        """,
    )


def test_starttls_is_offered_once() -> None:
    server = Server(starttls=True, hello=False)
    assert "250-STARTTLS" in server.lines(b"EHLO x\r\n")
    assert server.say(b"STARTTLS now\r\n").startswith(b"501 5.5.4")
    assert server.say(b"STARTTLS\r\n") == b"220 2.0.0 Ready to start TLS\r\n"
    assert server.say(b"MAIL FROM:<>\r\n").startswith(b"503 5.5.1")  # RFC 3207 §4.2: a fresh EHLO
    assert "250-STARTTLS" not in server.lines(b"EHLO x\r\n")
    assert server.say(b"STARTTLS\r\n").startswith(b"502 5.5.1")


def test_what_was_sent_before_the_tls_handshake_is_dropped() -> None:
    server = Server(starttls=True)
    said = server.say(b"STARTTLS\r\nEHLO injected\r\nMAIL FROM:<evil@example.org>\r\n")
    assert said == b"220 2.0.0 Ready to start TLS\r\n"
    assert server.session.state is State.CONNECTED
    assert server.say(b"NOOP\r\n") == b"250 2.0.0 OK\r\n"


def test_starttls_is_refused_inside_a_transaction() -> None:
    server = Server(starttls=True)
    server.say(b"MAIL FROM:<>\r\n")
    assert server.say(b"STARTTLS\r\n") == b"503 5.5.1 Bad sequence of commands\r\n"


def test_recipients_over_the_limit_are_no_bad_commands() -> None:
    server = Server(SessionLimits(recipients=2, bad_commands=3))
    said = server.lines(b"MAIL FROM:<>\r\n" + b"RCPT TO:<a@example.org>\r\n" * 10 + b"DATA\r\n")
    assert [line[:3] for line in said] == ["250"] * 3 + ["452"] * 8 + ["354"]


def test_a_pipelined_data_without_recipients_is_no_bad_command() -> None:
    server = Server(SessionLimits(bad_commands=1))
    said = server.lines(b"MAIL FROM:<>\r\nRCPT TO:<nobody@example.org>\r\nDATA\r\nRSET\r\n")
    assert [line[:3] for line in said] == ["250", "550", "503", "250"]


def test_an_answer_of_421_closes_the_session() -> None:
    session = Server().session
    session.receive(b"MAIL FROM:<>\r\nNOOP\r\n")
    session.next_event()
    session.answer(TooManyConnections().reply())
    assert session.state is State.CLOSED
    assert session.next_event() is NEED_DATA
    assert session.data_to_send() == b"421 4.7.0 Too many connections, try later\r\n"


def test_refused_commands_are_counted_by_their_code() -> None:
    before = REFUSED.values.get(("555",), 0)
    Server().say(b"MAIL FROM:<> X=Y\r\n")
    assert REFUSED.values["555",] == before + 1
