"""What a session sees of a mailbox, and when."""

from __future__ import annotations

import weakref

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pabal.mailboxes import changes as changes_module
from pabal.mailboxes import pictures, views
from pabal.mailboxes.interface import DELETED, FLAGGED, SEEN, Flags, ViewChanges
from pabal.mailboxes.pictures import compact, index_of, intervals, without
from pabal.mailboxes.views import View
from pabal.model.errors import MailboxUnknown
from pabal.model.ids import MailboxId, SeqNum, Uid
from tests.mailboxes.conftest import Account, AccountOf

NOTHING = ViewChanges((), None, ())
uid_sets = st.sets(st.integers(1, 60), max_size=30).map(sorted)


def uids_of(view: View) -> list[int]:
    return [view.uid(SeqNum(number)) for number in range(1, len(view) + 1)]


async def remove(account: Account, *uids: int) -> None:
    await account.expunge([Uid(uid) for uid in uids], only_deleted=False)


async def test_numbers_and_uids_are_two_names_of_one_message(account: Account) -> None:
    await account.fill(5)
    await remove(account, 1, 3)
    view = await account.view()
    assert uids_of(view) == [2, 4, 5]
    assert [view.number(Uid(uid)) for uid in range(7)] == [None, None, 1, None, 2, 3, None]
    assert (view.highest(by_uid=True), view.highest(by_uid=False), len(view)) == (5, 3, 3)
    for number in (0, 4, -1):
        with pytest.raises(IndexError):
            view.uid(SeqNum(number))


async def test_an_empty_mailbox_has_no_numbers(account: Account) -> None:
    view = await account.view()
    assert (len(view), view.highest(by_uid=True), view.highest(by_uid=False)) == (0, 0, 0)
    assert view.uids([(1, 9)], by_uid=False) == view.uids([(1, 9)], by_uid=True) == []


async def test_a_sequence_set_names_each_message_once_in_order(account: Account) -> None:
    await account.fill(6)
    await remove(account, 2)
    view = await account.view()
    assert view.uids([(4, 3), (1, 1), (3, 5)], by_uid=False) == [(1, 1), (3, 4), (4, 5), (5, 6)]
    assert view.uids([(5, 4_294_967_295), (2, 3)], by_uid=True) == [(2, 3), (4, 5), (5, 6)]


async def test_nothing_new_is_nothing_to_tell(account: Account) -> None:
    await account.fill(1)
    view = await account.view()
    assert await view.changes(expunges=True) == NOTHING
    await account.file("Sent")
    assert await view.changes(expunges=True) == NOTHING


async def test_new_messages_are_told_as_a_number(account: Account) -> None:
    view = await account.view()
    await account.fill(2)
    assert await view.changes(expunges=False) == ViewChanges((), 2, ())
    assert uids_of(view) == [1, 2]
    assert await view.changes(expunges=True) == NOTHING


async def test_changed_flags_are_told_with_their_numbers(account: Account) -> None:
    await account.fill(3)
    view = await account.view()
    states = await account.store_flags([Uid(2), Uid(3)], add=Flags(SEEN, ("work",)))
    changes = await view.changes(expunges=False)
    assert changes == ViewChanges((), None, ((SeqNum(2), states[0]), (SeqNum(3), states[1])))
    assert view.mod_seq == states[0].mod_seq


async def test_what_the_session_told_itself_is_not_told_again(account: Account) -> None:
    await account.fill(2)
    view = await account.view()
    view.told(await account.store_flags([Uid(1), Uid(2)], add=Flags(SEEN)))
    assert (await view.changes(expunges=False)).flagged == ()
    view.told(await account.store_flags([Uid(1)], add=Flags(FLAGGED)))
    (later,) = await account.store_flags([Uid(1)], remove=Flags(SEEN))
    assert (await view.changes(expunges=False)).flagged == ((SeqNum(1), later),)


async def test_expunged_messages_are_numbered_after_the_ones_before_them(account: Account) -> None:
    await account.fill(5)
    view = await account.view()
    await remove(account, 2, 3, 5)
    await account.fill(1)
    (state,) = await account.store_flags([Uid(4)], add=Flags(FLAGGED))
    assert await view.changes(expunges=True) == ViewChanges((2, 2, 3), 3, ((SeqNum(2), state),))
    assert uids_of(view) == [1, 4, 6]


async def test_an_expunged_message_keeps_its_number_until_it_is_told(account: Account) -> None:
    await account.fill(3)
    view = await account.view()
    told = view.mod_seq
    await remove(account, 1)
    assert await view.changes(expunges=False) == NOTHING
    assert (uids_of(view), view.mod_seq) == ([1, 2, 3], told)
    await account.fill(1)
    await remove(account, 2)
    assert await view.changes(expunges=False) == ViewChanges((), 4, ())
    assert uids_of(view) == [1, 2, 3, 4]
    assert await view.changes(expunges=True) == ViewChanges((1, 1), None, ())
    assert uids_of(view) == [3, 4]
    assert view.mod_seq == (await account.mailbox("INBOX")).highest_mod_seq


async def test_a_message_that_came_and_went_unseen_is_not_told(account: Account) -> None:
    view = await account.view()
    await account.fill(1)
    await remove(account, 1)
    assert await view.changes(expunges=True) == NOTHING
    assert len(view) == 0


async def test_a_move_is_an_expunge_here_and_a_new_message_there(account: Account) -> None:
    await account.fill(2)
    inbox, sent = await account.view(), await account.view("Sent")
    await account.run(account.service.move, inbox.mailbox_id, [Uid(1)], sent.mailbox_id)
    assert await inbox.changes(expunges=True) == ViewChanges((1,), None, ())
    assert await sent.changes(expunges=True) == ViewChanges((), 1, ())


async def test_a_deleted_mailbox_is_unknown_to_its_sessions(account: Account) -> None:
    await account.create("Work")
    view = await account.view("Work")
    await account.run(account.service.delete, "Work")
    await account.create("Work")
    with pytest.raises(MailboxUnknown):
        await view.changes(expunges=True)
    with pytest.raises(MailboxUnknown):
        await account.service.open_view(account.account_id, MailboxId(999))


async def test_a_renamed_mailbox_stays_open(account: Account) -> None:
    await account.create("Work")
    view = await account.view("Work")
    await account.run(account.service.rename, "Work", "Jobs")
    await account.file("Jobs")
    assert (await view.changes(expunges=True)).exists == 1


async def test_sessions_share_one_picture_also_after_a_change(account: Account) -> None:
    await account.fill(4)
    await remove(account, 2)
    one, two = await account.view(), await account.view()
    assert one._picture is two._picture
    await remove(account, 3)
    assert await one.changes(expunges=True) == await two.changes(expunges=True)
    assert one._picture is two._picture
    assert (await account.view())._picture is one._picture


async def test_a_session_that_was_not_told_does_not_disturb_the_others(account: Account) -> None:
    await account.fill(3)
    one, two = await account.view(), await account.view()
    await remove(account, 2)
    await one.changes(expunges=False)
    await two.changes(expunges=True)
    assert (uids_of(one), uids_of(two), uids_of(await account.view())) == ([1, 2, 3], [1, 3], [1, 3])


async def test_a_new_session_sees_what_an_older_one_has_not_looked_at(account: Account) -> None:
    await account.fill(2)
    older = await account.view()
    await remove(account, 1)
    await account.fill(1)
    newer = await account.view()
    assert (uids_of(older), uids_of(newer)) == ([1, 2], [2, 3])
    assert await older.changes(expunges=True) == ViewChanges((1,), 2, ())
    assert older._picture is newer._picture


async def test_a_mailbox_without_gaps_opens_without_a_list(account: Account) -> None:
    await account.fill(5)
    await remove(account, 1, 2)
    assert (await account.view())._picture.uids == range(3, 6)
    await remove(account, 4)
    assert list((await account.view())._picture.uids) == [3, 5]


async def test_more_changes_than_fit_the_loop_are_all_told(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (changes_module, pictures, views):
        monkeypatch.setattr(module, "CHANGES_ON_LOOP", 3)
    await account.fill(8)
    view = await account.view()
    await account.store_flags([Uid(uid) for uid in range(1, 9)], add=Flags(DELETED))
    await remove(account, 1, 2, 3, 4, 5)
    await account.fill(6)
    changes = await view.changes(expunges=True)
    assert (changes.expunged, changes.exists, len(changes.flagged)) == ((1, 1, 1, 1, 1), 9, 3)


async def test_a_mailbox_opens_again_from_what_was_kept(account: Account) -> None:
    await account.fill(5)
    await remove(account, 2)
    kept = (await account.view())._picture
    assert (await account.view())._picture is kept
    await remove(account, 4)
    await account.fill(1)
    assert uids_of(await account.view()) == [1, 3, 5, 6]


async def test_no_more_is_kept_than_the_setting_says(account_of: AccountOf) -> None:
    account = await account_of(kept_uids=5)
    for name in ("INBOX", "Sent"):
        await account.fill(4, name)
        await account.expunge([Uid(2)], name, only_deleted=False)
        gone = weakref.ref((await account.view(name))._picture)
        assert gone() is not None
    inbox = account.service._pictures.newest(account.account_id, await account.id_of("INBOX"))
    assert inbox is None
    assert uids_of(await account.view()) == [1, 3, 4]


async def test_a_mailbox_opens_after_more_changes_than_fit_the_loop(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (changes_module, pictures, views):
        monkeypatch.setattr(module, "CHANGES_ON_LOOP", 2)
    await account.fill(6)
    older = await account.view()
    await remove(account, 1, 2, 4)
    await account.fill(3)
    assert uids_of(await account.view()) == [3, 5, 6, 7, 8, 9]
    assert len(older) == 6


@given(uid_sets)
def test_the_smallest_form_holds_the_same_numbers(uids: list[int]) -> None:
    assert list(compact(uids)) == uids
    assert [index_of(compact(uids), uid) for uid in range(62)] == [
        uids.index(uid) if uid in uids else None for uid in range(62)
    ]


@given(uid_sets, st.data())
def test_the_next_picture_has_what_stayed_and_what_came(uids: list[int], data: st.DataObject) -> None:
    gone = sorted(data.draw(st.sets(st.sampled_from(range(len(uids))))) if uids else [])
    added = [uid + 60 for uid in data.draw(uid_sets)]
    kept = [uid for index, uid in enumerate(uids) if index not in gone]
    assert list(without(compact(uids), gone, added)) == kept + added


@given(uid_sets, st.lists(st.tuples(st.integers(1, 70), st.integers(1, 70)), max_size=6), st.booleans())
def test_a_sequence_set_is_the_union_of_its_ranges(
    uids: list[int], ranges: list[tuple[int, int]], by_uid: bool
) -> None:
    named = {
        index
        for index, uid in enumerate(uids)
        if any(min(ends) <= (uid if by_uid else index + 1) <= max(ends) for ends in ranges)
    }
    found = [i for start, stop in intervals(compact(uids), ranges, by_uid=by_uid) for i in range(start, stop)]
    assert found == sorted(named)
