"""What is said to clients: flags, dates, capabilities, refusals, names to list (RFC 9051 §2.3.2, §6.1.1, §7)."""

from __future__ import annotations

import inspect

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pabal.access.imap import refusals
from pabal.access.imap.capabilities import ALWAYS, SIGNED_IN
from pabal.access.imap.handlers import HANDLERS
from pabal.access.imap.listing import entries
from pabal.access.imap.wire import FLAG_NAMES, PERMANENT_FLAGS, flag_list, flags_of, internal_date
from pabal.mailboxes.interface import Flags, Mailbox
from pabal.model.errors import Refusal
from pabal.model.ids import MailboxId, ModSeq, Uid, UidValidity
from pabal.protocol.imap.commands import Command
from pabal.protocol.imap.cursor import Cursor
from pabal.protocol.imap.list_command import List
from pabal.protocol.imap.message_commands import FlagList
from pabal.protocol.imap.message_commands import flag_list as parse_flags

REFUSALS = [
    each
    for _, each in inspect.getmembers(refusals, inspect.isclass)
    if issubclass(each, Refusal) and each is not Refusal
]


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 31), st.sets(st.sampled_from(["$Work", "a", "b!", "Zed"])))
def test_flags_are_read_back_as_they_were_written(bits: int, keywords: set[str]) -> None:
    flags = Flags(bits, tuple(sorted(keywords, key=str.casefold)))
    assert flags_of(parse_flags(Cursor(flag_list(flags)))) == flags


def test_recent_cannot_be_set_and_case_does_not_count() -> None:
    assert parse_flags(Cursor(b"(\\RECENT \\seen)")) == FlagList(1, ())
    assert parse_flags(Cursor(b"(work WORK)")) == FlagList(0, ("work",))


def test_every_system_flag_is_permanent_and_keywords_can_be_made() -> None:
    for _, name in FLAG_NAMES:
        assert name in PERMANENT_FLAGS
    assert PERMANENT_FLAGS.endswith(b" \\*)")


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(0, b'" 1-Jan-1970 00:00:00 +0000"'), (1_771_977_599, b'"24-Feb-2026 23:59:59 +0000"')],
)
def test_internal_dates(seconds: int, written: bytes) -> None:
    assert internal_date(seconds) == written


def test_what_rev2_asks_of_a_server_is_announced() -> None:
    """RFC 9051 Appendix E: the extensions that became part of the base."""
    announced = set((ALWAYS + SIGNED_IN).split())
    assert announced >= {
        b"IMAP4rev2", b"IMAP4rev1", b"NAMESPACE", b"UNSELECT", b"UIDPLUS", b"ESEARCH", b"SEARCHRES", b"ENABLE", b"IDLE",
        b"LIST-EXTENDED", b"LIST-STATUS", b"MOVE", b"LITERAL+", b"SPECIAL-USE", b"STATUS=SIZE", b"BINARY",
    }  # fmt: skip
    assert len((ALWAYS + SIGNED_IN).split()) == len(announced)


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refusal_is_one_line_of_ascii_with_a_code_that_cannot_break_it(refusal: type[Refusal]) -> None:
    assert refusal.text.isascii()
    assert "\n" not in refusal.text
    assert refusal.imap_code
    assert not set(refusal.imap_code) & set("[]\r\n")
    assert refusal.status.klass == refusal.code // 100


def test_every_command_is_carried_out_by_somebody() -> None:
    apart = {"Append", "Search", "StartTls"}  # they need more than the connection and themselves

    def below(command: type[Command]) -> set[type[Command]]:
        return {command}.union(*map(below, command.__subclasses__()))

    carried_out = {each.__name__ for each in HANDLERS}
    assert {each.__name__ for each in below(Command)} - carried_out == apart | {"Command"}


def mailbox(name: str, role: str | None = None, *, subscribed: bool = True) -> Mailbox:
    return Mailbox(MailboxId(1), name, role, UidValidity(1), Uid(1), ModSeq(1), 0, 0, 0, subscribed)


def test_inbox_comes_first_and_names_above_are_filled_in() -> None:
    found = entries([mailbox("b/c/d"), mailbox("a"), mailbox("INBOX")], List(("*",)))
    assert [(entry.name, entry.mailbox is not None, entry.has_children) for entry in found] == [
        ("INBOX", True, False),
        ("a", True, False),
        ("b", False, True),
        ("b/c", False, True),
        ("b/c/d", True, False),
    ]


def test_a_name_above_a_chosen_mailbox_knows_it() -> None:
    command = List(("*",), frozenset({b"SUBSCRIBED", b"RECURSIVEMATCH"}))
    found = entries([mailbox("a", subscribed=False), mailbox("a/b"), mailbox("c/d", subscribed=False)], command)
    assert {entry.name for entry in found if entry.child_chosen} == {"a"}


def test_special_use_comes_from_the_role() -> None:
    found = entries(
        [mailbox("Gesendet", "sent"), mailbox("INBOX", "inbox"), mailbox("Captured", "captured")], List(("*",))
    )
    assert {entry.name: entry.special_use for entry in found} == {
        "INBOX": None,
        "Captured": None,
        "Gesendet": b"\\Sent",
    }


@settings(max_examples=60, deadline=None)
@given(st.sets(st.text("ab/", min_size=1, max_size=6).filter(lambda name: "//" not in f"/{name}/"), max_size=6))
def test_every_mailbox_and_every_name_above_is_an_entry_once(names: set[str]) -> None:
    found = entries([mailbox(name) for name in names], List(("*",)))
    listed = [entry.name for entry in found]
    assert len(listed) == len(set(listed))
    assert names <= set(listed)
    assert all(any(name.startswith(f"{entry.name}/") for name in names) == entry.has_children for entry in found)
