"""RFC 2049 §2, minimal conformance: checks 2 to 25 of the conformance list, by number; the reading side."""

from __future__ import annotations

import pytest

from pabal.mime import Part, parse, summarise
from pabal.mime.media import OCTET_STREAM, effective_type
from pabal.mime.text import header_text, rendered, searchable, shown_text, text_of
from pabal.mime.words import decode_text


def message(fields: str, body: str | bytes = b"") -> Part:
    octets = body if isinstance(body, bytes) else body.encode()
    return parse(fields.replace("\n", "\r\n").encode() + b"\r\n\r\n" + octets)


@pytest.mark.parametrize(
    ("encoding", "body", "wanted"),
    [
        ("BASE64", b"SGk=", b"Hi"),
        ("Quoted-Printable", b"a=3Db", b"a=b"),
        ("7BIT", b"a=3D", b"a=3D"),
        ("binary", b"\x00=", b"\x00="),
    ],
)
def test_002_transfer_encodings_are_undone_whatever_their_case(encoding: str, body: bytes, wanted: bytes) -> None:
    assert message(f"Content-Transfer-Encoding: {encoding}", body).decoded() == wanted


def test_004_an_unknown_transfer_encoding_makes_a_file() -> None:
    part = message("Content-Type: text/plain\nContent-Transfer-Encoding: x-uue", "begin 644 a")
    assert effective_type(part) == OCTET_STREAM
    assert part.decoded() == b"begin 644 a"
    assert shown_text(part) is None


def test_005_what_is_no_text_is_never_shown_as_text() -> None:
    assert "aGVs" not in rendered(
        message("Content-Type: image/png\nContent-Transfer-Encoding: base64", "aGVsbG8=").source
    )


def test_007_unknown_parameters_are_ignored() -> None:
    part = message("Content-Type: text/plain; charset=utf-8; x-foo=bar; format2=1", "é")
    assert part.text() == "é"


def test_008_us_ascii_is_shown() -> None:
    assert (
        rendered(message("Subject: s\nContent-Type: text/plain; charset=us-ascii", "hi\r\n").source)
        == "Subject: s\n\nhi\n"
    )


def test_009_the_name_of_an_unknown_charset_is_told() -> None:
    assert "x-klingon" in rendered(message("Content-Type: text/plain; charset=x-klingon", "hi").source)


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16])
def test_010_ascii_is_shown_in_every_part_of_iso_8859(number: int) -> None:
    ascii_text = bytes(range(32, 127))
    part = message(f"Content-Type: text/plain; charset=iso-8859-{number}", ascii_text + b"\xd0")
    assert part.text()[:95] == ascii_text.decode()
    assert len(part.text()) == 96


def test_010_iso_8859_5() -> None:
    assert message("Content-Type: text/plain; charset=ISO-8859-5", b"\xd0").text() == "а"


def test_011_an_unknown_text_subtype_is_plain_text() -> None:
    part = message("Content-Type: text/x-frob; charset=utf-8", "<b>ok")
    assert effective_type(part) == "text/plain"
    assert text_of(part) == "<b>ok"


def test_012_text_in_an_unknown_charset_is_a_file() -> None:
    assert effective_type(message("Content-Type: text/plain; charset=x-klingon")) == OCTET_STREAM


@pytest.mark.parametrize("main", ["image", "audio", "video"])
def test_013_unknown_image_audio_and_video_are_files(main: str) -> None:
    assert effective_type(message(f"Content-Type: {main}/x-new")) == OCTET_STREAM


def test_014_a_file_is_saved_as_its_decoded_octets() -> None:
    part = message("Content-Type: application/x-any\nContent-Transfer-Encoding: base64", "AAEC\r\n/w==\r\n")
    assert part.decoded() == b"\x00\x01\x02\xff"


MIXED = "Content-Type: multipart/mixed; boundary=b"


def test_015_each_part_is_shown_or_offered_in_order() -> None:
    octets = message(
        MIXED, "--b\r\n\r\none\r\n--b\r\nContent-Type: a/b; name=x.y\r\n\r\ntwo\r\n--b\r\n\r\nthree\r\n--b--\r\n"
    ).source
    shown = rendered(octets)
    assert shown.index("one") < shown.index("x.y") < shown.index("text/plain, 5 octets")


def test_016_of_alternatives_one_is_shown() -> None:
    body = "--b\r\n\r\nplain\r\n--b\r\nContent-Type: text/html\r\n\r\n<i>markup</i>\r\n--b--\r\n"
    shown = rendered(message("Content-Type: multipart/alternative; boundary=b", body).source)
    assert "plain" in shown
    assert "markup" not in shown


def test_017_parts_of_a_digest_are_messages() -> None:
    part = message("Content-Type: multipart/digest; boundary=b", "--b\r\n\r\nSubject: x\r\n\r\nhi\r\n--b--")
    assert part.children[0].is_message
    assert header_text(part.children[0].children[0].header, b"subject") == "x"


def test_018_an_unknown_multipart_is_mixed() -> None:
    part = message("Content-Type: multipart/x-thing; boundary=b", "--b\r\n\r\n1\r\n--b\r\n\r\n2\r\n--b--")
    assert effective_type(part) == "multipart/mixed"
    assert [child.body for child in part.children] == [b"1", b"2"]


def test_019_messages_keep_their_recursive_structure() -> None:
    nest = "Content-Type: message/rfc822\r\nSubject: {}\r\n\r\n"
    part = parse((nest.format(1) + nest.format(2) + "Subject: 3\r\n\r\ndeep").encode())
    assert [header_text(inner.header, b"subject") for inner in part.walk()] == ["1", "2", "3"]
    assert list(part.walk())[-1].body == b"deep"


def test_020_an_unknown_message_subtype_is_a_file() -> None:
    part = message("Content-Type: message/x-foo", "Subject: x\r\n\r\n")
    assert effective_type(part) == OCTET_STREAM
    assert not part.children


def test_021_an_unknown_top_level_type_is_a_file() -> None:
    assert effective_type(message("Content-Type: frob/nitz; charset=utf-8")) == OCTET_STREAM


def test_022_raw_octets_without_a_label_are_guessed_and_kept() -> None:
    for charset in ("utf-8", "cp949"):
        part = message("Subject: x", "안녕하세요".encode(charset))
        assert part.text() == "안녕하세요"
        assert part.body == "안녕하세요".encode(charset)


def test_024_encoded_words_are_told_from_text() -> None:
    assert decode_text(b"=?utf-8?B?w6k=?= ok") == "é ok"
    assert decode_text(b"=?iso-8859-1?q?=E9?= ok") == "é ok"


def test_025_encoded_words_in_ascii_and_iso_8859() -> None:
    assert decode_text(b"=?US-ASCII?Q?plain?= =?iso-8859-7?q?abc?=") == "plainabc"


def test_search_sees_decoded_fields_and_text_of_all_levels() -> None:
    inner = "Subject: =?utf-8?b?7JWI64WV?=\r\nContent-Transfer-Encoding: base64\r\n\r\n66y464Kt"
    octets = message(MIXED, f"--b\r\nContent-Type: message/rfc822\r\n\r\n{inner}\r\n--b--").source
    assert "Subject: 안녕" in searchable(octets)
    assert "묭" in searchable(octets) or "문" in searchable(octets)


def test_a_preview_is_one_line_of_text() -> None:
    html = "<html><head><style>p {}</style></head><body><p>Hello&nbsp;<b>you</b></p><script>x</script><p>there"
    assert summarise(message("Content-Type: text/html", html).source).preview == "Hello you there"
    assert len(summarise(message("Subject: x", "word " * 400).source).preview) == 200
