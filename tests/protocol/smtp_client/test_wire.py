"""Groups of commands and the replies they wait for (RFC 2920 §3.1)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pabal.protocol.smtp_client import Verb
from pabal.protocol.smtp_client.states import LAST_IN_GROUP, TRANSITIONS, State, Step
from pabal.protocol.smtp_client.wire import Wire


def greeted(depth: int) -> Wire:
    wire = Wire()
    assert wire.answered() is Verb.GREETING
    wire.depth = depth
    return wire


def test_nothing_is_said_before_the_greeting() -> None:
    wire = Wire()
    wire.say((Verb.EHLO, b"EHLO x\r\n"))
    assert wire.take() == b""
    wire.answered()
    wire.pump()
    assert wire.take() == b"EHLO x\r\n"


@given(st.lists(st.sampled_from(list(Verb)), max_size=30), st.integers(1, 5))
def test_every_command_goes_once_in_order_and_within_its_group(verbs: list[Verb], depth: int) -> None:
    wire = greeted(depth)
    wire.say(*((verb, bytes([number])) for number, verb in enumerate(verbs)))
    sent, waiting = b"", []
    while True:
        octets = wire.take()
        sent += octets
        waiting += [verbs[number] for number in octets]
        assert len(waiting) <= depth
        assert not any(verb in LAST_IN_GROUP for verb in waiting[:-1])
        if not waiting:
            break
        assert wire.answered() is waiting.pop(0)
        wire.pump()
    assert sent == bytes(range(len(verbs)))
    assert wire.awaiting is None


def test_what_was_not_sent_can_be_dropped() -> None:
    wire = greeted(1)
    wire.say((Verb.MAIL, b"m"), (Verb.RCPT, b"a"), (Verb.RCPT, b"b"), (Verb.DATA, b"d"))
    assert wire.drop_unsent(Verb.RCPT) == 2
    wire.answered()
    wire.pump()
    assert wire.take() == b"md"


def test_a_cut_wire_says_its_last_words_and_no_more() -> None:
    wire = greeted(1)
    wire.say((Verb.MAIL, b"m"), (Verb.DATA, b"d"))
    wire.cut(b"QUIT\r\n")
    wire.pump()
    assert (wire.take(), wire.awaiting) == (b"QUIT\r\n", None)


@pytest.mark.parametrize("step", [Step.START_TLS, Step.AUTHENTICATE, Step.SEND, Step.LEAVE])
def test_the_caller_chooses_only_when_the_session_is_ready(step: Step) -> None:
    assert [state for state, taken in TRANSITIONS if taken is step] == [State.READY]


def test_every_state_can_be_reached_and_left() -> None:
    reached = {*TRANSITIONS.values(), State.GREETING}
    assert reached | {State.CLOSED} == set(State)
    assert {state for state, _ in TRANSITIONS} | {State.QUIT, State.CLOSED} == set(State)
