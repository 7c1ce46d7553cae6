"""A maildrop: INBOX as it was at sign-in, read and emptied by one client at a time (RFC 1939 §4, §6, §8).

Invariants, each with a test of its name:
  * Message numbers and sizes do not change during a session, whatever arrives meanwhile.
  * A unique-id is ``uid_validity.uid``: it outlives sessions and is never used again (RFC 1939 §7 UIDL).
  * What is marked is removed by ``update`` in one unit, all or nothing; without it nothing is removed.
  * One maildrop of an account is open at a time (RFC 1939 §4, RFC 2449 §8.1.2 IN-USE; locks.py).
"""

from __future__ import annotations

from array import array
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass

from pabal.access.pop3.locks import MaildropLocks
from pabal.mailboxes.interface import Mailbox, Mailboxes, Message
from pabal.model.errors import MailboxUnknown, Refusal, Unavailable
from pabal.model.ids import AccountId, Uid
from pabal.model.replies import EnhancedStatus
from pabal.store.interface import BlobMissing, Blobs, Store, Transaction


class MessageUnknown(Refusal):
    code, status, text = 550, EnhancedStatus(5, 1, 0), "No such message"


@dataclass(frozen=True, slots=True)
class Sources:
    """Where maildrops come from."""

    store: Store
    blobs: Blobs
    mailboxes: Mailboxes
    locks: MaildropLocks


async def open_maildrop(sources: Sources, account_id: AccountId) -> Maildrop:
    """Lock and list the account's INBOX.  Raises: MaildropInUse, MailboxUnknown."""

    async def listing(tx: Transaction) -> tuple[Mailbox, list[tuple[Uid, int]]]:
        inbox = await sources.mailboxes.find(tx, account_id, "INBOX")
        if inbox is None:
            raise MailboxUnknown
        return inbox, await sources.mailboxes.sizes(tx, account_id, inbox.mailbox_id)

    sources.locks.take(account_id)
    try:
        inbox, sizes = await sources.store.scan(listing)
    except BaseException:
        sources.locks.release(account_id)
        raise
    return Maildrop(sources, account_id, inbox, sizes)


class Maildrop:
    """Messages are numbered from 1.  Every method that takes a number raises MessageUnknown."""

    __slots__ = ("_account_id", "_all_octets", "_inbox", "_marked", "_octets", "_sizes", "_sources", "_uids")

    def __init__(self, sources: Sources, account_id: AccountId, inbox: Mailbox, sizes: list[tuple[Uid, int]]) -> None:
        self._sources, self._account_id, self._inbox = sources, account_id, inbox
        self._uids = array("L", (uid for uid, _ in sizes))
        self._sizes = array("Q", (size for _, size in sizes))
        self._marked: set[int] = set()
        self._all_octets = self._octets = sum(self._sizes)

    @property
    def count(self) -> int:
        """Without those marked (RFC 1939 §5 STAT)."""
        return len(self._uids) - len(self._marked)

    @property
    def octets(self) -> int:
        """Of those that count; kept, since a client may ask as often as it likes."""
        return self._octets

    def numbers(self) -> Iterator[int]:
        return (number for number in range(1, len(self._uids) + 1) if number not in self._marked)

    def size(self, number: int) -> int:
        """In octets, as RETR sends them without stuffing (RFC 1939 §11)."""
        self._check(number)
        return self._sizes[number - 1]

    def unique_id(self, number: int) -> str:
        self._check(number)
        return f"{self._inbox.uid_validity}.{self._uids[number - 1]}"

    def mark(self, number: int) -> None:
        """RFC 1939 §5 DELE."""
        self._octets -= self.size(number)
        self._marked.add(number)

    def unmark_all(self) -> None:
        self._marked.clear()
        self._octets = self._all_octets

    async def pieces(self, number: int) -> AsyncGenerator[bytes, None]:
        """The message, a bounded piece at a time.  Raises: Unavailable, when its octets cannot be read."""
        message = await self._message(number)
        ahead, position = message.prefix, 0
        try:
            for piece in self._sources.blobs.pieces(message.place, 0, message.place.size):
                yield ahead + piece
                ahead, position = b"", position + len(piece)
        except BlobMissing:  # compaction moved it: the row says where to
            async for piece in self._moved(number, position):
                yield ahead + piece
                ahead = b""
        if ahead:
            yield ahead

    async def _moved(self, number: int, position: int) -> AsyncGenerator[bytes, None]:
        place = (await self._message(number)).place
        try:
            for piece in self._sources.blobs.pieces(place, position, place.size):
                yield piece
        except BlobMissing as error:
            raise Unavailable(f"account {self._account_id}, uid {self._uids[number - 1]}: {error}") from error

    async def update(self) -> int:
        """Remove what is marked, in one unit (RFC 1939 §6); how many.  Raises: Refusal, and nothing is removed."""
        uids = [Uid(self._uids[number - 1]) for number in sorted(self._marked)]
        if not uids:
            return 0
        mailboxes, inbox = self._sources.mailboxes, self._inbox.mailbox_id
        removed = await self._sources.store.run(
            lambda tx: mailboxes.expunge(tx, self._account_id, inbox, uids, only_deleted=False)
        )
        return len(removed)

    def close(self) -> None:
        self._sources.locks.release(self._account_id)

    def _check(self, number: int) -> None:
        if not 1 <= number <= len(self._uids) or number in self._marked:
            raise MessageUnknown

    async def _message(self, number: int) -> Message:
        self._check(number)
        uid, mailboxes, inbox = Uid(self._uids[number - 1]), self._sources.mailboxes, self._inbox.mailbox_id
        found = await self._sources.store.read(lambda tx: mailboxes.messages(tx, self._account_id, inbox, [uid]))
        if not found:  # another client removed it since
            raise MessageUnknown
        return found[0]
