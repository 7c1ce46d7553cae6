"""FETCH (RFC 9051 §6.4.5): from stored summaries and ranges of blobs, a page at a time.

No read transaction is open while the peer is written to, no page is larger than PAGE messages, and a
slow peer makes the command wait (back-pressure), never memory grow.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from pabal.access.imap.connection import Answer, Connection, Page
from pabal.access.imap.fetch_items import send_message
from pabal.access.imap.refusals import MessageGone
from pabal.access.imap.updates import flags_response
from pabal.mailboxes.interface import SEEN, Flags, Message
from pabal.model.ids import Uid
from pabal.protocol.imap.fetch_command import Fetch, FetchItem, Section

PAGE = 200
FLAGS_PAGE = 1000
FLAGS_ONLY = frozenset({"UID", "FLAGS"})


async def fetch(connection: Connection, command: Fetch) -> Answer:
    only_flags = FLAGS_ONLY.issuperset(command.items) and "FLAGS" in command.items
    size, send_page = (FLAGS_PAGE, _flags_page) if only_flags else (PAGE, _page)
    missing = 0
    for page in connection.here.pages(command.messages, size, by_uid=command.by_uid):
        missing += len(page) - await send_page(connection, command, page)
        await connection.drain()
        await asyncio.sleep(0)  # others get their turn between pages
    if missing and not command.by_uid:
        raise MessageGone
    return Answer("Fetched")


async def _flags_page(connection: Connection, command: Fetch, page: Page) -> int:
    """FETCH FLAGS is what clients ask of whole mailboxes: it reads no summary."""
    view, context = connection.here.view, connection.context
    uids = [uid for _, uid in page]
    states = await context.store.read(
        lambda tx: context.mailboxes.flag_states(tx, view.account_id, view.mailbox_id, uids)
    )
    numbers = {uid: number for number, uid in page}
    by_uid = "UID" in command.items
    for state in states:
        connection.session.untagged(flags_response(connection, numbers[state.uid], state, by_uid=by_uid))
    return len(states)


async def _page(connection: Connection, command: Fetch, page: Page) -> int:
    view, context = connection.here.view, connection.context
    uids = [uid for _, uid in page]
    messages = await context.store.read(
        lambda tx: context.mailboxes.messages(tx, view.account_id, view.mailbox_id, uids)
    )
    seen: dict[Uid, Flags] = {}
    if not connection.here.read_only and any(map(_marks_seen, command.items)):
        seen = await _mark_seen(connection, messages)
    numbers = {uid: number for number, uid in page}
    for message in messages:
        items = command.items
        if message.uid in seen:
            message = replace(message, flags=seen[message.uid])
            # RFC 9051 §6.4.5: a flag that FETCH changed is told with it
            items = items if "FLAGS" in items else (*items, "FLAGS")
        await send_message(connection, numbers[message.uid], message, items)
    return len(messages)


def _marks_seen(item: FetchItem) -> bool:
    return isinstance(item, Section) and not item.peek


async def _mark_seen(connection: Connection, messages: list[Message]) -> dict[Uid, Flags]:
    view, context = connection.here.view, connection.context
    unseen = [message.uid for message in messages if not message.flags.bits & SEEN]
    if not unseen:
        return {}
    states = await context.store.run(
        lambda tx: context.mailboxes.change_flags(tx, view.account_id, view.mailbox_id, unseen, add=Flags(SEEN))
    )
    view.told(states)
    return {state.uid: state.flags for state in states}
