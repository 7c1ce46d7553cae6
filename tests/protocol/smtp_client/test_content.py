"""A message on the wire: stuffed, counted, and never with a bare CR or LF (RFC 5321 §2.3.8, §4.5.2; RFC 3030)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pabal.model.errors import BareLineEnd, Refusal
from pabal.protocol.smtp.errors import NulInMessage
from pabal.protocol.smtp_client import Closed, ContentWanted, State
from pabal.protocol.smtp_client.content import ChunkWriter, DataWriter, EightBitContent, SizeMismatch
from tests.protocol.smtp.test_octets import cuts_of
from tests.protocol.smtp_client.dialogue import Client

EDGES = st.lists(st.sampled_from([b"\r\n", b".", b"a", b"\r\n.", b"\r\n.\r\n"]), max_size=20).map(b"".join)
ANY_EDGES = st.lists(st.sampled_from([b"\r\n", b".", b"\r", b"\n", b"a", b"\0"]), max_size=8).map(b"".join)


def written(writer: DataWriter | ChunkWriter, *pieces: bytes) -> bytes:
    return b"".join(writer.add(piece) for piece in pieces) + writer.end()


def stuffed(*pieces: bytes) -> bytes:
    return written(DataWriter(eight_bit=True), *pieces)


@pytest.mark.parametrize(
    ("message", "wire"),
    [
        (b"", b".\r\n"),
        (b"a\r\n", b"a\r\n.\r\n"),
        (b"a", b"a\r\n.\r\n"),
        (b".", b"..\r\n.\r\n"),
        (b".\r\n", b"..\r\n.\r\n"),
        (b"..\r\n.a\r\n", b"...\r\n..a\r\n.\r\n"),
        (b"a.\r\n", b"a.\r\n.\r\n"),
        (b"\r\n.\r\n", b"\r\n..\r\n.\r\n"),
    ],
)
def test_a_line_that_begins_with_a_dot_gets_one_more(message: bytes, wire: bytes) -> None:
    assert stuffed(message) == wire


@given(
    EDGES.filter(lambda octets: len(octets) > 1).flatmap(lambda octets: st.tuples(st.just(octets), cuts_of(octets)))
)
@settings(max_examples=150)
def test_the_wire_does_not_depend_on_how_the_content_is_cut(case: tuple[bytes, list[bytes]]) -> None:
    message, pieces = case
    assert stuffed(*pieces) == stuffed(message)


@given(ANY_EDGES)
@settings(max_examples=300)
def test_no_bare_line_end_and_no_nul_is_ever_sent(message: bytes) -> None:
    sent = b""
    writer = DataWriter(eight_bit=True)
    try:
        for octet in message:
            sent += writer.add(bytes([octet]))
        sent += writer.end()
    except Refusal:
        assert not sent.endswith(b"\r\n.\r\n")
    else:
        assert sent.endswith(b".\r\n")
    bare = sent.replace(b"\r\n", b"")
    assert not set(bare) & set(b"\r\n\0")


@pytest.mark.parametrize(
    ("pieces", "refusal"),
    [
        ([b"a\nb"], BareLineEnd),
        ([b"a\rb"], BareLineEnd),
        ([b"a\r", b"b"], BareLineEnd),
        ([b"a\r"], BareLineEnd),
        ([b"a\r\n", b"\n"], BareLineEnd),
        ([b"a\0"], NulInMessage),
    ],
)
@pytest.mark.parametrize("chunks", [False, True])
def test_content_that_must_not_be_sent_is_refused(pieces: list[bytes], refusal: type[Refusal], chunks: bool) -> None:
    writer = ChunkWriter(100, binary=False) if chunks else DataWriter(eight_bit=True)
    with pytest.raises(refusal):
        written(writer, *pieces)


def test_eight_bit_octets_are_for_a_peer_that_takes_them() -> None:
    with pytest.raises(EightBitContent):
        written(DataWriter(eight_bit=False), "é\r\n".encode())
    assert written(DataWriter(eight_bit=True), "é\r\n".encode()) == "é\r\n.\r\n".encode()


def test_a_chunk_has_the_size_that_was_said() -> None:
    assert written(ChunkWriter(4, binary=False), b".a", b"\r\n") == b".a\r\nBDAT 0 LAST\r\n"
    with pytest.raises(SizeMismatch):
        written(ChunkWriter(3, binary=False), b"ab\r\n")
    with pytest.raises(SizeMismatch):
        written(ChunkWriter(5, binary=False), b"ab\r\n")


def test_the_last_chunk_brings_the_line_end_that_is_missing() -> None:
    assert written(ChunkWriter(1, binary=False), b"a") == b"aBDAT 2 LAST\r\n\r\n"


def test_binary_content_is_sent_as_it_is() -> None:
    assert written(ChunkWriter(3, binary=True), b"\n\0\r") == b"\n\0\rBDAT 0 LAST\r\n"


@pytest.mark.parametrize("message", [b"a\nb\r\n", b"a\r\nb\r", "é\r\n".encode()])
def test_a_message_that_must_not_be_sent_fails_for_good_and_its_end_is_never_sent(message: bytes) -> None:
    client = Client(hello="250 PIPELINING\r\n")
    client.message, client.pieces = message, 1
    client.send("a")
    client.sent()
    client.hear(b"250 OK\r\n250 OK\r\n354 Go\r\n")
    assert isinstance(client.last(ContentWanted), ContentWanted)
    outcome = client.done.outcomes[0]
    assert (outcome.result.value, outcome.status.subject) == ("permanent", 6)
    assert isinstance(client.events[-1], Closed)
    assert client.session.state is State.CLOSED
    assert client.sent() == ""
