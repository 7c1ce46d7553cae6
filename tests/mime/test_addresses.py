"""Address fields as people and programs write them (RFC 5322 §3.4, §4.4, appendix A)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pabal.mime.addresses import Entry, GroupEnd, GroupStart, Mailbox, mailboxes, parse_addresses
from pabal.mime.limits import DEFAULTS


def box(name: str, address: str, route: str = "") -> Mailbox:
    local, _, domain = address.rpartition("@")
    return Mailbox(name.encode(), local.encode(), domain.encode(), route.encode())


FIELDS: list[tuple[str, list[Entry]]] = [
    ("kim@example.org", [box("", "kim@example.org")]),
    ("<kim@example.org>", [box("", "kim@example.org")]),
    ("Kim Min <kim@example.org>", [box("Kim Min", "kim@example.org")]),
    ('"Kim, Min" <kim@example.org>, b@c', [box("Kim, Min", "kim@example.org"), box("", "b@c")]),
    (r'"Giant; \"Big\" Box" <a@b>', [box('Giant; "Big" Box', "a@b")]),
    ("Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>", [box("Pete", "pete@silly.test")]),
    ("kim@example.org (Kim Min)", [box("Kim Min", "kim@example.org")]),
    ("kim@example.org (Kim (the elder) Min)", [box("Kim (the elder) Min", "kim@example.org")]),
    ("Joe Q. Public <john.q.public@example.com>", [box("Joe Q. Public", "john.q.public@example.com")]),
    ("john . doe @ example . com", [box("", "john.doe@example.com")]),
    ('"joe smith"@example.org', [box("", "joe smith@example.org")]),
    ('<"a@b"@c>', [box("", "a@b@c")]),
    ("<a@[127.0.0.1]>", [box("", "a@[127.0.0.1]")]),
    ("Mary <@machine.tld,@b.tld:mary@example.net>", [box("Mary", "mary@example.net", "@machine.tld,@b.tld")]),
    (" , ,a@b, ,c@d,,", [box("", "a@b"), box("", "c@d")]),
    ("root", [Mailbox(b"", b"root", b"")]),
    ("Undisclosed recipients:;", [GroupStart(b"Undisclosed recipients"), GroupEnd()]),
    (
        "A Group: Ed <ed@x>, joe@y; z@z",
        [GroupStart(b"A Group"), box("Ed", "ed@x"), box("", "joe@y"), GroupEnd(), box("", "z@z")],
    ),
    ("open: a@b", [GroupStart(b"open"), box("", "a@b"), GroupEnd()]),
    ("Kim <kim@example.org", [box("Kim", "kim@example.org")]),
    ("", []),
    ("(only a comment)", []),
]


@pytest.mark.parametrize(("field", "wanted"), FIELDS)
def test_a_field_lists(field: str, wanted: list[Entry]) -> None:
    assert parse_addresses(field.encode()) == wanted


def test_a_name_is_decoded_after_the_list_was_split() -> None:
    entries = mailboxes(b"=?utf-8?q?a=40b=2Ecom=2C?= <evil@x>")
    assert [(entry.display_name, entry.address) for entry in entries] == [("a@b.com,", "evil@x")]


def test_an_encoded_word_in_quotes_is_decoded_for_display() -> None:
    assert mailboxes(b'"=?utf-8?q?=C3=A9?=" <x@y>')[0].display_name == "é"


def test_raw_utf8_and_raw_korean_names() -> None:
    assert mailboxes("김민 <kim@example.org>".encode())[0].display_name == "김민"
    assert mailboxes("김민 <kim@example.org>".encode("cp949"))[0].display_name == "김민"
    assert mailboxes("<kim@한국.example>".encode())[0].address == "kim@한국.example"


def test_folded_lists() -> None:
    assert [entry.address for entry in mailboxes(b" a@b,\r\n\tc@d\r\n")] == ["a@b", "c@d"]


def test_no_more_addresses_than_the_limit() -> None:
    assert len(parse_addresses(b"a@b," * 10, 3)) == 3
    assert len(parse_addresses(b"a b@c," * 10, 3)) <= 3
    assert len(parse_addresses(b"a@b," * (DEFAULTS.addresses + 1))) == DEFAULTS.addresses


ODD = st.sampled_from(
    [b"<", b">", b"@", b",", b";", b":", b'"', b"(", b")", b"\\", b"[", b"]", b"a", b" ", b"\xff", b"\x00"]
)


@settings(max_examples=200)
@given(st.lists(ODD, max_size=30).map(b"".join))
def test_garbage_gives_addresses_or_none_but_no_error(field: bytes) -> None:
    for entry in parse_addresses(field):
        if isinstance(entry, Mailbox):
            assert "\n" not in entry.address + entry.display_name


@pytest.mark.parametrize("unit", [b'"', b"<", b",", b"(", b"()", b"\\", b"@", b",@a", b"[", b"a:", b"a ", b'"a'])
def test_a_hundred_thousand_of_anything_is_read_at_once(unit: bytes) -> None:
    """Quadratic work would exceed the time limit that every test has."""
    assert len(parse_addresses(b"<@" + unit * 100_000)) <= DEFAULTS.addresses
