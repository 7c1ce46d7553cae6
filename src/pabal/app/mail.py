"""Messages as an operator and the first page see them: newest first or in order, one row each, and their octets.

The name of a message is ``ACCOUNT.MAILBOX.UID``, three numbers that are never given to another message.
"""

from __future__ import annotations

import asyncio
import heapq
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from pabal.accounts.interface import Account
from pabal.app.core import Core
from pabal.mailboxes.interface import ANSWERED, DELETED, DRAFT, FLAGGED, SEEN, Flags, Mailbox, Message
from pabal.mime.summary import Summary
from pabal.mime.text import rendered
from pabal.model.errors import MailboxUnknown, PabalError
from pabal.model.ids import AccountId, MailboxId, Uid

#: Messages read in one transaction.
PAGE = 200
FIRST_PAGE, LARGEST_PAGE = 25, 1000
_FLAG_NAMES = {SEEN: "\\Seen", ANSWERED: "\\Answered", FLAGGED: "\\Flagged", DELETED: "\\Deleted", DRAFT: "\\Draft"}
_NAME = re.compile(r"([1-9][0-9]{0,18})\.([1-9][0-9]{0,18})\.([1-9][0-9]{0,9})")


class NoSuchMessage(PabalError):
    """Nothing has that id, or it is no id at all."""


@dataclass(frozen=True, slots=True)
class Found:
    """One placement and where it stands."""

    account: Account
    mailbox: Mailbox
    message: Message

    @property
    def name(self) -> str:
        return f"{self.account.account_id}.{self.mailbox.mailbox_id}.{self.message.uid}"

    @property
    def date(self) -> str:
        """When it arrived, UTC."""
        return datetime.fromtimestamp(self.message.internal_date, UTC).isoformat()


def flag_names(flags: Flags) -> list[str]:
    return [name for bit, name in _FLAG_NAMES.items() if flags.bits & bit] + list(flags.keywords)


def _sender(summary: Summary) -> str:
    """Name and address, since a name alone may say anything."""
    if summary.from_text in ("", summary.from_address):
        return summary.from_address
    return f"{summary.from_text} <{summary.from_address}>"


def row(found: Found) -> dict[str, object]:
    """The keys of ``pabal list``."""
    summary = found.message.summary
    return {
        "id": found.name,
        "account": found.account.name,
        "mailbox": found.mailbox.name,
        "uid": found.message.uid,
        "from": _sender(summary),
        "to": summary.to_text,
        "subject": summary.subject,
        "date": found.date,
        "size": found.message.size,
        "flags": flag_names(found.message.flags),
    }


async def _uids(core: Core, account: Account, mailbox: Mailbox) -> list[Uid]:
    if not mailbox.messages:
        return []
    view = await core.mailboxes.open_view(account.account_id, mailbox.mailbox_id)
    return [uid for _, uid in view.uids([(1, view.highest(by_uid=True))], by_uid=True)] if len(view) else []


async def _page(core: Core, account: Account, mailbox: Mailbox, uids: list[Uid]) -> list[Found]:
    messages = await core.store.read(
        lambda tx: core.mailboxes.messages(tx, account.account_id, mailbox.mailbox_id, uids)
    )
    return [Found(account, mailbox, message) for message in messages]


def _pages(uids: list[Uid]) -> Iterator[list[Uid]]:
    for start in range(0, len(uids), PAGE):
        yield uids[start : start + PAGE]


async def in_order(core: Core, account: Account, mailbox_name: str | None) -> AsyncIterator[Found]:
    """All messages of an account, or of one mailbox, by mailbox and UID.  Raises: MailboxUnknown."""
    mailboxes = await core.store.read(lambda tx: core.mailboxes.list_mailboxes(tx, account.account_id))
    if mailbox_name is not None:
        named = await core.store.read(lambda tx: core.mailboxes.find(tx, account.account_id, mailbox_name))
        if named is None:
            raise MailboxUnknown(f"{account.name} has no mailbox {mailbox_name}")
        mailboxes = [named]
    for mailbox in mailboxes:
        for uids in _pages(await _uids(core, account, mailbox)):
            for found in await _page(core, account, mailbox, uids):
                yield found


async def _newest_first(core: Core, account: Account, mailbox: Mailbox) -> AsyncIterator[Found]:
    """One mailbox by UID downwards, in small pages; larger ones across what was expunged."""
    highest, left, size = mailbox.uid_next - 1, mailbox.messages, FIRST_PAGE
    while highest > 0 and left > 0:
        uids = [Uid(uid) for uid in range(max(1, highest - size + 1), highest + 1)]
        page = await _page(core, account, mailbox, uids)
        for found in sorted(page, key=lambda found: found.message.uid, reverse=True):
            yield found
        highest, left = highest - size, left - len(page)
        size = FIRST_PAGE if page else min(size * 4, LARGEST_PAGE)


async def _mailboxes_with_mail(core: Core) -> AsyncIterator[AsyncIterator[Found]]:
    for account in await core.store.read(core.directory.accounts):
        if account.emails:
            mailboxes = await core.store.read(partial(core.mailboxes.list_mailboxes, account_id=account.account_id))
            for mailbox in mailboxes:
                if mailbox.messages:
                    yield _newest_first(core, account, mailbox)
            await asyncio.sleep(0)  # many accounts: connections have their turn between two of them


async def latest(core: Core, count: int) -> list[Found]:
    """The newest messages of all accounts, the newest first; reads little more than it returns."""
    heap: list[tuple[tuple[int, ...], int, Found, AsyncIterator[Found]]] = []

    async def push(number: int, messages: AsyncIterator[Found]) -> None:
        if (found := await anext(messages, None)) is not None:
            message = found.message
            # Within one second, accounts made later first: in a sandbox they were made by newer mail.
            key = -message.internal_date, -message.save_date, -found.account.account_id, -message.uid
            heapq.heappush(heap, (key, number, found, messages))

    number = 0
    async for messages in _mailboxes_with_mail(core):
        number += 1
        await push(number, messages)
    newest: list[Found] = []
    while heap and len(newest) < count:
        _, number, found, messages = heapq.heappop(heap)
        newest.append(found)
        await push(number, messages)
    return newest


async def find(core: Core, name: str) -> Found:
    """Raises: NoSuchMessage."""
    match = _NAME.fullmatch(name)
    if match is None:
        raise NoSuchMessage(f"{name!r} is not the id of a message; `pabal list` shows them, such as 1.2.3")
    account_id, mailbox_id, uid = AccountId(int(match[1])), MailboxId(int(match[2])), Uid(int(match[3]))
    account = await core.store.read(lambda tx: core.directory.account(tx, account_id))
    mailboxes = await core.store.read(lambda tx: core.mailboxes.list_mailboxes(tx, account_id)) if account else []
    mailbox = next((mailbox for mailbox in mailboxes if mailbox.mailbox_id == mailbox_id), None)
    page = await _page(core, account, mailbox, [uid]) if account and mailbox else []
    if not page:
        raise NoSuchMessage(f"there is no message {name}")
    return page[0]


def pieces(core: Core, found: Found) -> Iterator[bytes]:
    """The octets in bounded pieces, as every client gets them: this recipient's prefix, then the content."""
    message = found.message
    yield message.prefix
    yield from core.blobs.pieces(message.place, 0, message.place.size)


async def text(core: Core, found: Found) -> str:
    """The message for a person: decoded, text only; a large one is parsed off the loop."""
    read: list[bytes] = []
    for piece in pieces(core, found):
        read.append(piece)
        await asyncio.sleep(0)  # other connections have their turn between two pieces
    return await asyncio.to_thread(lambda: rendered(b"".join(read)))
