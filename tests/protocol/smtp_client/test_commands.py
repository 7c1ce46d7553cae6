"""What is said about a message, and what cannot be said to this peer (RFC 1870, 6152, 6531, 3461)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pabal.model.address import Address
from pabal.model.envelope import Recipient
from pabal.protocol.smtp_client import ConversionNeeded, MailTransaction, State, TransactionDone
from pabal.protocol.smtp_client.commands import original_recipient, xtext
from tests.protocol.smtp_client.dialogue import ALL, KIM, Client

DSN = "250-PIPELINING\r\n250 DSN\r\n"
UTF8 = "250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n"


def asked(hello: str, recipient: Recipient | None = None, **fields: object) -> list[str]:
    client = Client(hello=hello)
    values: dict[str, object] = {"reverse_path": KIM, "size": 20}
    to = recipient or Recipient(Address("a", "example.net"))
    client.session.send(MailTransaction(recipients=(to,), **(values | fields)))  # type: ignore[arg-type]
    client.look()
    return client.sent().splitlines()


def test_a_bounce_has_the_null_reverse_path() -> None:
    assert asked("250 x\r\n", reverse_path=None) == ["MAIL FROM:<>"]


def test_dsn_parameters_go_to_a_peer_that_knows_them() -> None:
    recipient = Recipient(Address("a b", "example.net"), frozenset(("SUCCESS", "DELAY")), "rfc822;a+b@example.net")
    mail, rcpt, _ = asked(DSN, recipient, return_content="HDRS", envelope_id="QQ 1")
    assert mail == "MAIL FROM:<kim@example.org> RET=HDRS ENVID=QQ+201"
    assert rcpt == 'RCPT TO:<"a b"@example.net> NOTIFY=DELAY,SUCCESS ORCPT=rfc822;a+2Bb@example.net'


def test_dsn_parameters_do_not_go_to_a_peer_that_does_not_know_them() -> None:
    recipient = Recipient(Address("a", "example.net"), frozenset(("NEVER",)), "rfc822;x@example.net")
    mail, rcpt, _ = asked("250 PIPELINING\r\n", recipient, return_content="FULL", envelope_id="1")
    assert (mail, rcpt) == ("MAIL FROM:<kim@example.org>", "RCPT TO:<a@example.net>")


def test_an_original_recipient_that_is_not_ascii_is_written_in_ascii() -> None:
    assert original_recipient("utf-8;é+\\@x") == "utf-8;\\x{E9}\\x{2B}\\x{5C}@x"


@given(st.text(max_size=30))
@settings(max_examples=100)
def test_xtext_is_one_word_of_ascii(text: str) -> None:
    word = xtext(text)
    assert word.isascii()
    assert not set(word) & set(" =\r\n\t")


def test_eight_bit_content_is_said() -> None:
    assert asked(ALL, body="8BITMIME")[0] == "MAIL FROM:<kim@example.org> SIZE=20 BODY=8BITMIME"


@pytest.mark.parametrize(
    ("hello", "body", "wanted"),
    [
        ("250 PIPELINING\r\n", "8BITMIME", "7BIT"),
        ("250 PIPELINING\r\n", "BINARYMIME", "7BIT"),
        (ALL, "BINARYMIME", "8BITMIME"),
    ],
)
def test_content_that_the_peer_does_not_take_must_be_converted_first(hello: str, body: str, wanted: str) -> None:
    client = Client(hello=hello)
    client.send("a", body=body)
    assert client.events[-1] == ConversionNeeded(wanted)
    assert client.sent() == ""
    assert client.session.state is State.READY
    client.send("a", body=wanted)
    assert client.sent().startswith("MAIL FROM:")


def test_binary_content_goes_where_it_is_taken() -> None:
    hello = "250-PIPELINING\r\n250-CHUNKING\r\n250-8BITMIME\r\n250 BINARYMIME\r\n"
    assert asked(hello, body="BINARYMIME")[0].endswith(" BODY=BINARYMIME")


def refused(hello: str, **fields: object) -> str:
    client = Client(hello=hello)
    client.send("a", **fields)
    assert client.sent() == ""
    assert client.session.state is State.READY
    return client.results["a"]


def test_a_message_that_is_too_large_is_refused_before_mail() -> None:
    assert refused("250 SIZE 19\r\n") == "permanent 5.3.4"


@pytest.mark.parametrize("fields", [{"smtputf8": True}, {"reverse_path": Address("é", "example.org")}])
def test_a_message_that_needs_smtputf8_is_refused_where_it_is_not_offered(fields: dict[str, object]) -> None:
    assert refused(ALL, **fields) == "permanent 5.6.7"


def test_smtputf8_is_said_where_it_is_needed_and_only_there() -> None:
    assert asked(UTF8, Recipient(Address("é", "example.net")))[:2] == [
        "MAIL FROM:<kim@example.org> SMTPUTF8",
        "RCPT TO:<é@example.net>",
    ]
    assert asked(UTF8, smtputf8=True)[0].endswith(" SMTPUTF8")
    assert asked(UTF8)[0] == "MAIL FROM:<kim@example.org>"


def test_one_recipient_that_needs_smtputf8_does_not_hold_up_the_others() -> None:
    client = Client()
    client.send("é", "b")
    assert client.sent().count("RCPT") == 1
    client.hear(b"250 OK\r\n250 OK\r\n354 Go\r\n250 Taken\r\n")
    assert client.results == {"é": "permanent 5.6.7", "b": "delivered 2.0.0"}


@pytest.mark.parametrize(
    "address",
    [
        Address("a\r\nRCPT TO:<b@example.net>", "example.net"),
        Address("a\n", "example.net"),
        Address("a\0", "example.net"),
        Address("a\ud800", "example.net"),
        Address("a", "example.net> BODY=8BITMIME"),
        Address("a", "example.net\r\nDATA"),
        Address("a", ""),
        Address("", ""),
    ],
)
def test_an_address_that_would_be_more_than_a_path_is_never_said(address: Address) -> None:
    client = Client()
    client.session.send(MailTransaction(KIM, (Recipient(address),), 20))
    client.look()
    assert client.sent() == ""
    assert str(client.done.outcomes[0].status) == "5.1.3"
    client.session.send(MailTransaction(address, (Recipient(KIM),), 20))
    client.look()
    assert client.sent() == ""
    assert str(client.done.outcomes[0].status) == "5.1.7"


def test_postmaster_needs_no_domain() -> None:
    assert asked("250 PIPELINING\r\n", Recipient(Address("Postmaster", "")))[1] == "RCPT TO:<Postmaster>"


def test_a_transaction_for_nobody_is_done_at_once() -> None:
    client = Client()
    client.session.send(MailTransaction(KIM, (), 20))
    client.look()
    assert client.events[-1] == TransactionDone((), ())
