"""The checks of MIME conformance that bind who makes mail, each a test with its number."""

from __future__ import annotations

import re

import pytest

from pabal.mime import parse
from pabal.mime.addresses import mailboxes
from pabal.mime.build import (
    CannotDowngrade,
    Draft,
    Embedded,
    FieldGroups,
    File,
    HeaderOnly,
    Raw,
    Text,
    Way,
    alternative,
    body,
    build,
    domain_of,
    downgrade,
    mixed,
    render,
    report,
    signed,
)
from pabal.mime.build.parameters import parameter_pieces
from pabal.mime.build.words import encoded_words, phrase_pieces
from pabal.mime.parameters import disposition
from pabal.mime.text import header_text
from pabal.mime.words import decode_text
from tests.kit.world import FakeRandom
from tests.mime.build.kit import built, draft, lines_of, named, subject_of

EIGHT_BIT = Way(eight_bit=True)
DELIVERY_STATUS = FieldGroups(
    "message/delivery-status",
    (
        (("Reporting-MTA", "dns; mx.example.org"),),
        (("Final-Recipient", "rfc822; lee@example.net"), ("Action", "failed")),
    ),
)
MESSAGE = b"From: lee@example.net\r\nSubject: x\r\nMIME-Version: 1.0\r\n"


@pytest.mark.parametrize(
    "content",
    [
        Text("plain"),
        mixed(Text("a"), Embedded(octets=MESSAGE + b"\r\nhi\r\n")),
        report("delivery-status", Text("It failed."), DELIVERY_STATUS),
        report("disposition-notification", Text("Seen."), FieldGroups("message/disposition-notification", ())),
    ],
)
def test_check_001_a_message_says_mime_version_once(content: Text) -> None:
    header = parse(build(draft(content), FakeRandom())).header
    assert header.count(b"MIME-Version: 1.0\r\n") == 1


def test_check_003_eight_bit_only_where_the_way_takes_it() -> None:
    for way, encoding in ((Way(), "quoted-printable"), (EIGHT_BIT, "8bit")):
        message = parse(build(draft(Text("é and more text\n")), FakeRandom(), way))
        assert message.transfer_encoding == encoding
        assert message.text() == "é and more text\r\n"
        assert message.body.isascii() is not way.eight_bit


def test_check_006_text_that_is_not_ascii_names_its_charset() -> None:
    assert b"charset=utf-8" in built(Text("naïve")).fields[b"content-type"]


def test_check_022_nothing_but_ascii_is_sent_without_a_label() -> None:
    octets = build(draft(Text("é"), subject="é", author=named("é")), FakeRandom(), EIGHT_BIT)
    message = parse(octets)
    assert message.header.isascii()
    assert (message.content_type.charset, message.transfer_encoding) == ("utf-8", "8bit")


@pytest.mark.parametrize("text", ["=?foo?=", "=?utf-8?q?a?=", "see =?x?q?y?= there", "=?", "a =?utf-8?b?w6k=?="])
def test_check_023_text_that_looks_like_an_encoded_word_stays_text(text: str) -> None:
    assert subject_of(draft(subject=text)) == text
    assert [entry.display_name for entry in mailboxes("".join([*phrase_pieces(text, "To"), " <a@b>"]).encode())] == [
        text
    ]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("a b.txt", 'filename="a b.txt"'),
        ("a.txt", "filename=a.txt"),
        ("a=b", 'filename="a=b"'),
        ('a"b\\', 'filename="a\\"b\\\\"'),
        ("a;b", 'filename="a;b"'),
        ("", 'filename=""'),
    ],
)
def test_check_031_special_characters_are_quoted(value: str, written: str) -> None:
    assert parameter_pieces("filename", value) == [written]


def test_check_035_a_composite_is_never_encoded() -> None:
    inner = MESSAGE + b"Content-Transfer-Encoding: 8bit\r\n\r\n" + "é".encode() + b"\r\n"
    content = mixed(alternative(Text("é"), Text("<p>é", "html")), Embedded(octets=inner))
    for way in (Way(), EIGHT_BIT):
        message = parse(build(draft(content), FakeRandom(), way))
        for part in message.walk():
            if part.is_multipart or part.is_message:
                assert part.transfer_encoding == ("8bit" if way.eight_bit else "7bit")


@pytest.mark.parametrize(
    ("octets", "domain"),
    [
        (b"a\r\n", "7bit"),
        (b"a" * 998 + b"\r\n", "7bit"),
        (b"a" * 999 + b"\r\n", "binary"),
        (b"a\x00b", "binary"),
        (b"a\nb", "binary"),
        (b"a\rb", "binary"),
        (b"\xe9\r\n", "8bit"),
        (b"\xe9" * 998 + b"\r\n", "8bit"),
        (b"\xe9\n", "binary"),
        (b"", "7bit"),
    ],
)
def test_check_036_the_domain_of_octets(octets: bytes, domain: str) -> None:
    assert domain_of(octets) == domain


@pytest.mark.parametrize("text", ["é" * 499, "a" * 999, "a\x00b", "é" * 500])
def test_check_036_a_claim_that_is_wrong_leads_to_an_encoding(text: str) -> None:
    message = parse(build(draft(Text(text)), FakeRandom(), EIGHT_BIT))
    assert message.text() == text + "\r\n"
    assert domain_of(message.body) == (message.transfer_encoding if message.transfer_encoding == "8bit" else "7bit")


def test_check_037_038_quoted_printable_lines_are_short_and_end_in_no_space() -> None:
    lines = lines_of(built(Text("é" + "a" * 100 + " \nb\t\n" + "c" * 76)).body)
    assert max(map(len, lines)) <= 76
    assert not any(line.endswith((b" ", b"\t")) for line in lines)


def test_check_039_line_breaks_of_text_are_crlf_and_what_transports_change_is_escaped() -> None:
    message = built(Text("é\nFrom me\n.\n"))
    assert message.body == b"=C3=A9\r\n=46rom me\r\n=2E\r\n"


@pytest.mark.parametrize(
    ("length", "wanted"),
    [(0, ""), (1, "AA=="), (2, "AAA="), (3, "AAAA"), (57, "A" * 76), (58, "A" * 76 + "\r\nAA==")],
)
def test_check_044_base64(length: int, wanted: str) -> None:
    attached = built(mixed(Text(""), File(octets=bytes(length)))).children[1]
    assert attached.body.decode() == wanted


def test_check_052_no_white_space_follows_a_delimiter() -> None:
    lines = lines_of(bytes(built(mixed(Text("a"), mixed(Text("b"))))))
    delimiters = [line for line in lines if line.startswith(b"--=_")]
    assert len(delimiters) == 5
    assert all(line == line.rstrip() for line in delimiters)


def test_check_053_boundaries_are_quoted_random_and_short() -> None:
    content = mixed(Text("a"), mixed(Text("b")))
    first, second = (build(draft(content), FakeRandom(seed)) for seed in (1, 2))
    found = re.findall(rb'boundary="([^"]+)"', first)
    assert len(set(found)) == 2
    assert all(re.fullmatch(rb"=_[0-9a-f]{32}", boundary) for boundary in found)
    assert not set(found) & set(re.findall(rb'boundary="([^"]+)"', second))


def test_check_064_every_line_break_of_text_becomes_crlf() -> None:
    assert built(Text("a\nb\rc\r\nd")).body == b"a\r\nb\r\nc\r\nd\r\n"


@pytest.mark.parametrize(("text", "charset"), [("a", "us-ascii"), ("é", "utf-8"), ("안녕", "utf-8")])
def test_check_067_the_least_charset(text: str, charset: str) -> None:
    assert built(Text(text)).content_type.charset == charset


def test_check_071_no_external_body_is_made_from_a_file() -> None:
    with pytest.raises(ValueError, match="never encoded"):
        built(File(octets=b"", media_type="message/external-body"))


@pytest.mark.parametrize("text", ["é" * 300, "안녕하세요 " * 40, "a" * 2000, "😀" * 50, "é"])
def test_check_076_words_have_at_most_75_characters_and_their_lines_76(text: str) -> None:
    assert all(len(word) <= 75 for word in encoded_words(text))
    header = parse(build(draft(subject=text), FakeRandom())).header
    assert all(len(line) <= 76 for line in lines_of(header) if b"=?" in line)


def test_check_079_q_escapes_all_that_a_phrase_may_not_hold() -> None:
    for word in encoded_words("abcdefghijklmnopqrstuvwxyz é?_=,;()<>@" + "a1!*+-/" * 9):
        encoding, text = word.split("?")[2:4]
        assert encoding == "q"
        assert re.fullmatch(r"(?:[A-Za-z0-9!*+/_-]|=[0-9A-F]{2})*", text)


@pytest.mark.parametrize("text", ["안녕하세요" * 20, "😀" * 40, "a😀" * 40, "é" * 100])
def test_check_080_no_word_ends_inside_a_character(text: str) -> None:
    words = encoded_words(text)
    assert len(words) > 1
    assert "".join(decode_text(word.encode()) for word in words) == text
    assert all(len(word.split("?")[3]) % 4 == 0 for word in words if "?b?" in word)


def test_check_084_a_word_stands_apart() -> None:
    header = parse(build(draft(subject="Re: é and more", author=named("é")), FakeRandom())).header
    assert b"Subject: Re: =?utf-8?b?w6k=?= and more\r\n" in header
    assert b"From: =?utf-8?b?w6k=?= <kim@example.org>\r\n" in header


def test_check_087_only_charsets_without_states_are_written() -> None:
    assert {word.split("?")[1] for word in encoded_words("日本語" * 30)} == {"utf-8"}


def test_check_089_a_long_subject_is_folded_between_words() -> None:
    written = draft(subject="é" * 300)
    assert max(map(len, lines_of(parse(build(written, FakeRandom())).header))) <= 76
    assert subject_of(written) == "é" * 300


@pytest.mark.parametrize(
    "text",
    ['a "b" c', "back\\slash", "a, b", "🦊 fox", " led", "ended ", "=?x?=", "a  b", "é  b", "a   é", "(a)", "a@b"],
)
def test_check_090_subjects_and_names_read_back(text: str) -> None:
    assert subject_of(draft(subject=text)) == text
    (entry,) = mailboxes(parse(build(draft(author=named(text)), FakeRandom())).fields[b"from"])
    assert (entry.display_name, entry.address) == (text, "kim@example.org")


def test_check_096_an_international_name_has_an_ascii_one_beside_it() -> None:
    attached = built(mixed(Text(""), File(octets=b"", filename="résumé 보고서.pdf"))).children[1]
    assert attached.filename == "résumé 보고서.pdf"
    assert b'filename="resume ' in attached.header
    assert b"filename*=utf-8''" in attached.header or b"filename*0*=utf-8''" in attached.header
    assert b"=?" not in attached.header


@pytest.mark.parametrize("name", ["보고서" * 30 + ".pdf", "a" * 300, "é.pdf", "%41'b", "a b" * 30, 'q"' * 40])
def test_check_097_long_names_are_continued_and_never_quoted(name: str) -> None:
    attached = built(mixed(Text(""), File(octets=b"", filename=name))).children[1]
    assert attached.filename == name
    assert max(map(len, lines_of(attached.header))) <= 76
    assert not re.search(rb'\*\d*\*?="', attached.header)


@pytest.mark.parametrize(
    ("given_type", "written"),
    [
        ("image/jpg", "image/jpeg"),
        ("application/vnd.ms-excel", "application/vnd.ms-excel"),
        ("application/x-foo", "application/octet-stream"),
        ("application/x.foo", "application/octet-stream"),
        ("nonsense", "application/octet-stream"),
        ("a/b\r\nBcc: x", "application/octet-stream"),
    ],
)
def test_check_109_110_no_type_is_invented(given_type: str, written: str) -> None:
    attached = built(mixed(Text(""), File(octets=b"{}", media_type=given_type))).children[1]
    assert attached.content_type.value == written
    assert "charset" not in attached.content_type.parameters


@pytest.mark.parametrize(
    ("octets", "media_type", "charset"),
    [
        (b"a", "text/csv", "us-ascii"),
        ("é".encode(), "text/csv", "utf-8"),
        (b"\xe9", "application/octet-stream", ""),
    ],
)
def test_check_110_a_text_file_names_its_charset(octets: bytes, media_type: str, charset: str) -> None:
    kind = built(mixed(Text(""), File(octets=octets, media_type="text/csv"))).children[1].content_type
    assert (kind.value, kind.charset) == (media_type, charset)


def test_check_112_lines_are_short_and_end_in_crlf() -> None:
    people = tuple(named(f"Person number {number}", f"person{number}") for number in range(50))
    octets = build(draft(Text("x" * 5000), to=people, subject="word " * 80 + "end"), FakeRandom())
    assert octets.endswith(b"\r\n")
    assert domain_of(octets) == "7bit"
    assert max(map(len, lines_of(octets))) <= 76


def test_check_113_the_canonical_form_comes_before_the_encoding() -> None:
    assert built(Text("é\né")).decoded() == b"\xc3\xa9\r\n\xc3\xa9\r\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("ASCII", "7bit"),
        ("mostly ASCII, é", "quoted-printable"),
        ("안녕하세요", "base64"),
        ("a" * 999, "quoted-printable"),
    ],
)
def test_check_114_the_least_encoding_of_text(text: str, encoding: str) -> None:
    assert built(Text(text)).transfer_encoding == encoding


def test_check_114_an_embedded_message_is_encoded_at_its_leaves() -> None:
    inner = (
        MESSAGE
        + b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        + b"\xc3\xa9\r\n"
    )
    content = mixed(Text(""), Embedded(octets=inner))
    embedded = built(content).children[1]
    assert (embedded.content_type.value, embedded.transfer_encoding) == ("message/rfc822", "7bit")
    assert embedded.children[0].transfer_encoding in ("quoted-printable", "base64")
    assert embedded.children[0].decoded() == b"\xc3\xa9\r\n"
    kept = parse(build(draft(content), FakeRandom(), EIGHT_BIT)).children[1]
    assert (kept.body, kept.transfer_encoding) == (inner, "8bit")


def test_check_114_115_what_is_signed_is_refused_and_not_changed() -> None:
    inner = (
        b'Content-Type: multipart/signed; boundary=b; protocol="application/pgp-signature"\r\n\r\n'
        b"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\xc3\xa9\r\n--b\r\n\r\nx\r\n--b--\r\n"
    )
    for attempt in (lambda: downgrade(MESSAGE + inner), lambda: built(Embedded(octets=MESSAGE + inner))):
        with pytest.raises(CannotDowngrade, match="signature"):
            attempt()
    carried = parse(build(draft(Embedded(octets=MESSAGE + inner)), FakeRandom(), EIGHT_BIT))
    assert carried.body == MESSAGE + inner


def test_check_115_a_downgrade_changes_leaves_only() -> None:
    before = (
        MESSAGE + b"Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        b"--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\xc3\xa9\r\n"
        b"--b\r\nX-Kept:  as it is\r\n\r\nASCII\r\n--b--\r\n"
    )
    after = downgrade(before)
    message = parse(after)
    assert domain_of(after) == "7bit"
    assert [part.transfer_encoding for part in message.walk()] == ["7bit", "base64", "7bit"]
    assert message.children[0].decoded() == b"\xc3\xa9"
    assert b"--b\r\nX-Kept:  as it is\r\n\r\nASCII\r\n--b--\r\n" in after
    assert after.count(b"MIME-Version") == 1


def test_check_116_an_attachment_has_each_field_once() -> None:
    picture = File(octets=b"\x89PNG", media_type="image/png", filename="a.png", content_id="a@example.org")
    loose = File(octets=b"x", filename="b", content_id="b@example.org")
    forwarded = Embedded(octets=MESSAGE + b"\r\nhi\r\n", filename="mail.eml")
    message = built(body("text", '<img src="cid:a@example.org">', [picture, loose, forwarded]))
    content, attached, mail = message.children
    shown = content.children[1].children[1]
    for part in (shown, attached, mail):
        for name in (b"content-type:", b"content-disposition:", b"content-transfer-encoding:"):
            assert part.header.lower().count(name) == 1
    assert shown.fields[b"content-id"].strip() == b"<a@example.org>"
    assert b"content-id" not in attached.fields
    assert (mail.content_type.value, mail.is_message) == ("message/rfc822", True)
    assert content.children[1].content_type.get("type") == "text/html"


def test_check_117_built_parsed_and_built_again_is_the_same() -> None:
    first = build(draft(mixed(Text("안녕\n"), File(octets=b"abc", filename="a.bin")), subject="인사"), FakeRandom())
    message = parse(first)
    text, attached = message.children
    content = mixed(Text(text.text()), File(octets=attached.decoded(), filename=attached.filename))
    again = build(draft(content, subject=header_text(message.header, b"subject")), FakeRandom())
    assert again == first
    assert bytes(message) == first


def test_check_117_an_entity_that_was_signed_is_kept_to_the_octet() -> None:
    content = bytes(render(mixed(Text("signed "), File(octets=b"x", filename="a")), FakeRandom(1)))
    signature = File(octets=b"sig", media_type="application/pkcs7-signature", filename="smime.p7s")
    made = signed(Raw(content), signature, protocol="application/pkcs7-signature", micalg="sha-256")
    message = built(made)
    part = message.children[0]
    assert message.source[part.header_start : part.body_end] == content
    assert message.content_type.get("micalg") == "sha-256"
    assert message.all_defects == []


def test_report_has_its_three_parts_in_order() -> None:
    original = HeaderOnly(MESSAGE + b"\r\nhi\r\n")
    message = built(report("delivery-status", Text("It failed."), DELIVERY_STATUS, original))
    assert message.content_type.get("report-type") == "delivery-status"
    assert [part.content_type.value for part in message.children] == [
        "text/plain",
        "message/delivery-status",
        "text/rfc822-headers",
    ]
    assert message.children[1].body == (
        b"Reporting-MTA: dns; mx.example.org\r\n\r\nFinal-Recipient: rfc822; lee@example.net\r\nAction: failed\r\n"
    )
    assert message.children[2].body == MESSAGE


def test_disposition_of_what_is_written_inline() -> None:
    part = built(mixed(File(octets=b"x", inline=True))).children[0]
    assert part.disposition == disposition(b"inline")
    assert isinstance(draft(), Draft)
