"""Property: a client that believes what it is told always has the server's picture (RFC 9051 §7.4.1, §7.5.1).

Three sessions change one mailbox in any order.  Each keeps its own list of messages from EXISTS, EXPUNGE
and FETCH alone; after NOOP every list is the mailbox, and no number was ever used for another message.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from pabal.accounts.directory import AccountDirectory
from pabal.accounts.logins import PasswordLogins
from pabal.mailboxes.provision import provision
from pabal.mailboxes.service import MailboxService
from pabal.server.imap import ImapContext, ImapSettings, serve_imap
from pabal.store.sqlite.driver import open_store
from tests.kit.stream import memory_streams
from tests.kit.world import FakeClock, FakeRandom

from .conftest import Client

EXISTS = re.compile(rb"\* (\d+) EXISTS")
EXPUNGE = re.compile(rb"\* (\d+) EXPUNGE")
FETCH = re.compile(rb"\* (\d+) FETCH \(UID (\d+)(?: FLAGS \(([^)]*)\))?\)")
SESSIONS = 3


class Picture:
    """What one client knows: a UID for each number, None where it was not told yet; flags by UID."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.uids: list[int | None] = []
        self.flags: dict[int, bytes] = {}

    async def say(self, command: str) -> None:
        for line in await self.client.command(command):
            self.hear(line)

    def hear(self, line: bytes) -> None:
        if found := EXISTS.match(line):
            count = int(found[1])
            assert count >= len(self.uids), "EXISTS never gets smaller"
            self.uids += [None] * (count - len(self.uids))
        elif found := EXPUNGE.match(line):
            del self.uids[int(found[1]) - 1]
        elif found := FETCH.match(line):
            number, uid = int(found[1]), int(found[2])
            assert self.uids[number - 1] in (None, uid), "a number stands for one message"
            self.uids[number - 1] = uid
            self.flags[uid] = b" ".join(sorted((found[3] or b"").split()))


STEPS = st.one_of(
    st.just("APPEND INBOX {3+}\r\nX:y"),
    st.just("NOOP"),
    st.just("EXPUNGE"),
    st.just("UID FETCH 1:* (UID FLAGS)"),
    st.just("UID SEARCH DELETED"),
    st.just("SEARCH UNSEEN"),
    st.builds("FETCH {}:* (UID FLAGS)".format, st.integers(1, 6)),
    st.builds("STORE {} +FLAGS.SILENT (\\Deleted)".format, st.integers(1, 6)),
    st.builds("UID STORE {} FLAGS (\\Seen)".format, st.integers(1, 9)),
    st.builds("UID MOVE {} INBOX".format, st.integers(1, 9)),
    st.builds("UID COPY {}:* INBOX".format, st.integers(1, 9)),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, SESSIONS - 1), STEPS), max_size=25))
def test_a_client_that_believes_what_it_is_told_is_right(steps: list[tuple[int, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(play(Path(folder), steps))


async def play(folder: Path, steps: list[tuple[int, str]]) -> None:
    store = await open_store(folder / "data")
    clock = FakeClock()
    directory = AccountDirectory(sandbox=True, postmaster="", clock=clock, provision=provision)
    context = ImapContext(
        settings=ImapSettings(bad_commands=1000),
        store=store,
        blobs=store.blobs,
        feed=store.feed,
        mailboxes=MailboxService(store, clock),
        directory=directory,
        logins=PasswordLogins(store, directory, clock, FakeRandom(), sandbox=True),
        clock=clock,
        spool=folder / "spool",
    )
    try:
        pictures = [await session(context) for _ in range(SESSIONS)]
        for who, command in steps:
            await pictures[who].say(command)
        await agree(pictures)
        for picture in pictures:
            await picture.client.close()
    finally:
        await store.close()


async def session(context: ImapContext) -> Picture:
    client_end, server_end = memory_streams()
    client = Client(client_end, asyncio.ensure_future(serve_imap(server_end, context)), server_end)
    await client.line()
    await client.ok("LOGIN kim@example.org secret")
    await client.ok("ENABLE IMAP4rev2")
    picture = Picture(client)
    await picture.say("SELECT INBOX")
    return picture


async def agree(pictures: list[Picture]) -> None:
    """All are told what is left to tell; then what each knew is what a new look at everything shows."""
    for picture in pictures:
        await picture.say("NOOP")
        known = {uid: flags for uid, flags in picture.flags.items() if uid in picture.uids}
        numbered = list(picture.uids)
        await picture.say("FETCH 1:* (UID FLAGS)")
        assert all(before in (None, after) for before, after in zip(numbered, picture.uids, strict=True))
        # .SILENT asks not to be told of what the client itself did; everything else it was told
        silent = {b"\\Deleted"}
        for uid, flags in known.items():
            assert set(picture.flags[uid].split()) - silent == set(flags.split()) - silent
    first, *others = pictures
    for other in others:
        assert other.uids == first.uids
        assert {uid: other.flags[uid] for uid in other.uids if uid} == {
            uid: first.flags[uid] for uid in first.uids if uid
        }
