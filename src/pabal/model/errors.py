"""Errors that carry what the peer is told and, apart from it, what we are told.

A ``Refusal`` is said in the protocol's own terms: SMTP sends it as a reply, LMTP once per recipient,
IMAP as NO with a response code, POP3 as -ERR.  ``text`` goes on the wire and names no host, path or
policy; ``detail`` goes to the log.
"""

from __future__ import annotations

from typing import ClassVar

from pabal.model.replies import EnhancedStatus, Reply


class PabalError(Exception):
    """Anything that Pabal raises on purpose; the text tells an operator what to do."""


class Refusal(PabalError):
    """We will not do what the peer asked."""

    code: ClassVar[int]
    status: ClassVar[EnhancedStatus]  # RFC 3463
    text: ClassVar[str]
    imap_code: ClassVar[str] = ""  # a response code of RFC 9051 §7.1 or RFC 5530 §3
    pop3_code: ClassVar[str] = ""  # a response code of RFC 2449 §8 or RFC 3206

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.text)
        self.detail = detail

    @property
    def temporary(self) -> bool:
        """4yz: the same request may succeed later."""
        return self.code < 500

    def reply(self) -> Reply:
        """The refusal as an SMTP reply."""
        return Reply(self.code, self.text, self.status)


class MailboxUnknown(Refusal):
    code, status, text = 550, EnhancedStatus(5, 1, 1), "No such mailbox here"
    imap_code = "NONEXISTENT"


class DomainUnknown(Refusal):
    """Relaying is for our own users (RFC 5321 §3.6.2)."""

    code, status, text = 550, EnhancedStatus(5, 7, 1), "We do not relay for you to this domain"


class MailboxFull(Refusal):
    code, status, text = 452, EnhancedStatus(4, 2, 2), "Mailbox is full, try later"
    imap_code, pop3_code = "OVERQUOTA", "SYS/TEMP"


class MessageTooLarge(Refusal):
    code, status, text = 552, EnhancedStatus(5, 3, 4), "Message is larger than we take"
    imap_code = "TOOBIG"


class TooManyRecipients(Refusal):
    code, status, text = (
        452,
        EnhancedStatus(4, 5, 3),
        "Too many recipients, send the rest in another transaction",
    )


class DiskFull(Refusal):
    code, status, text = 452, EnhancedStatus(4, 3, 1), "No room now, try later"
    imap_code, pop3_code = "UNAVAILABLE", "SYS/TEMP"


class Unavailable(Refusal):
    """We cannot say whether it was done, or cannot do it now; nothing was acknowledged."""

    code, status, text = 451, EnhancedStatus(4, 3, 0), "Not possible now, try later"
    imap_code, pop3_code = "UNAVAILABLE", "SYS/TEMP"


class BareLineEnd(Refusal):
    """A CR or LF alone: accepting it is what SMTP smuggling needs (RFC 5321 §2.3.8)."""

    code, status, text = (
        550,
        EnhancedStatus(5, 6, 0),
        "A line must end with CR LF; a bare CR or LF is refused",
    )


class RoutingLoop(Refusal):
    """Too many Received fields (RFC 5321 §6.3)."""

    code, status, text = 554, EnhancedStatus(5, 4, 6), "Too many hops, the message loops"


class AuthenticationFailed(Refusal):
    """The same words for an unknown user and a wrong password."""

    code, status, text = 535, EnhancedStatus(5, 7, 8), "Authentication failed"
    imap_code, pop3_code = "AUTHENTICATIONFAILED", "AUTH"


class TooManyConnections(Refusal):
    code, status, text = 421, EnhancedStatus(4, 7, 0), "Too many connections, try later"
    imap_code, pop3_code = "LIMIT", "SYS/TEMP"


class MailboxExists(Refusal):
    code, status, text = 550, EnhancedStatus(5, 2, 0), "A mailbox of that name exists"
    imap_code = "ALREADYEXISTS"


class NameRefused(Refusal):
    """A mailbox name that cannot be kept, or an operation the mailbox does not allow."""

    code, status, text = 550, EnhancedStatus(5, 2, 0), "That is not possible with this mailbox"
    imap_code = "CANNOT"
