"""CAPABILITY, ENABLE, ID, NAMESPACE, NOOP, LOGOUT (RFC 9051 §6.1, §6.3.1, §6.3.10; RFC 2971)."""

from __future__ import annotations

from pabal.access.imap.connection import Answer, Connection
from pabal.protocol.imap.commands import Capability, Enable, Id, Logout, Namespace, Noop
from pabal.protocol.imap.mailbox_commands import Check
from pabal.protocol.sasl import MECHANISMS

ALWAYS = b"IMAP4rev2 IMAP4rev1 LITERAL+ ENABLE ID IDLE"
SIGNED_IN = (
    b" UIDPLUS MOVE NAMESPACE UNSELECT CHILDREN LIST-EXTENDED LIST-STATUS SPECIAL-USE CREATE-SPECIAL-USE"
    b" ESEARCH SEARCHRES STATUS=SIZE BINARY"
)
OFFERED = b" SASL-IR" + b"".join(b" AUTH=" + mechanism.encode("ascii") for mechanism in MECHANISMS)


def capabilities(connection: Connection) -> bytes:
    """What may be used in the present state (RFC 9051 §6.1.1)."""
    if connection.account is not None:
        return ALWAYS + SIGNED_IN
    starttls = b" STARTTLS" if connection.context.starttls and connection.stream.tls is None else b""
    # RFC 9051 §11.1: no password in clear text
    secure = OFFERED if connection.stream.secure else b" LOGINDISABLED"
    return ALWAYS + starttls + secure


async def capability(connection: Connection, _: Capability) -> Answer:
    connection.session.untagged(b"CAPABILITY " + capabilities(connection))
    return Answer("Capabilities told")


async def noop(_: Connection, __: Noop) -> Answer:
    return Answer("Nothing done")


async def check(_: Connection, __: Check) -> Answer:
    return Answer("All is durable as it is")


async def logout(connection: Connection, _: Logout) -> Answer:
    connection.session.bye("Until next time")  # RFC 9051 §6.1.3: BYE before the tagged OK
    return Answer("Signed out")


async def enable(connection: Connection, command: Enable) -> Answer:
    # RFC 9051 §6.3.1: what is not known is ignored
    enabled = b""
    if "IMAP4REV2" in command.capabilities:
        connection.rev2 = connection.session.utf8 = True
        enabled = b" IMAP4rev2"
    connection.session.untagged(b"ENABLED" + enabled)
    return Answer("Enabled")


async def identify(connection: Connection, _: Id) -> Answer:
    connection.session.untagged(b'ID ("name" "Pabal")')
    return Answer("Pleased to meet you")


async def namespace(connection: Connection, _: Namespace) -> Answer:
    connection.session.untagged(b'NAMESPACE (("" "/")) NIL NIL')
    return Answer("Namespaces told")
