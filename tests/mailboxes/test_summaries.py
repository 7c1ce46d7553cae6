"""A summary that an older version stored is made again when it is read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pabal.mailboxes.service import MailboxService
from pabal.mime.summary import FORM_VERSION, summarise
from pabal.model.content import Octets
from pabal.model.errors import Unavailable
from pabal.model.ids import Uid
from pabal.store.interface import Transaction
from tests.kit.world import FakeClock
from tests.mailboxes.conftest import Account, filing

OCTETS = b"Subject: Made again\r\nMessage-ID: <1@a>\r\n\r\nHello\r\n"


async def file_in_an_older_form(account: Account) -> Uid:
    place = await account.store.blobs.put(Octets(OCTETS))
    filed = await account.run(account.service.file_in_inbox, replace(filing(), place=place))

    async def age(tx: Transaction) -> None:
        await tx.execute("UPDATE email SET form_version = $1, summary = $2", FORM_VERSION - 1, b"\xff old")

    await account.store.run(age)
    return filed.uid


async def test_a_summary_of_another_form_is_made_from_the_octets(account: Account, clock: FakeClock) -> None:
    account.service = MailboxService(account.store, clock, blobs=account.store.blobs)
    uid = await file_in_an_older_form(account)
    (message,) = await account.messages([uid])
    assert message.summary == summarise(OCTETS)
    assert message.summary.subject == "Made again"


async def test_without_octets_a_summary_of_another_form_is_not_guessed(account: Account) -> None:
    uid = await file_in_an_older_form(account)
    with pytest.raises(Unavailable):
        await account.messages([uid])
    assert len(await account.run(account.service.sizes, await account.id_of("INBOX"))) == 1


async def test_a_message_whose_summary_is_of_another_form_can_be_removed(account: Account) -> None:
    uid = await file_in_an_older_form(account)
    assert await account.expunge([uid], only_deleted=False) == [uid]
    assert (await account.mailbox("INBOX")).messages == 0
