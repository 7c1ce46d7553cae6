"""SEARCH over real messages (RFC 9051 §6.4.4, RFC 4731, RFC 5182)."""

from __future__ import annotations

import pytest

from .conftest import Client, Connect
from .messages import KOREAN, MIXED, PLAIN


@pytest.fixture
async def searched(client: Client) -> Client:
    """1: PLAIN, seen, of 1 February; 2: KOREAN with a keyword; 3: MIXED, flagged."""
    await client.ok(b'APPEND INBOX (\\Seen) " 1-Feb-2026 23:30:00 +0000" {%d+}\r\n%b' % (len(PLAIN), PLAIN))
    await client.ok(b'APPEND INBOX (Work) " 2-Feb-2026 00:30:00 +0000" {%d+}\r\n%b' % (len(KOREAN), KOREAN))
    await client.ok(b'APPEND INBOX (\\Flagged) " 3-Feb-2026 12:00:00 +0000" {%d+}\r\n%b' % (len(MIXED), MIXED))
    return client


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        ("ALL", "1 2 3"),
        ("SEEN", "1"),
        ("UNSEEN", "2 3"),
        ("KEYWORD work", "2"),
        ("UNKEYWORD work FLAGGED", "3"),
        ("NOT 2", "1 3"),
        ("2:*", "2 3"),
        ("*", "3"),
        ("UID 9:*", "3"),
        ("99", ""),
        ("OR SEEN FLAGGED", "1 3"),
        ("BEFORE 2-Feb-2026", "1"),
        ("ON 2-Feb-2026", "2"),
        ("SINCE 2-Feb-2026", "2 3"),
        ("SENTON 1-Feb-2026", "1"),
        ("SENTBEFORE 1-Feb-2026", ""),
        (f"LARGER {len(PLAIN)}", "2 3" if len(KOREAN) > len(PLAIN) else "3"),
        (f"SMALLER {len(PLAIN) + 1}", "1 2" if len(KOREAN) <= len(PLAIN) else "1"),
        ("SUBJECT TEST", "1"),
        ("FROM kim@", "1 2"),
        ('HEADER Message-ID ""', "1"),
        ("HEADER X-None a", ""),
        ('TEXT "test content"', "1"),
        ("BODY content", "1"),
        ("BODY subject", ""),
        ("TEXT subject", "1 2 3"),
        ("BODY inner", "3"),
        ("TO lee SUBJECT test SEEN", "1"),
        ("NEW", ""),
        ("OLD", "1 2 3"),
    ],
)
async def test_keys(searched: Client, keys: str, found: str) -> None:
    assert await searched.ok(f"SEARCH {keys}") == [f"* SEARCH {found}".strip().encode()]


@pytest.mark.parametrize(
    ("key", "text"), [("SUBJECT", "한글"), ("FROM", "김철수"), ("BODY", "파발이"), ("TEXT", "온다")]
)
async def test_text_is_found_decoded_in_any_charset(searched: Client, key: str, text: str) -> None:
    for charset, codec in (("UTF-8", "utf-8"), ("EUC-KR", "euc-kr")):
        octets = text.encode(codec)
        found = await searched.ok(f"SEARCH CHARSET {charset} {key} {{{len(octets)}+}}\r\n".encode() + octets)
        assert found == [b"* SEARCH 2"]


async def test_a_charset_that_is_not_known(searched: Client) -> None:
    assert await searched.command("SEARCH CHARSET X-NONE ALL") == [
        b"NO [BADCHARSET (UTF-8 US-ASCII)] Charset is not known"
    ]


async def test_extended_answers(searched: Client) -> None:
    await searched.talk("""
        C: a SEARCH RETURN (MIN MAX COUNT ALL) UNSEEN
        S: * ESEARCH (TAG "a") MIN 2 MAX 3 COUNT 2 ALL 2:3
        S: a OK Searched
        C: b UID SEARCH RETURN (COUNT) DELETED
        S: * ESEARCH (TAG "b") UID COUNT 0
        S: b OK Searched
        C: c UID SEARCH RETURN () ALL
        S: * ESEARCH (TAG "c") UID ALL 1:3
        S: c OK Searched
    """)


async def test_rev2_always_answers_extended(connect: Connect) -> None:
    client = await connect(select="INBOX", rev2=True)
    await client.append(PLAIN)
    await client.talk("""
        C: a SEARCH ALL
        S: * ESEARCH (TAG "a") ALL 1
        S: a OK Searched
        C: b SEARCH NONE
        S: b BAD Expected search key at octet 10
        C: c UID SEARCH SEEN
        S: * ESEARCH (TAG "c") UID
        S: c OK Searched
    """)


async def test_a_saved_result_is_used_and_renumbered(searched: Client) -> None:
    await searched.talk("""
        C: a SEARCH RETURN (SAVE) UNSEEN
        S: a OK Searched
        C: b FETCH $ UID
        S: * 2 FETCH (UID 2)
        S: * 3 FETCH (UID 3)
        S: b OK Fetched
        C: c STORE 1 +FLAGS.SILENT (\\Deleted)
        S: c OK Stored
        C: d EXPUNGE
        S: * 1 EXPUNGE
        S: d OK Expunged
        C: e FETCH $ UID
        S: * 1 FETCH (UID 2)
        S: * 2 FETCH (UID 3)
        S: e OK Fetched
        C: f UID SEARCH RETURN (SAVE MIN) $
        S: * ESEARCH (TAG "f") UID MIN 2
        S: f OK Searched
        C: g SEARCH $
        S: * SEARCH 1
        S: g OK Searched
        C: h SEARCH RETURN (SAVE) CHARSET X-NONE ALL
        S: h NO [BADCHARSET …
        C: i FETCH $ UID
        S: i OK Fetched
    """)
