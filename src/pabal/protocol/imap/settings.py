"""``[imap]``: the bounds of one IMAP connection, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from pabal.model.settings import setting

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapSettings:
    """``[imap]``: how mail is read on ports 143 and 993."""

    login_timeout: timedelta = setting(
        timedelta(minutes=3),
        minimum=timedelta(seconds=5),
        doc="How long a client may take in all to sign in, however it spreads its octets; a person types meanwhile.",
    )
    autologout: timedelta = setting(
        timedelta(minutes=30),
        minimum=timedelta(seconds=10),
        doc="How long a signed-in client may be silent (RFC 9051 §5.4: at least 30 minutes).",
    )
    write_timeout: timedelta = setting(
        timedelta(minutes=5),
        minimum=timedelta(seconds=5),
        doc="How long a client may take nothing of what we send before the connection is cut.",
    )
    idle_check: timedelta = setting(
        timedelta(seconds=30),
        minimum=timedelta(seconds=1),
        doc="How often IDLE compares with the store by itself: a lost change hint is healed after this time.",
    )
    line_before_login: int = setting(
        8 * KIB, minimum=1000, doc="Longest command line before sign-in, octets (RFC 2683 §3.2.1.5 asks for 8000)."
    )
    line: int = setting(
        64 * KIB, minimum=8 * KIB, doc="Longest command line after sign-in, octets: a UID set of a sync can be long."
    )
    literal_before_login: int = setting(
        4 * KIB, minimum=256, doc="Largest literal before sign-in, octets: a name and a password need no more."
    )
    command: int = setting(
        256 * KIB,
        minimum=16 * KIB,
        doc="Largest command with its literals, octets, without the message of an APPEND: it is kept in memory.",
    )
    message_size: int = setting(
        50 * MIB, minimum=64 * KIB, doc="Largest message APPEND takes, octets; as large as SMTP takes by default."
    )
    spool_above: int = setting(
        256 * KIB,
        minimum=4 * KIB,
        doc="A message of APPEND above this many octets is kept in a temporary file while it arrives.",
    )
    bad_commands: int = setting(
        20, minimum=1, doc="After so many bad commands in a row the connection is closed: that is no mail client."
    )
    login_failures: int = setting(
        5, minimum=1, doc="After so many refused passwords the connection is closed: guessing gets slower."
    )
    keywords: int = setting(
        64, minimum=1, doc="Most flags in one STORE or APPEND; each keyword is a column value of every message."
    )
