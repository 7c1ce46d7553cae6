"""Numbers that must never be mixed, each a type of its own.

Per account, ids count from one counter of that account and are never used again.
"""

from typing import NewType

AccountId = NewType("AccountId", int)
MailboxId = NewType("MailboxId", int)  # within its account
EmailId = NewType("EmailId", int)  # within its account; immutable content (RFC 8474 EMAILID)
ThreadId = NewType("ThreadId", int)  # within its account
BlobId = NewType("BlobId", int)  # within its account: one reference to stored octets

Uid = NewType("Uid", int)  # RFC 9051 §2.3.1.1, 1..2^32-1
UidValidity = NewType("UidValidity", int)
SeqNum = NewType("SeqNum", int)  # RFC 9051 §2.3.1.2, counts from 1
ModSeq = NewType("ModSeq", int)  # RFC 7162 §3.1, 63 bits, one counter per account

#: Who owns the octets that wait in the queue: no person's account has this id.
SYSTEM_ACCOUNT = AccountId(0)
