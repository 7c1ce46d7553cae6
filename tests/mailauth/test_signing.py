"""Signing: what the field says, how it is folded, what is over-signed, and what is not signed at all."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pabal.mailauth.dkim import Outcome, Unsignable, load_key, sign, verify
from pabal.mailauth.dkim.signing import OVER_SIGNED
from tests.mailauth.kit import (
    AT,
    MESSAGE,
    SECONDS,
    SETTINGS,
    Dns,
    both,
    key,
    pem,
    published,
    result,
    results,
    signed,
    tag,
)
from tests.mailauth.test_canonical import cut

HEADER_NAMES = ("Received", "From", "To", "Cc", "Subject", "Date", "Message-ID", "Sender", "List-Id", "X-Other")
VALUES = st.text(st.sampled_from("ab \t;:=é"), min_size=1, max_size=90).map(lambda text: text.encode())


@st.composite
def messages(draw: st.DrawFn) -> bytes:
    """A message with one From, other fields in any number and order, and a body with all kinds of white space."""
    names = draw(st.lists(st.sampled_from([name for name in HEADER_NAMES if name != "From"]), max_size=8))
    names.insert(draw(st.integers(0, len(names))), "From")
    fields = [name.encode() + b":" + b"\r\n\t".join(draw(st.lists(VALUES, min_size=1, max_size=3))) for name in names]
    body = draw(st.lists(st.sampled_from([b"word", b" ", b"\t", b"\r\n", b"\r\n\r\n", "한글".encode()]), max_size=20))
    return b"\r\n".join(fields) + b"\r\n\r\n" + b"".join(body)


@given(messages(), st.lists(st.integers(0, 10_000), max_size=5), st.lists(st.integers(0, 10_000), max_size=5))
@settings(max_examples=60, deadline=None)
async def test_signed_then_verified_passes_whatever_the_pieces(
    message: bytes, cuts_signing: list[int], cuts_verifying: list[int]
) -> None:
    fields = sign(cut(message, cuts_signing), both(), AT, SETTINGS)
    assert fields == sign([message], both(), AT, SETTINGS)
    found = await verify(cut(fields + message, cuts_verifying), published(), AT, SETTINGS)
    assert [each.outcome for each in found] == [Outcome.PASS, Outcome.PASS]


def _signed_octets(octets: bytes) -> list[int]:
    """Places where a change of the octet is a change of what is signed: no white space, and not in Received.

    The last character of b= before its padding holds bits that mean nothing, so it is left out too.
    """
    unsigned = re.search(rb".==\r\nReceived:.*?\r\n", octets)
    assert unsigned
    return [
        place
        for place, octet in enumerate(octets)
        if octet not in b" \t\r\n" and not unsigned.start() <= place < unsigned.end()
    ]


SIGNED = signed(keys=[key()])
PLACES = _signed_octets(SIGNED)


@given(st.sampled_from(PLACES), st.integers(33, 126))
@settings(max_examples=60, deadline=None)
async def test_one_changed_octet_in_what_is_signed_does_not_pass(place: int, other: int) -> None:
    same = SIGNED[place : place + 1].lower() == bytes([other]).lower()  # names of fields have no case
    changed = SIGNED[:place] + bytes([other]) + SIGNED[place + 1 :]
    assert same or Outcome.PASS not in [each.outcome for each in await results(changed)]


async def test_relays_may_fold_anew_and_change_white_space() -> None:
    octets = signed(keys=both())
    folded = octets.replace(b"\r\n\tis   folded \r\n", b" is\r\n folded\r\n").replace(
        b"Hello,  world ", b"Hello,\tworld"
    )
    lower = folded.replace(b"\r\nSubject: ", b"\r\nSUBJECT :").replace(b"\r\n\r\n\r\n\r\n", b"\r\n\r\n")
    assert [each.outcome for each in await results(lower)] == [Outcome.PASS] * 2


async def test_both_signatures_stand_alone() -> None:
    rsa, ed25519 = (sign([MESSAGE], [one], AT, SETTINGS) for one in both())
    assert sign([MESSAGE], both(), AT, SETTINGS) == rsa + ed25519
    for field, algorithm in ((rsa, "rsa-sha256"), (ed25519, "ed25519-sha256")):
        found = await result(field + MESSAGE)
        assert (found.outcome, found.algorithm, found.reason) == (Outcome.PASS, algorithm, "")


async def test_the_result_names_who_signed() -> None:
    octets = signed()
    found = await result(octets)
    assert (found.domain, found.selector, found.identity) == ("example.com", "ed25519", "@example.com")
    assert found.signature_start == tag(octets, "b")[:8]
    assert not found.testing


def test_the_field_says_what_the_standard_asks() -> None:
    octets = signed()
    assert [tag(octets, name) for name in ("v", "a", "c", "d", "s", "t")] == [
        "1",
        "ed25519-sha256",
        "relaxed/relaxed",
        "example.com",
        "ed25519",
        str(SECONDS),
    ]


def test_there_is_never_a_length_and_an_expiry_only_when_it_is_set() -> None:
    assert b" l=" not in signed()
    assert b" x=" not in signed()
    octets = signed(settings=replace(SETTINGS, expire_after=timedelta(days=7)))
    assert tag(octets, "x") == str(SECONDS + 7 * 86400)


def test_every_field_is_signed_as_often_as_it_stands_and_once_more() -> None:
    names = tag(signed(b"To: a@b.c\r\n" + MESSAGE), "h").split(":")
    assert names.count("From") == 2
    assert names.count("To") == 3
    assert names.count("Subject") == names.count("Date") == names.count("Message-ID") == 2
    assert names.count("Cc") == names.count("Reply-To") == names.count("Content-Type") == 1
    assert "Received" not in names
    assert "Sender" not in names


def test_list_fields_are_signed_where_they_stand() -> None:
    names = tag(signed(b"List-Unsubscribe: <https://a.b/>\r\nlist-unsubscribe-post: x\r\n" + MESSAGE), "h").split(":")
    assert names.count("List-Unsubscribe") == names.count("List-Unsubscribe-Post") == 1


@pytest.mark.parametrize("name", OVER_SIGNED)
async def test_nobody_can_add_an_over_signed_field(name: str) -> None:
    octets = name.encode() + b": added@example.net\r\n" + signed()
    assert (await result(octets)).outcome in (Outcome.FAIL, Outcome.POLICY)


async def test_a_field_that_is_not_signed_may_be_added() -> None:
    assert (await result(b"Received: from x by y\r\nX-Spam: no\r\n" + signed())).outcome is Outcome.PASS


@given(st.integers(1, 40), st.sampled_from([0, 1]))
@settings(max_examples=20, deadline=None)
def test_no_line_of_the_field_is_longer_than_78_octets(copies: int, kind: int) -> None:
    field = sign([b"To: x@y.z\r\n" * copies + MESSAGE], [both()[kind]], AT, SETTINGS)
    lines = field.removesuffix(b"\r\n").split(b"\r\n")
    assert max(map(len, lines)) <= 78
    assert all(line[:1] == b" " and line.strip() for line in lines[1:])
    assert field.endswith(b"\r\n")


async def test_a_very_long_domain_still_makes_a_field_of_legal_lines() -> None:
    domain = ".".join(["a" * 61] * 4)
    long = load_key(domain, "b" * 63, pem("ed25519-sha256"))
    field = sign([MESSAGE], [long], AT, SETTINGS)
    assert max(map(len, field.split(b"\r\n"))) < 998
    assert field.count(b"\r\n") == len(re.findall(rb"\r\n(?= |\Z)", field))


def test_a_domain_is_written_in_a_labels_and_lower_case() -> None:
    korean = load_key("파발.Example", "Spring", pem("ed25519-sha256"))
    octets = signed(keys=[korean])
    assert tag(octets, "d") == "xn--ih3bl33b.example"
    assert tag(octets, "s") == "spring"
    assert octets[: len(octets) - len(MESSAGE)].isascii()


@pytest.mark.parametrize(
    ("message", "says"),
    [
        (b"To: x@y.z\r\n\r\nHello\r\n", "0 From fields"),
        (b"From: a@b.c\r\nFrom: d@e.f\r\n\r\nHello\r\n", "2 From fields"),
        (b"", "0 From fields"),
        (b"\r\nFrom: a@b.c\r\n", "0 From fields"),
        (b"From: a@b.c\r\nno field\r\n\r\n", "no field"),
        (b"From: a@b.c\nTo: x@y.z\r\n\r\n", "bare CR or LF"),
        (b"From: a@b.c\rTo: x@y.z\r\n\r\n", "bare CR or LF"),
        (b" folded: first\r\nFrom: a@b.c\r\n\r\n", "no field"),
        (b"From: a@b.c\r\nX: " + b"x" * SETTINGS.header_octets, "longer than 524288 octets"),
        (b"From: a@b.c\r\nX: " + b"x" * SETTINGS.header_octets + b"\r\n\r\nHello\r\n", "longer than"),
    ],
)
def test_what_could_be_read_in_two_ways_is_not_signed(message: bytes, says: str) -> None:
    with pytest.raises(Unsignable, match=says):
        sign([message], [key()], AT, SETTINGS)


@pytest.mark.parametrize("message", [b"From: a@b.c", b"From: a@b.c\r\n", b"From: a@b.c\r\n\r\n"])
async def test_a_message_without_a_body_is_signed(message: bytes) -> None:
    whole = message if message.endswith(b"\n") else message + b"\r\n"
    assert (await result(sign([message], [key()], AT, SETTINGS) + whole)).outcome is Outcome.PASS


def test_an_endless_header_is_not_read_to_its_end() -> None:
    def endless() -> object:
        for number in range(10_000):
            assert number < 100
            yield b"X: " + b"x" * 65536 + b"\r\n"

    with pytest.raises(Unsignable):
        sign(endless(), [key()], AT, SETTINGS)  # type: ignore[arg-type]


async def test_without_keys_there_is_nothing_to_add() -> None:
    assert sign([MESSAGE], [], AT, SETTINGS) == b""
    assert await results(MESSAGE, Dns({})) == ()
