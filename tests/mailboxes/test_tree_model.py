"""Any order of CREATE, DELETE and RENAME leaves the names that a plain set says."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from pabal.mailboxes.service import MailboxService
from pabal.model.errors import MailboxExists, MailboxUnknown, NameRefused
from pabal.store.sqlite.driver import open_store
from tests.kit.world import FakeClock
from tests.mailboxes.conftest import Account
from tests.mailboxes.test_together import new_account

START = {"INBOX", "Sent", "Drafts", "Junk", "Trash", "Archive"}
names = st.lists(st.sampled_from(["a", "b", "inbox"]), min_size=1, max_size=3).map("/".join)
commands = st.lists(st.tuples(st.sampled_from(["create", "delete", "rename"]), names, names), max_size=12)


def proper(name: str) -> str:
    first, slash, rest = name.partition("/")
    return "INBOX" + slash + rest if first == "inbox" else name


def with_parents(name: str) -> set[str]:
    levels = name.split("/")
    return {"/".join(levels[:count]) for count in range(1, len(levels) + 1)}


def create(tree: set[str], name: str) -> set[str]:
    if name in tree:
        raise MailboxExists
    return tree | with_parents(name)


def delete(tree: set[str], name: str) -> set[str]:
    if name not in tree:
        raise MailboxUnknown
    if name == "INBOX":
        raise NameRefused
    return tree - {name}


def rename(tree: set[str], name: str, wanted: str) -> set[str]:
    if name not in tree:
        raise MailboxUnknown
    if wanted in tree:
        raise MailboxExists
    if name == "INBOX":
        return tree | with_parents(wanted)
    if wanted.startswith(name + "/"):
        raise NameRefused
    moved = {one for one in tree if one == name or one.startswith(name + "/")}
    above = with_parents(wanted) - {wanted}
    after = {wanted + one[len(name) :] for one in moved}
    if after & (tree - moved | above):
        raise MailboxExists
    return tree - moved | after | above


async def check(account: Account, steps: list[tuple[str, str, str]]) -> None:
    tree = set(START)
    for command, name, other in steps:
        arguments = (name, other) if command == "rename" else (name,)
        model = {"create": create, "delete": delete, "rename": rename}[command]
        try:
            tree = model(tree, *map(proper, arguments))
            expected = None
        except (MailboxExists, MailboxUnknown, NameRefused) as refusal:
            expected = type(refusal)
        (outcome,) = await asyncio.gather(
            account.run(getattr(account.service, command), *arguments), return_exceptions=True
        )
        assert (type(outcome) if isinstance(outcome, Exception) else None) == expected, (command, arguments)
        listed = await account.run(account.service.list_mailboxes)
        assert [mailbox.name for mailbox in listed] == sorted(tree)


@settings(max_examples=60, deadline=None)
@given(commands)
def test_the_tree_is_what_the_commands_made_of_it(steps: list[tuple[str, str, str]]) -> None:
    async def run() -> None:
        clock = FakeClock()
        with tempfile.TemporaryDirectory() as folder:
            store = await open_store(Path(folder))
            try:
                account = Account(store, MailboxService(store, clock), await new_account(store, clock))
                await check(account, steps)
            finally:
                await store.close()

    asyncio.run(run())
