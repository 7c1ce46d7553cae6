"""Whole messages: what stands in the header, who gets them, what is refused."""

from __future__ import annotations

import doctest
from collections.abc import Callable

import pytest

import pabal.mime.build
from pabal.mime import parse
from pabal.mime.build import (
    CannotDowngrade,
    Embedded,
    FieldGroups,
    File,
    Group,
    HeaderOnly,
    Multipart,
    Raw,
    Text,
    Unwritable,
    Way,
    alternative,
    body,
    build,
    mixed,
    new_message_id,
    related,
    render,
    reply_references,
    signed,
)
from pabal.mime.build.parameters import ascii_filename
from pabal.mime.encoding import canonical
from pabal.mime.fields import all_fields
from tests.kit.world import FakeRandom
from tests.mime.build.kit import built, draft, named


class Stuck(FakeRandom):
    """Chance that always says the same."""

    def token(self, octets: int) -> bytes:
        return bytes(octets)


def test_the_header_in_order() -> None:
    everything = draft(
        sender=named("", "office"),
        reply_to=(named("", "list"),),
        to=(named("Lee", "lee"),),
        cc=(named("", "park"),),
        in_reply_to=("<0@a>",),
        references=("<9@a>", "<0@a>"),
        subject="Hello",
        fields=(("Auto-Submitted", "auto-replied"),),
    )
    assert build(everything, FakeRandom()) == (
        b"Date: Wed, 25 Nov 2026 13:05:09 +0000\r\n"
        b"From: Kim Min <kim@example.org>\r\n"
        b"Sender: office@example.org\r\n"
        b"Reply-To: list@example.org\r\n"
        b"To: Lee <lee@example.org>\r\n"
        b"Cc: park@example.org\r\n"
        b"Message-ID: <1@example.org>\r\n"
        b"In-Reply-To: <0@a>\r\n"
        b"References: <9@a> <0@a>\r\n"
        b"Subject: Hello\r\n"
        b"Auto-Submitted: auto-replied\r\n"
        b"MIME-Version: 1.0\r\n"
        b"Content-Type: text/plain; charset=us-ascii\r\n"
        b"Content-Transfer-Encoding: 7bit\r\n"
        b"\r\n"
        b"Hello\r\n"
    )


def test_bcc_is_for_the_envelope_only() -> None:
    secret = draft(
        to=(named("", "a"), Group("g", (named("", "b"),))), cc=(named("", "a"),), bcc=(named("", "hidden"),)
    )
    octets = build(secret, FakeRandom())
    assert b"hidden" not in octets
    assert b"bcc" not in octets.lower()
    assert [str(address) for address in secret.recipients()] == [
        "a@example.org",
        "b@example.org",
        "hidden@example.org",
    ]


@pytest.mark.parametrize("name", ["Bcc", "to", "Content-Type", "MIME-Version", "Resent-To", "Return-Path"])
def test_a_field_with_a_place_of_its_own_is_not_given_as_text(name: str) -> None:
    with pytest.raises(Unwritable, match="not given as text"):
        build(draft(fields=((name, "x"),)), FakeRandom())


def test_several_authors_need_a_sender() -> None:
    authors = (named("A", "a"), named("B", "b"))
    with pytest.raises(Unwritable, match="Sender"):
        build(draft(author=authors), FakeRandom())
    octets = build(draft(author=authors, sender=named("A", "a")), FakeRandom())
    assert b"From: A <a@example.org>, B <b@example.org>\r\nSender: A <a@example.org>\r\n" in octets


def test_the_same_values_and_chance_give_the_same_message() -> None:
    content = body("text", "<p>text", [File(octets=b"x", filename="a")])
    assert build(draft(content), FakeRandom(3)) == build(draft(content), FakeRandom(3))


def test_the_usual_tree() -> None:
    picture = File(octets=b"\x89PNG", media_type="image/png", filename="a.png", content_id="p%1@example.org")
    attached = File(octets=b"x", filename="b.bin")
    message = built(body("text", "<img src='cid:p%251@example.org'>", [picture, attached]))
    assert [part.content_type.value for part in message.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
        "application/octet-stream",
    ]


@pytest.mark.parametrize(
    ("given", "types"),
    [
        (body("a"), ["text/plain"]),
        (body("", "<p>"), ["text/html"]),
        (body("a", "<p>"), ["multipart/alternative", "text/plain", "text/html"]),
        (body("a", files=[File(octets=b"")]), ["multipart/mixed", "text/plain", "application/octet-stream"]),
    ],
)
def test_no_more_parts_than_needed(given: Text, types: list[str]) -> None:
    assert [part.content_type.value for part in built(given).walk()] == types


def test_flowed_text_says_so() -> None:
    message = built(Text("a long paragraph " * 10 + "\n> quoted\n", flowed=True))
    assert message.content_type.get("format") == "flowed"
    assert all(len(line) <= 72 for line in message.body.split(b"\r\n"))
    assert b"\r\n> quoted\r\n" in message.body


@pytest.mark.parametrize("line", [">" * 80, "From " + "x" * 80, " led by a space", "-- ", "--  " + "x" * 90])
def test_flowed_lines_that_would_be_misread(line: str) -> None:
    octets = built(Text("text\n" + line, flowed=True)).body
    assert b"\r\nFrom " not in octets
    assert (b"\r\n-- \r\n" in octets) is (line == "-- ")


def test_what_no_chance_can_delimit_is_refused() -> None:
    with pytest.raises(Unwritable, match="no boundary"):
        build(draft(mixed(mixed(Text("inner")))), Stuck())
    with pytest.raises(Unwritable, match="no boundary"):
        build(draft(mixed(Text("=_" + "0" * 32))), Stuck())


@pytest.mark.parametrize(
    ("octets", "error", "complaint"),
    [
        (b"Content-Type: text/plain\r\n", Unwritable, "does not end in an empty line"),
        (b"Bcc: x\r\n\r\n", Unwritable, "only Content fields"),
        (b"\r\n\xc3\xa9", CannotDowngrade, "8bit"),
        (b"\r\na\nb", CannotDowngrade, "binary"),
    ],
)
def test_an_entity_written_before_that_cannot_be_used(octets: bytes, error: type[Exception], complaint: str) -> None:
    with pytest.raises(error, match=complaint):
        built(Raw(octets))


def test_what_is_signed_is_7bit_on_every_way() -> None:
    signature = File(octets=b"s", media_type="application/pgp-signature")
    made = signed(Raw(b"\r\n\xc3\xa9"), signature, protocol="application/pgp-signature", micalg="pgp-sha256")
    with pytest.raises(CannotDowngrade):
        build(draft(made), FakeRandom(), Way(eight_bit=True))
    with pytest.raises(Unwritable, match="the signature is"):
        signed(Raw(b"\r\n"), signature, protocol="application/pkcs7-signature", micalg="sha-256")


@pytest.mark.parametrize("text", ["ends in a space \nnext", "From here", "a\nFrom here", "tab\t\n", "-- \nKim"])
def test_text_to_be_signed_holds_nothing_that_is_changed_on_the_way(text: str) -> None:
    octets = bytes(render(Text(text), FakeRandom(), Way(signing=True)))
    part = parse(octets)
    assert part.transfer_encoding == "quoted-printable"
    assert part.decoded() == canonical(text)
    assert b" \r\n" not in octets
    assert b"\nFrom " not in octets
    assert parse(bytes(render(Text("plain"), FakeRandom(), Way(signing=True)))).transfer_encoding == "7bit"


def test_a_multipart_that_was_rendered_is_a_message_as_it_is() -> None:
    written = bytes(render(mixed(Text("a"), Text("b")), FakeRandom(1)))
    octets = build(draft(Raw(written)), FakeRandom(2))
    assert octets.endswith(written)
    assert parse(octets).all_defects == []


def test_an_embedded_message_with_a_utf_8_header_is_message_global() -> None:
    inner = "Subject: é\r\n\r\nhi\r\n".encode()
    for way, encoding in ((Way(), "base64"), (Way(eight_bit=True, utf8=True), "8bit")):
        part = parse(build(draft(mixed(Embedded(octets=inner))), FakeRandom(), way)).children[0]
        assert (part.fields[b"content-type"].strip(), part.transfer_encoding) == (b"message/global", encoding)
        assert part.decoded() == inner


def test_an_embedded_header_over_998_octets_is_refused() -> None:
    with pytest.raises(CannotDowngrade, match="998"):
        built(Embedded(octets=b"Subject: " + b"x" * 999 + b"\r\n\r\nhi\r\n"))


def test_a_returned_header_that_is_not_ascii_is_quoted_printable() -> None:
    part = built(mixed(HeaderOnly("Subject: é\r\n\r\nhi\r\n".encode()))).children[0]
    assert (part.transfer_encoding, part.decoded()) == ("quoted-printable", "Subject: é\r\n".encode())


@pytest.mark.parametrize(
    "make",
    [
        lambda: Multipart("mixed", ()),
        lambda: Multipart("a b", (Text(""),)),
        lambda: Text("", "x y"),
        lambda: Text("", "html", flowed=True),
        lambda: FieldGroups("text/plain", ()),
        lambda: FieldGroups("message/é", ()),
    ],
)
def test_an_entity_that_cannot_be(make: Callable[[], object]) -> None:
    with pytest.raises(Unwritable):
        make()


def test_the_root_of_related_parts_has_a_type() -> None:
    for root, media_type in (
        (Text("", "html"), "text/html"),
        (alternative(Text("")), "multipart/alternative"),
        (File(octets=b"", media_type="image/png"), "image/png"),
        (Embedded(octets=b"Subject: x\r\n\r\n"), "message/rfc822"),
        (HeaderOnly(b"Subject: x\r\n"), "text/rfc822-headers"),
    ):
        assert built(related(root, File(octets=b""))).content_type.get("type") == media_type
    with pytest.raises(Unwritable, match="root"):
        related(Raw(b"\r\n"))


def test_message_ids_come_from_chance() -> None:
    first, second = new_message_id(FakeRandom(1), "example.org"), new_message_id(FakeRandom(2), "example.org")
    assert first != second
    assert first.endswith("@example.org>")
    with pytest.raises(Unwritable, match="no message-id"):
        new_message_id(FakeRandom(), "a b")


@pytest.mark.parametrize(
    ("parent", "references", "in_reply_to", "wanted"),
    [
        ("<c>", ("<a>", "<b>"), ("<b>",), ("<a>", "<b>", "<c>")),
        ("<c>", (), ("<b>",), ("<b>", "<c>")),
        ("<c>", (), ("<a>", "<b>"), ("<c>",)),
        ("", ("<a>",), (), ("<a>",)),
    ],
)
def test_references_of_a_reply(
    parent: str, references: tuple[str, ...], in_reply_to: tuple[str, ...], wanted: tuple[str, ...]
) -> None:
    assert reply_references(parent, references, in_reply_to) == wanted


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("résumé.pdf", "resume.pdf"),
        ("보고서.pdf", "_.pdf"),
        ("안녕", "_"),
        ("é" * 60 + ".document", "e" * 30 + ".document"),
        ('a"é\\b', "a'e_b"),
        ("=?é", "_e"),
    ],
)
def test_ascii_file_names(name: str, plain: str) -> None:
    assert ascii_filename(name) == plain


def test_fields_read_back_in_the_order_written() -> None:
    names = [name for name, _ in all_fields(build(draft(subject="x"), FakeRandom()))]
    assert names[:4] == [b"Date", b"From", b"Message-ID", b"Subject"]


def test_the_example_of_the_package_runs() -> None:
    assert doctest.testmod(pabal.mime.build).failed == 0
