"""Names of mailboxes."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pabal.mailboxes.names import below, canonical, checked, parents
from pabal.mailboxes.settings import MailboxSettings
from pabal.model.errors import NameRefused

SETTINGS = MailboxSettings()


@pytest.mark.parametrize("name", ["INBOX", "inbox", "InBox", "INBOX/"])
def test_inbox_is_one_name_in_any_case(name: str) -> None:
    assert checked(name, SETTINGS) == "INBOX"


def test_what_lies_below_inbox_lies_below_it_in_any_case_of_inbox_only() -> None:
    assert canonical("inbox/Work") == "INBOX/Work"
    assert canonical("Inboxes") == "Inboxes"
    assert canonical("a/inbox") == "a/inbox"


def test_two_spellings_of_one_text_are_one_name() -> None:
    assert canonical("Cafe\u0301") == canonical("Caf\u00e9")


def test_a_final_delimiter_is_no_part_of_the_name() -> None:
    assert checked("Work/", SETTINGS) == "Work"


@pytest.mark.parametrize(
    "name", ["", "/", "//", "/a", "a//b", "a//", "a\0b", "a\nb", "a\x7f", "a\x85b", "a\u2028b", "\ud800"]
)
def test_what_cannot_be_a_name_is_refused(name: str) -> None:
    with pytest.raises(NameRefused):
        checked(name, SETTINGS)


def test_a_name_may_be_as_long_as_the_setting_says_in_octets() -> None:
    settings = MailboxSettings(name_octets=300)
    assert checked("파" * 100, settings)
    with pytest.raises(NameRefused):
        checked("파" * 101, settings)


def test_a_name_may_be_as_deep_as_the_setting_says() -> None:
    settings = MailboxSettings(depth=3)
    assert checked("a/b/c", settings)
    with pytest.raises(NameRefused):
        checked("a/b/c/d", settings)


def test_parents_come_from_the_top() -> None:
    assert parents("a/b/c") == ["a", "a/b"]
    assert parents("a") == []


@given(st.text("ab/0.\u00e9", max_size=6), st.text("ab/0.\u00e9", max_size=6))
def test_all_that_lies_below_a_name_is_between_its_bounds(name: str, other: str) -> None:
    low, high = below(name)
    assert (low <= other < high) == other.startswith(name + "/")


@given(st.text(max_size=40))
def test_a_name_is_refused_or_kept_in_a_form_that_stays(name: str) -> None:
    try:
        kept = checked(name, SETTINGS)
    except NameRefused:
        return
    assert checked(kept, SETTINGS) == kept == unicodedata.normalize("NFC", kept)
