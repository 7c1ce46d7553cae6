"""Mail that came in by another door: a prefix of its own for each recipient, hints, many accounts."""

from __future__ import annotations

from datetime import UTC, datetime

from pabal.mailboxes.interface import Filed, Filing
from pabal.mime.summary import summarise
from pabal.model.content import Octets
from pabal.server.imap import ImapContext
from pabal.store.interface import Transaction

from .conftest import Client, Connect
from .messages import PLAIN

PREFIX = b"Return-Path: <a@b.test>\r\nReceived: by here\r\n"


async def deliver(context: ImapContext, *names: str, message: bytes = PLAIN) -> None:
    """As delivery does: one blob, one unit, a filing for each recipient."""
    place, summary = await context.blobs.put(Octets(message)), summarise(message)

    async def unit(tx: Transaction) -> list[Filed]:
        filed = []
        for name in names:
            account = await context.directory.find_account(tx, name)
            assert account is not None
            prefix = PREFIX + f"Delivered-To: {name}\r\n".encode()
            filing = Filing(place, summary, summary.encode(), datetime(2026, 5, 1, tzinfo=UTC), "id", prefix)
            filed.append(await context.mailboxes.file_in_inbox(tx, account.account_id, filing))
        return filed

    await context.store.run(unit)


async def test_a_delivered_message_begins_with_its_trace_fields(client: Client, context: ImapContext) -> None:
    await deliver(context, "kim@example.org")
    size = len(PREFIX + b"Delivered-To: kim@example.org\r\n" + PLAIN)
    await client.talk(
        f"""
        C: a NOOP
        S: * 1 EXISTS
        S: * 0 RECENT
        S: a OK Nothing done
        C: b FETCH 1 (RFC822.SIZE INTERNALDATE BODY.PEEK[HEADER.FIELDS (Return-Path Delivered-To)])
        S: * 1 FETCH (RFC822.SIZE {size} INTERNALDATE " 1-May-2026 00:00:00 +0000" BODY[HEADER.FIELDS (Return-Path Delivered-To)] {{59}}
        S: Return-Path: <a@b.test>
        S: Delivered-To: kim@example.org
        S:\x20
        S: )
        S: b OK Fetched
    """.replace("{59}", f"{{{len(b'Return-Path: <a@b.test>') + len(b'Delivered-To: kim@example.org') + 6}}}").replace(
            "S:\x20\n", "S:\n"
        )
    )


async def test_recipients_of_one_blob_see_only_their_own_trace(connect: Connect, context: ImapContext) -> None:
    first = await connect(select="INBOX")
    second = await connect(signed_in=False)
    await second.ok("LOGIN lee@example.org other")
    await second.ok("SELECT INBOX")
    await deliver(context, "kim@example.org", "lee@example.org")
    for client, name in ((first, b"kim"), (second, b"lee")):
        await client.ok("NOOP")
        lines = await client.ok("FETCH 1 BODY.PEEK[HEADER.FIELDS (Delivered-To)]")
        assert b"Delivered-To: %b@example.org" % name in lines


async def test_idle_hears_of_a_delivery_and_of_nobody_elses(connect: Connect, context: ImapContext) -> None:
    first = await connect(select="INBOX")
    second = await connect(signed_in=False)
    await second.ok("LOGIN lee@example.org other")
    await second.talk("""
        C: a SELECT INBOX
        S: …
        S: …
        S: …
        S: …
        S: …
        S: …
        S: a OK …
        C: b IDLE
        S: + idling
    """)
    await first.talk("""
        C: a IDLE
        S: + idling
    """)
    await deliver(context, "kim@example.org")
    await first.talk("""
        S: * 1 EXISTS
        S: * 0 RECENT
        C: DONE
        S: a OK Idled
    """)
    await second.talk("""
        C: DONE
        S: b OK Idled
    """)


async def test_search_finds_text_of_the_prefix(client: Client, context: ImapContext) -> None:
    await deliver(context, "kim@example.org")
    await client.ok("NOOP")
    assert await client.ok("SEARCH HEADER Delivered-To kim@example.org") == [b"* SEARCH 1"]
    assert await client.ok("SEARCH TEXT a@b.test") == [b"* SEARCH 1"]


async def test_accounts_see_nothing_of_each_other(connect: Connect) -> None:
    first = await connect(select="INBOX")
    await first.append(PLAIN)
    await first.ok("CREATE mine")
    second = await connect(signed_in=False)
    await second.ok("LOGIN lee@example.org other")
    assert b"mine" not in b"".join(await second.ok('LIST "" *'))
    await second.talk("""
        C: a STATUS INBOX (MESSAGES)
        S: * STATUS INBOX (MESSAGES 0)
        S: a OK Status told
        C: b SELECT mine
        S: b NO [NONEXISTENT] No such mailbox
    """)
