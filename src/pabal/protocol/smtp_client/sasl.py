"""The client's side of SASL for a smarthost: SCRAM-SHA-256, PLAIN, LOGIN (RFC 5802, RFC 7677, RFC 4616, RFC 4954).

An ``Exchange`` gives the responses, before base64.  SCRAM proves the server too: an exchange is complete
only when the server's signature was right, and success that comes before is not believed.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import stringprep
import unicodedata
from binascii import a2b_base64, b2a_base64
from collections.abc import Callable, Generator
from typing import Final

from pabal.protocol.sasl import Credentials, SaslError

Responses = Generator[bytes | None, bytes, None]  # None: no initial response; challenges come in
_NONCE: Final = re.compile(r"[!-+\--~]+")
_LEAST_ITERATIONS: Final = 4096  # RFC 7677 §4


class Exchange:
    """One authentication of ours."""

    __slots__ = ("_responses", "complete", "mechanism")

    def __init__(self, mechanism: str, credentials: Credentials, nonce: str, iterations: int) -> None:
        """``nonce``: printable ASCII without comma, unguessable; ``iterations``: the most we hash for SCRAM."""
        self.mechanism = mechanism
        self.complete = False
        self._responses = _MECHANISMS[mechanism](credentials, nonce, iterations)

    def initial(self) -> bytes | None:
        """Raises: SaslError."""
        return next(self._responses)

    def respond(self, challenge: bytes) -> bytes:
        """``challenge`` in base64, as it came.  Raises: SaslError."""
        try:
            response = self._responses.send(_decoded(challenge))
        except StopIteration:
            raise SaslError("The server asks for more than the mechanism has") from None
        return response or b""

    def finish(self) -> None:
        """The server says that we are signed in.  Raises: SaslError, when it has not proved what it had to."""
        try:
            self._responses.send(b"")
        except StopIteration:
            self.complete = True
            return
        raise SaslError("The server ended the exchange too early")


def best_of(offered: frozenset[str], *, secure: bool) -> str | None:
    """The strongest mechanism that both sides know; PLAIN and LOGIN only where nobody listens (RFC 4616 §4)."""
    known = [name for name in _MECHANISMS if name in offered and (secure or name not in _SHOWS_PASSWORD)]
    return known[0] if known else None


def encoded(response: bytes) -> bytes:
    return b2a_base64(response, newline=False)


def _decoded(challenge: bytes) -> bytes:
    try:
        return a2b_base64(challenge, strict_mode=True) if challenge else b""
    except ValueError as error:
        raise SaslError("A challenge is not base64") from error


def _plain(credentials: Credentials, nonce: str, iterations: int) -> Responses:
    # message = [authzid] UTF8NUL authcid UTF8NUL passwd    ; RFC 4616 §2
    fields = (credentials.authorization_identity, credentials.identity, credentials.password)
    if any("\0" in field for field in fields):
        raise SaslError("User name and password hold no NUL")
    yield "\0".join(fields).encode()


def _login(credentials: Credentials, nonce: str, iterations: int) -> Responses:
    """draft-murchison-sasl-login-00: two prompts, whatever their words."""
    yield None
    yield credentials.identity.encode()
    yield credentials.password.encode()


def _scram(credentials: Credentials, nonce: str, iterations: int) -> Responses:
    assert _NONCE.fullmatch(nonce), "RFC 5802 §7: printable, without comma"
    authorization = _saslname(credentials.authorization_identity)
    header = f"n,{f'a={authorization}' if authorization else ''},"
    first = f"n={_saslname(prepared(credentials.identity))},r={nonce}"
    challenge = yield (header + first).encode()
    server_nonce, salt, count = _server_first(challenge, nonce, iterations)
    # SaltedPassword := Hi(Normalize(password), salt, i)    ; RFC 5802 §3
    salted = hashlib.pbkdf2_hmac("sha256", prepared(credentials.password).encode(), salt, count)
    final = b"c=" + encoded(header.encode()) + b",r=" + server_nonce
    message = b",".join((first.encode(), challenge, final))
    verdict = yield final + b",p=" + encoded(_proof(salted, message))
    signature = _hmac(_hmac(salted, b"Server Key"), message)
    if not hmac.compare_digest(verdict.split(b",")[0], b"v=" + encoded(signature)):
        raise SaslError("The server does not know the password: it is not who it says")
    yield b""


def _server_first(challenge: bytes, nonce: str, most: int) -> tuple[bytes, bytes, int]:
    # server-first-message = [reserved-mext ","] nonce "," salt "," iteration-count ["," extensions]
    parts = challenge.split(b",")
    names = [part[:2] for part in parts[:3]]
    if names != [b"r=", b"s=", b"i="] or not parts[2][2:].isdigit() or len(parts[2]) > 12:
        raise SaslError("The server's first message is malformed")
    server_nonce, salt, count = parts[0][2:], _decoded(parts[1][2:]), int(parts[2][2:])
    # RFC 5802 §5.1: the client MUST verify that the nonce begins with its own
    if not server_nonce.startswith(nonce.encode()) or len(server_nonce) == len(nonce):
        raise SaslError("The server's nonce does not continue ours")
    if not _LEAST_ITERATIONS <= count <= most:
        raise SaslError(f"The server asks for {count} iterations")
    return server_nonce, salt, count


def _proof(salted: bytes, message: bytes) -> bytes:
    # ClientProof := ClientKey XOR HMAC(H(ClientKey), AuthMessage)    ; RFC 5802 §3
    client_key = _hmac(salted, b"Client Key")
    signature = _hmac(hashlib.sha256(client_key).digest(), message)
    return bytes(one ^ other for one, other in zip(client_key, signature, strict=True))


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")


def _saslname(text: str) -> str:
    return text.replace("=", "=3D").replace(",", "=2C")


def prepared(text: str) -> str:
    """SASLprep (RFC 4013 §2): what two keyboards may write differently becomes one.  Raises: SaslError."""
    mapped = "".join(
        " " if stringprep.in_table_c12(char) else char for char in text if not stringprep.in_table_b1(char)
    )
    normal = unicodedata.normalize("NFKC", mapped)
    if any(stringprep.in_table_c21_c22(char) or stringprep.in_table_c3(char) for char in normal):
        raise SaslError("User name and password hold no control characters")
    return normal


#: In order of preference.
_MECHANISMS: Final[dict[str, Callable[[Credentials, str, int], Responses]]] = {
    "SCRAM-SHA-256": _scram,
    "PLAIN": _plain,
    "LOGIN": _login,
}
_SHOWS_PASSWORD: Final = frozenset(("PLAIN", "LOGIN"))
