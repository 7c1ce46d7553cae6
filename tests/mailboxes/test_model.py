"""Any order of commands leaves store, counts and every session's view as a plain model says."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from pabal.accounts import admin
from pabal.mailboxes.interface import DELETED, SEEN, Flags
from pabal.mailboxes.provision import provision
from pabal.mailboxes.service import MailboxService
from pabal.mailboxes.views import View
from pabal.model.ids import AccountId, MailboxId, SeqNum, Uid
from pabal.store.interface import Transaction
from pabal.store.sqlite.driver import open_store
from tests.kit.world import FakeClock
from tests.mailboxes.conftest import Account, filing

BOXES = ("INBOX", "Sent")
boxes = st.sampled_from(BOXES)
some_uids = st.sets(st.integers(1, 12), max_size=6)
some_flags = st.builds(Flags, st.sampled_from([0, SEEN, DELETED, SEEN | DELETED]), st.sampled_from([(), ("work",)]))


class Picture:
    """What a client believes: it applies what it is told and nothing else."""

    def __init__(self, view: View, uids: list[int]) -> None:
        self.view = view
        self.uids: list[int | None] = list(uids)  # None: the number is known, not the UID

    def apply(self, changes: Any) -> None:
        for number in changes.expunged:
            del self.uids[number - 1]
        if changes.exists is not None:
            self.uids += [None] * (changes.exists - len(self.uids))
        for number, state in changes.flagged:
            assert self.view.uid(number) == state.uid


class MailModel(RuleBasedStateMachine):
    """Placements as a dict per mailbox: UID -> (email, size, flags)."""

    @initialize()
    def start(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.boxes: dict[str, dict[int, tuple[int, int, Flags]]] = {name: {} for name in BOXES}
        self.next_uid = dict.fromkeys(BOXES, 1)
        self.account: Account = self.do(self._open())
        self.clients = {name: Picture(self.do(self.account.view(name)), []) for name in BOXES}
        self.listeners = {name: Picture(self.do(self.account.view(name)), []) for name in BOXES}

    async def _open(self) -> Account:
        clock = FakeClock()
        store = await open_store(Path(self.folder.name))

        async def unit(tx: Transaction) -> AccountId:
            await admin.add_domain(tx, "example.org", clock)
            account_id = await admin.add_account(tx, "kim@example.org", clock)
            await provision(tx, account_id)
            return account_id

        account_id = await store.run(unit)
        mailboxes = await store.read(lambda tx: MailboxService(store, clock).list_mailboxes(tx, account_id))
        self.ids: dict[str, MailboxId] = {mailbox.name: mailbox.mailbox_id for mailbox in mailboxes}
        return Account(store, MailboxService(store, clock), account_id)

    def do(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    def teardown(self) -> None:
        self.do(self.account.store.close())
        self.loop.close()
        self.folder.cleanup()

    @rule(box=boxes, sizes=st.lists(st.integers(0, 9), min_size=1, max_size=4), flags=some_flags)
    def file(self, box: str, sizes: list[int], flags: Flags) -> None:
        for size in sizes:
            filed = self.do(self.account.run(self.account.service.file, self.ids[box], filing(size), flags))
            assert filed.uid == self._place(box, (filed.email_id, size, flags))

    def _place(self, box: str, placed: tuple[int, int, Flags]) -> int:
        uid = self.next_uid[box]
        self.boxes[box][uid] = placed
        self.next_uid[box] += 1
        return uid

    @rule(box=boxes, uids=some_uids, flags=some_flags, how=st.sampled_from(["add", "remove", "replace"]))
    def change_flags(self, box: str, uids: set[int], flags: Flags, how: str) -> None:
        found = self.boxes[box]
        for uid in uids & set(found):
            email, size, old = found[uid]
            found[uid] = email, size, _changed(old, flags, how)
        change = {how: flags}
        states = self.do(self.account.run(self.account.service.change_flags, self.ids[box], sorted(uids), **change))
        assert {s.uid: s.flags for s in states} == {uid: found[uid][2] for uid in uids & set(found)}

    @rule(source=boxes, other=boxes, uids=some_uids, moved=st.booleans())
    def copy_or_move(self, source: str, other: str, uids: set[int], moved: bool) -> None:
        work = self.account.service.move if moved else self.account.service.copy
        there = sorted(uids & set(self.boxes[source]))
        pairs = self.do(self.account.run(work, self.ids[source], sorted(uids), self.ids[other]))
        placed = [self.boxes[source].pop(uid) if moved else self.boxes[source][uid] for uid in there]
        assert pairs == [(uid, self._place(other, one)) for uid, one in zip(there, placed, strict=True)]

    @rule(box=boxes, uids=st.none() | some_uids, only_deleted=st.booleans())
    def expunge(self, box: str, uids: set[int] | None, only_deleted: bool) -> None:
        found = self.boxes[box]
        among = set(found) if uids is None else uids & set(found)
        gone = sorted(uid for uid in among if not only_deleted or found[uid][2].bits & DELETED)
        listed = None if uids is None else sorted(uids)
        work = self.account.service.expunge
        assert self.do(self.account.run(work, self.ids[box], listed, only_deleted=only_deleted)) == gone
        for uid in gone:
            del found[uid]

    @rule(expunges=st.booleans())
    def look(self, expunges: bool) -> None:
        """A session that is not always in a state to hear of expunged messages."""
        for box in BOXES:
            self._look(box, self.clients[box], expunges)

    @invariant()
    def a_session_that_always_listens_sees_what_is_there(self) -> None:
        for box in BOXES:
            self._look(box, self.listeners[box], True)

    def _look(self, box: str, client: Picture, expunges: bool) -> None:
        changes = self.do(client.view.changes(expunges=expunges))
        assert expunges or not changes.expunged
        client.apply(changes)
        seen = [client.view.uid(SeqNum(number)) for number in range(1, len(client.view) + 1)]
        assert len(client.uids) == len(seen)
        assert all(known in (None, uid) for known, uid in zip(client.uids, seen, strict=True))
        client.uids = list(seen)
        assert set(self.boxes[box]) <= set(seen)
        assert not expunges or set(seen) == set(self.boxes[box])

    @rule(box=boxes)
    def open_again(self, box: str) -> None:
        view = self.do(self.account.view(box))
        self.clients[box] = Picture(view, sorted(self.boxes[box]))
        assert [uid for _, uid in view.uids([(1, 4_294_967_295)], by_uid=True)] == sorted(self.boxes[box])

    @invariant()
    def counts_and_rows_are_those_of_the_model(self) -> None:
        for name, found in self.boxes.items():
            mailbox = self.do(self.account.mailbox(name))
            unseen = sum(1 for _, _, flags in found.values() if not flags.bits & SEEN)
            octets = sum(size for _, size, _ in found.values())
            assert (mailbox.messages, mailbox.unseen, mailbox.octets) == (len(found), unseen, octets)
            assert mailbox.uid_next == self.next_uid[name]
            kept = self.do(self.account.messages([Uid(uid) for uid in range(1, self.next_uid[name])], name))
            assert {m.uid: (m.email_id, m.size, m.flags) for m in kept} == found

    @invariant()
    def the_account_counts_each_email_once(self) -> None:
        emails = {email: size for found in self.boxes.values() for email, size, _ in found.values()}
        assert self.do(self.account.value("SELECT emails FROM account WHERE account_id = $1")) == len(emails)
        assert self.do(self.account.value("SELECT octets FROM account WHERE account_id = $1")) == sum(emails.values())
        live = "SELECT count(*) FROM blob WHERE account_id = $1 AND dying_since IS NULL"
        assert self.do(self.account.value(live)) == len(emails)


def _changed(old: Flags, flags: Flags, how: str) -> Flags:
    if how == "replace":
        return flags
    old_words, words = set(old.keywords), set(flags.keywords)
    if how == "add":
        return Flags(old.bits | flags.bits, tuple(sorted(old_words | words)))
    return Flags(old.bits & ~flags.bits, tuple(sorted(old_words - words)))


TestMailModel = MailModel.TestCase
TestMailModel.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
