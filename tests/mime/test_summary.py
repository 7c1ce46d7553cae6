"""What is filed with a message: the wire forms of RFC 9051 §7.5.2, spans, and the round trip of the stored form."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pabal.mime import Summary, parse, summarise
from pabal.mime.sections import section_span

PLAIN = (
    b"Date: Wed, 25 Nov 2026 12:00:03 +0900\r\n"
    b"From: =?utf-8?b?6rmA66+8?= <kim@example.org>\r\n"
    b'To: "Lee, Su" <lee@example.org>, park@example.org\r\n'
    b"Subject: Re: [list] Hello  there (fwd)\r\n"
    b"Message-ID: <1@example.org>\r\n"
    b"References: <a@x> <b@x>\r\n"
    b"\r\n"
    b"First line\r\nsecond\r\n"
)

NESTED = (
    b"Subject: outer\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"preamble\r\n"
    b"--b\r\n\r\nhello\r\n"
    b"--b\r\nContent-Type: message/rfc822\r\n\r\n"
    b"Subject: inner\r\nFrom: a@b.example\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n"
    b"--c\r\nContent-Type: text/plain\r\n\r\nplain\r\n"
    b"--c\r\nContent-Type: text/html\r\n\r\n<p>html\r\n--c--\r\n"
    b"\r\n--b--\r\nepilogue"
)


def test_the_envelope_of_a_plain_message() -> None:
    assert summarise(PLAIN).envelope == (
        b'("Wed, 25 Nov 2026 12:00:03 +0900" "Re: [list] Hello  there (fwd)" '
        b'(("=?utf-8?b?6rmA66+8?=" NIL "kim" "example.org")) '
        b'(("=?utf-8?b?6rmA66+8?=" NIL "kim" "example.org")) '
        b'(("=?utf-8?b?6rmA66+8?=" NIL "kim" "example.org")) '
        b'(("Lee, Su" NIL "lee" "example.org")(NIL NIL "park" "example.org")) NIL NIL NIL "<1@example.org>")'
    )


def test_the_columns_of_a_plain_message() -> None:
    summary = summarise(PLAIN)
    assert summary.sent_at == 1795575603
    assert (summary.from_text, summary.from_address) == ("김민", "kim@example.org")
    assert summary.to_text == "Lee, Su"
    assert summary.base_subject == "Hello there"
    assert summary.message_id == "1@example.org"
    assert summary.references == ("a@x", "b@x")
    assert summary.preview == "First line second"
    assert summary.lines == 2
    assert not summary.has_attachment


def test_a_message_without_anything_has_nil_in_its_envelope() -> None:
    assert summarise(b"").envelope == b"(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)"
    assert summarise(b"Subject:\r\n\r\n").envelope == b'(NIL "" NIL NIL NIL NIL NIL NIL NIL NIL)'


def test_groups_and_routes_in_the_envelope() -> None:
    summary = summarise(b"To: friends: a@b, Kim <@r1,@r2:c@d>;\r\nCc: undisclosed:;\r\n\r\n")
    assert b'((NIL NIL "friends" NIL)(NIL NIL "a" "b")("Kim" "@r1,@r2" "c" "d")(NIL NIL NIL NIL))' in summary.envelope
    assert b'((NIL NIL "undisclosed" NIL)(NIL NIL NIL NIL))' in summary.envelope


def test_raw_utf8_is_sent_as_a_literal() -> None:
    subject = "안녕".encode()
    assert b" {6}\r\n" + subject + b" " in summarise(b"Subject: " + subject + b"\r\n\r\n").envelope


def test_quotes_and_backslashes_are_escaped() -> None:
    assert rb'"say \"hi\" \\o/"' in summarise(b'Subject: say "hi" \\o/\r\n\r\n').envelope


def test_body_and_bodystructure_of_plain_text() -> None:
    summary = summarise(b"\r\nhi\r\n")
    assert summary.body == b'("TEXT" "PLAIN" ("CHARSET" "us-ascii") NIL NIL "7BIT" 4 1)'
    assert summary.body_structure == b'("TEXT" "PLAIN" ("CHARSET" "us-ascii") NIL NIL "7BIT" 4 1 NIL NIL NIL NIL)'


def test_bodystructure_of_a_nested_message() -> None:
    inner = b'(NIL "inner" ' + b'((NIL NIL "a" "b.example")) ' * 3 + b"NIL NIL NIL NIL NIL)"
    size = b"%d" % (NESTED.index(b"\r\n--b--") - NESTED.index(b"Subject: inner"))
    assert summarise(NESTED).body == (
        b'(("TEXT" "PLAIN" ("CHARSET" "us-ascii") NIL NIL "7BIT" 5 1)'
        b'("MESSAGE" "RFC822" NIL NIL NIL "7BIT" '
        + size
        + b" "
        + inner
        + b' (("TEXT" "PLAIN" NIL NIL NIL "7BIT" 5 1)("TEXT" "HTML" NIL NIL NIL "7BIT" 7 1) "ALTERNATIVE") 13)'
        b' "MIXED")'
    )


def test_extension_data() -> None:
    message = (
        b"Content-Type: application/pdf; name*=utf-8''%EA%B0%80.pdf\r\nContent-MD5: abc\r\n"
        b'Content-Disposition: attachment; filename="a.pdf"; size=3\r\n'
        b"Content-Language: ko, en\r\nContent-Location: http://x/\r\n"
        b"Content-ID: <1@x>\r\nContent-Description: A file\r\nContent-Transfer-Encoding: BASE64\r\n\r\nSGk=\r\n"
    )
    assert summarise(message).body_structure == (
        b'("APPLICATION" "PDF" ("NAME*" {7}\r\n' + "가.pdf".encode() + b') "<1@x>" "A file" "BASE64" 6 "abc" '
        b'("ATTACHMENT" ("FILENAME" "a.pdf" "SIZE" "3")) ("ko" "en") "http://x/")'
    )


SECTIONS = [
    ("", NESTED),
    ("HEADER", b"Subject: outer\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"),
    ("1", b"hello"),
    ("1.MIME", b"\r\n"),
    ("2.MIME", b"Content-Type: message/rfc822\r\n\r\n"),
    ("2.HEADER", NESTED[NESTED.index(b"Subject: inner") : NESTED.index(b"--c\r\n")]),
    ("2.TEXT", NESTED[NESTED.index(b"--c\r\n") : NESTED.index(b"\r\n--b--")]),
    ("2.1", b"plain"),
    ("2.2.mime", b"Content-Type: text/html\r\n\r\n"),
]


@pytest.mark.parametrize(("section", "wanted"), SECTIONS)
def test_sections_name_the_octets_the_rfc_says(section: str, wanted: bytes) -> None:
    span = section_span(summarise(NESTED).parts, section)
    assert span is not None
    assert NESTED[span[0] : span[1]] == wanted


def test_body_1_of_a_plain_message_is_its_body() -> None:
    parts = summarise(PLAIN).parts
    assert section_span(parts, "1") == section_span(parts, "TEXT") == (PLAIN.index(b"First"), len(PLAIN))


@pytest.mark.parametrize("section", ["3", "1.1", "1.HEADER", "MIME", "0", "2.3", "x"])
def test_a_section_that_is_not_there_is_none(section: str) -> None:
    assert section_span(summarise(NESTED).parts, section) is None


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        (b"Content-Disposition: attachment", True),
        (b"Content-Type: application/pdf", True),
        (b"Content-Type: image/png\r\nContent-Disposition: inline", False),
        (b"Content-Type: text/plain", False),
        (b"Content-Type: text/calendar\r\nContent-Disposition: Attachment; filename=x.ics", True),
    ],
)
def test_what_counts_as_an_attachment(fields: bytes, wanted: bool) -> None:
    assert summarise(fields + b"\r\n\r\nx").has_attachment is wanted


def test_at_most_fifty_references_the_last() -> None:
    value = b" ".join(b"<%d@x>" % number for number in range(70))
    assert summarise(b"References: " + value + b"\r\n\r\n").references[::49] == ("20@x", "69@x")


def test_in_reply_to_stands_in_for_references() -> None:
    assert summarise(b"In-Reply-To: your mail <a@b>\r\n\r\n").references == ("a@b",)


@settings(max_examples=60)
@given(st.binary(max_size=400))
def test_what_is_stored_reads_back(octets: bytes) -> None:
    summary = summarise(octets)
    assert Summary.decode(summary.encode()) == summary


PIECES = st.sampled_from(
    [
        b"\r\n",
        b"\n",
        b"--b",
        b"--",
        b"Content-Type: ",
        b"multipart/mixed; boundary=b",
        b"message/rfc822",
        b":",
        b"=?utf-8?q?=41?=",
        b'"',
        b"(",
        b"<a@b>",
        b"\x00",
        b"\xff",
        b"Subject:",
        b" ",
    ]
)


@settings(max_examples=150)
@given(st.lists(PIECES, max_size=40).map(b"".join))
def test_garbage_never_raises_and_no_octet_is_lost(octets: bytes) -> None:
    message = parse(octets)
    summarise(octets)
    assert bytes(message) == message.header + message.body == octets
    for part in message.walk():
        assert 0 <= part.header_start <= part.body_start <= part.body_end <= len(octets)
