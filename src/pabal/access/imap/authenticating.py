"""STARTTLS, AUTHENTICATE, LOGIN (RFC 9051 §6.2, RFC 4422)."""

from __future__ import annotations

from pabal.access.imap.capabilities import capabilities
from pabal.access.imap.connection import Answer, Connection, HungUp
from pabal.access.imap.refusals import MechanismUnknown, PrivacyRequired, TlsUnavailable
from pabal.model.errors import AuthenticationFailed
from pabal.protocol.imap.commands import Authenticate, Login, StartTls
from pabal.protocol.imap.verbs import State
from pabal.protocol.sasl import MECHANISMS, Challenge, Exchange, SaslError
from pabal.telemetry import Counter, log

LOGINS = Counter("imap_logins_total", "Attempts to sign in over IMAP", "outcome")


async def start_tls(connection: Connection, tag: bytes, _: StartTls) -> None:
    """Answers by itself: the handshake comes between this response and the next command."""
    if not connection.context.starttls or connection.stream.tls is not None:
        raise TlsUnavailable
    connection.session.finish(tag, b"OK", "Begin TLS negotiation now")
    await connection.drain()
    try:
        await connection.stream.start_tls()
    except ConnectionError as error:
        raise HungUp(str(error)) from None
    # RFC 9051 §6.2.1: what came before the handshake is forgotten
    connection.session.tls_started()


async def login(connection: Connection, command: Login) -> Answer:
    return await _sign_in(connection, command.user, command.password)


async def authenticate(connection: Connection, command: Authenticate) -> Answer:
    _require_privacy(connection)
    if command.mechanism not in MECHANISMS:
        raise MechanismUnknown(command.mechanism)
    exchange = Exchange(command.mechanism)
    try:
        step = exchange.start(command.initial)
        while isinstance(step, Challenge):
            step = exchange.receive(await connection.ask(step.encoded()))
    except SaslError as error:
        return Answer(str(error), status=b"BAD")  # RFC 9051 §6.2.2: also for ``*``
    return await _sign_in(connection, step.identity, step.password)


def _require_privacy(connection: Connection) -> None:
    if not connection.stream.secure:
        raise PrivacyRequired


async def _sign_in(connection: Connection, identity: str, password: str) -> Answer:
    _require_privacy(connection)
    try:
        connection.account = await connection.context.logins.login(identity, password)
    except AuthenticationFailed:
        LOGINS.add("refused")
        _count_failure(connection)
        raise
    LOGINS.add("taken")
    log.info("imap.login", account=connection.account.name, peer=connection.stream.peer[0])
    connection.session.state = State.AUTHENTICATED
    return Answer("Signed in", b"CAPABILITY " + capabilities(connection))


def _count_failure(connection: Connection) -> None:
    connection.login_failures += 1
    if connection.login_failures >= connection.context.settings.login_failures:
        connection.session.bye("Too many attempts")
