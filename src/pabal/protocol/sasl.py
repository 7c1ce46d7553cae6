"""SASL for POP3, IMAP and SMTP: the mechanisms PLAIN and LOGIN as machines, and base64 (RFC 4422, RFC 4616).

An ``Exchange`` takes the client's lines and gives a ``Challenge`` to send or the ``Credentials`` at
the end; whether they are right is somebody else's question.  Both mechanisms show the password to
whoever reads the wire: offer them on a secure connection only (RFC 4616 §4).
"""

from __future__ import annotations

import binascii
from collections.abc import Generator
from dataclasses import dataclass, field

from pabal.model.errors import PabalError

#: RFC 4616 §2: authcid, authzid and passwd of at most 255 octets must be taken; we take more for long passphrases.
FIELD_OCTETS = 1024


class SaslError(PabalError):
    """The exchange cannot go on; the text is one line of ASCII for the client."""


class Cancelled(SaslError):
    """The client sent ``*`` (RFC 4954 §4, RFC 5034 §4, RFC 9051 §6.2.2)."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """What the server says next, before base64."""

    octets: bytes

    def encoded(self) -> bytes:
        return binascii.b2a_base64(self.octets, newline=False)


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who the client says it is.  ``authorization_identity`` "" means the same as ``identity``."""

    identity: str
    password: str = field(repr=False)
    authorization_identity: str = ""


Steps = Generator[bytes, bytes, Credentials]


def _plain() -> Steps:
    # message = [authzid] UTF8NUL authcid UTF8NUL passwd    ; RFC 4616 §2
    message = yield b""
    parts = message.split(b"\0")
    if len(parts) != 3:
        raise SaslError("PLAIN wants an identity, a user name and a password, with a NUL between them")
    authorization_identity, identity, password = (_text(part) for part in parts)
    return _complete(Credentials(identity, password, authorization_identity))


def _login() -> Steps:
    """draft-murchison-sasl-login-00; the words of the prompts are what clients look for."""
    identity = yield b"Username:"
    password = yield b"Password:"
    return _complete(Credentials(_text(identity), _text(password)))


_MECHANISMS = {"PLAIN": _plain, "LOGIN": _login}

#: In order of preference, as they are advertised.
MECHANISMS = tuple(_MECHANISMS)


def _text(octets: bytes) -> str:
    if len(octets) > FIELD_OCTETS:
        raise SaslError("User name or password is too long")
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError as error:
        raise SaslError("User name and password must be UTF-8") from error


def _complete(credentials: Credentials) -> Credentials:
    # RFC 4616 §2: authcid and passwd are not empty and hold no NUL
    if not credentials.identity or not credentials.password:
        raise SaslError("User name and password must not be empty")
    if "\0" in credentials.identity or "\0" in credentials.password:
        raise SaslError("User name and password hold no NUL")
    # RFC 4616 §2: acting for somebody else is a permission that nobody has here
    if credentials.authorization_identity not in ("", credentials.identity):
        raise SaslError("Acting for another user is not possible")
    return credentials


class Exchange:
    """One authentication, from the mechanism's name to the credentials."""

    __slots__ = ("_steps", "mechanism")

    def __init__(self, mechanism: str) -> None:
        """``mechanism`` in any case.  Raises: SaslError, when it is not one of MECHANISMS."""
        self.mechanism = mechanism.upper()
        if self.mechanism not in _MECHANISMS:
            raise SaslError("Unknown authentication mechanism")
        self._steps = _MECHANISMS[self.mechanism]()

    def start(self, initial_response: bytes | None = None) -> Challenge | Credentials:
        """``initial_response`` in base64 as it stood in the command, ``=`` when empty (RFC 4954 §4); None: none."""
        challenge = Challenge(next(self._steps))
        return challenge if initial_response is None else self.receive(initial_response)

    def receive(self, line: bytes) -> Challenge | Credentials:
        """One line of the client, without its CRLF.  Raises: SaslError; Cancelled."""
        if line == b"*":
            raise Cancelled("Authentication cancelled")
        try:
            return Challenge(self._steps.send(_decoded(line)))
        except StopIteration as end:
            credentials: Credentials = end.value
            return credentials


def _decoded(line: bytes) -> bytes:
    """Strict base64 (RFC 4648 §3.2, §3.3): no white space, no other characters, whole padding."""
    if line == b"=":
        return b""
    try:
        return binascii.a2b_base64(line, strict_mode=True)
    except binascii.Error as error:
        raise SaslError("That is not base64") from error
