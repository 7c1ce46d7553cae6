"""Values of settings, from TOML to Python and back."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pabal.config.errors import Expected
from pabal.config.values import read_value, write_value

VALUES = st.one_of(
    st.booleans(),
    st.integers(0, 2**45),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.integers(0, 2**45).map(lambda number: timedelta(milliseconds=number)),
    st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=4).map(tuple),
)


def kind_of(value: object) -> Any:
    return tuple[str, ...] if isinstance(value, tuple) else type(value)


@given(VALUES)
@settings(max_examples=200)
def test_what_is_written_is_read_back_as_the_same_value(value: Any) -> None:
    written = tomllib.loads(f"key = {write_value(value)}")["key"]
    assert read_value(written, kind_of(value)) == value


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("250ms", timedelta(milliseconds=250)),
        ("90s", timedelta(seconds=90)),
        ("5min", timedelta(minutes=5)),
        ("4h", timedelta(hours=4)),
        ("5d", timedelta(days=5)),
        ("5 min", timedelta(minutes=5)),
    ],
)
def test_durations_have_a_unit(text: str, duration: timedelta) -> None:
    assert read_value(text, timedelta) == duration


@pytest.mark.parametrize("value", ["5", "5m", "-5s", "", "5 min ago", 5, 1.5, True, ["5s"], "9" * 15 + "d"])
def test_what_is_no_duration_is_refused(value: object) -> None:
    with pytest.raises(Expected, match="a duration such as"):
        read_value(value, timedelta)


@pytest.mark.parametrize(("value", "octets"), [("50MiB", 50 * 2**20), ("1 KiB", 1024), ("7B", 7), (12, 12)])
def test_a_number_may_be_written_as_a_size(value: object, octets: int) -> None:
    assert read_value(value, int) == octets


@pytest.mark.parametrize("value", [True, "many", "5MB", 1.0, None])
def test_what_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(Expected, match="a whole number"):
        read_value(value, int)


def test_a_value_out_of_bounds_is_refused_with_the_bound_as_it_is_written() -> None:
    with pytest.raises(Expected, match='at least "10s"'):
        read_value("1s", timedelta, minimum=timedelta(seconds=10))
    with pytest.raises(Expected, match="at most 64"):
        read_value(65, int, maximum=64)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [(bool, 1, "true or false"), (str, 1, "a text in quotes"), (tuple[str, ...], "a", "a list of texts")],
)
def test_a_wrong_type_is_refused_with_what_was_expected(kind: Any, value: object, expected: str) -> None:
    with pytest.raises(Expected, match=expected):
        read_value(value, kind)
