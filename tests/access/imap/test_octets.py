"""Which octets a section means: prefix, blob, spans, partials (RFC 9051 §6.4.5.1)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pabal.access.imap import octets
from pabal.access.imap.fetch_sections import SHORT, Later, prepare, refuse_unknown_encodings
from pabal.access.imap.refusals import UnknownEncoding
from pabal.mailboxes.interface import Flags, Message
from pabal.mime.summary import summarise
from pabal.model.content import Content
from pabal.model.ids import EmailId, ModSeq, ThreadId, Uid
from pabal.protocol.imap.cursor import Cursor
from pabal.protocol.imap.fetch_command import Section, fetch_item
from pabal.store.interface import Place

from .messages import KOREAN, MIXED, PLAIN

PREFIX = b"Return-Path: <a@b.test>\r\nReceived: from c.test\r\n\tby d.test\r\n"


class OneBlob:
    """``store.interface.Blobs`` with one blob in memory."""

    def __init__(self, blob: bytes) -> None:
        self.blob = blob

    async def put(self, content: Content) -> Place:
        raise NotImplementedError

    def read(self, place: Place, start: int, stop: int) -> bytes:
        assert 0 <= start <= stop <= place.size
        return self.blob[start:stop]

    def pieces(self, place: Place, start: int, stop: int) -> Iterator[bytes]:
        yield self.read(place, start, stop)


def message_of(blob: bytes, prefix: bytes = PREFIX) -> Message:
    return Message(
        uid=Uid(1),
        email_id=EmailId(1),
        thread_id=ThreadId(1),
        mod_seq=ModSeq(1),
        flags=Flags(),
        internal_date=0,
        save_date=0,
        size=len(prefix) + len(blob),
        prefix=prefix,
        place=Place(1, 0, len(blob), 0),
        summary=summarise(blob),
    )


def section(item: bytes) -> Section:
    parsed = fetch_item(Cursor(item))
    assert isinstance(parsed, Section)
    return parsed


def value(blob: bytes, item: bytes, prefix: bytes = PREFIX) -> bytes | Later:
    return prepare(OneBlob(blob), message_of(blob, prefix), section(item))


def wire(data: bytes) -> bytes:
    return b"{%d}\r\n%b" % (len(data), data)


def test_the_whole_message_and_its_header_begin_with_the_prefix() -> None:
    header_end = PLAIN.index(b"\r\n\r\n") + 4
    assert value(PLAIN, b"BODY[]") == wire(PREFIX + PLAIN)
    assert value(PLAIN, b"BODY[HEADER]") == wire(PREFIX + PLAIN[:header_end])
    assert value(PLAIN, b"BODY[TEXT]") == wire(PLAIN[header_end:])
    assert value(PLAIN, b"RFC822") == wire(PREFIX + PLAIN)


def test_header_and_text_together_are_the_message() -> None:
    for blob in (PLAIN, KOREAN, MIXED, b"", b"\r\n", b"no header at all", b"A: b", b"A: b\r\nno colon\r\n"):
        message = message_of(blob)
        header = octets.section_range(message, Section(b"", text="HEADER"))
        text = octets.section_range(message, Section(b"", text="TEXT"))
        assert header is not None
        assert text is not None
        assert header == (0, text[0])
        assert text[1] == message.size


def test_fields_of_the_prefix_are_found_too() -> None:
    assert value(PLAIN, b"BODY[HEADER.FIELDS (Return-Path Subject)]") == wire(
        b"Return-Path: <a@b.test>\r\nSubject: Test subject\r\n\r\n"
    )
    assert value(b"", b"BODY[HEADER.FIELDS.NOT (Received)]") == wire(b"Return-Path: <a@b.test>\r\n\r\n")


def test_parts_are_counted_from_the_blob() -> None:
    assert value(MIXED, b"BODY[1]") == wire(b"first")
    assert value(MIXED, b"BODY[3.1]") == wire(b"inner body")
    assert value(MIXED, b"BODY[2.MIME]") == wire(
        b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    )
    assert value(PLAIN, b"BODY[1]") == wire(b"test content\r\n")


@pytest.mark.parametrize("item", [b"BODY[9]", b"BODY[1.1]", b"BODY[1.HEADER]", b"BODY[3.9]", b"BODY[1.2.3.4]"])
def test_a_part_that_is_not_there_is_nil(item: bytes) -> None:
    assert value(MIXED, item) == b"NIL"


def test_an_empty_range_is_an_empty_string_not_nil() -> None:
    assert value(PLAIN, b"BODY[]<99999.1>") == b'""'
    assert value(b"A: b\r\n\r\n", b"BODY[TEXT]") == b'""'


def test_a_long_value_is_streamed_later() -> None:
    blob = b"A: b\r\n\r\n" + b"x" * (SHORT + 2)
    size = len(PREFIX) + len(blob)
    assert value(blob, b"BODY[]") == Later(0, size)
    assert value(blob, b"BODY[TEXT]<1.99999999>") == Later(len(PREFIX) + 9, size)
    assert value(blob, b"BODY[TEXT]<0.3>") == wire(b"xxx")


def test_binary_is_decoded_and_sized() -> None:
    assert value(MIXED, b"BINARY[2]") == b"~" + wire(b"hallo\0")
    assert value(MIXED, b"BINARY[2]<1.3>") == wire(b"all")
    assert value(MIXED, b"BINARY.SIZE[2]") == b"6"
    assert value(MIXED, b"BINARY.SIZE[9]") == b"0"
    assert value(KOREAN, b"BINARY[1]") == wire("파발이 온다".encode())
    assert value(PLAIN, b"BINARY[]") == wire(PREFIX + PLAIN)


def test_binary_of_an_unknown_encoding_is_refused() -> None:
    blob = b"Content-Transfer-Encoding: x-own\r\n\r\nabc\r\n"
    with pytest.raises(UnknownEncoding):
        refuse_unknown_encodings(message_of(blob), [section(b"BINARY[1]")])
    refuse_unknown_encodings(message_of(blob), [section(b"BODY[1]"), section(b"BINARY[]")])


def test_a_long_part_is_decoded_whole() -> None:
    blob = b"Content-Transfer-Encoding: base64\r\n\r\n" + b"YWJj\r\n" * 50_000
    message = message_of(blob)
    found = octets.section_range(message, section(b"BINARY[1]"))
    assert found is not None
    assert octets.decoded(OneBlob(blob), message, *found, "1") == b"abc" * 50_000


@settings(max_examples=100, deadline=None)
@given(
    st.binary(max_size=300),
    st.sampled_from([b"", PREFIX]),
    st.integers(0, 400),
    st.integers(1, 400),
    st.sampled_from([b"BODY[]", b"BODY[HEADER]", b"BODY[TEXT]", b"BODY[1]"]),
)
def test_a_partial_is_a_cut_of_the_whole(blob: bytes, prefix: bytes, origin: int, count: int, item: bytes) -> None:
    whole = value(blob, item, prefix)
    part = value(blob, item + b"<%d.%d>" % (origin, count), prefix)
    assert isinstance(whole, bytes)
    octets_of_whole = whole.partition(b"\r\n")[2]
    wanted = octets_of_whole[origin : origin + count]
    assert part == (b"NIL" if whole == b"NIL" else wire(wanted) if wanted else b'""')


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 60), st.integers(0, 300))
def test_pieces_join_to_the_range(blob: bytes, cut: int, length: int) -> None:
    message = message_of(blob)
    start, stop = min(cut, message.size), min(cut + length, message.size)
    assert b"".join(octets.pieces(OneBlob(blob), message, start, stop)) == (PREFIX + blob)[start:stop]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from([b"--b\r\n", b"--b--\r\n", MIXED, b"Content-Type: message/rfc822\r\n", b"\r\n", b"x"]),
        max_size=8,
    )
)
def test_no_message_makes_a_section_fail(pieces: list[bytes]) -> None:
    blob = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"".join(pieces)
    for span in summarise(blob).parts:
        number = span.section.removesuffix(".HEADER")
        for item in (f"BODY[{number}]", f"BODY[{number}.MIME]", f"BODY[{number}.HEADER]", f"BINARY[{number}]"):
            if number or item in ("BODY[]", "BINARY[]"):
                assert value(blob, item.encode()) is not None
