"""RFC 2046 and RFC 6838: checks 51 to 75 and 100 to 118 of the conformance list; the reading side."""

from __future__ import annotations

import pytest

from pabal.mime import MimeSettings, Part, parse, summarise
from pabal.mime.flowed import unflow
from pabal.mime.html import html_to_text
from pabal.mime.media import OCTET_STREAM, effective_type, safe_filename, suffix, tree
from pabal.mime.richtext import enriched_to_text, richtext_to_text
from pabal.mime.text import rendered


def mixed(body: bytes, boundary: str = "b") -> Part:
    return parse(f"Content-Type: multipart/mixed; boundary={boundary}\r\n\r\n".encode() + body)


def bodies(body: bytes, boundary: str = "b") -> list[bytes]:
    return [child.body for child in mixed(body, boundary).children]


@pytest.mark.parametrize(
    ("number", "body", "wanted"),
    [
        (51, b"--b\r\n\r\nhi\r\n--b--", [b"hi"]),
        (51, b"--b\r\n\r\nhi\r\n\r\n--b--", [b"hi\r\n"]),
        (51, b"--b\n\nhi\n--b--\n", [b"hi"]),
        (52, b"--b  \t\r\n\r\nhi\r\n--b-- \r\n", [b"hi"]),
        (54, b"text before\r\n--b\r\n\r\nhi\r\n--b--\r\nafter", [b"hi"]),
        (54, b"--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--", [b"one", b"two"]),
        (56, b"--b\r\n\r\nto the end\r\n", [b"to the end\r\n"]),
        (58, b"--b\r\n\r\nx--b\r\ny\r\n--b--", [b"x--b\r\ny"]),
        (58, b"--b\r\n\r\n--bb\r\n--c\r\n--b--", [b"--bb\r\n--c"]),
        (60, b"--b\r\n\r\nbody\r\n--b--", [b"body"]),
        (60, b"--b\r\nContent-Type: text/html\r\n--b--", [b""]),
        (60, b"--b\r\n--b\r\n--b--", [b"", b""]),
        (61, b"--b\r\n\r\none\r\n--B\r\n--b--", [b"one\r\n--B"]),
    ],
)
def test_051_to_061_delimiters(number: int, body: bytes, wanted: list[bytes]) -> None:
    assert bodies(body) == wanted


def test_053_a_space_at_the_end_of_a_boundary_is_dropped() -> None:
    assert bodies(b"--b\r\n\r\nx\r\n--b--", '"b "') == [b"x"]


def test_053_a_boundary_may_hold_a_colon() -> None:
    assert bodies(b"--a:b\r\n--a:b\r\nContent-Type: text/html\r\n--a:b\r\n\r\nx\r\n--a:b--", '"a:b"') == [
        b"",
        b"",
        b"x",
    ]


def test_055_an_outer_delimiter_ends_what_is_open_inside() -> None:
    inner = b"--b\r\nContent-Type: multipart/mixed; boundary=b1\r\n\r\n--b1\r\n\r\nx\r\n"
    message = mixed(inner + b"--b\r\n\r\ny\r\n--b--")
    assert [part.body for part in message.walk() if not part.children] == [b"x", b"y"]
    assert message.children[0].defects == ["close-delimiter-missing"]


def test_056_a_missing_close_delimiter_is_marked() -> None:
    assert mixed(b"--b\r\n\r\nx").defects == ["close-delimiter-missing"]


def test_057_a_multipart_without_a_boundary_is_text() -> None:
    message = parse(b"Content-Type: multipart/mixed\r\n\r\n--b\r\n\r\nx")
    assert (message.content_type.value, message.defects) == ("text/plain", ["boundary-missing"])
    assert summarise(message.source).body.startswith(b'("TEXT" "PLAIN"')


def test_057_a_multipart_without_parts_is_text() -> None:
    message = mixed(b"only a preamble\r\n")
    assert message.content_type.value == "text/plain"
    assert message.defects == ["close-delimiter-missing", "no-parts"]
    assert rendered(message.source).strip() == "only a preamble"


def test_059_depth_is_bounded_and_the_rest_is_a_leaf() -> None:
    nest = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(1000))
    parts = list(parse(nest, MimeSettings(depth=5)).walk())
    assert len(parts) == 6
    assert (parts[-1].content_type.value, parts[-1].defects) == (OCTET_STREAM, ["too-deep"])
    assert parts[-1].body_end == len(nest)


def test_059_nested_messages_are_bounded() -> None:
    parts = list(parse(b"Content-Type: message/rfc822\r\n\r\n" * 1000, MimeSettings(depth=5)).walk())
    assert len(parts) == 6
    assert summarise(b"Content-Type: message/rfc822\r\n\r\n" * 1000).body.count(b"RFC822") == MimeSettings().depth


def test_059_the_number_of_parts_is_bounded_and_the_last_holds_the_rest() -> None:
    message = parse(
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 100_000, MimeSettings(parts=10)
    )
    assert len(message.children) == 10
    assert message.children[-1].body_end == len(message.source)
    assert "too-many-parts" in message.defects


@pytest.mark.parametrize("tail", [b"--\r\n", b"\r\n--", b"--x: y\r\n", b"--" + b" " * 50 + b"\r\n"])
def test_059_lines_that_only_look_like_delimiters_cost_nothing(tail: bytes) -> None:
    assert len(mixed(b"--b\r\n\r\n" + tail * 50_000).children) == 1


@pytest.mark.parametrize(
    ("octets", "charset", "wanted"),
    [
        ("안녕".encode("cp949"), "ks_c_5601-1987", "안녕"),
        ("안녕".encode("cp949"), "UHC", "안녕"),
        ("똠방".encode("cp949"), "euc-kr", "똠방"),
        ("안녕".encode("iso2022_kr"), "iso-2022-kr", "안녕"),
        (b"\x0e>H3g\x0f", "iso-2022-kr", "안녕"),
        ("日本".encode("iso2022_jp"), "ISO-2022-JP", "日本"),
        ("日本①".encode("cp932"), "x-sjis", "日本①"),
        ("日本".encode("euc_jp"), "euc-jp", "日本"),
        ("中国".encode("gbk"), "gb2312", "中国"),
        ("中國".encode("big5"), "big5", "中國"),
        ("Привет".encode("koi8-r"), "KOI8-R", "Привет"),
        ("Привет".encode("cp1251"), "windows-1251", "Привет"),
        ("héé".encode("utf-7"), "utf-7", "héé"),
        (b"\x93quoted\x94", "iso-8859-1", "“quoted”"),
        ("é".encode(), "utf8", "é"),
        ("é".encode(), '"utf-8"', "é"),
        ("שלום".encode("iso8859-8"), "iso-8859-8-i", "שלום"),
        ("é".encode(), "us-ascii", "é"),
        ("안녕".encode("cp949"), "utf-8", "안녕"),
        ("안녕".encode()[:-1], "", "안\ufffd"),
        ("안녕".encode("cp949")[:-1], "ks_c_5601-1987", "안\ufffd"),
        (b"caf\xe9", "", "café"),
        (b"a", "rot13", "a"),
        (b"a", "unicode_escape", "a"),
    ],
)
def test_065_charsets(octets: bytes, charset: str, wanted: str) -> None:
    field = charset if charset.startswith('"') else f'"{charset}"'
    assert parse(f"Content-Type: text/plain; charset={field}\r\n\r\n".encode() + octets).text() == wanted


def test_065_an_html_document_may_name_its_charset() -> None:
    html = b"<html><meta http-equiv=x content='text/html; charset=koi8-r'>" + "Привет".encode("koi8-r")
    assert rendered(b"Content-Type: text/html\r\n\r\n" + html).strip() == "Привет"


def test_066_utf_16_is_read_only_inside_a_transfer_encoding() -> None:
    assert parse(b"Content-Type: text/plain; charset=utf-16\r\n\r\nplain").text() == "plain"
    encoded = b"Content-Type: text/plain; charset=utf-16le\r\nContent-Transfer-Encoding: base64\r\n\r\nSABpAA=="
    assert parse(encoded).text() == "Hi"


def test_066_utf_7_is_never_guessed() -> None:
    assert parse(b"Subject: x\r\n\r\n+ADw-script+AD4-").text() == "+ADw-script+AD4-"


def test_068_an_embedded_message_stays_as_it_is() -> None:
    inner = b"Subject: x\r\nContent-Transfer-Encoding: base64\r\n\r\nSGk="
    message = mixed(b"--b\r\nContent-Type: message/rfc822\r\n\r\n" + inner + b"\r\n--b--")
    assert message.children[0].body == inner
    assert bytes(message) == message.source


def test_068_an_encoded_embedded_message_is_a_leaf() -> None:
    octets = b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nU3ViamVjdDogeA=="
    assert parse(octets).defects == ["encoded-message"]
    assert b'"APPLICATION" "OCTET-STREAM"' in summarise(octets).body


@pytest.mark.parametrize("main", ["font", "model", "example", "haptics", "chemical"])
def test_074_top_level_types_that_are_not_known_are_files(main: str) -> None:
    assert effective_type(parse(f"Content-Type: {main}/x\r\n\r\n".encode())) == OCTET_STREAM


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\kim\\a.txt", "a.txt"),
        (".bashrc", "bashrc"),
        ("a\u202etxt.exe", "atxt.exe"),
        ("a\r\nb\x00.txt", "ab.txt"),
        ("CON.txt", "_CON.txt"),
        ("", "attachment"),
        ("...", "attachment"),
        ("보고서.hwp", "보고서.hwp"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
    ],
)
def test_075_file_names_are_fit_to_be_saved_under(name: str, wanted: str) -> None:
    assert safe_filename(name) == wanted


def test_101_richtext() -> None:
    source = (
        "<bold>Now</bold> is the time for <italic>all</italic> good men <smaller>(and <lt>women>)</smaller> to "
        "<ignoreme></ignoreme> come\r\nto the aid of their\r\n<nl>\r\nbeloved <nl><nl>country. "
        "<comment>Stupid quote!</comment> -- the end"
    )
    assert richtext_to_text(source) == (
        "Now is the time for all good men (and <women>) to come to the aid of their\nbeloved\n\ncountry. -- the end"
    )


def test_118_enriched() -> None:
    source = "This is <bold>enriched.</bold><<param>\r\nas\r\n\r\n<color><param>red</param>RFC 1896</color>\r\n"
    assert enriched_to_text(source) == "This is enriched.<param> as\nRFC 1896"


@pytest.mark.parametrize(
    ("text", "delete_space", "wanted"),
    [
        ("one \r\ntwo\r\nthree", False, "one two\nthree"),
        ("one \r\ntwo", True, "onetwo"),
        ("> one \r\n> two\r\n>> three", False, "> one two\n>> three"),
        ("> one \r\nnot quoted", False, "> one \nnot quoted"),
        ("bye\r\n-- \r\nkim", False, "bye\n-- \nkim"),
        (" >not a quote\r\n From here", False, ">not a quote\nFrom here"),
    ],
)
def test_flowed_text_is_put_together(text: str, delete_space: bool, wanted: str) -> None:
    assert unflow(text, delete_space=delete_space) == wanted


@pytest.mark.parametrize(
    ("html", "wanted"),
    [
        ("<p>a<br>b", "a\nb"),
        ("a<!-- <p>hidden -->b", "ab"),
        ("<script>var a = '<p>'</script>b", "b"),
        ("<style>never closed", ""),
        ("&lt;b&gt; &amp; &#44032;", "<b> & 가"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("<SCRIPT>x</SCRIPT >y", "y"),
        ("İ<script>x</script>y", "İy"),
    ],
)
def test_html_as_text(html: str, wanted: str) -> None:
    assert html_to_text(html) == wanted


@pytest.mark.parametrize("unit", ["<", "<a ", '<a "', "<!--", "<script>", "<p>", "&nbsp;", "&a", " \n"])
def test_long_html_is_read_at_once(unit: str) -> None:
    assert len(html_to_text(unit * 100_000)) <= len(unit) * 100_000


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("application/pdf", "standards"),
        ("application/vnd.ms-excel", "vendor"),
        ("application/prs.me.foo", "personal"),
        ("application/x.foo", "unregistered"),
        ("application/x-foo", "unregistered"),
        ("application/foo.bar", "unknown"),
        ("application/-x", "unknown"),
    ],
)
def test_105_106_trees_of_names(name: str, wanted: str) -> None:
    assert tree(name) == wanted


@pytest.mark.parametrize("name", ["vnd.acme.foo", "x-foo", "x.foo", "prs.me.foo"])
def test_107_the_tree_says_nothing_about_support(name: str) -> None:
    assert effective_type(parse(f"Content-Type: image/{name}\r\n\r\n".encode())) == OCTET_STREAM


def test_108_suffixes() -> None:
    assert (suffix("image/svg+xml"), suffix("application/a+b+ZIP"), suffix("text/plain")) == ("xml", "zip", "")


def test_109_aliases_have_a_preferred_name() -> None:
    assert effective_type(parse(b"Content-Type: image/jpg\r\n\r\n")) == "image/jpeg"


def test_060_an_embedded_message_of_a_header_only_stays_inside_its_part() -> None:
    message = mixed(b"--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\n--b--")
    part = message.children[0]
    assert part.body == part.children[0].header == b"Subject: x\r\n"


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("text/richtext", "<b>x"),
        ("text/enriched", "x < y"),
        ("text/plain; format=flowed", "one two"),
        ("text/x-any", "<bold>"),
    ],
)
def test_100_each_text_is_shown_by_its_own_rules(kind: str, wanted: str) -> None:
    body = {"<b>x": "<lt>b>x", "x < y": "<bold>x</bold> << y", "one two": "one \r\ntwo", "<bold>": "<bold>"}[wanted]
    assert rendered(f"Content-Type: {kind}\r\n\r\n{body}".encode()).strip() == wanted
