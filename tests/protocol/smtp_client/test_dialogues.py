"""What is said to a next hop, and what its replies mean for each recipient (RFC 5321 §3, RFC 2920, RFC 2033)."""

from __future__ import annotations

import pytest

from pabal.model.replies import EnhancedStatus
from pabal.protocol.smtp_client import (
    NEED_DATA,
    ClientLimits,
    Closed,
    ContentWanted,
    Result,
    State,
    TlsAgreed,
    TlsRefused,
    TransactionDone,
    Verb,
)
from tests.protocol.smtp_client.dialogue import ALL, HELLO, Client, delivered, talk, transaction

PLAIN_HELLO = "250 mx.example\r\n"  # no extension at all
CHUNKING = "250-PIPELINING\r\n250-CHUNKING\r\n250 8BITMIME\r\n"


def test_a_message_goes_in_two_groups_and_a_dot_is_stuffed() -> None:
    client = Client()
    client.send("a", "b")
    talk(client, """
        C: MAIL FROM:<kim@example.org> SIZE=20
        C: RCPT TO:<a@example.net>
        C: RCPT TO:<b@example.net>
        C: DATA
        S: 250 2.1.0 OK
        S: 250 2.1.5 OK
        S: 250 2.1.5 OK
        S: 354 Go
        C: Subject: x
        C:
        C: ..dot
        C: .
        S: 250 2.0.0 Taken as 17
    """)  # fmt: skip
    assert client.results == {"a": "delivered 2.0.0", "b": "delivered 2.0.0"}
    assert client.done.outcomes[0].reply is not None
    assert client.done.outcomes[0].reply.text == "Taken as 17"
    assert client.session.state is State.READY


def test_without_pipelining_each_command_waits_for_its_reply() -> None:
    client = Client(hello=PLAIN_HELLO)
    client.send("a", "b")
    talk(client, """
        C: MAIL FROM:<kim@example.org>
        S: 250 OK
        C: RCPT TO:<a@example.net>
        S: 550 No such user
        C: RCPT TO:<b@example.net>
        S: 250 OK
        C: DATA
        S: 354 Go
        C: Subject: x
        C:
        C: ..dot
        C: .
        S: 250 Taken
    """)  # fmt: skip
    assert client.results == {"a": "permanent 5.0.0", "b": "delivered 2.0.0"}


def test_without_pipelining_data_is_not_said_when_every_recipient_was_refused() -> None:
    client = Client(hello=PLAIN_HELLO)
    client.send("a")
    talk(
        client,
        """
        C: MAIL FROM:<kim@example.org>
        S: 250 OK
        C: RCPT TO:<a@example.net>
        S: 450 4.2.1 Later
    """,
    )
    assert client.results == {"a": "temporary 4.2.1"}
    client.send("b")
    talk(
        client,
        """
        C: RSET
        S: 250 OK
        C: MAIL FROM:<kim@example.org>
        S: 451 Not now
    """,
    )
    assert client.results == {"b": "temporary 4.0.0"}


def test_a_peer_that_wants_the_content_for_nobody_gets_a_single_dot() -> None:
    client = Client()
    client.send("a")
    client.sent()
    talk(
        client,
        """
        S: 250 OK
        S: 550 5.1.1 No such user
        S: 354 Go
        C: .
        S: 554 5.5.1 No valid recipients
    """,
    )
    assert client.results == {"a": "permanent 5.1.1"}
    assert client.session.state is State.READY
    client.send("b")
    assert client.sent().startswith("RSET\r\nMAIL FROM:")


def test_a_refused_mail_is_the_outcome_of_every_recipient() -> None:
    client = Client()
    client.send("a", "b")
    client.sent()
    client.hear(b"550 5.7.1 Not you\r\n503 MAIL first\r\n503 MAIL first\r\n503 RCPT first\r\n")
    assert client.results == {"a": "permanent 5.7.1", "b": "permanent 5.7.1"}
    assert client.done.outcomes[0].detail == "MAIL"


def test_a_go_ahead_after_mail_was_refused_is_left_without_a_dot() -> None:
    client = Client()
    client.send("a")
    client.sent()
    client.hear(b"550 5.7.1 Not you\r\n250 OK\r\n354 Go\r\n")
    assert client.results == {"a": "permanent 5.7.1"}
    assert client.session.state is State.CLOSED
    assert client.sent() == ""


@pytest.mark.parametrize(("code", "result"), [(451, "temporary 4.0.0"), (554, "permanent 5.0.0")])
@pytest.mark.parametrize("step", ["DATA", "end"])
def test_a_refused_message_is_the_outcome_of_those_who_were_accepted(code: int, result: str, step: str) -> None:
    client = Client()
    client.send("a", "b")
    client.hear(b"250 OK\r\n250 OK\r\n550 5.1.1 No\r\n")
    if step == "end":
        client.hear(b"354 Go\r\n")
    client.hear(b"%d No\r\n" % code)
    assert client.results == {"b": "permanent 5.1.1", "a": result}


def test_452_after_the_first_sends_the_rest_in_another_transaction() -> None:
    client = Client()
    client.send("a", "b", "c")
    client.hear(b"250 OK\r\n250 OK\r\n452 4.5.3 Too many\r\n552 Too many\r\n354 Go\r\n250 Taken\r\n")
    assert client.results == {"a": "delivered 2.0.0"}
    assert client.rest == ["b", "c"]
    client.sent()
    client.send(*client.rest)
    assert client.sent().startswith("MAIL FROM:")  # the end of the message ended the transaction: no RSET


def test_who_was_not_asked_for_when_the_peer_is_full_goes_with_the_rest() -> None:
    client = Client(ClientLimits(pipelined=3))
    client.send("a", "b", "c", "d", "e")
    assert client.sent().count("RCPT") == 2
    client.hear(b"250 OK\r\n")
    assert client.sent() == "RCPT TO:<c@example.net>\r\n"
    client.hear(b"250 OK\r\n452 4.5.3 Too many\r\n")
    assert client.sent() == "RCPT TO:<d@example.net>\r\nDATA\r\n"
    client.hear(b"452 4.5.3 Too many\r\n" * 2, b"354 Go\r\n", b"250 Taken\r\n")
    assert client.results == {"a": "delivered 2.0.0"}
    assert client.rest == ["b", "c", "d", "e"]


@pytest.mark.parametrize("reply", ["452 4.5.3 Too many", "552 5.5.3 Too many", "452 4.2.2 Mailbox full"])
def test_452_and_552_on_the_first_recipient_are_temporary(reply: str) -> None:
    client = Client()
    client.send("a")
    client.hear(f"250 OK\r\n{reply}\r\n503 No\r\n".encode())
    outcome = client.done.outcomes[0]
    assert outcome.result is Result.TEMPORARY
    assert outcome.status.klass == 4
    assert client.rest == []


def test_452_for_a_full_mailbox_is_that_recipient_alone() -> None:
    client = Client()
    client.send("a", "b")
    client.hear(b"250 OK\r\n250 OK\r\n452 4.2.2 Mailbox full\r\n354 Go\r\n250 Taken\r\n")
    assert client.results == {"b": "temporary 4.2.2", "a": "delivered 2.0.0"}


def test_lmtp_answers_for_each_recipient_that_was_accepted() -> None:
    client = Client(lmtp=True)
    client.send("a", "b", "c")
    client.hear(b"250 OK\r\n250 OK\r\n550 5.1.1 No\r\n250 OK\r\n354 Go\r\n250 2.1.5 Taken\r\n")
    assert not any(isinstance(event, TransactionDone) for event in client.events)
    client.hear(b"452 4.2.2 Full\r\n")
    assert client.results == {"b": "permanent 5.1.1", "a": "delivered 2.1.5", "c": "temporary 4.2.2"}


def test_lmtp_says_lhlo_and_never_helo_nor_bdat() -> None:
    client = Client(hello=None, lmtp=True)
    talk(
        client,
        """
        S: 220 LMTP
        C: LHLO client.example
        S: 250-x
        S: 250-PIPELINING
        S: 250 CHUNKING
    """,
    )
    client.send("a")
    assert client.sent().endswith("DATA\r\n")
    refused = Client(hello=None, lmtp=True)
    refused.hear(b"220 LMTP\r\n500 What?\r\n")
    assert refused.session.state is State.CLOSED


def test_lmtp_wants_no_content_for_nobody() -> None:
    client = Client(lmtp=True)
    client.send("a")
    client.hear(b"250 OK\r\n550 5.1.1 No\r\n354 Go\r\n")
    assert client.results == {"a": "permanent 5.1.1"}
    assert isinstance(client.events[-1], Closed)


def test_a_connection_lost_between_the_replies_of_lmtp_keeps_what_was_said() -> None:
    client = Client(lmtp=True)
    client.send("a", "b")
    client.hear(b"250 OK\r\n250 OK\r\n250 OK\r\n354 Go\r\n250 Taken\r\n", b"")
    assert client.results == {"a": "delivered 2.0.0", "b": "temporary 4.4.2"}


def test_with_chunking_the_content_goes_unstuffed_and_counted() -> None:
    client = Client(hello=CHUNKING)
    client.send("a")
    talk(client, """
        C: MAIL FROM:<kim@example.org>
        C: RCPT TO:<a@example.net>
        S: 250 OK
        S: 250 OK
        C: BDAT 20
        C: Subject: x
        C:
        C: .dot
        C: BDAT 0 LAST
        S: 250 20 octets
        S: 250 2.0.0 Taken
    """)  # fmt: skip
    assert delivered(client)


def test_a_refused_chunk_is_the_outcome_and_the_reply_to_the_last_is_none() -> None:
    client = Client(hello=CHUNKING)
    client.send("a")
    client.hear(b"250 OK\r\n250 OK\r\n", b"552 5.3.4 Too large\r\n")
    assert not any(isinstance(event, TransactionDone) for event in client.events)
    client.hear(b"250 Whatever\r\n")
    assert client.results == {"a": "permanent 5.3.4"}
    client.sent()
    client.send("a")
    assert client.sent().startswith("RSET\r\n")


def test_a_chunk_refused_before_its_end_closes() -> None:
    client = Client(hello=CHUNKING)
    client.session.send(transaction("a"))
    client.session.receive(b"250 OK\r\n250 OK\r\n")
    assert isinstance(client.session.next_event(), ContentWanted)
    client.session.content(b"Subject: ")
    client.hear(b"452 4.3.1 No room\r\n")
    assert client.results == {"a": "temporary 4.3.1"}
    assert client.session.state is State.CLOSED


def test_ehlo_that_is_not_known_falls_back_to_helo() -> None:
    client = Client(hello=None)
    talk(
        client,
        """
        S: 220 old.example
        C: EHLO client.example
        S: 502 What?
        C: HELO client.example
        S: 250 old.example
    """,
    )
    assert client.ready.extensions.keywords == {}


@pytest.mark.parametrize("greeting", ["554 No", "521 No mail here", "450 Busy"])
def test_a_refused_greeting_ends_with_quit(greeting: str) -> None:
    client = Client(hello=None)
    talk(
        client,
        f"""
        S: {greeting}
        C: QUIT
    """,
    )
    closed = client.last(Closed)
    assert isinstance(closed, Closed)
    assert closed.reply is not None
    assert closed.reply.code == int(greeting[:3])


@pytest.mark.parametrize("replies", ["451 Later", "502 What?\r\n550 Go away"])
def test_a_refused_hello_closes(replies: str) -> None:
    client = Client(hello=None)
    client.hear(f"220 x\r\n{replies}\r\n".encode())
    assert client.session.state is State.CLOSED


def test_what_came_before_tls_is_forgotten() -> None:
    client = Client(hello="250-STARTTLS\r\n250 CHUNKING\r\n")
    client.session.start_tls()
    talk(
        client,
        """
        C: STARTTLS
    """,
    )
    client.session.receive(b"220 Go\r\n250-injected\r\n250 AUTH PLAIN\r\n")
    assert isinstance(client.session.next_event(), TlsAgreed)
    client.session.tls_started()
    assert client.session.extensions.keywords == {}
    client.look()
    talk(
        client,
        """
        C: EHLO client.example
        S: 250-mx.example
        S: 250 SIZE 5
    """,
    )
    assert client.ready.extensions.keywords == {"SIZE": "5"}


def test_starttls_that_is_refused_leaves_the_session_ready() -> None:
    client = Client(hello="250 STARTTLS\r\n")
    client.session.start_tls()
    client.hear(b"454 4.7.0 Not now\r\n")
    assert isinstance(client.events[-1], TlsRefused)
    client.send("a")
    assert client.sent().startswith("STARTTLS\r\nMAIL")


def test_after_a_new_hello_there_is_no_old_transaction_to_forget() -> None:
    client = Client(hello="250 STARTTLS\r\n")
    client.send("a")
    client.hear(b"451 Not now\r\n")
    client.session.start_tls()
    client.hear(b"220 Go\r\n")
    client.session.tls_started()
    client.hear(b"250 mx.example\r\n")
    client.sent()
    client.send("a")
    assert client.sent() == "MAIL FROM:<kim@example.org>\r\n"


def test_a_handshake_that_fails_ends_the_connection() -> None:
    client = Client(hello="250 STARTTLS\r\n")
    client.session.start_tls()
    client.hear(b"220 Go\r\n")
    assert client.session.state is State.HANDSHAKE
    client.session.lost("the TLS handshake failed")
    client.look()
    assert client.events[-1] == Closed(None, "the TLS handshake failed")
    client.session.lost("again")
    assert client.session.next_event() is NEED_DATA


def test_quit_closes() -> None:
    client = Client()
    client.session.quit()
    talk(
        client,
        """
        C: QUIT
        S: 221 Bye
    """,
    )
    assert client.session.state is State.CLOSED


def test_421_between_transactions_closes() -> None:
    client = Client()
    client.hear(b"421 4.4.2 Idle too long\r\n")
    assert isinstance(client.events[-1], Closed)


REPLIES = [b"250 OK\r\n", b"250 OK\r\n", b"550 5.1.1 No\r\n", b"354 Go\r\n"]


@pytest.mark.parametrize("end", [b"", b"421 4.3.2 Shutting down\r\n", b"\xff\xfe\r\n", b"999 What\r\n", b"x" * 9000])
@pytest.mark.parametrize("steps", range(len(REPLIES) + 1))
def test_every_recipient_ends_wherever_the_peer_breaks_off(steps: int, end: bytes) -> None:
    client = Client()
    client.send("a", "b")
    client.hear(*REPLIES[:steps], end)
    status = {b"": "4.4.2", b"42": "4.3.2"}.get(end[:2], "4.5.0")
    expected = {"a": f"temporary {status}", "b": f"temporary {status}"}
    if steps >= 3:
        expected["b"] = "permanent 5.1.1"
    assert client.results == expected
    assert isinstance(client.events[-1], Closed)
    assert client.session.state is State.CLOSED


def test_nobody_is_delivered_by_a_reply_that_comes_before_the_final_dot() -> None:
    client = Client()
    client.session.send(transaction("a"))
    client.session.receive(b"250 OK\r\n250 OK\r\n354 Go\r\n250 Taken\r\n")
    events = []
    while not events or not isinstance(events[-1], Closed):
        events.append(client.session.next_event())
    client.events = events
    assert client.results == {"a": "temporary 4.5.0"}


def test_a_refusal_in_the_midst_of_the_content_is_the_outcome() -> None:
    client = Client()
    client.session.send(transaction("a"))
    client.session.receive(b"250 OK\r\n250 OK\r\n354 Go\r\n")
    while not isinstance(client.session.next_event(), ContentWanted):
        pass
    client.session.content(b"Subject: x\r\n")
    client.hear(b"552 5.3.4 Too large\r\n")
    assert client.results == {"a": "permanent 5.3.4"}
    client.give()  # nothing happens: nobody wants it any more
    assert client.sent() == ""


@pytest.mark.parametrize("replies", [b"354 Go\r\n", b"250 OK\r\n250 OK\r\n250 OK\r\n", b"334 \r\n"])
def test_a_positive_reply_of_the_wrong_class_closes(replies: bytes) -> None:
    client = Client()
    client.send("a")
    client.hear(replies)
    assert client.results == {"a": "temporary 4.5.0"}


def test_a_peer_that_cannot_reset_is_left() -> None:
    client = Client()
    client.send("a")
    client.hear(b"550 No\r\n503 No\r\n503 No\r\n")
    client.send("b")
    client.hear(b"500 5.5.1 RSET?\r\n")
    assert client.results == {"b": "temporary 4.5.1"}
    assert client.session.state is State.CLOSED


def test_the_awaited_verb_tells_which_time_limit_holds() -> None:
    client = Client(hello=None)
    assert client.session.awaiting is Verb.GREETING
    client.hear((HELLO + ALL).encode())
    assert client.session.awaiting is None
    client.send("a")
    assert client.session.awaiting is Verb.MAIL
    client.hear(b"250 OK\r\n250 OK\r\n")
    assert client.session.awaiting is Verb.DATA
    client.hear(b"354 Go\r\n")
    assert client.session.awaiting is Verb.END
    client.session.lost("waited too long")
    client.look()
    closed = client.last(Closed)
    assert isinstance(closed, Closed)
    assert closed.detail == "waited too long while waiting for the reply to end of data"
    assert client.done.outcomes[0].status == EnhancedStatus(4, 4, 2)


def test_what_is_asked_out_of_order_is_a_mistake_of_the_caller() -> None:
    client = Client()
    client.send("a")
    with pytest.raises(AssertionError):
        client.session.quit()
