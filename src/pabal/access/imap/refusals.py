"""What only IMAP refuses, in its own response codes (RFC 9051 §7.1, RFC 5530)."""

from __future__ import annotations

from pabal.model.errors import Refusal
from pabal.model.replies import EnhancedStatus


class NoSuchTarget(Refusal):
    """RFC 9051 §6.3.12, §6.4.7: the target of APPEND, COPY or MOVE is not made by itself."""

    code, status, text = 550, EnhancedStatus(5, 1, 1), "No such mailbox, create it first"
    imap_code = "TRYCREATE"


class NoSuchMailbox(Refusal):
    code, status, text = 550, EnhancedStatus(5, 1, 1), "No such mailbox"
    imap_code = "NONEXISTENT"


class ReadOnly(Refusal):
    """RFC 9051 §6.3.3: EXAMINE changes nothing."""

    code, status, text = 550, EnhancedStatus(5, 7, 1), "The mailbox was opened read-only"
    imap_code = "NOPERM"


class PrivacyRequired(Refusal):
    """RFC 5530 §3: a password is not taken in clear text."""

    code, status, text = 538, EnhancedStatus(5, 7, 11), "Start TLS first"
    imap_code = "PRIVACYREQUIRED"


class MechanismUnknown(Refusal):
    code, status, text = 504, EnhancedStatus(5, 5, 4), "No such authentication mechanism"
    imap_code = "CANNOT"


class TlsUnavailable(Refusal):
    code, status, text = 454, EnhancedStatus(4, 7, 0), "TLS is not available here"
    imap_code = "UNAVAILABLE"


class SpecialUseRefused(Refusal):
    """RFC 6154 §3."""

    code, status, text = 550, EnhancedStatus(5, 2, 0), "That special use cannot be given"
    imap_code = "USEATTR"


class CharsetUnknown(Refusal):
    """RFC 9051 §6.4.4: lists what is known."""

    code, status, text = 550, EnhancedStatus(5, 5, 4), "Charset is not known"
    imap_code = "BADCHARSET (UTF-8 US-ASCII)"


class TooManyKeywords(Refusal):
    code, status, text = 550, EnhancedStatus(5, 3, 0), "Too many keywords"
    imap_code = "LIMIT"


class UnknownEncoding(Refusal):
    """RFC 9051 §6.4.5.1: BINARY of a part whose encoding is not known."""

    code, status, text = 550, EnhancedStatus(5, 6, 1), "The encoding of a part is not known"
    imap_code = "UNKNOWN-CTE"


class MessageGone(Refusal):
    """RFC 2180 §4.1.2, RFC 5530 §3: another session expunged what was asked for."""

    code, status, text = 550, EnhancedStatus(5, 1, 1), "Some messages were expunged"
    imap_code = "EXPUNGEISSUED"
