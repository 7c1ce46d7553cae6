"""``[auth]``: what passwords cost and how long a login is remembered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from pabal.model.settings import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthSettings:
    """``[auth]``: passwords and logins."""

    scram: bool = setting(
        True, doc="SCRAM-SHA-256 keys are made with every password; false: they are not, and it is not offered."
    )
    scram_iterations: int = setting(
        15_000,
        minimum=4096,
        maximum=1_000_000,
        doc="Rounds of PBKDF2 in new SCRAM keys; RFC 7677 §4 asks for at least 4096, and advises 15000.",
    )
    remember: timedelta = setting(
        timedelta(minutes=5),
        minimum=timedelta(0),
        maximum=timedelta(hours=1),
        doc="How long a verified password is not hashed again: clients sign in many times a minute.",
    )
    remembered_logins: int = setting(
        10_000, minimum=1, maximum=1_000_000, doc="How many verified logins are remembered; the oldest goes first."
    )
    hash_threads: int = setting(
        2, minimum=1, maximum=64, doc="Passwords hashed at one time; each takes 19 MiB of memory."
    )
    waiting_logins: int = setting(
        256,
        minimum=1,
        maximum=100_000,
        doc="Logins that may wait for a hash; more are told to try later, so that guessing holds up nobody's memory.",
    )
    password_octets: int = setting(
        1024,
        minimum=64,
        maximum=65_536,
        doc="Longest password, in octets of UTF-8; a longer one is refused unhashed.",
    )
