"""Filing a message: the busiest road of the house, seven statements with constant text.

One number from the account's counter names the email, its reference to the blob and, when it begins
one, its thread; numbers are never used again (design: identity).
"""

from __future__ import annotations

from pabal.mailboxes import threads
from pabal.mailboxes.flags import normal, stored, unseen
from pabal.mailboxes.interface import Filed, Filing, Flags
from pabal.mime.summary import FORM_VERSION
from pabal.model.errors import MailboxUnknown
from pabal.model.ids import AccountId, BlobId, EmailId, MailboxId, ModSeq, ThreadId, Uid, UidValidity
from pabal.store.interface import Transaction, refer

_ACCOUNT = (
    "UPDATE account SET mod_seq = mod_seq + 1, next_id = next_id + 1, octets = octets + $2, emails = emails + 1"
    " WHERE account_id = $1 RETURNING mod_seq, next_id - 1"
)
_TAKE = (
    "UPDATE mailbox SET uid_next = uid_next + 1, highest_mod_seq = $3, messages = messages + 1,"
    " unseen = unseen + $4, octets = octets + $5 WHERE account_id = $1 AND {} = $2"
    " RETURNING uid_validity, uid_next - 1, mailbox_id"
)
_TAKE_BY_ID = _TAKE.format("mailbox_id")
_TAKE_BY_NAME = _TAKE.format("name")
_EMAIL = (
    "INSERT INTO email (account_id, email_id, thread_id, blob_id, prefix, size, internal_date, intake_id,"
    " form_version, summary) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
)
_PLACEMENT = (
    "INSERT INTO placement (account_id, mailbox_id, uid, email_id, mod_seq, flags, keywords, save_date)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
)


async def file(
    tx: Transaction,
    account_id: AccountId,
    mailbox: MailboxId | str,
    filing: Filing,
    flags: Flags,
    save_date: int,
    thread_emails: int,
) -> Filed:
    """A new email in the mailbox of that number or whole name.  Raises: MailboxUnknown."""
    size = len(filing.prefix) + filing.place.size
    row = await tx.fetch_row(_ACCOUNT, account_id, size)
    if row is None:
        raise MailboxUnknown("the account is gone")
    mod_seq, number = row
    take = _TAKE_BY_NAME if isinstance(mailbox, str) else _TAKE_BY_ID
    row = await tx.fetch_row(take, account_id, mailbox, mod_seq, unseen(flags.bits), size)
    if row is None:
        raise MailboxUnknown("the mailbox is gone")
    uid_validity, uid, mailbox_id = row
    thread_id = await threads.join(tx, account_id, filing.summary, ThreadId(number), thread_emails)
    await refer(tx, account_id, BlobId(number), filing.place)
    await tx.execute(
        _EMAIL,
        account_id,
        number,
        thread_id,
        number,
        filing.prefix,
        size,
        int(filing.internal_date.timestamp()),
        filing.intake_id,
        FORM_VERSION,
        filing.encoded_summary,
    )
    keywords = stored(normal(flags).keywords)
    await tx.execute(_PLACEMENT, account_id, mailbox_id, uid, number, mod_seq, flags.bits, keywords, save_date)
    tx.notify(account_id)
    return Filed(UidValidity(uid_validity), Uid(uid), EmailId(number), ModSeq(mod_seq))
