"""Commands of a session: one frozen type each, with its parser (RFC 9051 §6.1, §6.2, §6.3.1, §6.3.13)."""

from __future__ import annotations

from dataclasses import dataclass

from pabal.protocol.imap.cursor import Cursor

ENABLE_MAXIMUM = 50
ID_MAXIMUM = 30  # RFC 2971 §3.3


@dataclass(frozen=True, slots=True)
class Command:
    """What a client asks for."""


@dataclass(frozen=True, slots=True)
class Capability(Command):
    """RFC 9051 §6.1.1."""


@dataclass(frozen=True, slots=True)
class Noop(Command):
    """RFC 9051 §6.1.2."""


@dataclass(frozen=True, slots=True)
class Logout(Command):
    """RFC 9051 §6.1.3."""


@dataclass(frozen=True, slots=True)
class StartTls(Command):
    """RFC 9051 §6.2.1."""


@dataclass(frozen=True, slots=True)
class Idle(Command):
    """RFC 9051 §6.3.13."""


@dataclass(frozen=True, slots=True)
class Namespace(Command):
    """RFC 9051 §6.3.10."""


@dataclass(frozen=True, slots=True)
class Login(Command):
    """RFC 9051 §6.2.3.  The password is kept out of the representation that a log may print."""

    user: str
    password: str

    def __repr__(self) -> str:
        return f"Login(user={self.user!r})"


@dataclass(frozen=True, slots=True)
class Authenticate(Command):
    """RFC 9051 §6.2.2; ``initial`` is the initial response in base64, None when there was none (RFC 4959)."""

    mechanism: str
    initial: bytes | None

    def __repr__(self) -> str:
        return f"Authenticate(mechanism={self.mechanism!r})"


@dataclass(frozen=True, slots=True)
class Enable(Command):
    """RFC 9051 §6.3.1."""

    capabilities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Id(Command):
    """RFC 2971 §3.1."""

    fields: tuple[tuple[bytes, bytes | None], ...]


def login(cursor: Cursor) -> Login:
    # login = "LOGIN" SP userid SP password ; userid, password = astring
    cursor.sp()
    user = cursor.unicode_string()
    cursor.sp()
    return Login(user, cursor.unicode_string())


def authenticate(cursor: Cursor) -> Authenticate:
    # authenticate = "AUTHENTICATE" SP auth-type [SP initial-resp] ; initial-resp = base64 / "="
    cursor.sp()
    mechanism = cursor.keyword().decode("ascii")
    if cursor.at_end():
        return Authenticate(mechanism, None)
    cursor.sp()
    return Authenticate(mechanism, cursor.astring())


def enable(cursor: Cursor) -> Enable:
    # enable = "ENABLE" 1*(SP capability)
    names: list[str] = []
    while not cursor.at_end():
        if len(names) == ENABLE_MAXIMUM:
            raise cursor.fail("fewer capabilities")
        cursor.sp()
        names.append(cursor.keyword().decode("ascii"))
    if not names:
        raise cursor.fail("SP")
    return Enable(tuple(names))


def identify(cursor: Cursor) -> Id:
    # id = "ID" SP id-params-list ; id-params-list = "(" *(string SP nstring) ")" / nil
    cursor.sp()
    if cursor.skip(b"NIL"):
        return Id(())
    return Id(cursor.parenthesised(lambda: _id_field(cursor), maximum=ID_MAXIMUM, empty=True))


def _id_field(cursor: Cursor) -> tuple[bytes, bytes | None]:
    name = cursor.string()
    cursor.sp()
    return name, cursor.nstring()
