"""Fields as they stand on the wire, and what is refused with which words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from pabal.mime.addresses import parse_addresses
from pabal.mime.build import Group, NamedAddress, Unwritable, address_field, date_time, text_field
from pabal.mime.build.fields import message_id_field, value_field
from pabal.model.address import Address
from pabal.model.errors import PabalError
from tests.mime.build.kit import lines_of, named


@pytest.mark.parametrize(
    ("entries", "written"),
    [
        ([named("")], "To: kim@example.org"),
        ([named("Kim Min")], "To: Kim Min <kim@example.org>"),
        ([named("Kim, Min")], 'To: "Kim, Min" <kim@example.org>'),
        ([named('a "b" \\')], 'To: "a \\"b\\" \\\\" <kim@example.org>'),
        ([named("김민")], "To: =?utf-8?b?6rmA66+8?= <kim@example.org>"),
        ([named(" x")], "To: =?us-ascii?q?_x?= <kim@example.org>"),
        ([named("", "a b")], 'To: "a b"@example.org'),
        ([named("", "kim", "[IPv6:::1]")], "To: kim@[IPv6:::1]"),
        ([named("A"), named("", "lee")], "To: A <kim@example.org>, lee@example.org"),
        ([Group("undisclosed-recipients")], "To: undisclosed-recipients:;"),
        ([Group("The, team", (named("A"), named("")))], 'To: "The, team": A <kim@example.org>, kim@example.org;'),
        ([Group("a"), named("")], "To: a:;, kim@example.org"),
    ],
)
def test_addresses(entries: list[NamedAddress | Group], written: str) -> None:
    field = address_field("To", entries)
    assert field == written.encode() + b"\r\n"
    assert parse_addresses(field.partition(b":")[2])


def test_a_long_list_is_folded_between_words() -> None:
    field = address_field("Cc", [named(f"Person {number}", f"person.{number}") for number in range(9)])
    assert max(map(len, lines_of(field))) <= 76
    assert all(line.startswith(b" ") for line in lines_of(field)[1:-1])


@pytest.mark.parametrize(
    ("address", "complaint"),
    [
        (Address("kim", ""), "no domain"),
        (Address("kim", "예시.kr"), "no domain in A-labels"),
        (Address("kim", "a> <b"), "no domain"),
        (Address("kim", "a..b"), "no domain"),
        (Address("kim", "[a] <b]"), "no domain"),
        (Address("kim", "a\r\nBcc: x"), "no domain"),
        (Address("김", "example.org"), "SMTPUTF8"),
        (Address("a\nb", "example.org"), "holds LF"),
        (Address("a\x07b", "example.org"), "control character"),
    ],
)
def test_an_address_that_cannot_be_written(address: Address, complaint: str) -> None:
    with pytest.raises(Unwritable, match=complaint):
        address_field("To", [NamedAddress(address)])


def test_a_local_part_in_utf_8_where_the_way_takes_it() -> None:
    assert address_field("To", [named("A", "김")], utf8=True) == "To: A <김@example.org>\r\n".encode()


def test_there_is_an_address_and_a_group_has_a_name() -> None:
    with pytest.raises(Unwritable, match="no address"):
        address_field("To", [])
    with pytest.raises(Unwritable, match="needs a name"):
        address_field("To", [Group("")])


@pytest.mark.parametrize(
    ("moment", "written"),
    [
        (datetime(2026, 11, 25, 13, 5, 9, tzinfo=UTC), "Wed, 25 Nov 2026 13:05:09 +0000"),
        (datetime(2026, 3, 1, tzinfo=timezone(timedelta(hours=9))), "Sun, 1 Mar 2026 00:00:00 +0900"),
        (datetime(2026, 3, 1, tzinfo=timezone(timedelta(hours=-3, minutes=-30))), "Sun, 1 Mar 2026 00:00:00 -0330"),
        (
            datetime(1908, 4, 1, 8, 28, tzinfo=timezone(timedelta(hours=8, minutes=27, seconds=52))),
            "Wed, 1 Apr 1908 00:00:08 +0000",
        ),
    ],
)
def test_dates(moment: datetime, written: str) -> None:
    assert date_time(moment) == written


def test_a_date_has_a_zone_and_is_not_too_old() -> None:
    with pytest.raises(Unwritable, match="no zone"):
        date_time(datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(Unwritable, match="before 1900"):
        date_time(datetime(1899, 12, 31, tzinfo=UTC))


@pytest.mark.parametrize("identifier", ["1@a", "<1@a", "<1 @a>", "<>", "<é@a>", "<a><b>"])
def test_a_message_id_that_is_none(identifier: str) -> None:
    with pytest.raises(Unwritable, match="no message-id"):
        message_id_field("References", [identifier])


def test_many_references_are_folded() -> None:
    field = message_id_field("References", [f"<{number}.of.many@mail.example.org>" for number in range(20)])
    assert max(map(len, lines_of(field))) <= 76
    assert field.count(b"<") == 20


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("Sub ject", "x", "no field name"),
        ("", "x", "no field name"),
        ("Süb", "x", "no field name"),
        ("A:", "x", "no field name"),
        ("Subject", "a\r\nBcc: x", "holds CR"),
        ("Subject", "\ud800", r"U\+D800"),
        ("X" * 999, "x", "longer than a line"),
    ],
)
def test_a_field_that_cannot_be_written(name: str, text: str, complaint: str) -> None:
    with pytest.raises(PabalError, match=complaint):
        text_field(name, text)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("", "Subject: "),
        ("a  b", "Subject: a  b"),
        ("a\tb", "Subject: =?us-ascii?b?YQli?="),
        ("Re: 안녕 and hello", "Subject: Re: =?utf-8?b?7JWI64WV?= and hello"),
        ("a   é", "Subject: a =?utf-8?q?__=C3=A9?="),
    ],
)
def test_text(text: str, written: str) -> None:
    assert text_field("Subject", text).rstrip() == written.rstrip().encode()


def test_a_word_of_ascii_is_folded_to_the_next_line_and_a_longer_one_is_encoded() -> None:
    assert text_field("Subject", "a " + "b" * 80) == b"Subject: a\r\n " + b"b" * 80 + b"\r\n"
    assert max(map(len, lines_of(text_field("Subject", "b" * 901)))) <= 76


def test_an_encoded_word_after_a_long_name_begins_on_its_own_line() -> None:
    field = text_field("X-" + "Long" * 18, "é")
    assert lines_of(field)[1:] == [b" =?utf-8?b?w6k=?=", b""]


def test_a_parameter_has_a_name() -> None:
    with pytest.raises(Unwritable, match="no name of a parameter"):
        value_field("Content-Type", "text/plain", [("a b", "x")])
