"""What is stored of a password: an argon2id hash (RFC 9106) and SCRAM-SHA-256 keys (RFC 5802, RFC 7677).

Pure work on the processor, 20 to 40 ms each: never call it on the loop or inside a unit.
A SCRAM entry is text in the form of RFC 5803 §2: ``SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey``.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from base64 import b64encode
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from pabal.accounts.errors import BadName
from pabal.accounts.settings import AuthSettings
from pabal.model.world import Random

SALT_OCTETS = 16
# OWASP's first choice for argon2id: 19 MiB, two passes, one lane.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Verified for identities that do not exist, so that they cost the same; no password is known for it.
DUMMY_HASH = "$argon2id$v=19$m=19456,t=2,p=1$cGFiYWwtbm9ib2R5LTAwMQ$DP2sGqQyQUXeMEHpDh0aAxmqZQuBAhmTUTzLqrSvpQU"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the account row holds of a password."""

    password_hash: str
    scram: str | None


def prepare(password: str) -> str:
    """The form that is hashed: RFC 8265 §4.2.2, other spaces become SPACE, then NFC."""
    spaced = "".join(" " if unicodedata.category(char) == "Zs" else char for char in password)
    return unicodedata.normalize("NFC", spaced)


def acceptable(password: str, settings: AuthSettings) -> bool:
    """Neither empty nor too long, no control characters (RFC 8265 §4.2), nothing that UTF-8 cannot say."""
    try:
        octets = len(password.encode())
    except UnicodeEncodeError:
        return False
    return 0 < octets <= settings.password_octets and not any(unicodedata.category(c) == "Cc" for c in password)


def make_credentials(password: str, random: Random, settings: AuthSettings) -> Credentials:
    """Raises: BadName, when it is empty, too long or holds control characters."""
    if not acceptable(password, settings):
        raise BadName(f"a password has 1 to {settings.password_octets} octets and no control characters")
    prepared = prepare(password)
    scram = scram_entry(prepared, random.token(SALT_OCTETS), settings.scram_iterations) if settings.scram else None
    return Credentials(_HASHER.hash(prepared, salt=random.token(SALT_OCTETS)), scram)


def verify(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, prepare(password))
    except (VerificationError, InvalidHashError):
        return False


def scram_entry(password: str, salt: bytes, iterations: int) -> str:
    """RFC 5802 §3: SaltedPassword, ClientKey, StoredKey, ServerKey."""
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, iterations)
    stored_key = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server_key = hmac.digest(salted, b"Server Key", "sha256")
    fields = (b64encode(octets).decode("ascii") for octets in (salt, stored_key, server_key))
    return "SCRAM-SHA-256${}:{}${}:{}".format(iterations, *fields)
