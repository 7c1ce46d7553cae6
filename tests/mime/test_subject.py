"""The base subject of RFC 5256 §2.1: clients and servers must agree to the letter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pabal.mime.subject import base_subject, is_reply


@pytest.mark.parametrize(
    ("subject", "wanted"),
    [
        ("hello", "hello"),
        ("Re: hello", "hello"),
        ("RE: re: FW: Fwd: hello", "hello"),
        ("Re [2]: hello", "hello"),
        ("Re[2]:hello", "hello"),
        ("[list] Re: [list] hello", "hello"),
        ("[a] [b] hello", "hello"),
        ("hello (fwd) (FWD)", "hello"),
        ("[fwd: hello]", "hello"),
        ("[Fwd: Re: [list] hello (fwd)]", "hello"),
        ("Re: [fwd: [fwd: hello]]", "hello"),
        ("hello\t  there", "hello there"),
        ("[a]", "[a]"),
        ("[a][b]", "[b]"),
        ("Re: [a]", "[a]"),
        ("Re:", ""),
        ("", ""),
        ("rebuild: now", "rebuild: now"),
        ("hello [list]", "hello [list]"),
        ("(fwd) hello", "(fwd) hello"),
        ("Fw : hello", "hello"),
        ("안녕", "안녕"),
    ],
)
def test_the_base_of_a_subject(subject: str, wanted: str) -> None:
    assert base_subject(subject) == wanted


@pytest.mark.parametrize("subject", ["Re: hello", "[list] Fw: hello", "hello (fwd)", "[Fwd: hello]", "RE[2]: x"])
def test_a_reply_or_forward_is_told(subject: str) -> None:
    assert is_reply(subject)


@pytest.mark.parametrize("subject", ["hello  there", "[list] hello", "", "(fwd) hello", "rebuild: x"])
def test_what_is_neither_is_no_reply(subject: str) -> None:
    assert not is_reply(subject)


@given(
    st.lists(st.sampled_from(["re: ", "[a]", "(fwd)", "[fwd:", "]", " ", "x", "fw", ":", "["]), max_size=20).map(
        "".join
    )
)
def test_the_base_of_a_base_is_itself(subject: str) -> None:
    base = base_subject(subject)
    assert base_subject(base) == base


@pytest.mark.parametrize("unit", ["re: ", "re[", "[", "[]", "[a] ", "(fwd) ", "[fwd:", "]"])
def test_long_subjects_are_read_at_once(unit: str) -> None:
    assert len(base_subject(unit * 100_000)) <= len(unit) * 100_000
