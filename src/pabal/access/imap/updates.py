"""What a session tells its client unasked (RFC 9051 §5.2, §7.4.1, §7.5.1).

EXPUNGE is never sent while FETCH, STORE or SEARCH by sequence number is answered; what must wait keeps
its number until it may be told.
"""

from __future__ import annotations

from pabal.access.imap.connection import Connection
from pabal.access.imap.wire import flag_list
from pabal.mailboxes.interface import FlagState, ViewChanges
from pabal.model.errors import MailboxUnknown
from pabal.model.ids import SeqNum


async def tell_changes(connection: Connection, *, expunges: bool) -> None:
    """Queue EXPUNGE, EXISTS and FETCH responses for all that changed since the last time."""
    if connection.selected is None:
        return
    try:
        changes = await connection.selected.view.changes(expunges=expunges)
    except MailboxUnknown:
        # RFC 2180 §3.3: a mailbox deleted by another session; no view of it is left to talk about
        connection.session.bye("The selected mailbox was deleted")
        return
    _tell(connection, changes)


def _tell(connection: Connection, changes: ViewChanges) -> None:
    session = connection.session
    for number in changes.expunged:
        session.untagged(b"%d EXPUNGE" % number)
    if changes.exists is not None:
        session.untagged(b"%d EXISTS" % changes.exists)
        if not connection.rev2:
            session.untagged(b"0 RECENT")  # RFC 3501 §7.3.2; rev2 has no \Recent
    for number, state in changes.flagged:
        session.untagged(flags_response(connection, number, state, by_uid=False))


def flags_response(connection: Connection, number: SeqNum, state: FlagState, *, by_uid: bool) -> bytes:
    """A FETCH response with flags; RFC 9051 §7.5.2: with the UID where the client thinks in UIDs, and in rev2."""
    uid = b"UID %d " % state.uid if by_uid or connection.rev2 else b""
    return b"%d FETCH (%bFLAGS %b)" % (number, uid, flag_list(state.flags))
