"""One session's view of a mailbox: sequence numbers (RFC 9051 §2.3.1.2) and what changed since.

Invariants, each with a test:
  * A message that was expunged keeps its number until ``changes(expunges=True)`` told of it
    (RFC 9051 §7.5.1: no EXPUNGE while FETCH, STORE or SEARCH is answered).
  * A look at an unchanged mailbox reads one row; at a changed one, what changed, found by index.
  * A view whose mailbox was deleted raises MailboxUnknown, never anything else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from functools import partial
from typing import cast

from pabal.mailboxes.changes import CHANGES_ON_LOOP, UNBOUNDED, News, news_since
from pabal.mailboxes.flags import flags_of
from pabal.mailboxes.interface import FlagState, ViewChanges
from pabal.mailboxes.pictures import Picture, Pictures, index_of, indices_of, intervals, without
from pabal.model.ids import AccountId, MailboxId, ModSeq, SeqNum, Uid, UidValidity
from pabal.store.interface import Row, Store, Transaction

NOTHING = ViewChanges((), None, ())


class View:
    """``mailboxes.interface.MailboxView`` over a shared picture."""

    __slots__ = (
        "account_id",
        "mailbox_id",
        "uid_validity",
        "mod_seq",
        "_store",
        "_pictures",
        "_picture",
        "_seen",
        "_waiting",
        "_told",
    )

    def __init__(
        self,
        store: Store,
        pictures: Pictures,
        account_id: AccountId,
        mailbox_id: MailboxId,
        uid_validity: UidValidity,
        picture: Picture,
    ) -> None:
        self._store, self._pictures, self._picture = store, pictures, picture
        self.account_id, self.mailbox_id, self.uid_validity = account_id, mailbox_id, uid_validity
        self.mod_seq = self._seen = picture.mod_seq
        self._waiting: frozenset[int] = frozenset()  # expunged, not told yet
        self._told: dict[Uid, ModSeq] | None = None

    def __len__(self) -> int:
        return len(self._picture.uids)

    def uid(self, number: SeqNum) -> Uid:
        """Raises: IndexError, when there is no such number."""
        if number < 1:
            raise IndexError(number)
        return Uid(self._picture.uids[number - 1])

    def number(self, uid: Uid) -> SeqNum | None:
        index = index_of(self._picture.uids, uid)
        return None if index is None else SeqNum(index + 1)

    def uids(self, ranges: Iterable[tuple[int, int]], *, by_uid: bool) -> list[tuple[SeqNum, Uid]]:
        uids = self._picture.uids
        return [
            (SeqNum(index + 1), Uid(uids[index]))
            for start, stop in intervals(uids, ranges, by_uid=by_uid)
            for index in range(start, stop)
        ]

    def known(self) -> Sequence[Uid]:
        return cast(Sequence[Uid], self._picture.uids)

    def highest(self, *, by_uid: bool) -> int:
        uids = self._picture.uids
        return (uids[-1] if by_uid else len(uids)) if uids else 0

    def told(self, states: Iterable[FlagState]) -> None:
        """The session itself told its client of these, or was asked not to (RFC 9051 §6.4.6, .SILENT)."""
        self._told = {**(self._told or {}), **{state.uid: state.mod_seq for state in states}}

    async def changes(self, *, expunges: bool) -> ViewChanges:
        """Compare with the store and take the changes into the picture.  Raises: MailboxUnknown."""
        news = await self._store.read(lambda tx: self._news(tx, CHANGES_ON_LOOP + 1))
        if news is not None and news.cut:
            news = await self._store.scan(lambda tx: self._news(tx, UNBOUNDED))
        told, self._told = self._told or {}, None
        if news is None and not (expunges and self._waiting):
            return NOTHING
        news = news or News(self._seen, [], [])
        before = self._picture.uids
        gone = self._take(news, expunges)
        flagged = partial(_flagged, self._picture.uids, news.changed, before[-1] if before else 0, told)
        return ViewChanges(
            # RFC 9051 §7.5.1: each number is what it is after the ones before it were taken out.
            tuple(SeqNum(index + 1 - earlier) for earlier, index in enumerate(gone)),
            len(self) if len(self) > len(before) - len(gone) else None,
            await asyncio.to_thread(flagged) if news.cut else flagged(),
        )

    async def _news(self, tx: Transaction, limit: int) -> News | None:
        return await news_since(tx, self.account_id, self.mailbox_id, self._seen, limit)

    def _take(self, news: News, expunges: bool) -> list[int]:
        """Take the news into the picture; the indices that were taken out of it."""
        uids = self._picture.uids
        gone = indices_of(uids, self._waiting.union(news.expunged))
        if expunges:
            self._waiting = frozenset()
        else:
            self._waiting, gone = frozenset(uids[index] for index in gone), []
        self._follow(news.mod_seq, gone, news.added(uids))
        return gone

    def _follow(self, mod_seq: ModSeq, gone: list[int], added: list[int]) -> None:
        """The next picture: the shared one where it is the same."""
        self._seen = mod_seq
        if self._waiting:  # its numbers are its own until they are told
            self._picture = Picture(self._picture.mod_seq, without(self._picture.uids, gone, added))
            return
        self.mod_seq = mod_seq
        newest = self._pictures.newest(self.account_id, self.mailbox_id)
        if newest is None or newest.mod_seq != mod_seq:
            newest = Picture(mod_seq, without(self._picture.uids, gone, added))
        self._picture = self._pictures.keep(self.account_id, self.mailbox_id, newest)


def _flagged(
    uids: Sequence[int], changed: list[Row], known: int, told: dict[Uid, ModSeq]
) -> tuple[tuple[SeqNum, FlagState], ...]:
    """New flags of messages up to ``known`` (a client asks for those of new ones), less what was told."""
    return tuple(
        (SeqNum(index + 1), FlagState(Uid(uid), ModSeq(mod_seq), flags_of(bits, keywords)))
        for uid, mod_seq, bits, keywords in changed
        if uid <= known and told.get(uid) != mod_seq and (index := index_of(uids, uid)) is not None
    )
