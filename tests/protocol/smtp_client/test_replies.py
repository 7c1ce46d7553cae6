"""Replies of a peer that is not trusted: any split, any garbage, any length (RFC 5321 §4.2, RFC 3463)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pabal.model.replies import EnhancedStatus, Reply
from pabal.protocol.smtp.events import Event
from pabal.protocol.smtp_client import NEED_DATA, ClientLimits, Closed, State, TransactionDone
from pabal.protocol.smtp_client.extensions import parse
from pabal.protocol.smtp_client.replies import ReplyFault, ReplyReader, reply_of
from tests.protocol.smtp.test_octets import cuts_of
from tests.protocol.smtp_client.dialogue import Client

ENVELOPE = b"250 2.1.0 OK\r\n250-2.1.5 two\r\n250 2.1.5 lines\r\n550 5.1.1 No\r\n354 Go\r\n"
VERDICT = b"250-2.0.0 Taken\r\n250 2.0.0 as 17\r\n421 4.3.2 Bye\r\n"
WORDS = st.sampled_from(
    [b"250", b"354", b"421", b"550", b"452", b"-", b" ", b"\r\n", b"\r", b"\n", b"\xff", b"5.1.1 ", b"x"]
)
GARBAGE = st.one_of(st.binary(max_size=60), st.lists(WORDS, max_size=40).map(b"".join))


def reply(octets: bytes, limits: ClientLimits | None = None) -> Reply:
    limits = limits or ClientLimits()
    reader = ReplyReader(limits)
    reader.receive(octets)
    received = reader.next()
    assert received is not None
    return reply_of(received, limits.reply_text)


def events_of(envelope: list[bytes], verdict: list[bytes]) -> list[Event]:
    client = Client()
    client.send("a", "b")
    client.hear(*envelope)
    client.hear(*verdict)
    return client.events


@given(cuts_of(ENVELOPE), cuts_of(VERDICT))
@settings(max_examples=100)
def test_events_do_not_depend_on_how_replies_arrive(envelope: list[bytes], verdict: list[bytes]) -> None:
    assert events_of(envelope, verdict) == events_of([ENVELOPE], [VERDICT])


@given(
    st.lists(GARBAGE, max_size=6), st.booleans(), st.sampled_from(["250 x\r\n", "250-CHUNKING\r\n250 PIPELINING\r\n"])
)
@settings(max_examples=250)
def test_no_octets_raise_and_every_recipient_ends_once(pieces: list[bytes], lmtp: bool, hello: str) -> None:
    client = Client(hello=hello, lmtp=lmtp)
    client.send("a", "b")
    client.hear(*(piece for piece in pieces if piece), b"")
    done = [event for event in client.events if isinstance(event, TransactionDone)]
    assert len(done) == 1
    ended = [*(each.recipient for each in done[0].outcomes), *done[0].rest]
    assert sorted(each.forward_path.local_part for each in ended) == ["a", "b"]
    assert all(
        each.status.klass == {"delivered": 2, "temporary": 4, "permanent": 5}[each.result.value]
        for each in done[0].outcomes
    )
    assert isinstance(client.events[-1], Closed)
    assert client.session.next_event() is NEED_DATA


@given(st.lists(GARBAGE, max_size=4))
@settings(max_examples=150)
def test_no_octets_raise_before_the_peer_is_known(pieces: list[bytes]) -> None:
    client = Client(hello=None)
    client.hear(*(piece for piece in pieces if piece), b"")
    assert client.session.state is State.CLOSED


@given(st.binary(max_size=200).map(lambda text: text.replace(b"\r", b"").replace(b"\n", b"").replace(b"\0", b"")))
@settings(max_examples=100)
def test_text_is_made_safe(text: bytes) -> None:
    said = reply(b"550 " + text + b"\r\n")
    assert said.text.isascii()
    assert said.text.isprintable()


@pytest.mark.parametrize(
    ("octets", "status", "text"),
    [
        (b"550 5.1.1 No such user\r\n", (5, 1, 1), "No such user"),
        (b"550-5.7.26 First\r\n550 5.7.26 second\r\n", (5, 7, 26), "First\nsecond"),
        (b"550-5.7.26 First\r\n550 second\r\n", (5, 7, 26), "First\nsecond"),
        (b"450 5.1.1 A class that is not its code's\r\n", (4, 0, 0), "A class that is not its code's"),
        (b"250 OK\r\n", (2, 0, 0), "OK"),
        (b"550\r\n", (5, 0, 0), ""),
        (b"550 5.1.1\r\n", (5, 1, 1), ""),
        (b"550 1.2.3.4 is listed\r\n", (5, 0, 0), "1.2.3.4 is listed"),
        (b"250-a\r\n550 b\r\n", (5, 0, 0), "a\nb"),
    ],
)
def test_the_status_is_the_peers_or_of_the_class(octets: bytes, status: tuple[int, int, int], text: str) -> None:
    said = reply(octets)
    assert said.status == EnhancedStatus(*status)
    assert said.text == text


def test_a_go_ahead_has_no_status() -> None:
    assert reply(b"354 Go\r\n").status is None


def test_the_text_that_is_kept_is_bounded() -> None:
    many = b"550-" + b"x" * 400 + b"\r\n"
    assert len(reply(many * 20 + b"550 x\r\n").text) == ClientLimits().reply_text
    assert len(reply(many * 20 + b"550 x\r\n", ClientLimits(reply_text=200)).text) == 200
    assert max(map(len, reply(b"550 " + b"x" * 900 + b"\r\n").text.split("\n"))) == 500


@pytest.mark.parametrize(
    "octets",
    [
        b"250 " + b"x" * 600 + b"\r\n",  # reply_line
        b"x" * 600,  # also one that does not end
        b"250-x\r\n" * 21,  # reply_lines
        (b"250-" + b"x" * 500 + b"\r\n") * 9,  # reply_octets
        b"hello\r\n",
        b"25 x\r\n",
        b"150 x\r\n",
        b"650 x\r\n",
        b"250x\r\n",
        b"250 a\rb\r\n",
        b"250 a\n",
        b"\r\n",
    ],
)
def test_what_is_no_reply_or_too_much_of_one_is_a_fault(octets: bytes) -> None:
    reader = ReplyReader(ClientLimits(reply_line=512, reply_lines=20, reply_octets=4096))
    reader.receive(octets)
    with pytest.raises(ReplyFault) as fault:
        reader.next()
    assert str(fault.value).isprintable()


def test_a_reply_within_its_limits_is_taken() -> None:
    limits = ClientLimits(reply_line=512, reply_lines=20, reply_octets=4096)
    assert reply(b"250 " + b"x" * 506 + b"\r\n", limits).code == 250
    assert reply(b"250-x\r\n" * 19 + b"250 x\r\n", limits).code == 250


def test_extensions_are_read_in_any_case_and_spelling() -> None:
    offered = parse(
        ("mx.example says hello", "size 1000", "Pipelining", "AUTH plain", "AUTH=LOGIN PLAIN", "", "X-Y  z")
    )
    assert offered.peer_name == "mx.example"
    assert offered.size_limit == 1000
    assert offered.offers("PIPELINING")
    assert offered.mechanisms == {"PLAIN", "LOGIN"}
    assert not offered.offers("DSN")


@pytest.mark.parametrize("size", ["SIZE", "SIZE 0", "SIZE x", "SIZE " + "9" * 21])
def test_a_size_that_says_nothing_is_no_limit(size: str) -> None:
    assert parse(("x", size)).size_limit is None
