"""Messages as an operator sees them: newest first, in order, by their names."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pabal.app import mail
from pabal.app.core import Core, open_core
from pabal.app.pages import SandboxArrivals
from pabal.config.sections import WebSettings
from pabal.config.tree import Configuration
from pabal.mailboxes.interface import Filing, Flags
from pabal.mime.summary import summarise
from pabal.model.address import Address
from pabal.model.content import Octets
from pabal.model.errors import MailboxUnknown
from pabal.model.ids import AccountId, Uid


@pytest.fixture
async def core(tmp_path: Path) -> AsyncIterator[Core]:
    opened = await open_core(Configuration(data=tmp_path))
    yield opened
    await opened.close()


async def account_of(core: Core, name: str) -> AccountId:
    account_id = await core.store.run(lambda tx: core.directory.ensure(tx, Address(name, "b.test")))
    assert account_id is not None
    return account_id


async def file(core: Core, name: str, second: int, flags: Flags = Flags()) -> None:
    """One message that arrived at that second, its subject the same number."""
    account_id = await account_of(core, name)
    octets = f"Subject: {second}\r\n\r\ntext of {second}\r\n".encode()
    summary = summarise(octets)
    place = await core.blobs.put(Octets(octets))
    filing = Filing(place, summary, summary.encode(), datetime.fromtimestamp(second, UTC), prefix=b"X: y\r\n")
    inbox = await core.store.read(lambda tx: core.mailboxes.find(tx, account_id, "INBOX"))
    assert inbox is not None
    await core.store.run(lambda tx: core.mailboxes.file(tx, account_id, inbox.mailbox_id, filing, flags))


async def test_the_newest_of_all_accounts_come_first(core: Core) -> None:
    for second in (5, 9, 12, 13):
        await file(core, "lee", second)
    for second in (1, 10, 11):
        await file(core, "kim", second)
    newest = [found.message.summary.subject for found in await mail.latest(core, 5)]
    assert newest == ["13", "12", "11", "10", "9"]
    assert len(await mail.latest(core, 100)) == 7


async def test_what_was_expunged_is_passed_over(core: Core) -> None:
    account_id = await account_of(core, "lee")
    for second in range(1, 61):
        await file(core, "lee", second)
    inbox = await core.store.read(lambda tx: core.mailboxes.find(tx, account_id, "INBOX"))
    assert inbox is not None
    gone = [Uid(uid) for uid in range(3, 61)]
    await core.store.run(
        lambda tx: core.mailboxes.expunge(tx, account_id, inbox.mailbox_id, gone, only_deleted=False)
    )
    assert [found.message.summary.subject for found in await mail.latest(core, 5)] == ["2", "1"]


async def test_an_account_is_listed_in_order_over_pages(core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "PAGE", 3)
    for second in range(1, 9):
        await file(core, "lee", second, Flags(1 | 4, ("$work",)))
    account = await core.store.read(lambda tx: core.directory.find_account(tx, "lee@b.test"))
    assert account is not None
    listed = [found async for found in mail.in_order(core, account, None)]
    assert [found.message.uid for found in listed] == list(range(1, 9))
    assert mail.row(listed[0])["flags"] == ["\\Seen", "\\Flagged", "$work"]
    with pytest.raises(MailboxUnknown):
        [found async for found in mail.in_order(core, account, "Nowhere")]


async def test_a_name_leads_to_its_octets_and_text(core: Core) -> None:
    await file(core, "lee", 7)
    [found] = await mail.latest(core, 1)
    again = await mail.find(core, found.name)
    assert b"".join(mail.pieces(core, again)) == b"X: y\r\nSubject: 7\r\n\r\ntext of 7\r\n"
    assert (await mail.text(core, again)).endswith("text of 7\n")
    with pytest.raises(mail.NoSuchMessage):
        await mail.find(core, f"{found.name}0")


async def test_the_page_shows_so_many_messages_and_characters_and_no_more(core: Core) -> None:
    for second in range(1, 5):
        await file(core, "lee", second)
    arrivals = SandboxArrivals(core, WebSettings(shown=2, characters=12))
    listed = await arrivals.latest()
    assert [row["subject"] for row in listed] == ["4", "3"]
    assert len(await arrivals.text(listed[0]["id"]) or "") == 12


async def test_arrivals_are_noticed_also_in_accounts_made_later(core: Core) -> None:
    arrivals = SandboxArrivals(core, WebSettings(shown=10))
    within = timedelta(seconds=5)
    assert await arrivals.changed(0, timedelta()) == 0
    await file(core, "lee", 1)
    seen = await arrivals.changed(0, within)
    assert seen > 0
    await file(core, "lee", 2)
    assert await arrivals.changed(seen, within) > seen
    assert [row["subject"] for row in await arrivals.latest()] == ["2", "1"]
    name = (await arrivals.latest())[0]["id"]
    assert "text of 2" in (await arrivals.text(name) or "")
    assert await arrivals.text("1.1.99") is None
