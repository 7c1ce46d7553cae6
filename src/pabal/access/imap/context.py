"""What all IMAP connections of one door share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pabal.accounts.interface import Directory, Logins
from pabal.mailboxes.interface import Mailboxes
from pabal.model.world import Clock
from pabal.protocol.imap.settings import ImapSettings
from pabal.store.interface import Blobs, ChangeFeed, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapContext:
    settings: ImapSettings
    store: Store
    blobs: Blobs
    feed: ChangeFeed
    mailboxes: Mailboxes
    directory: Directory
    logins: Logins
    clock: Clock
    spool: Path  # folder for messages above [imap] spool_above
    starttls: bool = False  # a certificate is there: offer STARTTLS where TLS is not on yet
    door: str = "imap"
