"""Whose request it is, behind no proxy, a listed one, and one that only says so."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pabal.server.forwarding import STRANGER, Client, client_of, networks

PROXIES = networks(["10.0.0.0/8", "127.0.0.1", "fd00::/8"])
FIELDS = ["X-Forwarded-For", "x-forwarded-proto", "X-Forwarded-Port", "Forwarded", "X-Real-IP", "Via"]


def asked(peer: str | None, *fields: tuple[str, str], tls: bool = False, listed: bool = True) -> Client:
    return client_of(peer, fields, tls, PROXIES if listed else ())


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
def test_a_direct_request_from_loopback_is_near_and_secure(peer: str) -> None:
    assert asked(peer) == Client(near=True, secure=True)


def test_a_direct_request_from_elsewhere_is_secure_with_tls_only() -> None:
    assert asked("192.0.2.1") == STRANGER
    assert asked("192.0.2.1", tls=True) == Client(near=False, secure=True)


@pytest.mark.parametrize("peer", [None, "", "a socket"])
def test_a_peer_without_an_address_is_a_stranger(peer: str | None) -> None:
    assert asked(peer, tls=True) == STRANGER


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("value", ["127.0.0.1", "https", ""])
def test_a_forwarding_field_of_an_unlisted_peer_takes_the_privilege_of_loopback_away(name: str, value: str) -> None:
    assert asked("127.0.0.1", (name, value), listed=False) == STRANGER


@pytest.mark.parametrize(
    ("lines", "near"),
    [
        (["127.0.0.1"], True),
        (["::1"], True),
        (["192.0.2.1"], False),
        (["127.0.0.1, 192.0.2.1"], False),  # the client wrote the first one itself
        (["192.0.2.1, 127.0.0.2"], True),
        (["127.0.0.2, 10.1.1.1"], True),  # a proxy behind a proxy
        (["192.0.2.1, 10.1.1.1, fd00::1"], False),
        (["127.0.0.2", "192.0.2.1"], False),
        (["192.0.2.1", "127.0.0.2,10.0.0.1"], True),
        (["127.0.0.2, unknown"], False),
        (["127.0.0.2,"], False),
        (["127.0.0.2:1234"], False),
        ([""], False),
    ],
)
def test_the_client_is_the_last_address_that_no_listed_proxy_has(lines: list[str], near: bool) -> None:
    fields = [("X-Forwarded-For", line) for line in lines]
    assert asked("10.0.0.1", *fields) == Client(near=near, secure=False)


@pytest.mark.parametrize(
    ("words", "secure"),
    [
        (["https"], True),
        (["HTTPS"], True),
        (["http"], False),
        (["https, http"], False),
        (["http", "https"], True),
        ([], False),
    ],
)
def test_what_a_proxy_passed_on_is_secure_only_if_it_says_https(words: list[str], secure: bool) -> None:
    fields = [("X-Forwarded-Proto", word) for word in words]
    assert asked("127.0.0.1", ("X-Forwarded-For", "192.0.2.1"), *fields, tls=True).secure is secure


def test_a_listed_proxy_that_names_no_client_speaks_for_a_stranger() -> None:
    assert asked("127.0.0.1", ("Via", "1.1 a")) == STRANGER


@settings(max_examples=50)
@given(st.text(max_size=30))
def test_whatever_a_client_wrote_before_the_proxy_changes_nothing(text: str) -> None:
    assert not asked("10.0.0.1", ("X-Forwarded-For", f"{text}, 192.0.2.1")).near
