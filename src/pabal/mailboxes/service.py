"""The mail model as its users see it: ``mailboxes.interface.Mailboxes`` over the rows.

Everything with ``tx`` runs inside the caller's unit; a Refusal leaves the unit to be undone by the store.
"""

from __future__ import annotations

from collections.abc import Sequence

from pabal.mailboxes import filing as files
from pabal.mailboxes import names, placements, rows
from pabal.mailboxes.flags import NO_FLAGS
from pabal.mailboxes.interface import Filed, Filing, Flags, FlagState, Mailbox, Message
from pabal.mailboxes.pictures import Pictures
from pabal.mailboxes.settings import MailboxSettings
from pabal.mailboxes.summaries import Summaries
from pabal.mailboxes.views import View
from pabal.model.errors import MailboxExists, MailboxUnknown, NameRefused
from pabal.model.ids import AccountId, MailboxId, Uid
from pabal.model.world import Clock
from pabal.store.interface import Blobs, Store, Transaction


class MailboxService:
    """Mailboxes, emails, placements of all accounts in one store."""

    def __init__(
        self, store: Store, clock: Clock, settings: MailboxSettings | None = None, blobs: Blobs | None = None
    ) -> None:
        """``blobs``: to make summaries again that an older version stored in its form."""
        self._store, self._clock = store, clock
        self._settings = settings or MailboxSettings()
        self._summaries = Summaries(blobs)
        self._pictures = Pictures(store, self._settings.kept_uids)

    def _now(self) -> int:
        return int(self._clock.now().timestamp())

    # mailboxes

    async def list_mailboxes(self, tx: Transaction, account_id: AccountId) -> list[Mailbox]:
        return await rows.all_mailboxes(tx, account_id)

    async def find(self, tx: Transaction, account_id: AccountId, name: str) -> Mailbox | None:
        return await rows.by_name(tx, account_id, names.canonical(name)) if names.possible(name) else None

    async def by_role(self, tx: Transaction, account_id: AccountId, role: str) -> Mailbox | None:
        return await rows.by_role(tx, account_id, role)

    async def create(self, tx: Transaction, account_id: AccountId, name: str, role: str | None = None) -> Mailbox:
        wanted = names.checked(name, self._settings)
        if await rows.by_name(tx, account_id, wanted):
            raise MailboxExists(wanted)
        await self._make_parents(tx, account_id, wanted)
        await self._insert(tx, account_id, wanted, role)
        tx.notify(account_id)
        return await self._known(tx, account_id, wanted)

    async def delete(self, tx: Transaction, account_id: AccountId, name: str) -> None:
        mailbox = await self._known(tx, account_id, name)
        if mailbox.name == names.INBOX:
            raise NameRefused("INBOX cannot be deleted")  # RFC 9051 §6.3.5
        await self.expunge(tx, account_id, mailbox.mailbox_id, only_deleted=False)
        await rows.delete(tx, account_id, mailbox.mailbox_id)  # what lies below it stays (RFC 9051 §6.3.5)
        tx.notify(account_id)

    async def rename(self, tx: Transaction, account_id: AccountId, name: str, new_name: str) -> None:
        mailbox = await self._known(tx, account_id, name)
        wanted = names.checked(new_name, self._settings)
        if await rows.by_name(tx, account_id, wanted):
            raise MailboxExists(wanted)
        if mailbox.name == names.INBOX:
            await self._empty_inbox(tx, account_id, mailbox, wanted)
        else:
            await self._rename_tree(tx, account_id, mailbox, wanted)
        tx.notify(account_id)

    async def subscribe(self, tx: Transaction, account_id: AccountId, name: str, subscribed: bool) -> None:
        mailbox = await self._known(tx, account_id, name)
        await rows.subscribe(tx, account_id, mailbox.mailbox_id, subscribed)

    async def _known(self, tx: Transaction, account_id: AccountId, name: str) -> Mailbox:
        mailbox = await self.find(tx, account_id, name)
        if mailbox is None:
            raise MailboxUnknown(name)
        return mailbox

    async def _insert(self, tx: Transaction, account_id: AccountId, name: str, role: str | None) -> None:
        if await rows.count(tx, account_id) >= self._settings.per_account:
            raise names.TooManyMailboxes(f"the account has {self._settings.per_account} mailboxes")
        await rows.insert(tx, account_id, name, role)

    async def _make_parents(self, tx: Transaction, account_id: AccountId, name: str) -> None:
        """RFC 9051 §6.3.4: the names above SHOULD be made too."""
        for parent in names.parents(name):
            if await rows.by_name(tx, account_id, parent) is None:
                await self._insert(tx, account_id, parent, None)

    async def _empty_inbox(self, tx: Transaction, account_id: AccountId, inbox: Mailbox, wanted: str) -> None:
        """RFC 9051 §6.3.6: its messages move to the new name; INBOX stays, and so does what lies below it."""
        target = await self.create(tx, account_id, wanted)
        await placements.move(tx, account_id, inbox.mailbox_id, None, target.mailbox_id, self._now())

    async def _rename_tree(self, tx: Transaction, account_id: AccountId, mailbox: Mailbox, wanted: str) -> None:
        below, _ = names.below(mailbox.name)
        if wanted.startswith(below):
            raise NameRefused("a mailbox cannot be moved into itself")
        members = [mailbox, *await rows.under(tx, account_id, mailbox.name)]
        await self._make_parents(tx, account_id, wanted)
        for member in members:
            moved = names.checked(wanted + member.name[len(mailbox.name) :], self._settings)
            if await rows.by_name(tx, account_id, moved):
                raise MailboxExists(moved)
            await rows.rename(tx, account_id, member.mailbox_id, moved)

    # messages

    async def file(
        self,
        tx: Transaction,
        account_id: AccountId,
        mailbox_id: MailboxId,
        filing: Filing,
        flags: Flags = NO_FLAGS,
    ) -> Filed:
        limit = self._settings.thread_emails
        return await files.file(tx, account_id, mailbox_id, filing, flags, self._now(), limit)

    async def file_in_inbox(self, tx: Transaction, account_id: AccountId, filing: Filing) -> Filed:
        limit = self._settings.thread_emails
        return await files.file(tx, account_id, names.INBOX, filing, NO_FLAGS, self._now(), limit)

    async def messages(
        self, tx: Transaction, account_id: AccountId, mailbox_id: MailboxId, uids: Sequence[Uid]
    ) -> list[Message]:
        return await placements.messages(tx, account_id, mailbox_id, uids, self._summaries)

    async def sizes(self, tx: Transaction, account_id: AccountId, mailbox_id: MailboxId) -> list[tuple[Uid, int]]:
        return await placements.sizes(tx, account_id, mailbox_id)

    async def flag_states(
        self, tx: Transaction, account_id: AccountId, mailbox_id: MailboxId, uids: Sequence[Uid]
    ) -> list[FlagState]:
        return await placements.flag_states(tx, account_id, mailbox_id, uids)

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
        return await placements.change_flags(
            tx, account_id, mailbox_id, uids, add=add, remove=remove, replace=replace
        )

    async def copy(
        self,
        tx: Transaction,
        account_id: AccountId,
        source: MailboxId,
        uids: Sequence[Uid],
        target: MailboxId,
    ) -> list[tuple[Uid, Uid]]:
        return await placements.copy(tx, account_id, source, uids, target, self._now())

    async def move(
        self,
        tx: Transaction,
        account_id: AccountId,
        source: MailboxId,
        uids: Sequence[Uid],
        target: MailboxId,
    ) -> list[tuple[Uid, Uid]]:
        return await placements.move(tx, account_id, source, uids, target, self._now())

    async def expunge(
        self,
        tx: Transaction,
        account_id: AccountId,
        mailbox_id: MailboxId,
        uids: Sequence[Uid] | None = None,
        *,
        only_deleted: bool = True,
    ) -> list[Uid]:
        return await placements.expunge(
            tx, account_id, mailbox_id, uids, only_deleted=only_deleted, dying_since=self._now()
        )

    async def deleted(self, tx: Transaction, account_id: AccountId, mailbox_id: MailboxId) -> list[Uid]:
        return await placements.deleted(tx, account_id, mailbox_id)

    # views

    async def open_view(self, account_id: AccountId, mailbox_id: MailboxId) -> View:
        """Raises: MailboxUnknown."""
        uid_validity, picture = await self._pictures.load(account_id, mailbox_id)
        return View(self._store, self._pictures, account_id, mailbox_id, uid_validity, picture)
