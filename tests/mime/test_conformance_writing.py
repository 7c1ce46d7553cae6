"""The writing side: checks 1, 6, 23, 31, 37 to 39, 44, 67, 76, 79, 80, 89, 90, 97 and 112 to 117."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pabal.mime import parse
from pabal.mime.addresses import mailboxes
from pabal.mime.compose import Attachment, compose, encoded_words, field, mailbox, parameter
from pabal.mime.encoding import canonical, encode_base64, encode_quoted_printable, fitting_encoding
from pabal.mime.fields import unfold
from pabal.mime.parameters import disposition
from pabal.mime.text import header_text
from pabal.mime.transfer import decode_base64, decode_quoted_printable
from pabal.mime.words import decode_text

TEXT = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=120)


def subject_of(text: str) -> str:
    return header_text(field("Subject", text) + b"\r\n", b"subject")


def test_001_a_message_has_one_mime_version() -> None:
    assert compose([("Subject", "x")], "hi").count(b"MIME-Version: 1.0\r\n") == 1


@pytest.mark.parametrize(
    ("text", "charset", "encoding"),
    [
        ("plain", "us-ascii", "7bit"),
        ("naïve and mostly ASCII text", "utf-8", "quoted-printable"),
        ("안녕하세요", "utf-8", "base64"),
        ("x" * 999, "us-ascii", "quoted-printable"),
    ],
)
def test_006_067_114_the_least_charset_and_encoding(text: str, charset: str, encoding: str) -> None:
    message = parse(compose([("Subject", "x")], text))
    assert (message.content_type.charset, message.transfer_encoding) == (charset, encoding)
    assert message.text() == text + "\r\n"
    assert message.body.isascii()


@pytest.mark.parametrize(
    "text", ["=?foo?=", "=?utf-8?q?a?=", "a =?x?q?y?= b", " led by a space", "ends in one ", "é", ""]
)
def test_023_text_that_looks_encoded_reads_back(text: str) -> None:
    assert decode_text(unfold(field("Subject", text).partition(b":")[2])) == text


@pytest.mark.parametrize("octets", [b"a" * 100, b"a" * 76, b"=" * 60, bytes(range(256)), b"a" * 75 + b" "])
def test_037_lines_of_quoted_printable_are_at_most_76(octets: bytes) -> None:
    encoded = encode_quoted_printable(octets, text=False)
    assert max(map(len, encoded.split(b"\r\n"))) <= 76
    assert decode_quoted_printable(encoded) == octets


@pytest.mark.parametrize("octets", [b"a \r\nb\t\r\n", b" ", b"a" * 74 + b" \r\n"])
def test_038_no_encoded_line_ends_in_white_space(octets: bytes) -> None:
    encoded = encode_quoted_printable(octets)
    assert not any(line.endswith((b" ", b"\t")) for line in encoded.split(b"\r\n"))
    assert decode_quoted_printable(encoded) == octets


def test_039_line_breaks_and_what_transports_change() -> None:
    assert encode_quoted_printable(b"a\r\nb") == b"a\r\nb"
    assert encode_quoted_printable(b"a\r\nb", text=False) == b"a=0D=0Ab"
    assert encode_quoted_printable(b".\r\nFrom x") == b"=2E\r\n=46rom x"


@pytest.mark.parametrize(
    ("length", "wanted"),
    [
        (0, b""),
        (1, b"AA==\r\n"),
        (2, b"AAA=\r\n"),
        (3, b"AAAA\r\n"),
        (57, b"A" * 76 + b"\r\n"),
        (58, b"A" * 76 + b"\r\nAA==\r\n"),
    ],
)
def test_044_base64(length: int, wanted: bytes) -> None:
    assert encode_base64(bytes(length)) == wanted


@settings(max_examples=60)
@given(st.binary(max_size=400))
def test_what_is_encoded_decodes(octets: bytes) -> None:
    assert decode_base64(encode_base64(octets)) == octets
    assert decode_quoted_printable(encode_quoted_printable(octets, text=False)) == octets


@settings(max_examples=60)
@given(TEXT.filter(bool))
def test_076_080_words_are_at_most_75_characters_and_split_no_character(text: str) -> None:
    for word in encoded_words(text):
        assert len(word) <= 75
        assert "\ufffd" not in decode_text(word.encode())


def test_089_a_long_subject_is_folded_between_words() -> None:
    written = field("Subject", "é" * 300)
    assert max(map(len, written.split(b"\r\n"))) <= 76
    assert subject_of("é" * 300) == "é" * 300


@settings(max_examples=100)
@given(TEXT)
def test_090_every_subject_reads_back(text: str) -> None:
    written = field("Subject", text)
    assert decode_text(unfold(written.partition(b":")[2])) == text
    assert max(map(len, written.split(b"\r\n"))) <= max(78, 10 + max(map(len, text.split(" "))))


@settings(max_examples=100)
@given(TEXT.filter(lambda text: text == text.strip() != ""))
def test_090_every_display_name_reads_back(name: str) -> None:
    entries = mailboxes(mailbox(name, "kim@example.org").encode())
    assert [(entry.display_name, entry.address) for entry in entries] == [(name, "kim@example.org")]


@settings(max_examples=100)
@given(TEXT.filter(lambda text: text == text.strip() != ""))
def test_097_every_file_name_reads_back(name: str) -> None:
    written = "attachment" + parameter("filename", name)
    assert max(map(len, written.split("\r\n"))) <= 76
    assert disposition(written.encode()).get("filename") == name


@pytest.mark.parametrize("text", ["a\r\nBcc: x", "a\nb", "a\rb", "a\x00b"])
def test_112_a_line_break_in_a_field_is_refused(text: str) -> None:
    for write in (
        lambda: field("Subject", text),
        lambda: mailbox(text, "a@b"),
        lambda: parameter("name", text),
        lambda: compose([("To", text)], ""),
    ):
        with pytest.raises(ValueError, match="no CR, LF or NUL"):
            write()


def test_112_a_name_that_is_no_name_is_refused() -> None:
    with pytest.raises(ValueError, match="not a field name"):
        field("Sub ject", "x")


@pytest.mark.parametrize("text", ["a\nb", "a\rb", "a\r\nb", "a\r\nb\r\n"])
def test_113_the_canonical_form_has_crlf_and_ends_in_it(text: str) -> None:
    assert canonical(text) == b"a\r\nb\r\n"


def test_114_what_7bit_cannot_carry_is_encoded() -> None:
    assert fitting_encoding(b"a\x00 and some more\r\n") == "quoted-printable"
    assert fitting_encoding(b"a\nb") == "quoted-printable"


def test_116_117_what_was_composed_is_read_back() -> None:
    files = [Attachment("보고서.pdf", "application/pdf", bytes(range(256))), Attachment("a b.txt", "text/plain", b"")]
    fields = [("From", mailbox("김민", "kim@example.org")), ("Subject", "인사")]
    octets = compose(fields, "안녕\n", files, boundary="=_b")
    message = parse(octets)
    assert octets.isascii()
    assert message.all_defects == []
    text, *attached = message.children
    assert text.text() == "안녕\r\n"
    assert [(part.filename, part.decoded(), part.disposition.value) for part in attached] == [
        (file.filename, file.octets, "attachment") for file in files
    ]


def test_116_attachments_need_a_boundary() -> None:
    with pytest.raises(ValueError, match="boundary"):
        compose([], "", [Attachment("a", "text/plain", b"")])
