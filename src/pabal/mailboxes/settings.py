"""``[mailboxes]``: how many and how long names may be, how large a thread."""

from __future__ import annotations

from dataclasses import dataclass

from pabal.model.settings import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxSettings:
    """``[mailboxes]``: bounds of what a user can make."""

    name_octets: int = setting(
        1000, minimum=100, maximum=10_000, doc="Longest name of a mailbox, with its parents, in octets of UTF-8."
    )
    depth: int = setting(
        20, minimum=2, maximum=500, doc="How deep mailboxes may lie in each other; parents are made unasked."
    )
    per_account: int = setting(
        10_000, minimum=10, maximum=1_000_000, doc="Mailboxes of one account; clients list all of them at once."
    )
    thread_emails: int = setting(
        1000, minimum=1, maximum=100_000, doc="Emails of one thread; a longer conversation goes on in a new one."
    )
    kept_uids: int = setting(
        2_000_000,
        minimum=0,
        maximum=1_000_000_000,
        doc="UIDs (4 octets each) kept in memory of mailboxes that nobody looks at, so that they open quickly again.",
    )
