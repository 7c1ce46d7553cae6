"""Flags and keywords: STORE as RFC 9051 §6.4.6 has it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pabal.mailboxes.flags import changed, flags_of, normal, stored, unseen
from pabal.mailboxes.interface import ANSWERED, DELETED, DRAFT, FLAGGED, SEEN, Flags

words = st.lists(st.sampled_from(["work", "Work", "$Junk", "$junk", "ærlig", "zebra"]), max_size=5).map(tuple)
any_flags = st.builds(Flags, st.integers(0, 31), words)


def folded(flags: Flags) -> set[str]:
    return {keyword.casefold() for keyword in flags.keywords}


def test_the_five_flags_are_five_bits() -> None:
    assert [SEEN, ANSWERED, FLAGGED, DELETED, DRAFT] == [1, 2, 4, 8, 16]


@pytest.mark.parametrize(("bits", "counted"), [(0, 1), (SEEN, 0), (FLAGGED, 1), (SEEN | DELETED, 0), (DELETED, 1)])
def test_unseen_is_what_has_no_seen_flag(bits: int, counted: int) -> None:
    assert unseen(bits) == counted


def test_no_keywords_are_an_empty_column() -> None:
    assert stored(()) == ""
    assert flags_of(SEEN, "") == Flags(SEEN)


@given(any_flags)
def test_what_is_stored_is_read_again(flags: Flags) -> None:
    kept = normal(flags)
    assert flags_of(kept.bits, stored(kept.keywords)) == kept


@given(any_flags)
def test_the_normal_form_is_sorted_without_case_and_stays(flags: Flags) -> None:
    kept = normal(flags)
    folds = [keyword.casefold() for keyword in kept.keywords]
    assert folds == sorted(set(folds)) == sorted(folded(flags))
    assert normal(kept) == kept


@given(any_flags, any_flags)
def test_what_is_added_is_there_and_nothing_is_lost(old: Flags, new: Flags) -> None:
    after = changed(normal(old), new, None, None)
    assert after.bits == old.bits | new.bits
    assert folded(after) == folded(old) | folded(new)


@given(any_flags, any_flags)
def test_what_is_removed_is_gone_and_nothing_else(old: Flags, gone: Flags) -> None:
    after = changed(normal(old), None, gone, None)
    assert after.bits == old.bits & ~gone.bits
    assert folded(after) == folded(old) - folded(gone)


@given(any_flags, any_flags)
def test_a_replacement_depends_on_nothing_before(old: Flags, new: Flags) -> None:
    assert changed(normal(old), None, None, new) == normal(new)


@given(any_flags, any_flags)
def test_a_change_made_twice_changes_once(old: Flags, change: Flags) -> None:
    for add, remove, replace in ((change, None, None), (None, change, None), (None, None, change)):
        once = changed(normal(old), add, remove, replace)
        assert changed(once, add, remove, replace) == once


def test_the_first_spelling_of_a_keyword_stays() -> None:
    assert changed(Flags(0, ("Work",)), Flags(0, ("WORK",)), None, None).keywords == ("Work",)
