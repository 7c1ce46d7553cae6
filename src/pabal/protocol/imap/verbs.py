"""The table of commands: verb -> parser and the states it may come in (RFC 9051 §6).

An extension is one more row and one more small file.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from pabal.protocol.imap import commands, fetch_command, list_command, mailbox_commands, message_commands
from pabal.protocol.imap.commands import Command
from pabal.protocol.imap.cursor import Cursor
from pabal.protocol.imap.search_command import search


class State(enum.Enum):
    """RFC 9051 §3."""

    NOT_AUTHENTICATED = "before sign-in"
    AUTHENTICATED = "after sign-in"
    SELECTED = "with a mailbox selected"
    LOGOUT = "after logout"


ANY = frozenset({State.NOT_AUTHENTICATED, State.AUTHENTICATED, State.SELECTED})
STRANGER = frozenset({State.NOT_AUTHENTICATED})
USER = frozenset({State.AUTHENTICATED, State.SELECTED})
SELECTED = frozenset({State.SELECTED})


@dataclass(frozen=True, slots=True)
class Verb:
    parse: Callable[[Cursor], Command]
    states: frozenset[State]


VERBS: Mapping[bytes, Verb] = {
    b"CAPABILITY": Verb(lambda _: commands.Capability(), ANY),
    b"NOOP": Verb(lambda _: commands.Noop(), ANY),
    b"LOGOUT": Verb(lambda _: commands.Logout(), ANY),
    b"ID": Verb(commands.identify, ANY),
    b"STARTTLS": Verb(lambda _: commands.StartTls(), STRANGER),
    b"AUTHENTICATE": Verb(commands.authenticate, STRANGER),
    b"LOGIN": Verb(commands.login, STRANGER),
    b"ENABLE": Verb(commands.enable, USER),
    b"SELECT": Verb(mailbox_commands.select, USER),
    b"EXAMINE": Verb(mailbox_commands.examine, USER),
    b"CREATE": Verb(mailbox_commands.create, USER),
    b"DELETE": Verb(mailbox_commands.delete, USER),
    b"RENAME": Verb(mailbox_commands.rename, USER),
    b"SUBSCRIBE": Verb(mailbox_commands.subscribe, USER),
    b"UNSUBSCRIBE": Verb(mailbox_commands.unsubscribe, USER),
    b"LIST": Verb(list_command.list_mailboxes, USER),
    b"LSUB": Verb(list_command.lsub, USER),
    b"NAMESPACE": Verb(lambda _: commands.Namespace(), USER),
    b"STATUS": Verb(mailbox_commands.status, USER),
    b"APPEND": Verb(message_commands.append, USER),
    b"IDLE": Verb(lambda _: commands.Idle(), USER),
    b"CHECK": Verb(lambda _: mailbox_commands.Check(), SELECTED),
    b"CLOSE": Verb(lambda _: mailbox_commands.Close(expunge=True), SELECTED),
    b"UNSELECT": Verb(lambda _: mailbox_commands.Close(expunge=False), SELECTED),
    b"EXPUNGE": Verb(message_commands.expunge, SELECTED),
    b"SEARCH": Verb(search, SELECTED),
    b"FETCH": Verb(fetch_command.fetch, SELECTED),
    b"STORE": Verb(message_commands.store, SELECTED),
    b"COPY": Verb(message_commands.copy, SELECTED),
    b"MOVE": Verb(message_commands.move, SELECTED),
    b"UID SEARCH": Verb(partial(search, by_uid=True), SELECTED),
    b"UID FETCH": Verb(partial(fetch_command.fetch, by_uid=True), SELECTED),
    b"UID STORE": Verb(partial(message_commands.store, by_uid=True), SELECTED),
    b"UID COPY": Verb(partial(message_commands.copy, by_uid=True), SELECTED),
    b"UID MOVE": Verb(partial(message_commands.move, by_uid=True), SELECTED),
    b"UID EXPUNGE": Verb(partial(message_commands.expunge, by_uid=True), SELECTED),
}


def parse(cursor: Cursor, state: State) -> Command:
    """command = tag SP (...) from behind the tag.  Raises: BadCommand."""
    cursor.sp()
    start = cursor.at
    verb = cursor.keyword()
    if verb == b"UID":
        cursor.sp()
        verb = b"UID " + cursor.keyword()
    found = VERBS.get(verb)
    if found is None:
        cursor.at = start
        raise cursor.fail("command")
    if state not in found.states:
        cursor.at = start
        raise cursor.fail(f"command that is allowed {state.value}")
    command = found.parse(cursor)
    cursor.end()
    return command
