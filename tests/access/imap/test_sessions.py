"""Several sessions on one mailbox, and IDLE (RFC 9051 §5.2, §6.3.13, §7.5.1; RFC 2180)."""

from __future__ import annotations

from datetime import timedelta

from pabal.server.imap import ImapContext

from .conftest import Client, Connect
from .messages import PLAIN


async def two(connect: Connect, messages: int = 2, **options: bool) -> tuple[Client, Client]:
    first = await connect(select="INBOX", **options)
    for _ in range(messages):
        await first.append(PLAIN)
    return first, await connect(select="INBOX")


async def test_a_new_message_is_told_with_the_next_command(connect: Connect) -> None:
    first, second = await two(connect)
    await second.append(PLAIN)
    await first.talk("""
        C: a NOOP
        S: * 3 EXISTS
        S: * 0 RECENT
        S: a OK Nothing done
    """)


async def test_no_expunge_is_told_during_fetch_store_or_search(connect: Connect) -> None:
    first, second = await two(connect, 3)
    await second.ok("STORE 1 +FLAGS.SILENT (\\Deleted)")
    await second.ok("EXPUNGE")
    await first.talk("""
        C: a FETCH 2 UID
        S: * 2 FETCH (UID 2)
        S: a OK Fetched
        C: b SEARCH ALL
        S: * SEARCH 1 2 3
        S: b OK Searched
        C: c STORE 3 +FLAGS.SILENT (\\Seen)
        S: c OK Stored
        C: d FETCH 1 FLAGS
        S: d NO [EXPUNGEISSUED] Some messages were expunged
        C: e NOOP
        S: * 1 EXPUNGE
        S: e OK Nothing done
        C: f FETCH 1:2 UID
        S: * 1 FETCH (UID 2)
        S: * 2 FETCH (UID 3)
        S: f OK Fetched
    """)


async def test_a_flag_that_another_session_set_is_told_also_after_silent(connect: Connect) -> None:
    first, second = await two(connect)
    await second.ok("STORE 2 +FLAGS (\\Answered)")
    await first.talk("""
        C: a STORE 1 +FLAGS.SILENT (\\Seen)
        S: * 2 FETCH (FLAGS (\\Answered))
        S: a OK Stored
    """)


async def test_unsolicited_fetch_has_the_uid_in_rev2(connect: Connect) -> None:
    first, second = await two(connect, rev2=True)
    await second.ok("STORE 2 +FLAGS (\\Answered)")
    assert await first.ok("NOOP") == [b"* 2 FETCH (UID 2 FLAGS (\\Answered))"]


async def test_idle_tells_arrivals_flags_and_expunges_at_once(connect: Connect) -> None:
    first, second = await two(connect)
    await first.talk("""
        C: a IDLE
        S: + idling
    """)
    await second.append(PLAIN)
    await first.talk("""
        S: * 3 EXISTS
        S: * 0 RECENT
    """)
    await second.ok("STORE 1 +FLAGS.SILENT (\\Deleted)")
    await first.talk("S: * 1 FETCH (FLAGS (\\Deleted))")
    await second.ok("EXPUNGE")
    await first.talk("""
        S: * 1 EXPUNGE
        C: DONE
        S: a OK Idled
        C: b IDLE
        S: + idling
        C: NONE
        S: b BAD Expected DONE
        C: c NOOP
        S: c OK Nothing done
    """)


async def test_idle_heals_a_lost_hint(connect: Connect, context: ImapContext) -> None:
    first = await connect(select="INBOX", idle_check=timedelta(milliseconds=5))
    second = await connect(select="INBOX")
    await first.talk("""
        C: a IDLE
        S: + idling
    """)
    context.feed.publish = lambda _: None  # type: ignore[method-assign]
    await second.append(PLAIN)
    await first.talk("""
        S: * 1 EXISTS
        S: * 0 RECENT
        C: DONE
        S: a OK Idled
    """)


async def test_a_client_that_goes_away_in_idle_leaves_nothing_behind(connect: Connect) -> None:
    client = await connect(select="INBOX")
    await client.talk("""
        C: a IDLE
        S: + idling
    """)
    await client.close()
    assert client.server.done()


async def test_idle_without_a_mailbox_ends_with_done(connect: Connect) -> None:
    client = await connect()
    await client.talk("""
        C: a IDLE
        S: + idling
        C: done
        S: a OK Idled
    """)


async def test_idle_ends_when_the_mailbox_is_deleted(connect: Connect) -> None:
    first = await connect()
    await first.ok("CREATE gone")
    second = await connect(select="gone")
    await second.talk("""
        C: a IDLE
        S: + idling
    """)
    await first.ok("DELETE gone")
    await second.talk("S: * BYE The selected mailbox was deleted")
    assert await second.line() == b""


async def test_a_server_that_stops_says_bye(connect: Connect) -> None:
    client = await connect(select="INBOX")
    client.server.cancel()
    assert await client.line() == b"* BYE [UNAVAILABLE] Server is shutting down"


async def test_pipelined_commands_are_answered_in_order(connect: Connect) -> None:
    client = await connect()
    await client.talk("""
        C: a CREATE x
        C: b STATUS x (MESSAGES)
        C: c DELETE x
        C: d STATUS x (MESSAGES)
        S: a OK Created
        S: * STATUS x (MESSAGES 0)
        S: b OK Status told
        S: c OK Deleted
        S: d NO [NONEXISTENT] No such mailbox
    """)
