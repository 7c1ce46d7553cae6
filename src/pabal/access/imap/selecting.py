"""SELECT, EXAMINE, CLOSE, UNSELECT (RFC 9051 §6.3.2, §6.3.3, §6.4.1, §6.4.2)."""

from __future__ import annotations

from pabal.access.imap.connection import Answer, Connection, Selected
from pabal.access.imap.refusals import NoSuchMailbox
from pabal.access.imap.wire import PERMANENT_FLAGS, SYSTEM_FLAGS
from pabal.model.errors import MailboxUnknown
from pabal.protocol.imap.mailbox_commands import Close, Select
from pabal.protocol.imap.verbs import State


async def select(connection: Connection, command: Select) -> Answer:
    # RFC 9051 §6.3.2: also a SELECT that fails leaves no mailbox selected
    deselect(connection, told=connection.rev2)
    context, account_id = connection.context, connection.user.account_id
    mailbox = await context.store.read(lambda tx: context.mailboxes.find(tx, account_id, command.mailbox))
    if mailbox is None:
        raise NoSuchMailbox(command.mailbox)
    try:
        view = await context.mailboxes.open_view(account_id, mailbox.mailbox_id)
    except MailboxUnknown:
        raise NoSuchMailbox(command.mailbox) from None
    connection.selected = Selected(mailbox, view, read_only=command.read_only)
    connection.session.state = State.SELECTED
    _describe(connection, connection.selected)
    return Answer("Selected", b"READ-ONLY" if command.read_only else b"READ-WRITE")


def _describe(connection: Connection, selected: Selected) -> None:
    """The responses that RFC 9051 §6.3.2 requires."""
    untagged = connection.session.untagged
    highest = selected.view.highest(by_uid=True)
    untagged(b"FLAGS " + SYSTEM_FLAGS)
    untagged(b"OK [PERMANENTFLAGS %b] Kept" % (b"()" if selected.read_only else PERMANENT_FLAGS))
    untagged(b"%d EXISTS" % len(selected.view))
    if not connection.rev2:
        untagged(b"0 RECENT")
    untagged(b"OK [UIDVALIDITY %d] Valid" % selected.view.uid_validity)
    untagged(b"OK [UIDNEXT %d] Next" % max(selected.mailbox.uid_next, highest + 1))
    if connection.rev2:
        untagged(b'LIST () "/" ' + connection.name(selected.mailbox.name))


async def close(connection: Connection, command: Close) -> Answer:
    selected, context = connection.here, connection.context
    if command.expunge and not selected.read_only:
        view = selected.view
        # RFC 9051 §6.4.1: only what this session has seen goes, and no EXPUNGE is told
        uids = view.known()
        account_id, mailbox_id = view.account_id, view.mailbox_id
        await context.store.run(lambda tx: context.mailboxes.expunge(tx, account_id, mailbox_id, uids))
    deselect(connection, told=False)
    return Answer("No mailbox is selected")


def deselect(connection: Connection, *, told: bool) -> None:
    if connection.selected is None:
        return
    connection.selected = None
    connection.session.state = State.AUTHENTICATED
    if told:
        connection.session.untagged(b"OK [CLOSED] Previous mailbox closed")  # RFC 9051 §7.1
