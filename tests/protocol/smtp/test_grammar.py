"""Paths and addresses (RFC 5321 §4.1.2, §4.1.3)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pabal.model.address import Address
from pabal.model.errors import Refusal
from pabal.model.replies import EnhancedStatus
from pabal.protocol.smtp import errors
from pabal.protocol.smtp.grammar import is_domain_or_literal, path_and_parameters


def address_of(path: str) -> Address | None:
    parsed = path_and_parameters(path)
    return parsed and parsed.address


@pytest.mark.parametrize(
    ("path", "local_part", "domain"),
    [
        ("<kim@example.org>", "kim", "example.org"),
        ("<Kim.Lee@Example.ORG>", "Kim.Lee", "example.org"),
        ("<a+b=c%d!e@x.example>", "a+b=c%d!e", "x.example"),
        ('<"kim lee"@example.org>', "kim lee", "example.org"),
        ('<"kim"@example.org>', "kim", "example.org"),
        (r'<"a\"b\\c"@example.org>', 'a"b\\c', "example.org"),
        ('<"@"@example.org>', "@", "example.org"),
        ('<""@example.org>', "", "example.org"),
        ("<@a.example,@b.example:kim@example.org>", "kim", "example.org"),
        ("<@[192.0.2.1]:kim@example.org>", "kim", "example.org"),
        ("<kim@[192.0.2.1]>", "kim", "[192.0.2.1]"),
        ("<kim@[IPv6:2001:DB8::1]>", "kim", "[ipv6:2001:db8::1]"),
        ("<kim@xn--hq1bm8jm9l.example>", "kim", "xn--hq1bm8jm9l.example"),
        ("<kim@localhost>", "kim", "localhost"),
        ("  <kim@example.org>", "kim", "example.org"),
        ("kim@example.org", "kim", "example.org"),
        ("kim@example.org SIZE=1", "kim", "example.org"),
        ("<Postmaster>", "Postmaster", ""),
        ("<postmaster>", "postmaster", ""),
    ],
)
def test_a_path_is_read(path: str, local_part: str, domain: str) -> None:
    assert address_of(path) == Address(local_part, domain)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "<",
        "<kim>",
        "<kim@>",
        "<@example.org>",
        "<kim@example..org>",
        "<.kim@example.org>",
        "<kim.@example.org>",
        "<ki m@example.org>",
        "<kim@-example.org>",
        "<kim@example-.org>",
        "<kim@example.org",
        "kim@example.org>",
        "<<kim@example.org>>",
        "<kim@example.org>>",
        "<kim@exam_ple.org>",
        "<kim@[300.0.2.1]>",
        "<kim@[192.0.2.1>",
        "<kim@[IPv6:zz::1]>",
        "<kim@[IPv6:fe80::1%eth0]>",
        "<kim@[tag:content]>",
        '<"kim@example.org>',
        '<"a"b"@example.org>',
        "<" + "k" * 256 + "@example.org>",
        "<kim@" + "a." * 128 + "org>",
        "<kim@" + "a" * 64 + ".org>",
    ],
)
def test_what_is_no_path_is_refused(path: str) -> None:
    assert address_of(path) is None


def test_a_local_part_of_64_and_a_domain_of_255_octets_are_read() -> None:
    domain = ".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 63])
    assert address_of(f"<{'k' * 64}@{domain}>") == Address("k" * 64, domain)


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=20))
@settings(max_examples=150)
def test_what_an_address_prints_reads_as_that_address(local_part: str) -> None:
    address = Address(local_part, "example.org")
    assert address_of(f"<{address}>") == address


@given(st.text(max_size=60))
@settings(max_examples=150)
def test_any_text_reads_as_a_path_or_is_refused(text: str) -> None:
    try:
        path_and_parameters(text)
    except errors.ParameterMalformed:
        assert " " in text or "\t" in text or not text.isascii() or text.split()


def test_an_attack_on_the_patterns_costs_nothing() -> None:
    for text in ("<" + "a." * 1000, "<" + "@a," * 700, '<"' + "\\a" * 1000, "<a@" + "a-" * 1000, "a" * 2000):
        assert address_of(text) is None


@pytest.mark.parametrize("name", ["example.org", "localhost", "[192.0.2.1]", "[IPv6:::1]"])
def test_a_name_for_a_trace_field(name: str) -> None:
    assert is_domain_or_literal(name)


@pytest.mark.parametrize("name", ["", "a b", "(x)", "[x]", "a_b", "a" * 64, "x;y", "[192.0.2.1"])
def test_no_name_for_a_trace_field(name: str) -> None:
    assert not is_domain_or_literal(name)


def refusals(kind: type[Refusal] = Refusal) -> list[type[Refusal]]:
    return [each for child in kind.__subclasses__() for each in (child, *refusals(child))]


def test_every_refusal_is_one_line_of_ascii_whose_status_agrees_with_its_code() -> None:
    assert errors.HttpRequest in refusals()
    for refusal in refusals():
        assert isinstance(refusal.status, EnhancedStatus)
        assert refusal.code // 100 == refusal.status.klass, refusal
        assert refusal.text.isascii(), refusal
        assert refusal.text.isprintable(), refusal
        assert refusal().reply().octets().endswith(b"\r\n")
