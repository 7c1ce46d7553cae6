"""SEARCH keys on one message, and what each must see (RFC 9051 §6.4.4)."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pabal.access.imap.connection import Selected
from pabal.access.imap.search_predicates import Candidate, Need, compile_key, folded
from pabal.mailboxes.interface import Flags
from pabal.model.ids import SeqNum, Uid
from pabal.protocol.imap import search_command as keys
from pabal.protocol.imap.search_command import SearchKey
from pabal.protocol.imap.sequence import SequenceSet

from .messages import KOREAN, MIXED, PLAIN
from .test_octets import OneBlob, message_of


class TenMessages:
    """A view of ten messages whose UIDs are ten times their numbers."""

    def __len__(self) -> int:
        return 10

    def highest(self, *, by_uid: bool) -> int:
        return 100 if by_uid else 10

    def uids(self, ranges: list[tuple[int, int]], *, by_uid: bool) -> list[tuple[SeqNum, Uid]]:
        return [
            (SeqNum(number), Uid(number * 10))
            for number in range(1, 11)
            if any(first <= (number * 10 if by_uid else number) <= last for first, last in ranges)
        ]


def selected() -> Selected:
    return Selected(None, TenMessages(), read_only=False)  # type: ignore[arg-type]


def candidate(blob: bytes = PLAIN, number: int = 1, flags: Flags = Flags()) -> Candidate:
    return Candidate(SeqNum(number), Uid(number * 10), flags, message_of(blob, b""), OneBlob(blob))


def found(key: SearchKey, blob: bytes = PLAIN, number: int = 1, flags: Flags = Flags()) -> bool:
    return compile_key(key, selected()).test(candidate(blob, number, flags))


@pytest.mark.parametrize(
    ("key", "need"),
    [
        (keys.All(), Need.NUMBERS),
        (keys.Members(SequenceSet(((1, 1),)), by_uid=False), Need.NUMBERS),
        (keys.HasFlag(1), Need.FLAGS),
        (keys.Not(keys.HasKeyword("x")), Need.FLAGS),
        (keys.Size(1, larger=True), Need.MESSAGE),
        (keys.Dated(b"ON", date(2026, 1, 1), sent=False), Need.MESSAGE),
        (keys.Header(b"to", "x"), Need.HEADER),
        (keys.And((keys.Text("x", body_only=True), keys.All())), Need.TEXT),
        (keys.Or(keys.HasFlag(1), keys.Header(b"to", "x")), Need.HEADER),
    ],
)
def test_a_key_says_how_much_it_must_see(key: SearchKey, need: Need) -> None:
    assert compile_key(key, selected()).need is need


def test_a_cheap_key_spares_the_dear_one() -> None:
    blind = Candidate(SeqNum(1), Uid(10), Flags(), None, OneBlob(b""))
    never = keys.And((keys.Text("x", body_only=False), keys.Header(b"to", "x"), keys.HasFlag(1)))
    always = keys.Or(keys.Text("x", body_only=False), keys.Not(keys.HasFlag(1)))
    assert not compile_key(never, selected()).test(blind)
    assert compile_key(always, selected()).test(blind)


def test_sets_by_number_and_by_uid() -> None:
    assert found(keys.Members(SequenceSet(((2, 4),)), by_uid=False), number=3)
    assert not found(keys.Members(SequenceSet(((2, 4),)), by_uid=True), number=3)
    assert found(keys.Members(SequenceSet(((25, 35),)), by_uid=True), number=3)
    assert found(keys.Members(SequenceSet(((0, 0),)), by_uid=False), number=10)
    assert found(keys.Members(SequenceSet(((999, 0),)), by_uid=True), number=10)


def test_keywords_compare_without_case() -> None:
    assert found(keys.HasKeyword("work"), flags=Flags(0, ("WoRK",)))
    assert not found(keys.HasKeyword("work"), flags=Flags(0, ("Workers",)))


@pytest.mark.parametrize(
    ("name", "text", "is_there"),
    [
        (b"Subject", "TEST SUB", True),
        (b"subject", "content", False),
        (b"Message-ID", "<a@", True),
        (b"X-None", "", False),
        (b"Date", "", True),
        (b"To", "LEE", True),
    ],
)
def test_header_keys(name: bytes, text: str, is_there: bool) -> None:
    assert found(keys.Header(name, text)) is is_there


def test_a_field_that_comes_twice_is_found_in_both() -> None:
    twice = b"Received: one\r\nReceived: two\r\n\r\n"
    assert found(keys.Header(b"received", "one"), twice)
    assert found(keys.Header(b"received", "two"), twice)


def test_a_folded_field_is_searched_unfolded() -> None:
    assert found(keys.Header(b"subject", "one two"), b"Subject: one\r\n two\r\n\r\n")


def test_text_is_compared_decoded_normalised_and_without_case() -> None:
    assert found(keys.Header(b"subject", "한글 제목"), KOREAN)
    assert found(keys.Text("파발이", body_only=True), KOREAN)
    assert not found(keys.Text("한글", body_only=True), KOREAN)
    assert folded("e\u0301STRASSE") == folded("\u00e9straße")


def test_body_is_the_text_of_all_parts_and_no_header() -> None:
    assert found(keys.Text("first", body_only=True), MIXED)
    assert found(keys.Text("inner body", body_only=True), MIXED)
    assert not found(keys.Text("parts", body_only=True), MIXED)
    assert found(keys.Text("x@example.org", body_only=False), MIXED)
    assert not found(keys.Text("aGFsbG8", body_only=False), MIXED)


@pytest.mark.parametrize(
    ("comparison", "day", "is_there"),
    [
        (b"ON", date(2026, 2, 1), True),
        (b"BEFORE", date(2026, 2, 1), False),
        (b"BEFORE", date(2026, 2, 2), True),
        (b"SINCE", date(2026, 2, 1), True),
        (b"SINCE", date(2026, 2, 2), False),
    ],
)
def test_sent_dates(comparison: bytes, day: date, is_there: bool) -> None:
    assert found(keys.Dated(comparison, day, sent=True)) is is_there


def test_a_message_without_a_date_counts_as_sent_when_it_arrived() -> None:
    assert found(keys.Dated(b"ON", date(1970, 1, 1), sent=True), b"A: b\r\n\r\n")


def test_sizes_are_strict() -> None:
    size = len(PLAIN)
    assert not found(keys.Size(size, larger=True))
    assert found(keys.Size(size - 1, larger=True))
    assert not found(keys.Size(size, larger=False))
    assert found(keys.Size(size + 1, larger=False))


LEAVES = st.one_of(
    st.just(keys.All()),
    st.just(keys.Recent()),
    st.builds(keys.HasFlag, st.sampled_from([1, 2, 4])),
    st.builds(keys.Members, st.builds(lambda n: SequenceSet(((n, n),)), st.integers(1, 10)), st.booleans()),
    st.builds(keys.Text, st.sampled_from(["test", "none"]), st.booleans()),
    st.builds(keys.Size, st.integers(0, 300), st.booleans()),
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(keys.Not, inner),
        st.builds(keys.Or, inner, inner),
        st.builds(lambda each: keys.And(tuple(each)), st.lists(inner, min_size=1, max_size=4)),
    ),
    max_leaves=12,
)


def naive(key: SearchKey, number: int, flags: int) -> bool:
    """The meaning, without any order of asking."""
    match key:
        case keys.And():
            return all(naive(each, number, flags) for each in key.keys)
        case keys.Or():
            return naive(key.left, number, flags) | naive(key.right, number, flags)
        case keys.Not():
            return not naive(key.key, number, flags)
        case _:
            return found(key, PLAIN, number, Flags(flags))


@settings(max_examples=100, deadline=None)
@given(TREES, st.integers(1, 10), st.integers(0, 7))
def test_the_order_of_asking_changes_no_answer(key: SearchKey, number: int, flags: int) -> None:
    assert found(key, PLAIN, number, Flags(flags)) == naive(key, number, flags)
