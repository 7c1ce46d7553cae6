"""Pages of a set are the set, in order, each no larger than asked, whatever its size (design: cost grows with the work)."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given, settings
from hypothesis import strategies as st

from pabal.access.imap.connection import Selected
from pabal.mailboxes.interface import FlagState, ViewChanges
from pabal.model.ids import AccountId, MailboxId, ModSeq, SeqNum, Uid, UidValidity
from pabal.protocol.imap.sequence import STAR, SequenceSet


class FixedView:
    """``MailboxView`` of UIDs that never change."""

    account_id, mailbox_id = AccountId(1), MailboxId(1)
    uid_validity, mod_seq = UidValidity(1), ModSeq(1)

    def __init__(self, uids: range | list[int]) -> None:
        self._uids = uids
        self.largest = 0  # how many were ever given at once

    def __len__(self) -> int:
        return len(self._uids)

    def uid(self, number: SeqNum) -> Uid:
        return Uid(self._uids[number - 1])

    def number(self, uid: Uid) -> SeqNum | None:
        return SeqNum(self._uids.index(uid) + 1) if uid in self._uids else None

    def uids(self, ranges: Iterable[tuple[int, int]], *, by_uid: bool) -> list[tuple[SeqNum, Uid]]:
        if by_uid:
            found = [
                number
                for number in range(1, len(self) + 1)
                if any(a <= self.uid(SeqNum(number)) <= b for a, b in ranges)
            ]
        else:
            found = [number for a, b in ranges for number in range(max(a, 1), min(b, len(self)) + 1)]
        self.largest = max(self.largest, len(found))
        return [(SeqNum(number), self.uid(SeqNum(number))) for number in found]

    def highest(self, *, by_uid: bool) -> int:
        return (self._uids[-1] if by_uid else len(self)) if self._uids else 0

    def told(self, states: Iterable[FlagState]) -> None:
        """Nothing is told in this test."""

    async def changes(self, *, expunges: bool) -> ViewChanges:
        return ViewChanges((), None, ())


def selected(uids: range | list[int]) -> tuple[Selected, FixedView]:
    view = FixedView(uids)
    return Selected(None, view, read_only=False), view  # type: ignore[arg-type]


RANGES = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=1, max_size=5)


@settings(max_examples=150, deadline=None)
@given(st.sets(st.integers(1, 40), max_size=15), RANGES, st.integers(1, 6), st.booleans())
def test_the_pages_of_a_set_are_the_set(
    uids: set[int], ranges: list[tuple[int, int]], size: int, by_uid: bool
) -> None:
    mailbox, _ = selected(sorted(uids))
    wanted = SequenceSet(tuple(ranges))
    pages = list(mailbox.pages(wanted, size, by_uid=by_uid))
    assert [member for page in pages for member in page] == mailbox.members(wanted, by_uid=by_uid)
    assert all(len(page) == size for page in pages[:-1])
    assert all(0 < len(page) <= size for page in pages)


@settings(max_examples=50, deadline=None)
@given(st.sets(st.integers(1, 40), max_size=15), st.lists(st.integers(1, 40), unique=True, max_size=10))
def test_a_saved_result_in_pages_leaves_out_what_is_gone(uids: set[int], saved: list[int]) -> None:
    mailbox, _ = selected(sorted(uids))
    mailbox.saved = tuple(Uid(uid) for uid in sorted(saved))
    pages = mailbox.pages(SequenceSet((), saved=True), 3, by_uid=False)
    assert [uid for page in pages for _, uid in page] == sorted(uids & set(saved))


def test_a_million_messages_are_never_a_list() -> None:
    mailbox, view = selected(range(1, 1_000_001))
    pages = mailbox.pages(SequenceSet(((1, STAR),)), 200, by_uid=True)
    assert next(pages)[-1] == (200, 200)
    assert next(pages)[0] == (201, 201)
    assert view.largest == 200


def test_an_empty_mailbox_has_no_pages() -> None:
    mailbox, _ = selected([])
    for by_uid in (False, True):
        assert list(mailbox.pages(SequenceSet(((1, STAR),)), 200, by_uid=by_uid)) == []
