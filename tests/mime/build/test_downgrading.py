"""8bit and binary made 7bit: what changes, what does not, what is refused."""

from __future__ import annotations

import pytest

from pabal.mime import MimeSettings, parse
from pabal.mime.build import CannotDowngrade, domain_of, downgrade

TEXT = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"


def test_what_is_7bit_stays_the_same_object() -> None:
    octets = b"Content-Transfer-Encoding: 8bit\r\n\r\nhi\r\n"
    assert downgrade(octets) is octets


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (b"mostly ASCII \xc3\xa9\r\n", "quoted-printable"),
        ("안녕하세요\r\n".encode(), "base64"),
        (b"a" * 999 + b"\r\n", "quoted-printable"),
        (b"bare\nline ends, and more\r", "quoted-printable"),
        (b"\x00\x01\x02\xff", "base64"),
    ],
)
def test_a_single_part_keeps_its_octets(body: bytes, encoding: str) -> None:
    message = parse(downgrade(b"MIME-Version: 1.0\r\n" + TEXT + body))
    assert (message.transfer_encoding, message.decoded()) == (encoding, body)


def test_without_mime_fields_the_guess_is_written_down() -> None:
    for body, charset in (("é".encode(), "utf-8"), (b"\xe9", "unknown-8bit")):
        after = downgrade(b"Subject: x\r\n\r\n" + body)
        assert f"MIME-Version: 1.0\r\nContent-Type: text/plain; charset={charset}\r\n".encode() in after
        assert parse(after).decoded() == body


def test_labels_of_inner_messages_and_files() -> None:
    inner = b"Subject: inner\r\nContent-Type: application/x-data\r\nContent-Transfer-Encoding: binary\r\n\r\n\x00\xff"
    before = (
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n"
        b"Content-Transfer-Encoding: binary\r\n\r\n" + inner + b"\r\n--b--\r\n"
    )
    message = parse(downgrade(before))
    outer = message.children[0]
    assert [part.transfer_encoding for part in message.walk()] == ["7bit", "7bit", "base64"]
    assert outer.children[0].decoded() == b"\x00\xff"
    assert outer.children[0].header.count(b"MIME-Version: 1.0\r\n") == 1


def test_encoded_parts_with_8bit_in_them_are_encoded_again() -> None:
    before = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=C3=A9 \xc3\xa9 and\r\n"
    message = parse(downgrade(before))
    assert message.decoded() == "é é and\r\n".encode()
    assert domain_of(bytes(message)) == "7bit"


def test_preamble_and_epilogue_go_when_they_are_not_7bit() -> None:
    before = (
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n\xe9 one\r\ntwo\r\n--b\r\n\r\nhi\r\n--b--\r\nthree\r\n\xe9"
    )
    after = downgrade(before)
    assert after.endswith(b"\r\n\r\n--b\r\n\r\nhi\r\n--b--\r\n")
    assert [part.body for part in parse(after).children] == [b"hi"]


def test_a_signed_part_that_is_7bit_is_kept_beside_one_that_is_not() -> None:
    signed = b"Content-Type: multipart/signed; boundary=s\r\n\r\n--s\r\n\r\nkept \r\n--s\r\n\r\nsig\r\n--s--"
    before = (
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
        + signed
        + b"\r\n--b\r\n"
        + TEXT
        + b"\xc3\xa9\r\n--b--\r\n"
    )
    after = downgrade(before)
    assert signed in after
    assert domain_of(after) == "7bit"


@pytest.mark.parametrize(
    ("octets", "complaint"),
    [
        ("Subject: é\r\n\r\nhi\r\n".encode(), "header field"),
        (b"Subject: a\nTo: b\r\n\r\nhi\r\n", "header field"),
        (b"Subject: a\x00\r\n\r\nhi\r\n", "header field"),
        (b"Content-Transfer-Encoding: x-uue\r\n\r\n\xe9", "unknown transfer encoding 'x-uue'"),
        (b"Content-Type: multipart/mixed\r\n\r\n\xe9", "multipart/mixed that cannot be opened"),
        (b"Content-Type: message/delivery-status\r\n\r\nStatus: \xe9", "message/delivery-status"),
        (b"Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\n\xe9\r\n--b--", "signature"),
    ],
)
def test_what_cannot_be_made_7bit_says_why(octets: bytes, complaint: str) -> None:
    with pytest.raises(CannotDowngrade, match=complaint):
        downgrade(octets)


def test_past_the_limits_nothing_is_guessed() -> None:
    wide = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\n\xe9\r\n" * 5 + b"--b--\r\n"
    deep = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n\r\n\xe9\r\n--b--\r\n"
    with pytest.raises(CannotDowngrade, match="more parts"):
        downgrade(wide, MimeSettings(parts=3))
    with pytest.raises(CannotDowngrade, match="cannot be opened"):
        downgrade(deep, MimeSettings(depth=1))
    assert domain_of(downgrade(wide)) == domain_of(downgrade(deep)) == "7bit"


def test_an_encoded_message_global_may_be_encoded() -> None:
    octets = (
        b"Content-Type: message/global-headers\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + "Subject: é\r\n".encode()
    )
    message = parse(downgrade(octets))
    assert message.decoded() == "Subject: é\r\n".encode()
