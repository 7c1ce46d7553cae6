"""The DNS responder answers as real servers do, wrong ones included."""

from __future__ import annotations

from collections.abc import Callable

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import pytest

from tests.kit.dns import SERVFAIL, SILENT, TRUNCATED, DnsResponder, Zone

ZONE: Zone = {
    ("a.test", "MX"): ["10 mail.a.test", "20 spare.a.test"],
    ("mail.a.test", "A"): ["127.0.0.1"],
    ("alias.a.test", "CNAME"): ["mail.a.test"],
    ("a.test", "TXT"): ['"v=spf1 -all"'],
    ("broken.test", "A"): SERVFAIL,
    ("slow.test", "A"): SILENT,
    ("long.test", "TXT"): TRUNCATED,
    ("long.test", "TXT!"): ['"' + "x" * 200 + '"'],
}
Start = Callable[[Zone], DnsResponder]


def ask(responder: DnsResponder, name: str, record_type: str, *, over_tcp: bool = False) -> dns.message.Message:
    query = dns.message.make_query(name, record_type)
    host, port = responder.address
    if over_tcp:
        return dns.query.tcp(query, host, port=port, timeout=5)
    return dns.query.udp(query, host, port=port, timeout=5)


def records(answer: dns.message.Message) -> list[str]:
    return sorted(item.to_text().lower() for group in answer.answer for item in group)


def test_records_are_answered_over_both_transports(dns_responder: Start) -> None:
    responder = dns_responder(ZONE)
    for over_tcp in (False, True):
        answer = ask(responder, "A.test", "MX", over_tcp=over_tcp)
        assert records(answer) == ["10 mail.a.test.", "20 spare.a.test."]
    assert responder.asked == [("a.test", "MX")] * 2


def test_an_alias_is_followed(dns_responder: Start) -> None:
    assert records(ask(dns_responder(ZONE), "alias.a.test", "A")) == ["127.0.0.1", "mail.a.test."]


def test_no_such_name_differs_from_no_such_record(dns_responder: Start) -> None:
    responder = dns_responder(ZONE)
    assert ask(responder, "none.test", "A").rcode() == dns.rcode.NXDOMAIN
    empty = ask(responder, "a.test", "AAAA")
    assert (empty.rcode(), empty.answer) == (dns.rcode.NOERROR, [])


def test_a_server_may_fail_or_be_silent(dns_responder: Start) -> None:
    responder = dns_responder(ZONE)
    assert ask(responder, "broken.test", "A").rcode() == dns.rcode.SERVFAIL
    host, port = responder.address
    with pytest.raises(dns.exception.Timeout):
        dns.query.udp(dns.message.make_query("slow.test", "A"), host, port=port, timeout=0.05)


def test_a_long_answer_is_asked_for_again_over_tcp(dns_responder: Start) -> None:
    responder = dns_responder(ZONE)
    assert ask(responder, "long.test", "TXT").flags & dns.flags.TC
    assert len(records(ask(responder, "long.test", "TXT", over_tcp=True))[0]) == 202


def test_authenticated_data_is_marked() -> None:
    with DnsResponder(ZONE, authenticated=True) as responder:
        assert ask(responder, "a.test", "TXT").flags & dns.flags.AD
