"""What the machine itself says: greetings, the list of extensions, and replies that never differ.

RFC 5321 §4.2 gives the codes, RFC 2034 §4 the enhanced ones: none on the greeting, on EHLO and on 3yz.
"""

from __future__ import annotations

from typing import Final

from pabal.model.replies import EnhancedStatus, Reply

OK: Final = Reply(250, "OK", EnhancedStatus(2, 0, 0))
SENDER_OK: Final = Reply(250, "OK", EnhancedStatus(2, 1, 0))
RECIPIENT_OK: Final = Reply(250, "OK", EnhancedStatus(2, 1, 5))
SEND_DATA: Final = Reply(354, "Send the message, end it with a dot on a line of its own")
START_TLS: Final = Reply(220, "Ready to start TLS", EnhancedStatus(2, 0, 0))
GOODBYE: Final = Reply(221, "Goodbye", EnhancedStatus(2, 0, 0))
#: RFC 5321 §3.5.3: we would have to try, and to say more would be a gift to those who collect addresses.
VERIFY: Final = Reply(252, "Not verified here; send the message and see", EnhancedStatus(2, 5, 0))
HELP: Final = Reply(
    214,
    "EHLO name, MAIL FROM:<address>, RCPT TO:<address>, DATA, then the message,\n"
    "and a dot on a line of its own.  RSET starts again, QUIT ends.",
    EnhancedStatus(2, 0, 0),
)
TIMEOUT: Final = Reply(421, "Waited too long", EnhancedStatus(4, 4, 2))
CLOSING: Final = Reply(421, "Closing the connection", EnhancedStatus(4, 3, 2))


def greeting(hostname: str, *, lmtp: bool) -> Reply:
    return Reply(220, f"{hostname} {'LMTP' if lmtp else 'ESMTP'}")


def extensions(hostname: str, *, message_size: int, starttls: bool) -> Reply:
    """The positive answer to EHLO and LHLO (RFC 5321 §4.1.1.1)."""
    keywords = ["PIPELINING", f"SIZE {message_size}", "8BITMIME", "ENHANCEDSTATUSCODES", "HELP"]
    if starttls:  # RFC 3207 §4.2: MUST NOT be offered again inside TLS
        keywords.insert(2, "STARTTLS")
    return Reply(250, "\n".join([hostname, *keywords]))
