"""Where lines and messages end, and what an octet too many does (RFC 5321 §2.3.8, §4.1.1.4, §4.5.2)."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pabal.model.errors import BareLineEnd, MessageTooLarge
from pabal.protocol.smtp import NEED_SEND, SessionLimits, State
from pabal.protocol.smtp.errors import NulInMessage
from pabal.protocol.smtp.octets import DataReader
from pabal.protocol.smtp.session import REPLIES_AT_ONCE
from tests.protocol.smtp.dialogue import Server, events_of

TO_DATA = b"EHLO x\r\nMAIL FROM:<kim@example.org>\r\nRCPT TO:<lee@example.org>\r\nDATA\r\n"
DELIVERY = TO_DATA + b"Subject: x\r\n\r\n..\r\n...\r\ntext\r\n.\r\n" + b"MAIL FROM:<>\r\nXYZZY\r\nQUIT\r\n"

#: Octets among which every edge of a line, of a dot and of an end is likely.
EDGES = st.lists(st.sampled_from([b"\r\n", b".", b"\r", b"\n", b"a", b"\0", b"\r\n.\r\n"]), max_size=30).map(b"".join)


def in_data(limits: SessionLimits | None = None) -> Server:
    server = Server(limits)
    server.say(TO_DATA.removeprefix(b"EHLO x\r\n"))
    assert server.session.state is State.DATA
    return server


@st.composite
def cuts_of(draw: st.DrawFn, octets: bytes) -> list[bytes]:
    places = sorted(draw(st.sets(st.integers(1, len(octets) - 1), max_size=20)))
    starts, stops = [0, *places], [*places, len(octets)]
    return [octets[start:stop] for start, stop in zip(starts, stops, strict=True)]


@given(cuts_of(DELIVERY))
@settings(max_examples=150)
def test_events_do_not_depend_on_how_octets_arrive(pieces: list[bytes]) -> None:
    assert events_of(pieces) == events_of([DELIVERY])


def test_events_do_not_depend_on_octets_arriving_one_by_one() -> None:
    assert events_of([bytes([octet]) for octet in DELIVERY]) == events_of([DELIVERY])


@given(EDGES.filter(bool).flatmap(lambda octets: st.tuples(st.just(octets), cuts_of(octets + b"~"))))
@settings(max_examples=200)
def test_text_and_fault_do_not_depend_on_how_octets_arrive(case: tuple[bytes, list[bytes]]) -> None:
    octets, pieces = case
    assert _read(pieces) == _read([octets + b"~"])


@given(st.text("\r\n.a", max_size=12).map(str.encode))
@settings(max_examples=400)
def test_every_bare_line_end_is_found_and_no_other(text: bytes) -> None:
    _, _, refused, _ = _read([text + b"\r\n.\r\n"])
    ended = text.find(b"\r\n.\r\n") if not text.startswith(b".\r\n") else -2
    whole = text if ended == -1 else text[: max(ended, 0)]
    bare = re.search(rb"\r(?!\n)|(?<!\r)\n", whole + b"\r\n")
    assert refused == (bare is not None)


def _read(pieces: list[bytes]) -> tuple[bytes, bool, bool, bytes]:
    """Text (when there is no fault), whether it ended, whether it is refused, what came after."""
    reader, text, rest = DataReader(1000), b"", b""
    for piece in pieces:
        if reader.ended:
            rest += piece
        else:
            text += reader.receive(piece)
    fault = reader.fault if reader.ended else None
    return b"" if fault or not reader.ended else text, reader.ended, fault is not None, reader.rest + rest


@given(st.lists(st.binary(max_size=8).map(lambda line: line.translate(None, b"\r\n\0")), max_size=8))
@settings(max_examples=150)
def test_dot_stuffing_is_undone(lines: list[bytes]) -> None:
    text = b"".join(line + b"\r\n" for line in lines)
    stuffed = b"".join((b"." if line.startswith(b".") else b"") + line + b"\r\n" for line in lines)
    server = in_data()
    assert server.say(stuffed + b".\r\n") == b"250 2.0.0 Taken\r\n"
    assert server.text == text


@given(st.binary(max_size=200))
@settings(max_examples=150)
def test_garbage_gets_replies_and_nothing_else(garbage: bytes) -> None:
    server = Server(hello=False)
    for line in server.lines(garbage, b"\r\n"):
        assert line[:3].isdigit()


@pytest.mark.parametrize(
    "end", [b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r.\r\n", b"\r\n.\n", b"\r\n.\r", b"\r\n\x00.\r\n"]
)
def test_only_crlf_dot_crlf_ends_a_message(end: bytes) -> None:
    server = in_data()
    assert server.say(b"text" + end + b"MAIL FROM:<smuggled@example.org>\r\n") == b""
    assert server.session.state is State.DATA
    assert server.say(b"\r\n.\r\n").startswith(b"550 5.6.0")
    assert server.faults in ([BareLineEnd], [NulInMessage])
    assert server.session.state is State.READY


def test_an_empty_message_is_a_message() -> None:
    server = in_data()
    assert server.say(b".\r\n") == b"250 2.0.0 Taken\r\n"
    assert (server.text, server.faults) == (b"", [None])


def test_a_nul_in_a_message_is_refused() -> None:
    server = in_data()
    assert server.say(b"a\0b\r\n.\r\n") == b"550 5.6.0 A NUL octet in the message is refused\r\n"


def test_a_message_of_exactly_the_limit_is_taken_and_one_octet_more_is_not() -> None:
    for size, fault in ((1000, None), (1001, MessageTooLarge)):
        server = in_data(SessionLimits(message_size=1000))
        server.say(b"x" * (size - 2), b"\r\n.\r\n")
        assert server.faults == [fault]
        assert server.session.state is State.READY


def test_a_message_over_the_limit_is_read_to_its_end_without_being_kept() -> None:
    server = in_data(SessionLimits(message_size=1000))
    said = server.say(*[b"0123456789\r\n" * 100] * 100, b".\r\nNOOP\r\n")
    assert said == b"552 5.3.4 Message is larger than we take\r\n250 2.0.0 OK\r\n"
    assert len(server.text) <= 1000


def test_dots_that_were_stuffed_do_not_count() -> None:
    server = in_data(SessionLimits(message_size=6))
    server.say(b"..\r\n..\r\n.\r\n")
    assert server.faults == [None]


def test_a_command_line_of_exactly_the_limit_is_read_and_one_octet_more_is_not() -> None:
    server = Server(SessionLimits(command_line=512))
    assert server.say(b"NOOP " + b"x" * 505 + b"\r\n").startswith(b"250")
    assert server.say(b"NOOP " + b"x" * 506 + b"\r\n") == b"500 5.5.2 Line too long\r\n"


def test_an_endless_line_is_skipped_and_the_session_goes_on() -> None:
    server = Server(SessionLimits(command_line=512))
    assert server.say(*[b"x" * 1000] * 1000) == b""
    assert server.say(b"tail\r\nNOOP\r\n") == b"500 5.5.2 Line too long\r\n250 2.0.0 OK\r\n"


@pytest.mark.parametrize("line", [b"NOOP\n", b"\n", b"NO\rOP\r\n", b"NOOP\r\r\n", b"NO\0OP\r\n"])
def test_a_command_line_ends_with_crlf_or_is_refused(line: bytes) -> None:
    assert Server().say(line + b"NOOP\r\n") == b"500 5.5.2 A line is ASCII and ends with CR LF\r\n250 2.0.0 OK\r\n"


@given(
    st.lists(
        st.sampled_from(
            [
                b"EHLO x",
                b"NOOP",
                b"RSET",
                b"VRFY x",
                b"HELP",
                b"XYZZY",
                b"MAIL FROM:<>",
                b"RCPT TO:<a@b.example>",
                b"",
            ]
        ),
        max_size=30,
    )
)
@settings(max_examples=100)
def test_every_command_has_one_reply(lines: list[bytes]) -> None:
    said = Server(SessionLimits(bad_commands=100)).lines(*[line + b"\r\n" for line in lines])
    assert sum(line[3] == " " for line in said) == len(lines)


def test_pipelined_commands_are_answered_in_order_and_at_once() -> None:
    server = Server()
    said = server.lines(
        b"MAIL FROM:<>\r\nRCPT TO:<nobody@example.org>\r\nRCPT TO:<kim@example.org>\r\nRSET\r\nDATA\r\n"
    )
    assert [line[:3] for line in said] == ["250", "550", "250", "250", "503"]


def test_an_event_waits_for_the_answer_to_the_one_before() -> None:
    server = Server()
    server.session.receive(b"MAIL FROM:<>\r\nRSET\r\n")
    server.session.next_event()
    with pytest.raises(AssertionError):
        server.session.next_event()


def test_a_batch_without_end_is_answered_in_bounded_parts() -> None:
    session = Server().session
    session.receive(b"HELP\r\n" * 1000)
    parts = []
    while session.next_event() is NEED_SEND:
        parts.append(session.data_to_send().count(b"214 "))
    assert parts == [REPLIES_AT_ONCE] * (1000 // REPLIES_AT_ONCE)
    assert session.data_to_send() == b""
