"""``[smtp]`` and ``[limits]``: how long we wait, and how much we take, when mail comes in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from pabal.model.settings import setting

_KIB = 1024
_MIB = 1024 * _KIB


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpSettings:
    """``[smtp]``: how mail is received, by SMTP and LMTP."""

    greeting_delay: timedelta = setting(
        timedelta(0),
        minimum=timedelta(0),
        maximum=timedelta(minutes=2),
        doc="How long the greeting waits; a client that talks before it is refused, as programs that send spam do."
        " Off by default, because every sender pays it.",
    )
    command_timeout: timedelta = setting(
        timedelta(minutes=5),
        minimum=timedelta(seconds=10),
        doc="How long a client may take for its next command, from our last reply to the end of the line"
        " (RFC 5321 §4.5.3.2.7 asks for 5 minutes), however it spreads its octets.",
    )
    data_timeout: timedelta = setting(
        timedelta(minutes=5),
        minimum=timedelta(seconds=10),
        doc="How long we wait for more of a message (RFC 5321 §4.5.3.2.5 gives a client 3 minutes for a block).",
    )
    message_time: timedelta = setting(
        timedelta(hours=2),
        minimum=timedelta(minutes=1),
        doc="How long one message may take in all; 50 MiB fit at 7 KiB a second.",
    )
    write_timeout: timedelta = setting(
        timedelta(minutes=1),
        minimum=timedelta(seconds=5),
        doc="How long a client may leave our replies unread before it is cut off.",
    )
    command_line: int = setting(
        2048,
        minimum=512,
        maximum=64 * _KIB,
        doc="Octets of one command line with its CR LF. RFC 5321 §4.5.3.1.4 asks for 512; extensions add to it.",
    )
    bad_commands: int = setting(
        20,
        minimum=1,
        doc="How many commands in error close a connection, counted from the last message that was taken.",
    )
    spool_above: int = setting(
        256 * _KIB,
        minimum=4 * _KIB,
        doc="Octets of one message that are kept in memory; what is larger is spooled to the data folder, so that"
        " memory is bounded by the number of connections.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitSettings:
    """``[limits]``: what one client may ask of us."""

    recipients: int = setting(
        1000,
        minimum=100,
        doc="Recipients of one message (RFC 5321 §4.5.3.1.8 asks for 100 at least); the rest is told 452.",
    )
    message_size: int = setting(
        50 * _MIB,
        minimum=64 * _KIB,
        doc="Octets of one message, told in EHLO (RFC 1870). 50 MiB hold an attachment of 36 MiB in base64.",
    )
