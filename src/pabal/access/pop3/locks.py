"""One maildrop of an account is open at a time, in whichever worker (RFC 1939 §4, RFC 2449 §8.1.2 IN-USE).

Each account has one octet of one file, and the worker that has its maildrop open holds a lock on that
octet.  The kernel lets go of it when the worker ends, whatever ended it, so no lock outlives its holder.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from pabal.model.errors import Refusal
from pabal.model.ids import AccountId
from pabal.model.replies import EnhancedStatus

FILE_NAME = "maildrop.lock"


class MaildropInUse(Refusal):
    code, status, text = 450, EnhancedStatus(4, 2, 0), "Another session reads this mailbox now"
    pop3_code = "IN-USE"


class MaildropLocks:
    """Which accounts have an open maildrop, among all that made one of these for the same folder."""

    __slots__ = ("_descriptor", "_held")

    def __init__(self, folder: Path) -> None:
        self._held: set[AccountId] = set()  # the kernel's locks do not keep a process from itself
        self._descriptor = os.open(folder / FILE_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def take(self, account_id: AccountId) -> None:
        """Raises: MaildropInUse."""
        if account_id in self._held:
            raise MaildropInUse
        try:
            # Nothing is written: a lock may lie past the end of its file.
            fcntl.lockf(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, account_id)
        except (BlockingIOError, PermissionError):  # POSIX leaves the system the choice of the two
            raise MaildropInUse from None
        self._held.add(account_id)

    def release(self, account_id: AccountId) -> None:
        if account_id in self._held:
            self._held.discard(account_id)
            fcntl.lockf(self._descriptor, fcntl.LOCK_UN, 1, account_id)

    def close(self) -> None:
        """Every lock is let go of."""
        os.close(self._descriptor)
