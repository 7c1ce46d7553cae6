"""A small DNS responder on loopback, over UDP and TCP, that answers from a dict.

``{("mx.test", "MX"): ["10 mail.test"], ("dead.test", "A"): SERVFAIL, ("slow.test", "A"): SILENT}``.
A name with no entry of any type is NXDOMAIN; one with entries of other types has no data.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from types import TracebackType

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

TTL = 300
UDP_OCTETS = 1232  # what a resolver may get without asking again over TCP (DNS flag day 2020)


class Fault(Enum):
    """How a name may fail instead of answering."""

    SERVFAIL = "the server could not find out"
    SILENT = "no answer ever comes"
    TRUNCATED = "over UDP only a header with TC set (RFC 2181 §9); over TCP the records under type + '!'"


SERVFAIL, SILENT, TRUNCATED = Fault.SERVFAIL, Fault.SILENT, Fault.TRUNCATED
Zone = Mapping[tuple[str, str], Iterable[str] | Fault]


class DnsResponder:
    """Serves ``zone`` at ``address`` until it is closed; ``asked`` lists the questions as (name, type)."""

    def __init__(self, zone: Zone, *, authenticated: bool = False) -> None:
        self.zone = zone
        self.authenticated = authenticated
        self.asked: list[tuple[str, str]] = []
        self._udp, self._tcp = _sockets()
        self.address: tuple[str, int] = self._udp.getsockname()
        self._threads = [threading.Thread(target=serve, daemon=True) for serve in (self._serve_udp, self._serve_tcp)]

    def __enter__(self) -> DnsResponder:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            self._tcp.shutdown(socket.SHUT_RDWR)
        with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as last:
            last.sendto(b"", self.address)
        for thread in self._threads:
            thread.join()
        self._udp.close()
        self._tcp.close()

    def _serve_udp(self) -> None:
        while True:
            question, client = self._udp.recvfrom(65535)
            if not question:
                return
            answer = self.answer(question, over_tcp=False)
            if answer:
                self._udp.sendto(answer, client)

    def _serve_tcp(self) -> None:
        while True:
            try:
                connection, _ = self._tcp.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                for question in _framed(connection):
                    answer = self.answer(question, over_tcp=True)
                    if answer:
                        connection.sendall(struct.pack("!H", len(answer)) + answer)

    def answer(self, question: bytes, *, over_tcp: bool) -> bytes:
        """The answer on the wire, b"" for silence."""
        query = dns.message.from_wire(question)
        asked = query.question[0]
        name = asked.name.to_text(omit_final_dot=True).lower()
        record_type = dns.rdatatype.to_text(asked.rdtype)
        self.asked.append((name, record_type))
        response = dns.message.make_response(query, recursion_available=True)
        if self.authenticated:
            response.flags |= dns.flags.AD
        if self._fill(response, asked.name, name, record_type, over_tcp):
            return response.to_wire(max_size=65535 if over_tcp else UDP_OCTETS)
        return b""

    def _fill(
        self, response: dns.message.Message, owner: dns.name.Name, name: str, record_type: str, over_tcp: bool
    ) -> bool:
        entry = self._entry(name, record_type)
        if entry is SILENT:
            return False
        if entry is TRUNCATED:
            if not over_tcp:
                response.flags |= dns.flags.TC
                return True
            entry = self.zone[name, record_type + "!"]
        if isinstance(entry, Fault):
            response.set_rcode(dns.rcode.SERVFAIL)
        elif entry is None:
            if not any(known == name for known, _ in self.zone):
                response.set_rcode(dns.rcode.NXDOMAIN)
        else:
            self._add(response, owner, record_type, list(entry), over_tcp)
        return True

    def _add(
        self,
        response: dns.message.Message,
        owner: dns.name.Name,
        record_type: str,
        records: list[str],
        over_tcp: bool,
    ) -> None:
        alias = self.zone.get((owner.to_text(omit_final_dot=True).lower(), "CNAME"))
        if record_type != "CNAME" and isinstance(alias, list):
            response.answer.append(dns.rrset.from_text(owner, TTL, "IN", "CNAME", *_absolute("CNAME", alias)))
            target = dns.name.from_text(alias[0])
            self._fill(response, target, alias[0], record_type, over_tcp)
            return
        response.answer.append(dns.rrset.from_text(owner, TTL, "IN", record_type, *_absolute(record_type, records)))

    def _entry(self, name: str, record_type: str) -> Iterable[str] | Fault | None:
        if record_type != "CNAME" and (name, "CNAME") in self.zone:
            return self.zone[name, "CNAME"]
        return self.zone.get((name, record_type))


def _absolute(record_type: str, records: list[str]) -> list[str]:
    """Names in records are whole names; the text form of DNS wants their final dot."""
    named = record_type in ("MX", "CNAME", "NS", "PTR", "SRV")
    return [record if not named or record.endswith(".") else record + "." for record in records]


def _sockets() -> tuple[socket.socket, socket.socket]:
    """One port that is free for UDP and for TCP."""
    while True:
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(("127.0.0.1", 0))
        tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            tcp.bind(udp.getsockname())
        except OSError:
            udp.close()
            tcp.close()
            continue
        tcp.listen()
        return udp, tcp


def _framed(connection: socket.socket) -> Iterator[bytes]:
    """DNS messages over TCP carry a length of two octets (RFC 1035 §4.2.2)."""
    with connection.makefile("rb") as stream:
        while prefix := stream.read(2):
            yield stream.read(struct.unpack("!H", prefix)[0])
