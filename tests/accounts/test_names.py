"""Names as people type them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pabal.accounts.errors import BadName
from pabal.accounts.names import LOCAL_PART_OCTETS, name_of, parse_address, parse_domain, parse_identity
from pabal.model.address import Address


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Example.ORG", "example.org"),
        ("example.org.", "example.org"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("파발.example", "xn--ih3bl33b.example"),
        ("localhost", "localhost"),
        ("[127.0.0.1]", "[127.0.0.1]"),
        ("[IPv6:::1]", "[ipv6:::1]"),
    ],
)
def test_a_domain_is_kept_in_a_labels_and_lower_case(typed: str, kept: str) -> None:
    assert parse_domain(typed) == kept


@pytest.mark.parametrize(
    "typed", ["", ".", "a..b", "-a.example", "a b", "a\n.example", "x" * 64, "é" * 64, "a." * 200]
)
def test_what_is_no_domain_is_refused(typed: str) -> None:
    with pytest.raises(BadName):
        parse_domain(typed)


def test_an_address_keeps_its_local_part_as_it_was_written() -> None:
    assert parse_address(" Kim.Lee@Example.org ") == Address("Kim.Lee", "example.org")
    assert name_of(parse_address("Kim.Lee@Example.org")) == "kim.lee@example.org"


def test_the_last_at_sign_divides() -> None:
    assert parse_address("a@b@example.org") == Address("a@b", "example.org")


@pytest.mark.parametrize("typed", ["kim", "@example.org", "kim@", "ki\0m@example.org", "k\r\nm@example.org"])
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(BadName):
        parse_address(typed)


def test_a_local_part_has_at_most_64_octets() -> None:
    assert parse_address("k" * LOCAL_PART_OCTETS + "@example.org")
    with pytest.raises(BadName):
        parse_address("k" * (LOCAL_PART_OCTETS + 1) + "@example.org")


def test_an_identity_without_at_sign_belongs_to_localhost() -> None:
    assert parse_identity("kim") == Address("kim", "localhost")
    assert parse_identity("kim@example.org") == Address("kim", "example.org")


@given(st.text(max_size=80))
def test_garbage_is_refused_or_becomes_an_address_that_is_stable(typed: str) -> None:
    try:
        address = parse_identity(typed)
    except BadName:
        return
    assert parse_address(f"{address.local_part}@{address.domain}") == address
