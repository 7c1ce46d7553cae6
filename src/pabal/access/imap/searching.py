"""SEARCH and its answers (RFC 9051 §6.4.4, §7.3.4; RFC 3501 §7.2.5; RFC 4731, RFC 5182)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from pabal.access.imap.connection import Answer, Connection, Page
from pabal.access.imap.refusals import CharsetUnknown
from pabal.access.imap.search_predicates import Candidate, Need, Predicate, compile_key
from pabal.mailboxes.interface import Flags
from pabal.model.ids import Uid
from pabal.protocol.imap.search_command import And, Members, Search
from pabal.protocol.imap.sequence import STAR, SequenceSet, format_set
from pabal.store.interface import BlobMissing

PAGE = {Need.NUMBERS: 10_000, Need.FLAGS: 1000, Need.MESSAGE: 200, Need.HEADER: 200, Need.TEXT: 50}
NO_FLAGS = Flags()
EVERYTHING = SequenceSet(((1, STAR),))


async def search(connection: Connection, tag: bytes, command: Search) -> Answer:
    selected = connection.here
    if not command.known_charset:
        if command.returns and b"SAVE" in command.returns:
            selected.saved = ()  # RFC 9051 §6.4.4.1: a search that is refused leaves nothing saved
        raise CharsetUnknown
    predicate = compile_key(command.key, selected)
    found: Page = []
    wanted, by_uid = _members(command)
    for page in selected.pages(wanted, PAGE[predicate.need], by_uid=by_uid):
        found += await _search_page(connection, predicate, page)
        await asyncio.sleep(0)  # others get their turn between pages
    _tell(connection, tag, command, found)
    return Answer("Searched")


def _members(command: Search) -> tuple[SequenceSet, bool]:
    """What can match at all: a set among the keys spares looking at the rest."""
    keys = command.key.keys if isinstance(command.key, And) else (command.key,)
    for key in keys:
        if isinstance(key, Members):
            return key.messages, key.by_uid
    return EVERYTHING, False


async def _search_page(connection: Connection, predicate: Predicate, page: Page) -> Page:
    candidates = await _candidates(connection, predicate.need, page)
    if predicate.need < Need.HEADER:
        return _matching(predicate, candidates)
    return await asyncio.to_thread(_matching, predicate, candidates)  # parsing is not the loop's work


async def _candidates(connection: Connection, need: Need, page: Page) -> list[Candidate]:
    view, context, blobs = connection.here.view, connection.context, connection.context.blobs
    here, uids = (view.account_id, view.mailbox_id), [uid for _, uid in page]
    if need is Need.NUMBERS:
        return [Candidate(number, uid, NO_FLAGS, None, blobs) for number, uid in page]
    numbers = {uid: number for number, uid in page}
    if need is Need.FLAGS:
        states = await context.store.scan(lambda tx: context.mailboxes.flag_states(tx, *here, uids))
        return [Candidate(numbers[state.uid], state.uid, state.flags, None, blobs) for state in states]
    messages = await context.store.scan(lambda tx: context.mailboxes.messages(tx, *here, uids))
    return [Candidate(numbers[each.uid], each.uid, each.flags, each, blobs) for each in messages]


def _matching(predicate: Predicate, candidates: Sequence[Candidate]) -> Page:
    found: Page = []
    for candidate in candidates:
        try:
            if predicate.test(candidate):
                found.append((candidate.number, candidate.uid))
        except BlobMissing:
            continue  # expunged and collected while we looked
        finally:
            candidate.forget()
    return found


def _tell(connection: Connection, tag: bytes, command: Search, found: Page) -> None:
    numbers: list[int] = [uid if command.by_uid else number for number, uid in found]
    if command.returns is None and not connection.rev2:
        connection.session.untagged(b"SEARCH" + b"".join(b" %d" % number for number in numbers))
        return
    returns = command.returns or frozenset({b"ALL"})
    if b"SAVE" in returns:
        connection.here.saved = _saved(returns, [uid for _, uid in found])
    if returns != {b"SAVE"}:  # RFC 5182 §2.1: SAVE alone has no ESEARCH response
        connection.session.untagged(_extended(tag, command, returns, numbers))


def _saved(returns: frozenset[bytes], uids: list[Uid]) -> tuple[Uid, ...]:
    """RFC 5182 §2.4: with only MIN or MAX asked, only those are saved."""
    if not uids or returns & {b"ALL", b"COUNT"} or returns == {b"SAVE"}:
        return tuple(uids)
    ends = {b"MIN": uids[0], b"MAX": uids[-1]}
    return tuple(sorted({ends[option] for option in returns if option in ends}))


def _extended(tag: bytes, command: Search, returns: frozenset[bytes], numbers: list[int]) -> bytes:
    # esearch-response = "ESEARCH" [search-correlator] [SP "UID"] *(SP search-return-data)
    response = b'ESEARCH (TAG "%b")' % tag + (b" UID" if command.by_uid else b"")
    if b"MIN" in returns and numbers:
        response += b" MIN %d" % numbers[0]
    if b"MAX" in returns and numbers:
        response += b" MAX %d" % numbers[-1]
    if b"COUNT" in returns:
        response += b" COUNT %d" % len(numbers)
    if b"ALL" in returns and numbers:  # RFC 9051 §7.3.4: left out when nothing was found
        response += b" ALL " + format_set(numbers)
    return response
