"""What hostile or broken clients send: each gets its own answer and a way on, the neighbours notice nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NoReturn

import pytest

from tests.clients.talk import Talk, deliver, smtp
from tests.kit.server import Server

TEXT = b"Subject: still here\r\n\r\nyes\r\n"


@pytest.fixture(autouse=True)
def _neighbours_notice_nothing(shared_server: Server) -> Iterator[None]:
    yield
    assert deliver(shared_server.smtp, "neighbour@here.test", TEXT).startswith("250 2.")


def in_data(talk: Talk) -> None:
    assert talk.ask("MAIL FROM:<a@client.test>").startswith("250 2.1.0")
    assert talk.ask("RCPT TO:<kim@here.test>").startswith("250 2.1.5")
    assert talk.ask("DATA").startswith("354 ")


def send_for_ever(talk: Talk, octets: bytes) -> NoReturn:
    while True:
        talk.send(octets)


def test_an_over_long_line_is_refused_and_the_session_goes_on(shared_server: Server) -> None:
    with smtp(shared_server.smtp) as talk:
        talk.send(b"NOOP " + b"x" * 100_000 + b"\r\n")
        assert talk.reply().startswith("500 5.5.2 ")
        assert talk.ask("NOOP").startswith("250 2.0.0")


def test_garbage_before_ehlo_is_a_syntax_error(shared_server: Server) -> None:
    with Talk(shared_server.smtp) as talk:
        assert talk.reply().startswith("220 ")
        talk.send(bytes(range(128, 256)) + b"\r\n")
        assert talk.reply()[:3] in ("500", "501", "502")
        assert talk.ask("EHLO a.test").startswith("250 ")


def test_commands_out_of_order_are_a_bad_sequence(shared_server: Server) -> None:
    with smtp(shared_server.smtp) as talk:
        assert talk.ask("RCPT TO:<kim@here.test>").startswith("503 5.5.1 ")
        assert talk.ask("DATA").startswith("503 5.5.1 ")
        assert talk.ask("MAIL FROM:<a@client.test>").startswith("250 2.1.0")
        assert talk.ask("MAIL FROM:<a@client.test>").startswith("503 5.5.1 ")


def test_a_thousand_unknown_commands_end_in_a_clear_answer(shared_server: Server) -> None:
    with smtp(shared_server.smtp) as talk:
        said = []
        for _ in range(1000):
            try:
                said.append(talk.ask("XYZZY")[:3])
            except (BrokenPipeError, ConnectionResetError):
                break
            if said[-1] not in ("500", "502"):
                break
    assert said[0] in ("500", "502")
    assert set(said) <= {"500", "502", "421", ""}


@pytest.mark.parametrize(
    "bad", [b"one\ntwo\r\n", b"one\rtwo\r\n", b"one\n.\nMAIL FROM:<x@y.test>\r\n", b"one\r\n.\r\r\n"]
)
def test_a_bare_line_end_in_the_text_is_refused(shared_server: Server, bad: bytes) -> None:
    with smtp(shared_server.smtp) as talk:
        in_data(talk)
        talk.send(b"Subject: smuggled\r\n\r\n" + bad + b"\r\n.\r\n")
        assert talk.reply().startswith("550 5.6.0 ")
        assert talk.ask("NOOP").startswith("250 2.0.0")
    assert "smuggled" not in {row["subject"] for row in shared_server.rows("list")}


def test_a_bare_line_feed_does_not_end_a_command(shared_server: Server) -> None:
    with smtp(shared_server.smtp) as talk:
        talk.send(b"NOOP\nNOOP\r\n")
        assert talk.reply()[:1] == "5"


@pytest.mark.parametrize("octets", [b"MAIL FROM:<a\0b@client.test>\r\n", b"NO\0OP\r\n"])
def test_a_nul_in_a_command_is_a_syntax_error(shared_server: Server, octets: bytes) -> None:
    with smtp(shared_server.smtp) as talk:
        talk.send(octets)
        assert talk.reply()[:3] in ("500", "501", "502")
        assert talk.ask("NOOP").startswith("250 2.0.0")


@pytest.mark.parametrize("door", ["smtp", "lmtp", "imap", "pop3"])
def test_an_http_request_ends_the_connection_at_its_first_line(shared_server: Server, door: str) -> None:
    """A web page could otherwise make a browser speak to a mail door."""
    with Talk(shared_server.ports[door]) as talk:
        assert talk.line()
        talk.send(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nEHLO a.test\r\nQUIT\r\n")
        said = talk.rest()
    assert b"HTTP" not in said
    assert said.count(b"\r\n") <= 1


def test_a_message_without_recipients_has_no_data(shared_server: Server) -> None:
    with smtp(shared_server.smtp) as talk:
        talk.ask("MAIL FROM:<a@client.test>")
        assert talk.ask("DATA")[:3] in ("503", "554")


def test_a_client_that_hangs_up_in_the_middle_leaves_nothing(shared_server: Server) -> None:
    with smtp(shared_server.smtp) as talk:
        in_data(talk)
        talk.send(b"Subject: unfinished\r\n\r\nhalf a mess")
    assert "unfinished" not in {row["subject"] for row in shared_server.rows("list")}


def test_a_client_that_never_reads_is_held_up_alone(shared_server: Server) -> None:
    """Its replies fill its own window; everybody else is served meanwhile."""
    with smtp(shared_server.smtp) as talk:
        talk.socket.settimeout(2)
        with pytest.raises(TimeoutError):
            send_for_ever(talk, b"HELP\r\n" * 10_000)
        assert deliver(shared_server.smtp, "other@here.test", TEXT).startswith("250 2.")


def test_octets_one_by_one_are_still_a_command(shared_server: Server) -> None:
    with smtp(shared_server.smtp) as talk:
        for octet in b"NOOP\r\n":
            talk.send(bytes([octet]))
        assert talk.reply().startswith("250 2.0.0")


def test_pipelined_commands_are_answered_in_order(shared_server: Server) -> None:
    with smtp(shared_server.smtp) as talk:
        talk.send(b"MAIL FROM:<a@client.test>\r\nRCPT TO:<kim@here.test>\r\nDATA\r\n")
        assert [talk.reply()[:3] for _ in range(3)] == ["250", "250", "354"]
        talk.send(b"Subject: piped\r\n\r\nx\r\n.\r\nNOOP\r\nQUIT\r\n")
        assert [talk.reply()[:3] for _ in range(3)] == ["250", "250", "221"]


@pytest.mark.parametrize("command", [b"a LOGIN\r\n", b"\xff\xfe\r\n", b"a \r\n", b"* OK\r\n", b"a FETCH 1 BODY[\r\n"])
def test_imap_garbage_is_bad_and_the_session_goes_on(shared_server: Server, command: bytes) -> None:
    with Talk(shared_server.imap) as talk:
        assert talk.line().startswith("* OK")
        talk.send(command)
        assert " BAD" in talk.line()
        talk.send(b"b NOOP\r\n")
        assert talk.line().startswith("b OK")


def test_an_imap_literal_larger_than_allowed_is_refused_before_it_is_sent(shared_server: Server) -> None:
    with Talk(shared_server.imap) as talk:
        talk.line()
        talk.send(b"a LOGIN {4000000000}\r\n")
        assert not talk.line().startswith("+")


@pytest.mark.parametrize("command", [b"\xff\r\n", b"RETR 1\r\n", b"USER\r\n", b"PASS x\r\n"])
def test_pop3_garbage_is_an_error_and_the_session_goes_on(shared_server: Server, command: bytes) -> None:
    with Talk(shared_server.pop3) as talk:
        assert talk.line().startswith("+OK")
        talk.send(command)
        assert talk.line().startswith("-ERR")
        talk.send(b"CAPA\r\n")
        assert talk.line().startswith("+OK")
