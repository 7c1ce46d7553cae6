"""APPEND, FETCH, STORE, COPY, MOVE, EXPUNGE (RFC 9051 §6.3.12, §6.4)."""

from __future__ import annotations

import pytest

from pabal.mailboxes.service import MailboxService
from pabal.protocol.imap.assembly import INLINE_LITERAL

from .conftest import Client, Connect
from .messages import KOREAN, MIXED, PLAIN


async def body_of(client: Client, item: str, number: int = 1) -> bytes:
    """What BODY.PEEK[...] gives, the literal read as octets."""
    lines = await client.ok(f"FETCH {number} {item}")
    return b"\r\n".join(lines[1:])[:-1]


async def test_append_tells_the_uid_and_keeps_flags_and_date(client: Client) -> None:
    await client.talk("""
        C: a APPEND INBOX (\\Seen $Work) " 1-Feb-2026 10:00:00 +0900" {4}
        S: + Ready for literal data
        C: X: y
        S: * 1 EXISTS
        S: * 0 RECENT
        S: a OK [APPENDUID … 1] Filed
        C: b FETCH 1 (UID FLAGS INTERNALDATE RFC822.SIZE)
        S: * 1 FETCH (UID 1 FLAGS (\\Seen $Work) INTERNALDATE " 1-Feb-2026 01:00:00 +0000" RFC822.SIZE 4)
        S: b OK Fetched
    """)


async def test_append_to_no_mailbox_says_trycreate(client: Client) -> None:
    assert (await client.command(b"APPEND none {1+}\r\nx"))[-1] == b"NO [TRYCREATE] No such mailbox, create it first"


@pytest.mark.parametrize("size", [INLINE_LITERAL, INLINE_LITERAL + 1, 700_000])
async def test_a_message_comes_back_as_it_was_sent(client: Client, size: int) -> None:
    message = b"Subject: x\r\n\r\n" + b"0123456\xff" * (size // 8) + b"\r\n"
    await client.append(message)
    await client.send(b"a FETCH 1 BODY.PEEK[]\r\n")
    heard = await client.line()
    assert heard == b"* 1 FETCH (BODY[] {%d}" % len(message)
    received = [await client.line() for _ in range(message.count(b"\r\n"))]
    assert b"\r\n".join(received) + b"\r\n" == message
    assert await client.line() == b")"
    assert await client.line() == b"a OK Fetched"


async def test_a_message_over_the_limit_is_refused_before_it_is_sent(connect: Connect) -> None:
    client = await connect(message_size=100_000)
    assert (await client.command("APPEND INBOX {100001}"))[-1] == b"NO [TOOBIG] Literal is too large"
    assert (await client.command("NOOP"))[-1].startswith(b"OK")


@pytest.mark.parametrize(
    ("item", "octets"),
    [
        ("BODY.PEEK[]", MIXED),
        ("BODY.PEEK[HEADER]", MIXED[: MIXED.index(b"\r\n\r\n") + 4]),
        ("BODY.PEEK[TEXT]", MIXED[MIXED.index(b"\r\n\r\n") + 4 :]),
        ("BODY.PEEK[1]", b"first"),
        ("BODY.PEEK[1.MIME]", b"Content-Type: text/plain\r\n\r\n"),
        ("BODY.PEEK[3.HEADER]", b"Subject: inner\r\nTo: x@example.org\r\n\r\n"),
        ("BODY.PEEK[3.TEXT]", b"inner body"),
        ("BODY.PEEK[3.1]", b"inner body"),
        ("BODY.PEEK[HEADER.FIELDS (subject)]", b"Subject: parts\r\n\r\n"),
        ("BODY.PEEK[HEADER.FIELDS (X-None)]", b"\r\n"),
        ("BODY.PEEK[3.HEADER.FIELDS.NOT (To)]", b"Subject: inner\r\n\r\n"),
        ("BODY.PEEK[]<9.5>", b"parts"),
        ("RFC822.HEADER", MIXED[: MIXED.index(b"\r\n\r\n") + 4]),
        ("BINARY.PEEK[1]", b"first"),
    ],
)
async def test_sections(client: Client, item: str, octets: bytes) -> None:
    await client.append(MIXED)
    assert await body_of(client, item) == octets


async def test_sections_that_are_not_there_and_partials_beyond_the_end(client: Client) -> None:
    await client.append(MIXED)
    await client.talk("""
        C: a FETCH 1 (BODY.PEEK[9] BODY.PEEK[1]<99.5> BODY.PEEK[1]<0.1>)
        S: * 1 FETCH (BODY[9] NIL BODY[1]<99> "" BODY[1]<0> {1}
        S: f)
        S: a OK Fetched
        C: b FETCH 1 (BINARY.SIZE[2] BINARY.SIZE[1] BINARY.PEEK[2]<0.5>)
        S: * 1 FETCH (BINARY.SIZE[2] 6 BINARY.SIZE[1] 5 BINARY[2]<0> {5}
        S: hallo)
        S: b OK Fetched
    """)


async def test_envelope_and_structure_come_from_the_summary(client: Client) -> None:
    await client.append(PLAIN)
    (line,) = await client.ok("FETCH 1 (ENVELOPE BODYSTRUCTURE BODY)")
    assert b'ENVELOPE ("Sun, 1 Feb 2026 10:00:00 +0900" "Test subject" (("Kim" NIL "kim" "example.org"))' in line
    assert b'BODYSTRUCTURE ("text" "plain" ' in line.lower().replace(b"bodystructure", b"BODYSTRUCTURE")


async def test_body_sets_seen_and_tells_it_peek_and_examine_do_not(connect: Connect) -> None:
    client = await connect(select="INBOX")
    await client.append(PLAIN)
    await client.append(PLAIN)
    await client.talk("""
        C: a FETCH 1:2 BODY.PEEK[TEXT]<0.1>
        S: * 1 FETCH (BODY[TEXT]<0> {1}
        S: t)
        S: * 2 FETCH (BODY[TEXT]<0> {1}
        S: t)
        S: a OK Fetched
        C: b UID FETCH 2 BODY[TEXT]<0.1>
        S: * 2 FETCH (UID 2 FLAGS (\\Seen) BODY[TEXT]<0> {1}
        S: t)
        S: b OK Fetched
        C: c EXAMINE INBOX
        S: …
        S: …
        S: …
        S: …
        S: …
        S: …
        S: c OK [READ-ONLY] Selected
        C: d FETCH 1 (BODY[TEXT]<0.1> FLAGS)
        S: * 1 FETCH (FLAGS () BODY[TEXT]<0> {1}
        S: t)
        S: d OK Fetched
        C: e STORE 1 +FLAGS (\\Seen)
        S: e NO [NOPERM] The mailbox was opened read-only
        C: f EXPUNGE
        S: f NO [NOPERM] The mailbox was opened read-only
    """)


async def test_store_in_all_forms(client: Client) -> None:
    await client.append(PLAIN)
    await client.append(PLAIN)
    await client.talk("""
        C: a STORE 1:2 +FLAGS (\\Flagged work)
        S: * 1 FETCH (FLAGS (\\Flagged work))
        S: * 2 FETCH (FLAGS (\\Flagged work))
        S: a OK Stored
        C: b STORE 1 -FLAGS.SILENT (WORK)
        S: b OK Stored
        C: c UID STORE 2 FLAGS \\Seen
        S: * 2 FETCH (UID 2 FLAGS (\\Seen))
        S: c OK Stored
        C: d FETCH 1:* FLAGS
        S: * 1 FETCH (FLAGS (\\Flagged))
        S: * 2 FETCH (FLAGS (\\Seen))
        S: d OK Fetched
        C: e UID STORE 99 +FLAGS (\\Seen)
        S: e OK Stored
    """)


async def test_too_many_keywords_are_refused(connect: Connect) -> None:
    client = await connect(select="INBOX", keywords=2)
    await client.append(PLAIN)
    assert (await client.command("STORE 1 FLAGS (a b c)"))[-1] == b"NO [LIMIT] Too many keywords"


async def test_copy_and_move_tell_the_uids(client: Client) -> None:
    for _ in range(3):
        await client.append(PLAIN)
    await client.talk("""
        C: a COPY 1,3 none
        S: a NO [TRYCREATE] No such mailbox, create it first
        C: b COPY 1,3 Archive
        S: b OK [COPYUID … 1,3 1:2] Copied
        C: c UID MOVE 1:2 Archive
        S: * OK [COPYUID … 1:2 3:4] Moved
        S: * 1 EXPUNGE
        S: * 1 EXPUNGE
        S: c OK Moved
        C: d STATUS Archive (MESSAGES)
        S: * STATUS Archive (MESSAGES 4)
        S: d OK Status told
        C: e UID COPY 77 Archive
        S: e OK Copied
    """)


async def test_expunge_and_uid_expunge(client: Client) -> None:
    for _ in range(4):
        await client.append(PLAIN)
    await client.ok("STORE 1,3:4 +FLAGS.SILENT (\\Deleted)")
    await client.talk("""
        C: a UID EXPUNGE 3
        S: * 3 EXPUNGE
        S: a OK Expunged
        C: b EXPUNGE
        S: * 1 EXPUNGE
        S: * 2 EXPUNGE
        S: b OK Expunged
        C: c FETCH 1:* UID
        S: * 1 FETCH (UID 2)
        S: c OK Fetched
        C: d STORE 1 +FLAGS.SILENT (\\Deleted)
        S: d OK Stored
        C: e CLOSE
        S: e OK No mailbox is selected
        C: f STATUS INBOX (MESSAGES)
        S: * STATUS INBOX (MESSAGES 0)
        S: f OK Status told
    """)


async def test_a_mailbox_of_many_pages(client: Client) -> None:
    for _ in range(250):
        await client.append(KOREAN)
    lines = await client.ok("FETCH 1:* (UID RFC822.SIZE)")
    assert lines == [b"* %d FETCH (UID %d RFC822.SIZE %d)" % (n, n, len(KOREAN)) for n in range(1, 251)]
    assert len(await client.ok("UID FETCH 1:* FLAGS")) == 250


async def test_what_goes_wrong_inside_is_not_told(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object) -> None:
        raise ValueError("/secret/path")

    client = await connect()
    monkeypatch.setattr(MailboxService, "list_mailboxes", fail)
    assert (await client.command('LIST "" *')) == [b"NO [SERVERBUG] Something went wrong here"]
    assert (await client.command("NOOP"))[-1].startswith(b"OK")
