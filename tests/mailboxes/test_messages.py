"""Messages: filed, read, flagged, copied, expunged."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pabal.mailboxes.interface import ANSWERED, DELETED, FLAGGED, SEEN, Flags
from pabal.model.errors import MailboxUnknown
from pabal.model.ids import MailboxId, Uid
from pabal.store.interface import Place
from tests.kit.world import FakeClock
from tests.mailboxes.conftest import ARRIVED, SUMMARY, Account, filing


async def test_what_was_filed_is_read_as_it_came(account: Account, clock: FakeClock) -> None:
    filed = await account.run(account.service.file_in_inbox, filing(100, prefix=b"Return-Path: <>\r\n"))
    (message,) = await account.messages([filed.uid])
    assert (message.uid, message.email_id, message.mod_seq) == (filed.uid, filed.email_id, filed.mod_seq)
    assert (message.size, message.prefix, message.place) == (117, b"Return-Path: <>\r\n", Place(1, 0, 100, 7))
    assert message.internal_date == int(ARRIVED.timestamp())
    assert message.save_date == int(clock.now().timestamp())
    assert (message.flags, message.summary) == (Flags(), SUMMARY)


async def test_uids_grow_and_are_never_given_again(account: Account) -> None:
    first, second = await account.fill(2)
    await account.expunge([second], only_deleted=False)
    third = (await account.file()).uid
    assert first < second < third


async def test_counts_follow_every_filing(account: Account) -> None:
    await account.file(size=10)
    await account.file(size=20, flags=Flags(SEEN))
    inbox = await account.mailbox("INBOX")
    assert (inbox.messages, inbox.unseen, inbox.octets, inbox.uid_next) == (2, 1, 30, 3)
    assert await account.value("SELECT octets FROM account WHERE account_id = $1") == 30


async def test_a_mailbox_that_is_gone_takes_no_message_and_nothing_is_counted(account: Account) -> None:
    with pytest.raises(MailboxUnknown):
        await account.run(account.service.file, MailboxId(999), filing())
    assert await account.value("SELECT octets + emails FROM account WHERE account_id = $1") == 0


async def test_only_messages_that_are_there_are_answered_by_uid(account: Account) -> None:
    uids = await account.fill(3)
    asked = [uids[2], Uid(99), uids[0]]
    assert [message.uid for message in await account.messages(asked)] == [uids[0], uids[2]]
    states = await account.run(account.service.flag_states, await account.id_of("INBOX"), asked)
    assert [state.uid for state in states] == [uids[0], uids[2]]


async def test_sizes_are_told_of_all_by_uid(account: Account) -> None:
    await account.file(size=10, prefix=b"abc")
    await account.file(size=20)
    assert await account.run(account.service.sizes, await account.id_of("INBOX")) == [(1, 13), (2, 20)]


async def test_keywords_are_kept_sorted_and_compared_without_case(account: Account) -> None:
    filed = await account.file(flags=Flags(0, ("work", "$Junk", "WORK")))
    (message,) = await account.messages([filed.uid])
    assert message.flags == Flags(0, ("$Junk", "work"))
    (state,) = await account.store_flags([filed.uid], add=Flags(0, ("Alpha", "Work")))
    assert state.flags.keywords == ("$Junk", "Alpha", "work")
    (state,) = await account.store_flags([filed.uid], remove=Flags(0, ("WORK", "alpha")))
    assert state.flags.keywords == ("$Junk",)


async def test_flags_are_added_removed_and_replaced(account: Account) -> None:
    uid = (await account.file(flags=Flags(SEEN))).uid
    steps = [
        ({"add": Flags(FLAGGED)}, SEEN | FLAGGED),
        ({"remove": Flags(SEEN)}, FLAGGED),
        ({"replace": Flags(ANSWERED)}, ANSWERED),
        ({"replace": Flags()}, 0),
    ]
    for change, bits in steps:
        (state,) = await account.store_flags([uid], **change)
        assert state.flags.bits == bits
        assert (await account.messages([uid]))[0].flags == state.flags


async def test_one_command_takes_one_mod_sequence_for_all_it_changes(account: Account) -> None:
    uids = await account.fill(3)
    await account.store_flags(uids[:1], add=Flags(FLAGGED))
    states = await account.store_flags(uids, add=Flags(SEEN))
    assert len({state.mod_seq for state in states}) == 1
    assert (await account.mailbox("INBOX")).highest_mod_seq == states[0].mod_seq


async def test_what_changes_nothing_takes_no_mod_sequence(account: Account) -> None:
    (uid,) = await account.fill(1)
    (first,) = await account.store_flags([uid], add=Flags(SEEN))
    (again,) = await account.store_flags([uid], add=Flags(SEEN))
    assert again == first
    assert (await account.mailbox("INBOX")).highest_mod_seq == first.mod_seq
    assert await account.store_flags([Uid(99)], add=Flags(SEEN)) == []


async def test_a_copy_is_the_same_email_with_the_same_flags_and_dates(account: Account, clock: FakeClock) -> None:
    filed = await account.file(size=50, flags=Flags(SEEN, ("work",)))
    await clock.advance(timedelta(hours=1))
    inbox, sent = await account.id_of("INBOX"), await account.id_of("Sent")
    (pair,) = await account.run(account.service.copy, inbox, [filed.uid], sent)
    assert pair == (filed.uid, 1)
    (message,) = await account.messages([Uid(1)], "Sent")
    assert (message.email_id, message.flags) == (filed.email_id, Flags(SEEN, ("work",)))
    assert message.internal_date == int(ARRIVED.timestamp())
    # RFC 8514 §3: the save date is when it came into this mailbox.
    assert message.save_date == int(clock.now().timestamp())
    assert await account.value("SELECT octets FROM account WHERE account_id = $1") == 50


async def test_copies_keep_their_order_and_skip_what_is_gone(account: Account) -> None:
    uids = await account.fill(3)
    await account.expunge([uids[1]], only_deleted=False)
    inbox, sent = await account.id_of("INBOX"), await account.id_of("Sent")
    assert await account.run(account.service.copy, inbox, uids[::-1], sent) == [(1, 1), (3, 2)]
    assert await account.run(account.service.copy, inbox, [Uid(2)], sent) == []


async def test_a_copy_into_the_same_mailbox_is_a_second_message(account: Account) -> None:
    (uid,) = await account.fill(1)
    inbox = await account.id_of("INBOX")
    assert await account.run(account.service.copy, inbox, [uid], inbox) == [(1, 2)]
    assert (await account.mailbox("INBOX")).messages == 2


async def test_a_copy_to_a_mailbox_that_is_gone_is_refused_and_undone(account: Account) -> None:
    (uid,) = await account.fill(1)
    inbox = await account.id_of("INBOX")
    before = await account.value("SELECT mod_seq FROM account WHERE account_id = $1")
    for work in (account.service.copy, account.service.move):
        with pytest.raises(MailboxUnknown):
            await account.run(work, inbox, [uid], MailboxId(999))
    assert (await account.mailbox("INBOX")).messages == 1
    assert await account.value("SELECT mod_seq FROM account WHERE account_id = $1") == before


async def test_a_move_leaves_nothing_behind_and_is_one_change(account: Account) -> None:
    filed = await account.file(size=50)
    inbox, sent = await account.id_of("INBOX"), await account.id_of("Sent")
    assert await account.run(account.service.move, inbox, [filed.uid], sent) == [(1, 1)]
    left, there = await account.mailbox("INBOX"), await account.mailbox("Sent")
    assert (left.messages, left.unseen, left.octets) == (0, 0, 0)
    assert (there.messages, there.unseen, there.octets) == (1, 1, 50)
    assert left.highest_mod_seq == there.highest_mod_seq
    assert (await account.messages([Uid(1)], "Sent"))[0].email_id == filed.email_id


async def test_only_what_is_flagged_deleted_is_expunged(account: Account) -> None:
    uids = await account.fill(4)
    await account.store_flags(uids[:3], add=Flags(DELETED))
    assert await account.expunge(uids[2:]) == [uids[2]]
    assert await account.expunge() == uids[:2]
    assert await account.expunge() == []
    assert (await account.mailbox("INBOX")).messages == 1


async def test_the_last_placement_frees_the_blob_and_the_quota(account: Account, clock: FakeClock) -> None:
    filed = await account.file(size=50)
    inbox, sent = await account.id_of("INBOX"), await account.id_of("Sent")
    await account.run(account.service.copy, inbox, [filed.uid], sent)
    await account.expunge(only_deleted=False)
    assert await account.value("SELECT octets FROM account WHERE account_id = $1") == 50
    assert await account.value("SELECT dying_since FROM blob WHERE account_id = $1") is None
    await account.expunge(name="Sent", only_deleted=False)
    assert await account.value("SELECT octets + emails FROM account WHERE account_id = $1") == 0
    assert await account.value("SELECT count(*) FROM email WHERE account_id = $1") == 0
    dying_since = await account.value("SELECT dying_since FROM blob WHERE account_id = $1")
    assert dying_since == int(clock.now().timestamp())


async def test_the_change_feed_hears_of_every_change(account: Account) -> None:
    woken: list[int] = []
    stop = account.store.feed.subscribe(account.account_id, lambda: woken.append(1))
    (uid,) = await account.fill(1)
    inbox, sent = await account.id_of("INBOX"), await account.id_of("Sent")
    changes = [
        lambda: account.store_flags([uid], add=Flags(DELETED)),
        lambda: account.run(account.service.copy, inbox, [uid], sent),
        lambda: account.expunge(),
        lambda: account.create("Work"),
        lambda: account.run(account.service.rename, "Work", "Jobs"),
        lambda: account.run(account.service.delete, "Jobs"),
    ]
    for change in changes:
        before = len(woken)
        await change()
        assert len(woken) > before
    stop()


async def test_thousands_of_messages_are_changed_as_one(account: Account) -> None:
    uids = await account.fill(1200)
    await account.store_flags(uids, add=Flags(SEEN))
    inbox, sent = await account.id_of("INBOX"), await account.id_of("Sent")
    assert len(await account.run(account.service.move, inbox, uids, sent)) == 1200
    sent_now = await account.mailbox("Sent")
    assert (sent_now.messages, sent_now.unseen) == (1200, 0)
    assert len(await account.expunge(name="Sent", only_deleted=False)) == 1200


async def test_those_flagged_deleted_are_told_without_looking_at_the_rest(account: Account) -> None:
    uids = await account.fill(4)
    inbox = await account.id_of("INBOX")
    assert await account.run(account.service.deleted, inbox) == []
    await account.store_flags([uids[3], uids[1]], add=Flags(DELETED | SEEN))
    assert await account.run(account.service.deleted, inbox) == [uids[1], uids[3]]
    await account.store_flags(uids[1:2], remove=Flags(DELETED))
    assert await account.run(account.service.deleted, inbox) == [uids[3]]


async def test_what_a_session_has_not_seen_is_not_expunged_by_it(account: Account) -> None:
    await account.fill(2)
    view = await account.view()
    await account.fill(1)
    await account.store_flags([Uid(1), Uid(2), Uid(3)], add=Flags(DELETED))
    assert list(view.known()) == [1, 2]
    assert await account.expunge(view.known()) == [1, 2]
    assert await account.run(account.service.deleted, await account.id_of("INBOX")) == [3]
