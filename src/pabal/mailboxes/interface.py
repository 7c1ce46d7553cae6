"""The one mail model behind IMAP, POP3 and JMAP (design: identity, change).

Everything with ``tx`` runs inside the caller's unit, so several of them make one unit.
One command takes one mod-sequence for all it changes (``Change``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pabal.mime.summary import Summary
from pabal.model.ids import AccountId, EmailId, MailboxId, ModSeq, SeqNum, ThreadId, Uid, UidValidity
from pabal.store.interface import Place, Transaction

SEEN, ANSWERED, FLAGGED, DELETED, DRAFT = 1, 2, 4, 8, 16
DELIMITER = "/"
ROLES = {"Sent": "sent", "Drafts": "drafts", "Junk": "junk", "Trash": "trash", "Archive": "archive"}


@dataclass(frozen=True, slots=True)
class Flags:
    bits: int = 0
    keywords: tuple[str, ...] = ()  # sorted; compared without case


@dataclass(frozen=True, slots=True)
class Mailbox:
    mailbox_id: MailboxId
    name: str
    role: str | None
    uid_validity: UidValidity
    uid_next: Uid
    highest_mod_seq: ModSeq
    messages: int
    unseen: int
    octets: int
    subscribed: bool


@dataclass(frozen=True, slots=True)
class Filing:
    """One message to be filed, the same octets for every recipient."""

    place: Place
    summary: Summary
    encoded_summary: bytes
    internal_date: datetime
    intake_id: str | None = None
    prefix: bytes = b""  # this recipient's trace fields


@dataclass(frozen=True, slots=True)
class Filed:
    uid_validity: UidValidity
    uid: Uid
    email_id: EmailId
    mod_seq: ModSeq


@dataclass(frozen=True, slots=True)
class Message:
    """One placement with what is needed to answer FETCH, except the octets."""

    uid: Uid
    email_id: EmailId
    thread_id: ThreadId
    mod_seq: ModSeq
    flags: Flags
    internal_date: int  # Unix seconds
    save_date: int
    size: int
    prefix: bytes
    place: Place
    summary: Summary


@dataclass(frozen=True, slots=True)
class FlagState:
    uid: Uid
    mod_seq: ModSeq
    flags: Flags


@dataclass(frozen=True, slots=True)
class ViewChanges:
    """What a session may tell its client, in this order (RFC 9051 §7.5.1)."""

    expunged: tuple[SeqNum, ...]  # each already counted after the ones before it
    exists: int | None  # the new number of messages, when it grew
    flagged: tuple[tuple[SeqNum, FlagState], ...]


class MailboxView(Protocol):
    """One session's picture of a mailbox: sequence number <-> UID, changes since.

    Expunged messages keep their number until ``changes`` with ``expunges=True`` told of them.
    """

    account_id: AccountId
    mailbox_id: MailboxId
    uid_validity: UidValidity
    mod_seq: ModSeq  # everything up to here has been told

    def __len__(self) -> int: ...

    def uid(self, number: SeqNum) -> Uid: ...

    def number(self, uid: Uid) -> SeqNum | None: ...

    def uids(self, ranges: Iterable[tuple[int, int]], *, by_uid: bool) -> list[tuple[SeqNum, Uid]]:
        """Members of a sequence set; ``*`` was replaced by the caller (see ``highest``)."""
        ...

    def known(self) -> Sequence[Uid]:
        """Every UID, ascending; nothing is copied."""
        ...

    def highest(self, *, by_uid: bool) -> int: ...

    def told(self, states: Iterable[FlagState]) -> None:
        """The session told its client of these itself, or must not (.SILENT): ``changes`` leaves them out."""
        ...

    async def changes(self, *, expunges: bool) -> ViewChanges:
        """Compare with the store and take the changes into the picture."""
        ...


class Mailboxes(Protocol):
    """Mailboxes, emails, placements."""

    # mailboxes
    async def list_mailboxes(self, tx: Transaction, account_id: AccountId) -> list[Mailbox]: ...
    async def find(self, tx: Transaction, account_id: AccountId, name: str) -> Mailbox | None:
        """By whole name; INBOX without case."""
        ...

    async def by_role(self, tx: Transaction, account_id: AccountId, role: str) -> Mailbox | None: ...
    async def create(self, tx: Transaction, account_id: AccountId, name: str, role: str | None = None) -> Mailbox:
        """Parents are made too.  Raises: MailboxExists, NameRefused."""
        ...

    async def delete(self, tx: Transaction, account_id: AccountId, name: str) -> None:
        """Raises: MailboxUnknown, NameRefused (INBOX)."""
        ...

    async def rename(self, tx: Transaction, account_id: AccountId, name: str, new_name: str) -> None:
        """With all below; INBOX: its messages move, it stays (RFC 9051 §6.3.6)."""
        ...

    async def subscribe(self, tx: Transaction, account_id: AccountId, name: str, subscribed: bool) -> None: ...

    # messages
    async def file(
        self,
        tx: Transaction,
        account_id: AccountId,
        mailbox_id: MailboxId,
        filing: Filing,
        flags: Flags = Flags(),
    ) -> Filed:
        """A new email under the mailbox's next UID.  A UID that was returned is never given again."""
        ...

    async def file_in_inbox(self, tx: Transaction, account_id: AccountId, filing: Filing) -> Filed: ...

    async def messages(
        self, tx: Transaction, account_id: AccountId, mailbox_id: MailboxId, uids: Sequence[Uid]
    ) -> list[Message]:
        """Those that are there, by UID.  A page at a time: the caller cuts long lists."""
        ...

    async def sizes(self, tx: Transaction, account_id: AccountId, mailbox_id: MailboxId) -> list[tuple[Uid, int]]:
        """(UID, size in octets) of every message, by UID, without touching its summary: POP3's maildrop."""
        ...

    async def flag_states(
        self, tx: Transaction, account_id: AccountId, mailbox_id: MailboxId, uids: Sequence[Uid]
    ) -> list[FlagState]: ...

    async def change_flags(
        self,
        tx: Transaction,
        account_id: AccountId,
        mailbox_id: MailboxId,
        uids: Sequence[Uid],
        *,
        add: Flags | None = None,
        remove: Flags | None = None,
        replace: Flags | None = None,
    ) -> list[FlagState]:
        """The states after the change, for those that are there."""
        ...

    async def copy(
        self,
        tx: Transaction,
        account_id: AccountId,
        source: MailboxId,
        uids: Sequence[Uid],
        target: MailboxId,
    ) -> list[tuple[Uid, Uid]]:
        """(old, new) pairs; the email, its flags and dates stay the same (RFC 9051 §6.4.7)."""
        ...

    async def move(
        self,
        tx: Transaction,
        account_id: AccountId,
        source: MailboxId,
        uids: Sequence[Uid],
        target: MailboxId,
    ) -> list[tuple[Uid, Uid]]: ...

    async def expunge(
        self,
        tx: Transaction,
        account_id: AccountId,
        mailbox_id: MailboxId,
        uids: Sequence[Uid] | None = None,
        *,
        only_deleted: bool = True,
    ) -> list[Uid]:
        """Remove those flagged \\Deleted (of ``uids``); leaves tombstones; the last placement frees the blob."""
        ...

    async def deleted(self, tx: Transaction, account_id: AccountId, mailbox_id: MailboxId) -> list[Uid]:
        """Those flagged \\Deleted, ascending; the cost is that of what is found."""
        ...

    # views
    async def open_view(self, account_id: AccountId, mailbox_id: MailboxId) -> MailboxView: ...
