"""The picture of a mailbox that sessions share: which UIDs it held at a mod-sequence.

A thousand sessions in one mailbox share one ``Picture``; it is never changed, only followed by
another.  UIDs without a gap are a ``range``, so a mailbox of a million messages that never lost one opens
without reading them; else they are an array of 4 octets each, kept for a while after the last session,
so that the next one reads only what changed since.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from weakref import WeakValueDictionary

from pabal.mailboxes import rows
from pabal.mailboxes.changes import CHANGES_ON_LOOP, News, news_since
from pabal.model.errors import MailboxUnknown
from pabal.model.ids import AccountId, MailboxId, ModSeq, UidValidity
from pabal.store.interface import Store, Transaction

_UIDS = "SELECT uid FROM placement WHERE account_id = $1 AND mailbox_id = $2 ORDER BY uid"
# Two questions of one row each: asked together they would read every row between.
_LOWEST = "SELECT min(uid) FROM placement WHERE account_id = $1 AND mailbox_id = $2"
_HIGHEST = "SELECT max(uid) FROM placement WHERE account_id = $1 AND mailbox_id = $2"
UID_ARRAY = "I"  # 32 bits, as RFC 9051 §2.3.1.1 has it


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Picture:
    """Immutable."""

    mod_seq: ModSeq
    uids: Sequence[int]  # ascending


def compact(uids: Sequence[int]) -> Sequence[int]:
    """The smallest form of ascending numbers."""
    if not uids:
        return range(0)
    if uids[-1] - uids[0] + 1 == len(uids):
        return range(uids[0], uids[-1] + 1)
    return uids if isinstance(uids, array) else array(UID_ARRAY, uids)


def index_of(uids: Sequence[int], uid: int) -> int | None:
    index = bisect_left(uids, uid)
    return index if index < len(uids) and uids[index] == uid else None


def without(uids: Sequence[int], gone: Sequence[int], added: Sequence[int]) -> Sequence[int]:
    """``uids`` less those at the ascending indices ``gone``, then ``added``, which are all higher."""
    if not gone and isinstance(uids, range) and compact((*uids[-1:], *added)).__class__ is range:
        return range(uids.start if uids else added[0], added[-1] + 1) if added else uids
    kept = array(UID_ARRAY)
    start = 0
    for index in chain(gone, (len(uids),)):
        kept.extend(uids[start:index])
        start = index + 1
    kept.extend(added)
    return compact(kept)


def intervals(uids: Sequence[int], ranges: Iterable[tuple[int, int]], *, by_uid: bool) -> list[tuple[int, int]]:
    """Half-open stretches of indices that a sequence set names, ascending, without overlap."""
    spans = sorted(_span(uids, min(ends), max(ends), by_uid) for ends in ranges)
    merged: list[tuple[int, int]] = []
    for start, stop in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        elif start < stop:
            merged.append((start, stop))
    return merged


def _span(uids: Sequence[int], low: int, high: int, by_uid: bool) -> tuple[int, int]:
    if by_uid:
        return bisect_left(uids, low), bisect_right(uids, high)
    return max(low - 1, 0), min(high, len(uids))


class Pictures:
    """The newest picture of each mailbox that a session looks at, and of those looked at last.

    ``kept_uids`` bounds how many UIDs are kept for mailboxes that nobody looks at.
    """

    def __init__(self, store: Store, kept_uids: int) -> None:
        self._store = store
        self._newest: WeakValueDictionary[tuple[AccountId, MailboxId], Picture] = WeakValueDictionary()
        self._recent: OrderedDict[tuple[AccountId, MailboxId], Picture] = OrderedDict()
        self._kept_uids, self._kept = kept_uids, 0

    def newest(self, account_id: AccountId, mailbox_id: MailboxId) -> Picture | None:
        return self._newest.get((account_id, mailbox_id))

    def keep(self, account_id: AccountId, mailbox_id: MailboxId, picture: Picture) -> Picture:
        """The one to share: another session may have brought the same or a newer one."""
        newest = self.newest(account_id, mailbox_id)
        if newest is not None and newest.mod_seq == picture.mod_seq:
            return newest
        if newest is None or newest.mod_seq < picture.mod_seq:
            self._newest[account_id, mailbox_id] = picture
            self._remember((account_id, mailbox_id), picture)
        return picture

    def _remember(self, key: tuple[AccountId, MailboxId], picture: Picture) -> None:
        """Only what is dear to make again: an array."""
        self._kept -= _cost(self._recent.pop(key, None))
        if _cost(picture):
            self._recent[key] = picture
            self._kept += _cost(picture)
        while self._kept > self._kept_uids:
            self._kept -= _cost(self._recent.popitem(last=False)[1])

    async def load(self, account_id: AccountId, mailbox_id: MailboxId) -> tuple[UidValidity, Picture]:
        """As it is committed now.  Raises: MailboxUnknown."""

        async def quickly(tx: Transaction) -> tuple[UidValidity, Picture | None]:
            mailbox = await rows.by_id(tx, account_id, mailbox_id)
            if mailbox is None:
                raise MailboxUnknown("the mailbox is gone")
            newest = self.newest(account_id, mailbox_id)
            if newest is not None:
                return mailbox.uid_validity, await _advanced(tx, account_id, mailbox_id, newest)
            uids = await _between_ends(tx, account_id, mailbox_id)
            dense = len(uids) == mailbox.messages
            return mailbox.uid_validity, Picture(mailbox.highest_mod_seq, uids) if dense else None

        uid_validity, picture = await self._store.read(quickly)
        if picture is None:  # there are gaps: its cost grows with the mailbox, so not on the loop
            picture = await self._store.scan(lambda tx: _scan(tx, account_id, mailbox_id))
        return uid_validity, self.keep(account_id, mailbox_id, picture)


def _cost(picture: Picture | None) -> int:
    """In UIDs; a range costs nothing."""
    return len(picture.uids) if picture is not None and not isinstance(picture.uids, range) else 0


async def _advanced(tx: Transaction, account_id: AccountId, mailbox_id: MailboxId, old: Picture) -> Picture | None:
    """``old`` with what changed since; None when that is so much that it is better read anew."""
    news = await news_since(tx, account_id, mailbox_id, old.mod_seq, CHANGES_ON_LOOP + 1)
    if news is None:
        return old
    return None if news.cut else followed(old, news)


def followed(old: Picture, news: News) -> Picture:
    """The picture after ``news``."""
    return Picture(news.mod_seq, without(old.uids, indices_of(old.uids, news.expunged), news.added(old.uids)))


def indices_of(uids: Sequence[int], members: Iterable[int]) -> list[int]:
    """Where those of ``members`` stand that are there, ascending."""
    return sorted(index for uid in members if (index := index_of(uids, uid)) is not None)


async def _between_ends(tx: Transaction, account_id: AccountId, mailbox_id: MailboxId) -> range:
    """All numbers from the lowest UID to the highest: the UIDs themselves when none is missing."""
    lowest = await tx.fetch_row(_LOWEST, account_id, mailbox_id)
    highest = await tx.fetch_row(_HIGHEST, account_id, mailbox_id)
    return range(lowest[0], highest[0] + 1) if lowest and highest and lowest[0] else range(0)


async def _scan(tx: Transaction, account_id: AccountId, mailbox_id: MailboxId) -> Picture:
    mailbox = await rows.by_id(tx, account_id, mailbox_id)
    if mailbox is None:
        raise MailboxUnknown("the mailbox is gone")
    found = await tx.fetch_all(_UIDS, account_id, mailbox_id)
    return Picture(mailbox.highest_mod_seq, compact(array(UID_ARRAY, (uid for (uid,) in found))))
