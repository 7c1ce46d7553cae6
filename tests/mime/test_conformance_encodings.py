"""RFC 2045: Content-Type, transfer encodings: checks 26 to 50 of the conformance list; the reading side."""

from __future__ import annotations

import base64
import quopri

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pabal.mime import parse, summarise
from pabal.mime.parameters import content_type
from pabal.mime.transfer import decode_base64, decode_quoted_printable, encoding_defects, encoding_name


@pytest.mark.parametrize("version", ["MIME-Version: (made by X) 1.(y)0\r\n", "MIME-Version: 2.0\r\n", ""])
def test_026_fields_of_mime_count_whatever_the_version(version: str) -> None:
    part = parse(f"{version}Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--".encode())
    assert [child.body for child in part.children] == [b"x"]


def test_028_no_content_type_is_plain_ascii_text() -> None:
    kind = parse(b"Subject: x\r\n\r\nx").content_type
    assert (kind.value, kind.charset, kind.broken) == ("text/plain", "us-ascii", False)


@pytest.mark.parametrize("value", [b"text", b";;", b"text/", b"/plain", b"", b"text/plain/x"])
def test_028_a_broken_content_type_is_the_default_and_marked(value: bytes) -> None:
    message = parse(b"Content-Type: " + value + b"\r\n\r\nbody")
    assert message.content_type.value == "text/plain"
    assert message.defects == ["content-type-unreadable"]
    assert message.body == b"body"


def test_029_names_compare_without_case_values_keep_theirs() -> None:
    kind = content_type(b'TEXT/Plain; CHARSET="UTF-8"; Boundary=AbC')
    assert (kind.value, kind.charset, kind.get("boundary")) == ("text/plain", "utf-8", "AbC")


def test_030_comments_and_folding_between_tokens() -> None:
    kind = content_type(b'text/plain (c1);\r\n (c2) charset = "us-ascii" (c3 (c4))')
    assert kind.charset == "us-ascii"
    assert content_type(rb'a/b; name="a\"b\\c"').get("name") == r'a"b\c'


def test_031_an_unquoted_value_with_spaces_is_taken() -> None:
    assert content_type(b"a/b; name=a b.txt; x=y").get("name") == "a b.txt"


def test_032_of_parameters_that_stand_twice_the_first_counts() -> None:
    assert content_type(b"text/plain; charset=utf-8; charset=koi8-r").charset == "utf-8"
    message = parse(b"Content-Type: text/html\r\nContent-Type: text/plain\r\n\r\n")
    assert message.content_type.value == "text/html"


@pytest.mark.parametrize(
    "value",
    [
        b"text/plain; charset=utf-8;",
        b"text/plain charset=utf-8",
        b"text/plain;;charset=utf-8 ; junk",
        b"text/plain; charset=utf-8 x=y",
    ],
)
def test_033_semicolons_too_few_or_too_many(value: bytes) -> None:
    assert content_type(value).charset == "utf-8"


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (b"base64;", "base64"),
        (b'"base64"', "base64"),
        (b"base64 (x)", "base64"),
        (b"(x) base64", "base64"),
        (b" BASE64 ", "base64"),
        (b"7-bit", "7bit"),
        (b"8 bit", "8bit"),
        (b"", ""),
        (b"x-uue", "x-uue"),
    ],
)
def test_034_spellings_of_transfer_encodings(value: bytes, wanted: str) -> None:
    assert encoding_name(value) == wanted


def test_035_a_multipart_labelled_base64_is_read_as_it_stands() -> None:
    message = parse(
        b"Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: base64\r\n\r\n--b\r\n\r\nx\r\n--b--"
    )
    assert [child.body for child in message.children] == [b"x"]
    assert "encoded-multipart" in message.defects


@pytest.mark.parametrize(
    ("number", "encoded", "wanted"),
    [
        (40, b"ab  \r\ncd", b"ab\r\ncd"),
        (40, b"ab\t \r\ncd \t", b"ab\r\ncd"),
        (41, b"Now's the time =\r\nfor", b"Now's the time for"),
        (41, b"a=  \r\nb", b"ab"),
        (42, b"=c3=a9", b"\xc3\xa9"),
        (42, b"=ZZ", b"=ZZ"),
        (42, b"a=", b"a="),
        (42, b"=4", b"=4"),
        (43, b"a\xe9\nb=41" + b"x" * 100, b"a\xe9\nbA" + b"x" * 100),
        (43, b"a=\nb\n", b"ab\n"),
    ],
)
def test_040_to_043_quoted_printable(number: int, encoded: bytes, wanted: bytes) -> None:
    assert decode_quoted_printable(encoded) == wanted


@pytest.mark.parametrize(
    ("number", "encoded", "wanted"),
    [
        (45, b"SG k=\n", b"Hi"),
        (45, b"S-G-k=", b"Hi"),
        (45, b"\tSGk=\r\n", b"Hi"),
        (45, b"SGk=SGk=", b"HiHi"),
        (45, b"SA==SGk=", b"HHi"),
        (46, b"SGkh SQ", b"Hi!I"),
        (46, b"SGkhS", b"Hi!"),
        (46, b"SGk", b"Hi"),
        (46, b"=", b""),
        (46, b"", b""),
    ],
)
def test_045_046_base64(number: int, encoded: bytes, wanted: bytes) -> None:
    assert decode_base64(encoded) == wanted


@pytest.mark.parametrize(
    ("encoding", "octets", "wanted"),
    [
        ("base64", b"SGk=\r\n", []),
        ("base64", b"S-Gk=", ["base64-foreign-characters"]),
        ("base64", b"SGk=SGk=", ["base64-data-after-padding"]),
        ("base64", b"SGkhS", ["base64-truncated"]),
        ("base64", b"SGk", ["base64-padding"]),
        ("quoted-printable", b"=41=\r\n", []),
        ("quoted-printable", b"=ZZ", ["quoted-printable-bad-escape"]),
        ("quoted-printable", b"\xff", ["quoted-printable-raw-octets"]),
        ("7bit", b"x", []),
        ("x-uue", b"x", ["transfer-encoding-unknown"]),
    ],
)
def test_042_046_what_is_wrong_has_a_name(encoding: str, octets: bytes, wanted: list[str]) -> None:
    assert encoding_defects(octets, encoding) == wanted


@settings(max_examples=60)
@given(st.binary(max_size=300))
def test_every_encoding_of_the_standard_library_reads_back(octets: bytes) -> None:
    assert decode_base64(base64.encodebytes(octets)) == octets
    lines = octets.replace(b"\r", b"").replace(b"\n", b"")
    assert decode_quoted_printable(quopri.encodestring(lines, quotetabs=True)) == lines


@settings(max_examples=60)
@given(st.binary(max_size=100))
def test_garbage_decodes_to_something(octets: bytes) -> None:
    assert len(decode_base64(octets)) <= len(octets)
    assert len(decode_quoted_printable(octets)) <= len(octets)


def test_047_sizes_are_of_the_encoded_form() -> None:
    message = b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\nSGk=\r\n"
    assert b'"BASE64" 6 1' in summarise(message).body
    assert len(parse(message).decoded()) == 2


def test_049_fields_of_a_part_other_than_content_mean_nothing() -> None:
    octets = b"Subject: real\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nSubject: part\r\nContent-Odd: x\r\n\r\nx\r\n--b--"
    assert summarise(octets).subject == "real"
    assert parse(octets).children[0].header == b"Subject: part\r\nContent-Odd: x\r\n\r\n"


def test_050_the_header_ends_at_the_first_line_without_a_colon() -> None:
    summary = summarise(b"SUBJECT: Test subject\r\ntest content\r\n")
    assert (summary.subject, summary.preview, summary.header_size) == ("Test subject", "test content", 23)
