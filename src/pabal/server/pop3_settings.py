"""What an operator may say about POP3."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from pabal.model.settings import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Pop3Settings:
    """``[pop3]``: how mail is fetched on ports 110 and 995."""

    idle_timeout: timedelta = setting(
        timedelta(minutes=10),
        minimum=timedelta(seconds=1),
        doc="How long we wait for a client's next command; RFC 1939 §3 asks for at least 10 minutes.",
    )
    line_octets: int = setting(
        1024, minimum=255, doc="Longest command line in octets, with its CRLF; RFC 2449 §4 asks for at least 255."
    )
    response_octets: int = setting(
        12_288, minimum=1024, doc="Longest line of an AUTH exchange in octets; as in SMTP (RFC 4954 §4)."
    )
    bad_commands: int = setting(
        20, minimum=1, doc="After so many commands that were refused as wrong, the connection is closed."
    )
    failed_logins: int = setting(3, minimum=1, doc="After so many failed logins the connection is closed.")
