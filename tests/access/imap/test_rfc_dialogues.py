"""Dialogues after the examples of the RFCs, and what real clients say on their first day."""

from __future__ import annotations

from .conftest import Connect
from .messages import MIXED, PLAIN


async def test_the_session_of_rfc_9051_section_8(connect: Connect) -> None:
    client = await connect(signed_in=False)
    await client.talk("""
        C: a001 login mrc@example.org secret
        S: a001 OK [CAPABILITY …] Signed in
    """)
    await client.append(PLAIN)
    await client.talk("""
        C: a002 select inbox
        S: * FLAGS (…)
        S: * OK [PERMANENTFLAGS …
        S: * 1 EXISTS
        S: * 0 RECENT
        S: * OK [UIDVALIDITY …
        S: * OK [UIDNEXT 2] Next
        S: a002 OK [READ-WRITE] Selected
        C: a003 fetch 1 full
        S: * 1 FETCH (FLAGS () INTERNALDATE "…" RFC822.SIZE … ENVELOPE ("Sun, 1 Feb 2026 10:00:00 +0900" "Test subject" …) BODY ("TEXT" "PLAIN" …))
        S: a003 OK Fetched
        C: a004 fetch 1 body[header]
        S: * 1 FETCH (FLAGS (\\Seen) BODY[HEADER] {142}
        S: From: Kim <kim@example.org>
        S: To: lee@example.org
        S: Subject: Test subject
        S: Date: Sun, 1 Feb 2026 10:00:00 +0900
        S: Message-ID: <a@example.org>
        S:…
        S: )
        S: a004 OK Fetched
        C: a005 store 1 +flags \\deleted
        S: * 1 FETCH (FLAGS (\\Deleted \\Seen))
        S: a005 OK Stored
        C: a006 logout
        S: * BYE Until next time
        S: a006 OK Signed out
    """)


async def test_what_thunderbird_asks_first(connect: Connect) -> None:
    client = await connect()
    await client.append(MIXED)
    await client.talk("""
        C: 1 namespace
        S: * NAMESPACE (("" "/")) NIL NIL
        S: 1 OK Namespaces told
        C: 2 lsub "" "INBOX"
        S: * LSUB (\\HasNoChildren) "/" INBOX
        S: 2 OK Listed
        C: 3 list (subscribed) "" "Sent" return (special-use)
        S: * LIST (\\Subscribed \\HasNoChildren \\Sent) "/" Sent
        S: 3 OK Listed
        C: 4 select "INBOX"
        S: …
        S: …
        S: * 1 EXISTS
        S: …
        S: …
        S: …
        S: 4 OK [READ-WRITE] Selected
        C: 5 UID fetch 1:* (FLAGS)
        S: * 1 FETCH (UID 1 FLAGS ())
        S: 5 OK Fetched
        C: 6 UID fetch 1 (UID RFC822.SIZE FLAGS BODY.PEEK[HEADER.FIELDS (From Subject)])
        S: * 1 FETCH (UID 1 RFC822.SIZE … FLAGS () BODY[HEADER.FIELDS (From Subject)] {18}
        S: Subject: parts
        S:…
        S: )
        S: 6 OK Fetched
        C: 7 UID store 1 +Flags (\\Seen)
        S: * 1 FETCH (UID 1 FLAGS (\\Seen))
        S: 7 OK Stored
    """)


async def test_move_as_in_rfc_6851(connect: Connect) -> None:
    client = await connect()
    await client.ok("CREATE Foo")
    for _ in range(3):
        await client.append(PLAIN)
    await client.ok("SELECT INBOX")
    await client.talk("""
        C: a UID MOVE 1:2 Foo
        S: * OK [COPYUID … 1:2 1:2] Moved
        S: * 1 EXPUNGE
        S: * 1 EXPUNGE
        S: a OK Moved
        C: b MOVE 1 none
        S: b NO [TRYCREATE] No such mailbox, create it first
        C: c FETCH 1 UID
        S: * 1 FETCH (UID 3)
        S: c OK Fetched
    """)


async def test_a_copy_keeps_flags_and_dates(connect: Connect) -> None:
    client = await connect()
    await client.ok(b'APPEND INBOX (\\Answered x) " 1-Feb-2026 10:00:00 +0000" {%d+}\r\n%b' % (len(PLAIN), PLAIN))
    await client.ok("SELECT INBOX")
    await client.ok("COPY 1 Archive")
    await client.ok("STORE 1 FLAGS ()")
    await client.ok("SELECT Archive")
    (line,) = await client.ok("FETCH 1 (FLAGS INTERNALDATE)")
    assert line == b'* 1 FETCH (FLAGS (\\Answered x) INTERNALDATE " 1-Feb-2026 10:00:00 +0000")'


async def test_uids_are_never_given_again(connect: Connect) -> None:
    client = await connect(select="INBOX")
    for uid in (1, 2, 3):
        await client.append(PLAIN)
        await client.ok("STORE 1 +FLAGS.SILENT (\\Deleted)")
        assert await client.ok("EXPUNGE") == [b"* 1 EXPUNGE"]
        (line,) = await client.ok("STATUS INBOX (UIDNEXT)")
        assert line == b"* STATUS INBOX (UIDNEXT %d)" % (uid + 1)


async def test_a_mailbox_made_again_has_a_higher_validity(connect: Connect) -> None:
    client = await connect()
    validity = []
    for _ in range(2):
        await client.ok("CREATE x")
        (line,) = await client.ok("STATUS x (UIDVALIDITY)")
        validity.append(int(line.rpartition(b" ")[2].rstrip(b")")))
        await client.ok("DELETE x")
    assert validity[1] > validity[0]


async def test_renaming_inbox_leaves_an_empty_inbox(connect: Connect) -> None:
    client = await connect()
    await client.append(PLAIN)
    await client.talk("""
        C: a RENAME INBOX old
        S: a OK Renamed
        C: b STATUS old (MESSAGES)
        S: * STATUS old (MESSAGES 1)
        S: b OK Status told
        C: c STATUS INBOX (MESSAGES)
        S: * STATUS INBOX (MESSAGES 0)
        S: c OK Status told
        C: d RENAME none other
        S: d NO [NONEXISTENT] No such mailbox here
        C: e RENAME old Sent
        S: e NO [ALREADYEXISTS] A mailbox of that name exists
        C: f CREATE p/q/
        S: f OK Created
        C: g LIST "" p*
        S: * LIST (\\HasChildren) "/" p
        S: * LIST (\\HasNoChildren) "/" p/q
        S: g OK Listed
    """)


async def test_numbers_that_are_not_there(connect: Connect) -> None:
    client = await connect(select="INBOX")
    await client.talk("""
        C: a FETCH 1:* FLAGS
        S: a OK Fetched
        C: b FETCH 5 FLAGS
        S: b OK Fetched
        C: c UID FETCH 5:9,77 FLAGS
        S: c OK Fetched
        C: d SEARCH ALL
        S: * SEARCH
        S: d OK Searched
        C: e EXPUNGE
        S: e OK Expunged
        C: f STORE 1:* +FLAGS (\\Seen)
        S: f OK Stored
        C: g CHECK
        S: g OK All is durable as it is
    """)


async def test_the_highest_message_is_always_in_a_set_that_ends_with_a_star(connect: Connect) -> None:
    client = await connect(select="INBOX")
    for _ in range(3):
        await client.append(PLAIN)
    assert await client.ok("UID FETCH 99:* UID") == [b"* 3 FETCH (UID 3)"]
    assert await client.ok("FETCH *:2 UID") == [b"* 2 FETCH (UID 2)", b"* 3 FETCH (UID 3)"]


async def test_mail_is_there_after_a_new_sign_in(connect: Connect) -> None:
    client = await connect(select="INBOX")
    await client.append(PLAIN, flags="(\\Seen) ")
    await client.ok("LOGOUT")
    again = await connect(select="INBOX")
    assert await again.ok("FETCH 1 (UID FLAGS)") == [b"* 1 FETCH (UID 1 FLAGS (\\Seen))"]
