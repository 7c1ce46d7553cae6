"""The table of what is done for each command, and the rule of what is told after it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from pabal.access.imap import (
    authenticating,
    capabilities,
    copying,
    fetching,
    flagging,
    idling,
    listing,
    managing,
    searching,
    selecting,
)
from pabal.access.imap.appending import append
from pabal.access.imap.connection import Answer, Connection
from pabal.access.imap.updates import tell_changes
from pabal.model.content import Content
from pabal.model.errors import Refusal
from pabal.protocol.imap import commands, mailbox_commands, message_commands
from pabal.protocol.imap.fetch_command import Fetch
from pabal.protocol.imap.list_command import List
from pabal.protocol.imap.search_command import Search
from pabal.protocol.imap.session import CommandReceived
from pabal.telemetry import log

Handler = Callable[[Connection, Any], Awaitable[Answer]]

HANDLERS: dict[type[commands.Command], Handler] = {
    commands.Capability: capabilities.capability,
    commands.Noop: capabilities.noop,
    commands.Logout: capabilities.logout,
    commands.Id: capabilities.identify,
    commands.Enable: capabilities.enable,
    commands.Namespace: capabilities.namespace,
    commands.Login: authenticating.login,
    commands.Authenticate: authenticating.authenticate,
    commands.Idle: idling.idle,
    mailbox_commands.Check: capabilities.check,
    mailbox_commands.Select: selecting.select,
    mailbox_commands.Close: selecting.close,
    mailbox_commands.Create: managing.create,
    mailbox_commands.Delete: managing.delete,
    mailbox_commands.Rename: managing.rename,
    mailbox_commands.Subscribe: managing.subscribe,
    mailbox_commands.Status: managing.status,
    List: listing.list_mailboxes,
    message_commands.Store: flagging.store,
    message_commands.Copy: copying.copy,
    message_commands.Expunge: copying.expunge,
    Fetch: fetching.fetch,
}


async def carry_out(connection: Connection, received: CommandReceived, content: Content | None = None) -> None:
    """Do it and answer it.  ``content`` is the message of an APPEND.

    Raises: HungUp, BrokenOff, StreamTimeout, ConnectionError, when the connection is to end.
    """
    tag, command = received.tag, received.command
    if isinstance(command, commands.StartTls):
        await _start_tls(connection, tag, command)
        return
    try:
        answer = await _answer(connection, received, content)
    except Refusal as refusal:
        answer = _refused(command, refusal)
    await tell_changes(connection, expunges=_may_expunge(command))
    connection.session.finish(tag, answer.status, answer.text, answer.code)


async def _start_tls(connection: Connection, tag: bytes, command: commands.StartTls) -> None:
    try:
        await authenticating.start_tls(connection, tag, command)
    except Refusal as refusal:
        answer = _refused(command, refusal)
        connection.session.finish(tag, answer.status, answer.text, answer.code)


async def _answer(connection: Connection, received: CommandReceived, content: Content | None) -> Answer:
    command = received.command
    if isinstance(command, Search):
        return await searching.search(connection, received.tag, command)
    if isinstance(command, message_commands.Append):
        assert content is not None
        return await append(connection, command, content)
    return await HANDLERS[type(command)](connection, command)


def _refused(command: commands.Command, refusal: Refusal) -> Answer:
    log.info("imap.refused", command=type(command).__name__, detail=refusal.detail)
    return Answer(refusal.text, refusal.imap_code.encode("ascii"), b"NO")


def _may_expunge(command: commands.Command) -> bool:
    """RFC 9051 §7.5.1: not while FETCH, STORE or SEARCH is answered; their UID forms may."""
    if isinstance(command, Fetch | message_commands.Store | Search):
        return command.by_uid
    return True
