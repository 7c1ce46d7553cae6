"""Trace fields (RFC 5321 §4.4)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pabal.delivery import trace
from pabal.delivery.content import without
from pabal.model.address import Address
from pabal.model.content import Octets
from pabal.model.envelope import Origin
from pabal.model.errors import RoutingLoop
from tests.delivery.house import HOSTNAME, OnDisk, envelope

LEE = Address("lee", "example.org")


def received(origin: Origin) -> str:
    return trace.ReceivedField(envelope(origin=origin), HOSTNAME).octets(LEE).decode()


def test_received_says_from_by_with_id_for_and_when() -> None:
    assert received(Origin("smtp", "ESMTP", "client.example", "192.0.2.7")) == (
        "Received: from client.example ([192.0.2.7])\r\n"
        "\tby mail.example.org with ESMTP id id0001\r\n"
        "\tfor <lee@example.org>; Mon, 1 Jun 2026 09:00:00 +0000\r\n"
    )


def test_received_names_tls_and_an_ipv6_client() -> None:
    line = received(Origin("smtp", "ESMTPS", "[IPv6:2001:db8::7]", "2001:db8::7", "TLSv1.3 TLS_AES_256_GCM_SHA384"))
    assert line.startswith("Received: from [IPv6:2001:db8::7] ([IPv6:2001:db8::7])\r\n")
    assert " with ESMTPS (TLSv1.3 TLS_AES_256_GCM_SHA384) id id0001\r\n" in line


def test_the_zone_of_a_link_local_client_is_not_told() -> None:
    line = received(Origin("smtp", "ESMTP", "client.example", "fe80::1%eth0"))
    assert line.startswith("Received: from client.example ([IPv6:fe80::1])\r\n")


def test_what_did_not_come_from_a_peer_has_no_from_clause() -> None:
    assert received(Origin("send", "ESMTP")).startswith("Received: by mail.example.org with")


@pytest.mark.parametrize("name", ["a b", "x)(y", "evil;by", "a_b", "x\r\nBcc: y", "<x>", '"', "x" * 300])
def test_a_name_that_is_none_cannot_break_the_field(name: str) -> None:
    line = received(Origin("smtp", "ESMTP", name, "192.0.2.7"))
    first = line.split("\r\n\t")[0]
    assert first.startswith("Received: from [192.0.2.7] (said ")
    assert first.count("(") == first.count(")") == 1
    assert not set(first) & set('\r\n;<>"')
    assert all(len(each) < 998 for each in line.split("\r\n"))


def test_return_path_holds_the_reverse_path_or_nothing() -> None:
    assert trace.return_path(Address("kim lee", "example.org")) == b'Return-Path: <"kim lee"@example.org>\r\n'
    assert trace.return_path(None) == b"Return-Path: <>\r\n"


def test_dates_are_those_of_rfc_5322() -> None:
    assert trace.date_time(datetime(2026, 11, 25, 3, 4, 5, tzinfo=UTC)) == "Wed, 25 Nov 2026 03:04:05 +0000"


def test_fields_are_found_with_their_continuations_and_not_in_the_body() -> None:
    head = b"RETURN-PATH :\r\n <a@b>\r\n\t(x)\r\nTo: x\r\nreturn-path: <c@d>\r\nno field\r\nReturn-Path: body\r\n"
    spans = trace.return_path_spans(head)
    assert [head[start:stop] for start, stop in spans] == [
        b"RETURN-PATH :\r\n <a@b>\r\n\t(x)\r\n",
        b"return-path: <c@d>\r\n",
    ]


def test_a_field_whose_name_only_begins_alike_stays() -> None:
    assert trace.return_path_spans(b"Return-Path-Old: x\r\nX-Return-Path: y\r\nTo: return-path:\r\n") == []


@given(st.lists(st.sampled_from([b"return-path:", b" x", b"\r\n", b"To: y", b":", b"\xff", b"\t"]), max_size=20))
@settings(max_examples=150)
def test_any_octets_have_spans_that_ascend_and_lie_apart(pieces: list[bytes]) -> None:
    head = b"".join(pieces)
    edges = [edge for span in trace.return_path_spans(head) for edge in span]
    assert edges == sorted(edges)
    assert all(head[start:].lower().startswith(b"return-path") for start in edges[::2])
    assert not edges or edges[-1] <= len(head)


def test_a_hundred_hops_are_a_loop_and_one_less_is_not() -> None:
    field = b"Received: from a by b\r\n with received received\r\n"
    trace.check_hops(field * (trace.RECEIVED_LIMIT - 1) + b"Subject: received\r\n")
    with pytest.raises(RoutingLoop):
        trace.check_hops(field * trace.RECEIVED_LIMIT)


@given(st.binary(max_size=60), st.sets(st.integers(0, 59), max_size=8), st.integers(0, 70), st.integers(0, 70))
@settings(max_examples=150)
def test_content_without_spans_is_the_same_in_memory_and_on_disk(
    octets: bytes, edges: set[int], start: int, stop: int
) -> None:
    bounds = sorted(edge for edge in edges if edge <= len(octets))
    spans = list(zip(bounds[::2], bounds[1::2], strict=False))
    expected = bytes(octet for at, octet in enumerate(octets) if not any(first <= at < last for first, last in spans))
    small, large = without(Octets(octets), spans), without(OnDisk(octets), spans)
    assert small.octets() == expected
    assert b"".join(large.pieces()) == expected
    assert large.size == len(expected)
    assert large.read(start, stop) == expected[start:stop]
