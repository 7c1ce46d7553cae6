"""RFC 2047 and RFC 2231: checks 76 to 99 of the conformance list; the reading side."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pabal.mime import parse
from pabal.mime.parameters import content_type, disposition
from pabal.mime.words import decode_text


@pytest.mark.parametrize(
    ("number", "text", "wanted"),
    [
        (76, b"=?UTF-8?q?=c3=a9?=", "é"),
        (76, b"=?utf-8?q?" + b"a" * 200 + b"?=", "a" * 200),
        (77, b"=?utf-8?q?a b?=", "=?utf-8?q?a b?="),
        (78, b"(=?ISO-8859-1?Q?a?= b)", "(a b)"),
        (78, b"(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)", "(ab)"),
        (78, b"(=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=)", "(ab)"),
        (78, b"(=?ISO-8859-1?Q?a?=\r\n    =?ISO-8859-1?Q?b?=)", "(ab)"),
        (78, b"(=?ISO-8859-1?Q?a_b?=)", "(a b)"),
        (78, b"(=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=)", "(a b)"),
        (79, b"=?utf-8?q?a_=5F?=", "a _"),
        (80, b"=?utf-8?B?w6k?=", "é"),
        (80, b"=?utf-8?B?ww?= =?utf-8?b?qQ==?=", "é"),
        (80, b"=?utf-8?q?=C3?= =?utf-8?q?=A9?=", "é"),
        (84, b"x=?utf-8?q?y?=z", "x=?utf-8?q?y?=z"),
        (85, b"=?x-klingon?q?a?= ok", "=?x-klingon?q?a?= ok"),
        (85, b"=?utf-8?x?a?=", "=?utf-8?x?a?="),
        (85, b"=?utf-8?q?a", "=?utf-8?q?a"),
        (86, b"=?us-ascii*en-us?q?hi?=", "hi"),
        (87, b"=?ISO-2022-JP?B?GyRCRnxLXBsoQg==?=", "日本"),
    ],
)
def test_076_to_087_encoded_words(number: int, text: bytes, wanted: str) -> None:
    assert decode_text(text) == wanted


@pytest.mark.parametrize("text", [b"=?utf-8?q?a=0D=0ABcc:_x?=", b"a\r\nBcc: x", b"=?utf-8?q?=00?=b", b"a\x00b"])
def test_083_decoded_text_is_one_line(text: bytes) -> None:
    assert not set(decode_text(text)) & set("\r\n\x00")


def test_083_overrides_of_direction_are_marked() -> None:
    assert decode_text("a\u202eb".encode()) == "a\ufffdb"
    assert decode_text(b"=?utf-8?q?a=E2=80=AEb?=") == "a\ufffdb"


def test_088_words_count_without_mime_version() -> None:
    assert decode_text(b"=?euc-kr?B?vsiz5w==?=") == "안녕"


@settings(max_examples=60)
@given(
    st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1, max_size=40), st.integers(1, 9)
)
def test_090_words_split_anywhere_read_back(text: str, size: int) -> None:
    octets = text.encode()
    words = [b"=?utf-8?b?%b?=" % base64.b64encode(octets[at : at + size]) for at in range(0, len(octets), size)]
    assert decode_text(b" ".join(words)) == text


@pytest.mark.parametrize(
    ("number", "parameters", "name", "wanted"),
    [
        (91, 'URL*0="ftp://"; URL*1="cs.utk.edu/x"', "url", "ftp://cs.utk.edu/x"),
        (91, 'URL*1="b"; URL*0="a"', "url", "ab"),
        (91, "a*0=x; a*2=z", "a", "x"),
        (91, "a*1=x", "a", ""),
        (91, "a*0=x; a*01=z", "a", "x"),
        (92, "title*=us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A", "title", "This is ***fun***"),
        (92, "filename*=''a%20b", "filename", "a b"),
        (
            93,
            "title*0*=us-ascii'en'This%20is%20even%20more%20; title*1*=%2A%2A%2Afun%2A%2A%2A%20; title*2=\"isn't it!\"",
            "title",
            "This is even more ***fun*** isn't it!",
        ),
        (92, "filename*=no%20quotes", "filename", "no quotes"),
        (93, "a*0*=utf-8''%41; a*1=%42", "a", "A%42"),
        (94, "a*0*=utf-8''%C3; a*1*=%A9", "a", "é"),
        (95, "filename=plain.txt; filename*=utf-8''%C3%A9.txt", "filename", "é.txt"),
        (95, "filename*=utf-8''%C3%A9.txt; filename=plain.txt", "filename", "é.txt"),
        (95, "filename*=x-klingon''%C3; filename=plain.txt", "filename", "plain.txt"),
        (96, 'filename="=?utf-8?B?w6kucGRm?="', "filename", "é.pdf"),
        (99, "x*y=1; ok=1", "ok", "1"),
        (99, "*=1; ok=1", "ok", "1"),
        (99, "a**=b; ok=1", "ok", "1"),
    ],
)
def test_091_to_099_parameters(number: int, parameters: str, name: str, wanted: str) -> None:
    assert content_type(f"a/b; {parameters}".encode()).get(name) == wanted
    assert disposition(f"attachment; {parameters}".encode()).get(name) == wanted


def test_098_a_boundary_in_segments() -> None:
    message = parse(b'Content-Type: multipart/mixed; boundary*0="a"; boundary*1="b"\r\n\r\n--ab\r\n\r\nx\r\n--ab--')
    assert [child.body for child in message.children] == [b"x"]


@pytest.mark.parametrize("unit", ["a*{}=b;", "a={};", 'a="{};', "{} ", "(", "\\", "={}"])
def test_099_thousands_of_parameters_are_bounded(unit: str) -> None:
    field = "a/b; " + "".join(unit.format(number) for number in range(50_000))
    assert len(content_type(field.encode()).parameters) <= 200


@pytest.mark.parametrize(
    "unit", ["=?", "=?a?q?", "=?utf-8?q?a?= ", "=?utf-8?q?a?=", "=?utf-8?q?a?= =?us-ascii?q?b?= "]
)
def test_120_many_words_are_decoded_at_once(unit: str) -> None:
    assert decode_text(unit.encode() * 20_000 + b"z")
