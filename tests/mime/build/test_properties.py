"""What holds for every value: it reads back, no value becomes a field, lines are short and end in CRLF."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pabal.mime import Part, parse
from pabal.mime.addresses import mailboxes
from pabal.mime.build import (
    CannotDowngrade,
    Draft,
    Embedded,
    Entity,
    File,
    NamedAddress,
    Text,
    Unwritable,
    Way,
    alternative,
    build,
    date_time,
    domain_of,
    downgrade,
    flow,
    mixed,
)
from pabal.mime.build.errors import refuse_line_breaks
from pabal.mime.build.fields import text_field
from pabal.mime.build.words import encoded_words, phrase_pieces
from pabal.mime.dates import parse_date
from pabal.mime.encoding import canonical
from pabal.mime.fields import all_fields, unfold
from pabal.mime.flowed import unflow
from pabal.mime.words import decode_text
from pabal.model.address import Address
from tests.kit.world import FakeRandom
from tests.mime.build.kit import draft, lines_of, named, subject_of

#: What people write; controls and bidi overrides are cleaned when read, so they cannot come back.
WRITTEN = st.text(
    st.one_of(
        st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), st.sampled_from(' =?"\\,;<>()@_é안😀')
    ),
    max_size=150,
)
#: Quoted where they have to be; one of spaces alone is nobody's.
LOCAL_PARTS = st.text("ab.c \"\\@<>'", min_size=1, max_size=20).filter(str.strip)
BODIES = st.text(st.one_of(st.characters(codec="utf-8"), st.sampled_from("\r\n .é안=\t")), max_size=300)
FILES = st.builds(
    File,
    octets=st.binary(max_size=200),
    filename=WRITTEN,
    media_type=st.sampled_from(["image/png", "application/pdf", "text/csv", "x/y", "application/x-foo", ""]),
    inline=st.booleans(),
)
ENTITIES: st.SearchStrategy[Entity] = st.recursive(
    st.one_of(st.builds(Text, BODIES, st.sampled_from(["plain", "html"]), st.just(False)), FILES),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: mixed(*parts)),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: alternative(*parts)),
    ),
    max_leaves=6,
)
WAYS = st.sampled_from([Way(), Way(eight_bit=True)])


@settings(max_examples=100)
@given(WRITTEN)
def test_every_subject_reads_back(text: str) -> None:
    written = text_field("Subject", text)
    assert decode_text(unfold(written.partition(b":")[2])) == text
    assert written.isascii()
    assert len(all_fields(written)) == 1


@settings(max_examples=100)
@given(WRITTEN.filter(bool))
def test_every_display_name_reads_back(name: str) -> None:
    octets = "".join([*phrase_pieces(name, "To"), " <kim@example.org>"]).encode("ascii")
    assert [(entry.display_name, entry.address) for entry in mailboxes(octets)] == [(name, "kim@example.org")]


@settings(max_examples=60)
@given(WRITTEN.filter(bool), st.integers(1, 80))
def test_words_are_at_most_75_characters_and_decode_one_by_one(text: str, first: int) -> None:
    words = encoded_words(text, first)
    assert max(map(len, words)) <= 75
    assert "".join(decode_text(word.encode("ascii")) for word in words) == text


@settings(max_examples=60)
@given(st.lists(st.tuples(WRITTEN, LOCAL_PARTS), min_size=1, max_size=8))
def test_every_list_of_addresses_reads_back(people: list[tuple[str, str]]) -> None:
    to = tuple(NamedAddress(Address(local_part, "example.org"), name) for name, local_part in people)
    found = mailboxes(parse(build(draft(to=to), FakeRandom())).fields[b"to"])
    assert [(entry.display_name, entry.local_part.decode(), entry.domain) for entry in found] == [
        (name, local_part, b"example.org") for name, local_part in people
    ]


@settings(max_examples=80)
@given(ENTITIES, WAYS)
def test_every_tree_reads_back(entity: Entity, way: Way) -> None:
    message = parse(build(draft(entity), FakeRandom(), way))
    assert message.all_defects == []
    _compare(message, entity)


def _compare(part: Part, entity: Entity) -> None:
    match entity:
        case Text():
            assert part.decoded() == canonical(entity.text)
        case File():
            assert (part.decoded(), part.filename) == (entity.octets, entity.filename)
            assert part.disposition.value == ("inline" if entity.inline else "attachment")
        case _:
            assert not isinstance(entity, Embedded)
            assert len(part.children) == len(entity.parts)
            for child, inner in zip(part.children, entity.parts, strict=True):
                _compare(child, inner)


@settings(max_examples=80)
@given(ENTITIES, WRITTEN, WRITTEN, WAYS)
def test_every_line_ends_in_crlf_and_is_at_most_998(entity: Entity, subject: str, name: str, way: Way) -> None:
    octets = build(draft(entity, subject=subject, to=(named(name),)), FakeRandom(), way)
    assert domain_of(octets) in ("7bit", "8bit" if way.eight_bit else "7bit")
    assert octets.endswith(b"\r\n")
    header = parse(octets).header
    assert header.isascii()
    assert all(len(line) <= 76 for line in lines_of(header) if b"=?" in line)


ANYTHING = st.text(st.one_of(st.characters(), st.sampled_from("\r\n\x00:\ud800")), max_size=40)


@settings(max_examples=120)
@given(ANYTHING, ANYTHING, ANYTHING, ANYTHING)
def test_no_value_becomes_a_field(text: str, name: str, local_part: str, identifier: str) -> None:
    """Either it is refused, or the header has exactly the fields that were meant."""
    attempts: list[Draft] = [
        draft(subject="x" + text),
        draft(author=named(name)),
        draft(author=named("", local_part)),
        draft(message_id=identifier),
        draft(fields=(("X-Further", text),)),
        draft(File(octets=b"", filename=text, media_type=name, content_id=identifier)),
    ]
    allowed = {b"date", b"from", b"message-id", b"mime-version", b"subject", b"x-further", b"content-id"}
    allowed |= {b"content-type", b"content-transfer-encoding", b"content-disposition"}
    for attempt in attempts:
        try:
            octets = build(attempt, FakeRandom())
        except Unwritable:
            continue
        names = [field.lower() for field, _ in all_fields(octets)]
        assert set(names) <= allowed
        assert len(names) == len(set(names))


@pytest.mark.parametrize("character", ["\r", "\n", "\x00"])
def test_line_breaks_and_nul_are_refused_by_name(character: str) -> None:
    with pytest.raises(ValueError, match=r"Subject: holds (CR|LF|NUL)"):
        refuse_line_breaks(f"a{character}Bcc: x", "Subject")


@settings(max_examples=60)
@given(BODIES.map(lambda text: re.sub(r"[\r\x00]", "", text)))
def test_flowed_text_joins_again(text: str) -> None:
    plain = "\n".join(line if line == "-- " else line.rstrip(" ") for line in text.split("\n") if line[:1] != ">")
    assert unflow(flow(plain)) == plain


@settings(max_examples=60)
@given(
    st.integers(-2_208_900_000, 250_000_000_000),
    st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)
def test_every_date_reads_back(seconds: int, zone: timezone) -> None:
    moment = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).astimezone(zone)
    assert parse_date(date_time(moment).encode("ascii")) == seconds


@settings(max_examples=80)
@given(ENTITIES)
def test_a_downgraded_message_has_the_same_content(entity: Entity) -> None:
    before = build(draft(entity), FakeRandom(), Way(eight_bit=True))
    after = downgrade(before)
    assert domain_of(after) == "7bit"
    one, other = list(parse(before).walk()), list(parse(after).walk())
    assert [part.content_type for part in one] == [part.content_type for part in other]
    assert [part.decoded() for part in one if not part.children] == [
        part.decoded() for part in other if not part.children
    ]
    assert downgrade(after) == after


@settings(max_examples=150)
@given(
    st.lists(
        st.sampled_from(
            [
                b"Content-Type: multipart/mixed; boundary=b\r\n",
                b"Content-Type: message/rfc822\r\n",
                b"Content-Transfer-Encoding: 8bit\r\n",
                b"Content-Transfer-Encoding: base64\r\n",
                b"Content-Type: text/plain\r\n",
                b"\r\n",
                b"--b\r\n",
                b"--b--\r\n",
                b"\xc3\xa9 \x00\r\n",
                b"a\nb\rc",
                b"x: y\r\n",
            ]
        ),
        max_size=14,
    ).map(b"".join)
)
def test_a_downgrade_of_anything_is_7bit_or_refused(octets: bytes) -> None:
    try:
        after = downgrade(octets)
    except CannotDowngrade:
        return
    assert domain_of(after) == "7bit"


def test_the_subject_of_a_draft_is_its_subject() -> None:
    assert subject_of(draft(subject="안녕")) == "안녕"
