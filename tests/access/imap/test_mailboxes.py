"""Mailboxes as wholes: LIST, STATUS, CREATE, DELETE, RENAME, SELECT (RFC 9051 §6.3)."""

from __future__ import annotations

from .conftest import Client, Connect
from .messages import PLAIN


async def test_list_shows_special_use_and_children(connect: Connect) -> None:
    client = await connect()
    await client.ok("CREATE Work/2026")
    await client.talk("""
        C: a LIST "" ""
        S: * LIST (\\Noselect) "/" ""
        S: a OK Delimiter told
        C: b LIST "" %
        S: * LIST (\\HasNoChildren) "/" INBOX
        S: * LIST (\\HasNoChildren \\Archive) "/" Archive
        S: * LIST (\\HasNoChildren \\Drafts) "/" Drafts
        S: * LIST (\\HasNoChildren \\Junk) "/" Junk
        S: * LIST (\\HasNoChildren \\Sent) "/" Sent
        S: * LIST (\\HasNoChildren \\Trash) "/" Trash
        S: * LIST (\\HasChildren) "/" Work
        S: b OK Listed
        C: c LIST Work/ *
        S: * LIST (\\HasNoChildren) "/" Work/2026
        S: c OK Listed
        C: d LIST (SPECIAL-USE) "" S* RETURN (SUBSCRIBED)
        S: * LIST (\\Subscribed \\HasNoChildren \\Sent) "/" Sent
        S: d OK Listed
    """)


async def test_list_status_and_patterns_without_case_for_inbox(connect: Connect) -> None:
    client = await connect()
    await client.append(PLAIN)
    await client.talk(f"""
        C: a LIST "" (inbox Sent) RETURN (STATUS (MESSAGES SIZE UNSEEN DELETED))
        S: * LIST (\\HasNoChildren) "/" INBOX
        S: * STATUS INBOX (MESSAGES 1 SIZE {len(PLAIN)} UNSEEN 1 DELETED 0)
        S: * LIST (\\HasNoChildren \\Sent) "/" Sent
        S: * STATUS Sent (MESSAGES 0 SIZE 0 UNSEEN 0 DELETED 0)
        S: a OK Listed
    """)


async def test_subscriptions(connect: Connect) -> None:
    client = await connect()
    await client.ok("CREATE Work/2026")
    for name in ("Archive", "Drafts", "Junk", "Trash", "Sent", "Work"):
        await client.ok(f"UNSUBSCRIBE {name}")
    await client.talk("""
        C: a LSUB "" %
        S: * LSUB (\\HasNoChildren) "/" INBOX
        S: * LSUB (\\Noselect \\HasChildren) "/" Work
        S: a OK Listed
        C: b LIST (SUBSCRIBED) "" *
        S: * LIST (\\Subscribed \\HasNoChildren) "/" INBOX
        S: * LIST (\\Subscribed \\HasNoChildren) "/" Work/2026
        S: b OK Listed
        C: c LIST (SUBSCRIBED RECURSIVEMATCH) "" W%
        S: * LIST (\\HasChildren) "/" Work ("CHILDINFO" ("SUBSCRIBED"))
        S: c OK Listed
        C: d SUBSCRIBE None
        S: d NO [NONEXISTENT] No such mailbox here
    """)


async def test_a_deleted_parent_stays_as_a_name(connect: Connect) -> None:
    client = await connect()
    await client.ok("CREATE a/b")
    await client.ok("DELETE a")
    await client.talk("""
        C: a LIST "" a%
        S: * LIST (\\Noselect \\HasChildren) "/" a
        S: a OK Listed
        C: b LIST "" a% RETURN (CHILDREN)
        S: * LIST (\\NonExistent \\HasChildren) "/" a
        S: b OK Listed
        C: c SELECT a
        S: c NO [NONEXISTENT] No such mailbox
    """)


async def test_names_in_both_encodings_are_the_same_mailbox(connect: Connect) -> None:
    client = await connect()
    await client.ok("CREATE &1VyuAA-")
    await client.talk("""
        C: a LIST "" &*
        S: a BAD …
        C: b LIST "" &1VyuAA-
        S: * LIST (\\HasNoChildren) "/" &1VyuAA-
        S: b OK Listed
        C: c ENABLE IMAP4rev2
        S: * ENABLED IMAP4rev2
        S: c OK Enabled
        C: d LIST "" "한*"
        S: * LIST (\\HasNoChildren) "/" "한글"
        S: d OK Listed
    """)


async def test_create_refuses_what_is_there_and_what_cannot_be(connect: Connect) -> None:
    client = await connect()
    await client.talk("""
        C: a CREATE inbox
        S: a NO [ALREADYEXISTS] A mailbox of that name exists
        C: b CREATE a//b
        S: b NO [CANNOT] That is not possible with this mailbox
        C: c CREATE x (USE (\\Sent))
        S: c NO [USEATTR] That special use cannot be given
        C: d CREATE x (USE (\\Sent \\Junk))
        S: d NO [USEATTR] That special use cannot be given
        C: e DELETE Sent
        S: e OK Deleted
        C: f CREATE x (USE (\\Sent))
        S: f OK Created
        C: g LIST "" x
        S: * LIST (\\HasNoChildren \\Sent) "/" x
        S: g OK Listed
        C: h DELETE INBOX
        S: h NO [CANNOT] That is not possible with this mailbox
        C: i DELETE none
        S: i NO [NONEXISTENT] No such mailbox here
    """)


async def test_rename_keeps_what_is_selected(connect: Connect) -> None:
    client = await connect()
    await client.ok("CREATE a/b")
    await client.append(PLAIN, "a/b")
    await client.ok("SELECT a/b")
    await client.talk("""
        C: a RENAME a c
        S: a OK Renamed
        C: b FETCH 1 UID
        S: * 1 FETCH (UID 1)
        S: b OK Fetched
        C: c STATUS c/b (MESSAGES UIDNEXT RECENT)
        S: * STATUS c/b (MESSAGES 1 UIDNEXT 2 RECENT 0)
        S: c OK Status told
        C: d STATUS a (MESSAGES)
        S: d NO [NONEXISTENT] No such mailbox
    """)


async def test_select_in_rev1_and_rev2(connect: Connect) -> None:
    client = await connect()
    await client.append(PLAIN)
    await client.talk("""
        C: a SELECT inbox
        S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
        S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)] Kept
        S: * 1 EXISTS
        S: * 0 RECENT
        S: * OK [UIDVALIDITY …] Valid
        S: * OK [UIDNEXT 2] Next
        S: a OK [READ-WRITE] Selected
        C: b ENABLE IMAP4rev2
        S: * ENABLED IMAP4rev2
        S: b OK Enabled
        C: c EXAMINE Sent
        S: * OK [CLOSED] Previous mailbox closed
        S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
        S: * OK [PERMANENTFLAGS ()] Kept
        S: * 0 EXISTS
        S: * OK [UIDVALIDITY …] Valid
        S: * OK [UIDNEXT 1] Next
        S: * LIST () "/" Sent
        S: c OK [READ-ONLY] Selected
        C: d UNSELECT
        S: d OK No mailbox is selected
        C: e FETCH 1 FLAGS
        S: e BAD Expected command that is allowed after sign-in at octet 3
    """)


async def test_a_select_that_fails_leaves_no_mailbox_selected(client: Client) -> None:
    await client.talk("""
        C: a SELECT none
        S: a NO [NONEXISTENT] No such mailbox
        C: b EXPUNGE
        S: b BAD Expected command that is allowed after sign-in at octet 3
    """)


async def test_deleting_the_selected_mailbox_closes_it(connect: Connect) -> None:
    client = await connect()
    await client.ok("CREATE gone")
    await client.ok("SELECT gone")
    other = await connect(select="gone")
    await client.talk("""
        C: a DELETE gone
        S: * OK [CLOSED] Previous mailbox closed
        S: a OK Deleted
    """)
    await other.talk("""
        C: a NOOP
        S: * BYE The selected mailbox was deleted
        S: a OK Nothing done
    """)
