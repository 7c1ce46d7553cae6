"""The session machine: order, bounds, refusals (RFC 9051 §2.2, §3, §4.3, §6.2.1)."""

from __future__ import annotations

import dataclasses
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pabal.protocol.imap.assembly import INLINE_LITERAL
from pabal.protocol.imap.commands import Idle, Login, Noop
from pabal.protocol.imap.cursor import LargeLiteral
from pabal.protocol.imap.message_commands import Append
from pabal.protocol.imap.session import (
    AnswerLine,
    Closed,
    CommandReceived,
    MessageDropped,
    MessagePiece,
    NeedData,
    ServerSession,
)
from pabal.protocol.imap.settings import ImapSettings
from pabal.protocol.imap.verbs import State

from .talk import SETTINGS, run, session_in


def test_a_command_is_given_and_its_response_ends_with_its_tag() -> None:
    events, sent = run(session_in(State.NOT_AUTHENTICATED), b"a1 noop\r\n")
    assert events == [CommandReceived(b"a1", Noop())]
    assert sent == b"a1 OK Done\r\n"


def test_a_pipelined_command_never_runs_ahead() -> None:
    session = session_in(State.NOT_AUTHENTICATED)
    session.receive(b"a NOOP\r\nb NOOP\r\n")
    assert session.next_event() == CommandReceived(b"a", Noop())
    with pytest.raises(RuntimeError):
        session.next_event()
    session.finish(b"a", b"OK", "Done")
    assert session.next_event() == CommandReceived(b"b", Noop())


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (b"a FROB\r\n", b"a BAD Expected command at octet 3\r\n"),
        (b"a NOOP x\r\n", b"a BAD Expected end of command at octet 7\r\n"),
        (b"a LOGIN kim\r\n", b"a BAD Expected SP at octet 12\r\n"),
        (b"a FETCH 1 FLAGS\r\n", b"a BAD Expected command that is allowed before sign-in at octet 3\r\n"),
        (b"a\r\n", b"a BAD Expected SP at octet 2\r\n"),
        (b"\r\n", b"* BAD Expected tag at octet 1\r\n"),
        (b"+ NOOP\r\n", b"* BAD Expected tag at octet 1\r\n"),
        (b"a NOOP\n", b"a BAD A line ends with CR LF and holds no other CR, LF or NUL\r\n"),
        (b"a NO\rOP\r\n", b"a BAD A line ends with CR LF and holds no other CR, LF or NUL\r\n"),
        (b"a LOGIN \0 x\r\n", b"a BAD A line ends with CR LF and holds no other CR, LF or NUL\r\n"),
    ],
)
def test_a_bad_command_is_told_what_was_expected_and_the_next_one_works(line: bytes, answer: bytes) -> None:
    events, sent = run(session_in(State.NOT_AUTHENTICATED), line + b"b NOOP\r\n")
    assert sent == answer + b"b OK Done\r\n"
    assert events == [CommandReceived(b"b", Noop())]


def test_a_literal_is_asked_for_and_taken_whole() -> None:
    events, sent = run(session_in(State.NOT_AUTHENTICATED), b"a LOGIN {3}\r\n", b"kim {6}\r\n", b'pass"d\r\n')
    assert sent == b"+ Ready for literal data\r\n+ Ready for literal data\r\na OK Done\r\n"
    assert events == [CommandReceived(b"a", Login("kim", 'pass"d'))]


def test_a_non_synchronizing_literal_is_not_asked_for() -> None:
    events, sent = run(session_in(State.NOT_AUTHENTICATED), b"a LOGIN {3+}\r\nkim {0+}\r\n\r\n")
    assert sent == b"a OK Done\r\n"
    assert events == [CommandReceived(b"a", Login("kim", ""))]


def test_a_literal_marker_inside_a_line_is_no_literal() -> None:
    _, sent = run(session_in(State.NOT_AUTHENTICATED), b"a LOGIN {3} kim\r\n")
    assert sent == b"a BAD Expected literal at the end of a line at octet 9\r\n"


def test_a_large_literal_before_sign_in_is_refused_before_it_is_sent() -> None:
    _, sent = run(session_in(State.NOT_AUTHENTICATED), b"a LOGIN {5000}\r\nb NOOP\r\n")
    assert sent == b"a NO [TOOBIG] Literal is too large\r\nb OK Done\r\n"


def test_a_large_literal_that_does_not_wait_is_swallowed() -> None:
    octets = b"a LOGIN {5000+}\r\n" + b"x NOOP\r\n" * 625 + b" y\r\nb NOOP\r\n"
    events, sent = run(session_in(State.NOT_AUTHENTICATED), octets)
    assert sent == b"a NO [TOOBIG] Literal is too large\r\nb OK Done\r\n"
    assert events == [CommandReceived(b"b", Noop())]


@pytest.mark.parametrize("size", [999999999, 99999999999, 2**64 - 1])
def test_a_literal_far_over_the_limit_ends_the_connection(size: int) -> None:
    events, sent = run(session_in(State.AUTHENTICATED), b"a APPEND INBOX {%d+}\r\nb NOOP\r\n" % size)
    assert sent.startswith(b"a NO [TOOBIG] Literal is too large\r\n* BYE ")
    assert isinstance(events[-1], Closed)


def test_a_small_message_comes_with_its_command() -> None:
    events, _ = run(session_in(State.AUTHENTICATED), b"a APPEND INBOX (\\Seen) {5}\r\n", b"x:\0\r\n\r\n")
    assert [event.command.message for event in events if isinstance(event, CommandReceived)] == [b"x:\0\r\n"]  # type: ignore[attr-defined]


def test_a_large_message_leaves_in_pieces_before_its_command() -> None:
    message = b"x" * (INLINE_LITERAL + 1)
    events, _ = run(session_in(State.AUTHENTICATED), b"a APPEND INBOX {%d+}\r\n" % len(message), message + b"\r\n")
    assert events[0] == MessagePiece(message)
    command = events[1].command  # type: ignore[union-attr]
    assert isinstance(command, Append)
    assert command.message == LargeLiteral(len(message))


def test_the_pieces_of_a_refused_append_are_dropped() -> None:
    message = b"x" * (INLINE_LITERAL + 1)
    events, sent = run(
        session_in(State.AUTHENTICATED), b"a APPEND INBOX {%d+}\r\n" % len(message), message + b" x\r\n"
    )
    assert events == [MessagePiece(message), MessageDropped()]
    assert sent == b"a BAD Expected end of command at octet 24\r\n"


def test_a_message_over_the_limit_is_refused_before_it_is_sent() -> None:
    _, sent = run(session_in(State.AUTHENTICATED), b"a APPEND INBOX {52428801}\r\n")
    assert sent == b"a NO [TOOBIG] Literal is too large\r\n"


def test_a_line_over_the_limit_is_refused_and_the_next_one_works() -> None:
    for pieces in (
        [b"a LOGIN " + b"x" * 9000 + b"\r\nb NOOP\r\n"],
        [b"a LOGIN ", *[b"x" * 999] * 40, b"\r\nb NOOP\r\n"],
    ):
        _, sent = run(session_in(State.NOT_AUTHENTICATED), *pieces)
        assert sent == b"a BAD Line is too long\r\nb OK Done\r\n"


def test_the_literal_of_a_line_over_the_limit_gives_no_commands() -> None:
    pieces = [b"a LOGIN ", *[b"x" * 999] * 40, b"{8+}\r\n", b"x NOOP\r\n kim\r\nb NOOP\r\n"]
    _, sent = run(session_in(State.NOT_AUTHENTICATED), *pieces)
    assert sent == b"a BAD Line is too long\r\nb OK Done\r\n"


def test_a_command_over_the_limit_is_refused() -> None:
    small = dataclasses.replace(SETTINGS, command=16 * 1024)
    pieces = [b"a SEARCH SUBJECT {9000+}\r\n", b"x" * 9000, b" SUBJECT {9000+}\r\n", b"x" * 9000, b"\r\nb NOOP\r\n"]
    _, sent = run(session_in(State.SELECTED, small), *pieces)
    assert sent == b"a NO [TOOBIG] Literal is too large\r\nb OK Done\r\n"


def test_ten_thousand_empty_literals_are_refused_within_the_limit() -> None:
    small = dataclasses.replace(SETTINGS, command=16 * 1024)
    _, sent = run(session_in(State.SELECTED, small), b"a SEARCH" + b" {0+}\r\n" * 10_000 + b"\r\n")
    assert sent == b"a BAD Command is too large\r\n"


@pytest.mark.parametrize("line", [b"GET / HTTP/1.1\r\n", b"POST /x HTTP/1.1\r\n", b"Host: example.org\r\n"])
def test_http_ends_the_connection_at_its_first_line(line: bytes) -> None:
    events, sent = run(session_in(State.NOT_AUTHENTICATED), line + b"a LOGIN kim secret\r\n")
    assert sent == b"* BYE This is a mail server\r\n"
    assert events == [Closed("This is a mail server")]


def test_a_tag_named_like_an_http_method_is_a_tag() -> None:
    events, _ = run(session_in(State.NOT_AUTHENTICATED), b"GET NOOP\r\n")
    assert events == [CommandReceived(b"GET", Noop())]


def test_too_many_bad_commands_end_the_connection() -> None:
    events, sent = run(session_in(State.NOT_AUTHENTICATED), b"a FROB\r\n" * 1000)
    assert sent.count(b"a BAD") == SETTINGS.bad_commands
    assert isinstance(events[-1], Closed)


def test_a_good_command_forgives_bad_ones() -> None:
    _, sent = run(session_in(State.NOT_AUTHENTICATED), (b"a FROB\r\n" * 19 + b"a NOOP\r\n") * 5)
    assert b"BYE" not in sent


def test_what_came_before_tls_is_dropped() -> None:
    session = session_in(State.NOT_AUTHENTICATED)
    session.receive(b"a STARTTLS\r\nb LOGIN kim secret\r\n")
    session.next_event()
    session.finish(b"a", b"OK", "Begin TLS")
    session.tls_started()
    assert isinstance(session.next_event(), NeedData)


def test_the_answer_to_a_continuation_request_is_no_command() -> None:
    session = session_in(State.AUTHENTICATED)
    session.receive(b"a IDLE\r\nDONE\r\nb NOOP\r\n")
    assert session.next_event() == CommandReceived(b"a", Idle())
    session.ask(b"idling")
    assert session.next_event() == AnswerLine(b"DONE")
    session.finish(b"a", b"OK", "Done")
    assert session.next_event() == CommandReceived(b"b", Noop())
    assert b"".join(session.data_to_send()) == b"+ idling\r\na OK Done\r\n"


def test_an_answer_that_is_too_long_cancels() -> None:
    session = session_in(State.AUTHENTICATED)
    session.receive(b"a IDLE\r\n" + b"x" * 20_000 + b"\r\nb NOOP\r\n")
    session.next_event()
    session.ask(b"idling")
    assert session.next_event() == AnswerLine(b"*")
    session.finish(b"a", b"OK", "Done")
    assert session.next_event() == CommandReceived(b"b", Noop())


def test_a_peer_that_hung_up_is_told_after_its_last_whole_command() -> None:
    session = session_in(State.NOT_AUTHENTICATED)
    session.receive(b"a NOOP\r\nb NO")
    session.receive(b"")
    assert session.next_event() == CommandReceived(b"a", Noop())
    session.finish(b"a", b"OK", "Done")
    assert session.next_event() == Closed("the peer hung up")


DIALOGUE = (
    b'a LOGIN {3+}\r\nkim "se\\"cret"\r\nb UID FETCH 1:*,7 (FLAGS BODY.PEEK[HEADER.FIELDS (To {2+}\r\nCc)]<0.9>)\r\n'
    b"c APPEND INBOX {20000+}\r\n"
    + b"y" * 20_000
    + b"\r\nd frob {4+}\r\nabcd\r\ne SEARCH OR TEXT {1+}\r\nx NOT SEEN\r\n"
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, len(DIALOGUE)), max_size=12))
def test_events_do_not_depend_on_how_octets_arrive(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(DIALOGUE)]
    pieces = [DIALOGUE[start:stop] for start, stop in itertools.pairwise(places) if stop > start]
    assert run(session_in(State.SELECTED), *pieces) == run(session_in(State.SELECTED), DIALOGUE)


WORDS = st.sampled_from([
    b"a ", b"UID ", b"FETCH ", b"SEARCH ", b"1:*", b"(", b")", b'"', b"\\", b"{3}\r\n", b"{3+}\r\n", b"{99999999999}",
    b"\r\n", b"\n", b"BODY[", b"]", b"<0.1>", b"LIST ", b"APPEND ", b"INBOX", b"&", b"&AAA-", b"\xff", b"\0", b"NIL", b" ",
    b"STORE ", b"+FLAGS ", b"OR ", b"NOT ", b"SINCE ", b"1-Jan-9999", b"99", b"\xed\x95\x9c", b"RETURN (", b"STATUS ", b"ID ",
])  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(WORDS, st.binary(max_size=20)), max_size=40), st.sampled_from(list(State)))
def test_garbage_never_raises(words: list[bytes], state: State) -> None:
    patient = dataclasses.replace(SETTINGS, bad_commands=10_000)
    session = ServerSession(patient)
    session.state = state
    for word in words:
        run(session, word)


def test_settings_have_a_reason_each() -> None:
    for field in dataclasses.fields(ImapSettings):
        assert field.metadata["doc"]
        assert field.metadata["minimum"] <= field.default
