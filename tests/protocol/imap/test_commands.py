"""Every command with its arguments (RFC 9051 §6, §9)."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest

from pabal.protocol.imap.commands import Authenticate, Capability, Enable, Id, Login
from pabal.protocol.imap.fetch_command import Fetch, Section
from pabal.protocol.imap.list_command import List
from pabal.protocol.imap.mailbox_commands import Close, Create, Rename, Select, Status, Subscribe
from pabal.protocol.imap.message_commands import Append, Copy, Expunge, FlagList, Store
from pabal.protocol.imap.search_command import (
    All,
    And,
    Dated,
    HasFlag,
    HasKeyword,
    Header,
    Members,
    Not,
    Or,
    Recent,
    Search,
    Size,
    Text,
)
from pabal.protocol.imap.sequence import SequenceSet
from pabal.protocol.imap.verbs import VERBS, State

from .talk import command_of

ONE = SequenceSet(((1, 1),))


def test_session_commands() -> None:
    stranger = State.NOT_AUTHENTICATED
    assert command_of(b"capability", stranger) == Capability()
    assert command_of(b'LOGIN kim "pass word"', stranger) == Login("kim", "pass word")
    assert command_of(b"AUTHENTICATE plain AGtpbQBzZWNyZXQ=", stranger) == Authenticate("PLAIN", b"AGtpbQBzZWNyZXQ=")
    assert command_of(b"AUTHENTICATE PLAIN", stranger) == Authenticate("PLAIN", None)
    assert command_of(b"AUTHENTICATE EXTERNAL =", stranger) == Authenticate("EXTERNAL", b"=")
    assert command_of(b"ENABLE CONDSTORE IMAP4rev2") == Enable(("CONDSTORE", "IMAP4REV2"))
    assert command_of(b"ID NIL") == Id(())
    assert command_of(b'ID ("name" "x" "version" NIL)') == Id(((b"name", b"x"), (b"version", None)))


def test_a_password_is_not_in_what_a_log_would_print() -> None:
    assert "secret" not in repr(Login("kim", "secret"))
    assert "secret" not in repr(Authenticate("PLAIN", b"\0kim\0secret"))


def test_mailbox_commands() -> None:
    assert command_of(b"SELECT inbox") == Select("INBOX", read_only=False)
    assert command_of(b'EXAMINE "Sent"') == Select("Sent", read_only=True)
    assert command_of(b"SELECT &1VyuAA-") == Select("한글", read_only=False)
    assert command_of("SELECT 한글".encode().replace("한글".encode(), '"한글"'.encode()), utf8=True) == Select(
        "한글", read_only=False
    )
    assert command_of(b"SELECT a&b", utf8=True) == Select("a&b", read_only=False)
    assert command_of(b"CREATE Old (USE (\\Archive))") == Create("Old", (b"\\Archive",))
    assert command_of(b"CREATE a/b/") == Create("a/b/")
    assert command_of(b"RENAME a b") == Rename("a", "b")
    assert command_of(b"UNSUBSCRIBE a") == Subscribe("a", subscribed=False)
    assert command_of(b"STATUS a (MESSAGES size)") == Status("a", (b"MESSAGES", b"SIZE"))
    assert command_of(b"UNSELECT") == Close(expunge=False)


def test_list() -> None:
    assert command_of(b'LIST "" ""') == List(("",))
    assert command_of(b'LIST "" inbox') == List(("INBOX",))
    assert command_of(b"LIST a/ %") == List(("a/%",))
    assert command_of(b'LSUB "" *') == List(("*",), frozenset({b"SUBSCRIBED"}), lsub=True)
    assert command_of(b'LIST (SUBSCRIBED RECURSIVEMATCH) "" (a b%) RETURN (CHILDREN STATUS (UNSEEN))') == List(
        ("a", "b%"),
        frozenset({b"SUBSCRIBED", b"RECURSIVEMATCH"}),
        frozenset({b"CHILDREN"}),
        (b"UNSEEN",),
        extended=True,
    )


def test_append() -> None:
    moment = datetime(2026, 2, 1, 10, 0, 0, tzinfo=timezone(timedelta(hours=9)))
    assert command_of(b'APPEND a (\\Seen $Work) " 1-Feb-2026 10:00:00 +0900" {2+}\r\nab') == Append(
        "a", FlagList(1, ("$Work",)), moment, b"ab"
    )
    assert command_of(b"APPEND a ~{1+}\r\nx") == Append("a", FlagList(0, ()), None, b"x")


def test_store_copy_expunge() -> None:
    assert command_of(b"STORE 1 +FLAGS.SILENT (\\DELETED work Work)") == Store(
        ONE, b"+", silent=True, flags=FlagList(8, ("work",)), by_uid=False
    )
    assert command_of(b"UID STORE 1 FLAGS \\Seen \\Draft") == Store(
        ONE, b"", silent=False, flags=FlagList(17, ()), by_uid=True
    )
    assert command_of(b"STORE 1 -FLAGS ()") == Store(ONE, b"-", silent=False, flags=FlagList(0, ()), by_uid=False)
    assert command_of(b"UID MOVE 1 a") == Copy(ONE, "a", move=True, by_uid=True)
    assert command_of(b"COPY 1 a") == Copy(ONE, "a", move=False, by_uid=False)
    assert command_of(b"EXPUNGE") == Expunge()
    assert command_of(b"UID EXPUNGE 1") == Expunge(ONE)


@pytest.mark.parametrize(
    ("items", "parsed"),
    [
        (b"FAST", ("FLAGS", "INTERNALDATE", "RFC822.SIZE")),
        (b"(UID flags)", ("UID", "FLAGS")),
        (b"BODY", ("BODY",)),
        (b"BODY[]", (Section(b"BODY[]"),)),
        (b"BODY.PEEK[1.2.MIME]", (Section(b"BODY[1.2.MIME]", "1.2", "MIME", peek=True),)),
        (b"BODY[text]<5.10>", (Section(b"BODY[TEXT]<5>", text="TEXT", origin=5, count=10),)),
        (
            b'BODY[1.HEADER.FIELDS.NOT (To "C c")]',
            (Section(b'BODY[1.HEADER.FIELDS.NOT (To "C c")]', "1", "HEADER.FIELDS.NOT", (b"To", b"C c")),),
        ),
        (b"RFC822.HEADER", (Section(b"RFC822.HEADER", text="HEADER", peek=True),)),
        (b"BINARY.PEEK[1]<0.5>", (Section(b"BINARY[1]<0>", "1", peek=True, origin=0, count=5, binary="BINARY"),)),
        (b"BINARY.SIZE[2]", (Section(b"BINARY.SIZE[2]", "2", peek=True, binary="BINARY.SIZE"),)),
    ],
)
def test_fetch_items(items: bytes, parsed: tuple[object, ...]) -> None:
    assert command_of(b"FETCH 1 " + items) == Fetch(ONE, parsed, by_uid=False)  # type: ignore[arg-type]


def test_uid_fetch_always_answers_with_the_uid() -> None:
    assert command_of(b"UID FETCH 1 FLAGS") == Fetch(ONE, ("UID", "FLAGS"), by_uid=True)


@pytest.mark.parametrize(
    ("keys", "parsed"),
    [
        (b"ALL", All()),
        (b"UNSEEN", Not(HasFlag(1))),
        (b"NEW", And((Recent(), Not(HasFlag(1))))),
        (b"KEYWORD Work", HasKeyword("work")),
        (b'FROM "kim"', Header(b"from", "kim")),
        (b'HEADER X-A ""', Header(b"X-A", "")),
        (b"1:3,5 UID 7", And((Members(SequenceSet(((1, 3), (5, 5))), False), Members(SequenceSet(((7, 7),)), True)))),
        (b"OR SEEN (DELETED DRAFT)", Or(HasFlag(1), And((HasFlag(8), HasFlag(16))))),
        (b"NOT LARGER 5", Not(Size(5, larger=True))),
        (b"SENTSINCE 1-Feb-2026", Dated(b"SINCE", date(2026, 2, 1), sent=True)),
        (b'ON "01-feb-2026"', Dated(b"ON", date(2026, 2, 1), sent=False)),
        (b"BODY x TEXT y", And((Text("x", body_only=True), Text("y", body_only=False)))),
        (b"$", Members(SequenceSet((), saved=True), False)),
    ],
)
def test_search_keys(keys: bytes, parsed: object) -> None:
    assert command_of(b"SEARCH " + keys) == Search(parsed, None, None, by_uid=False)  # type: ignore[arg-type]


def test_search_charsets_and_return_options() -> None:
    korean = "한글".encode("euc-kr")
    assert command_of(b"SEARCH CHARSET EUC-KR TEXT {%d+}\r\n%b" % (len(korean), korean)) == Search(
        Text("한글", body_only=False), b"EUC-KR", None, by_uid=False
    )
    assert command_of(b"UID SEARCH RETURN () CHARSET UTF-8 ALL") == Search(
        All(), b"UTF-8", frozenset({b"ALL"}), by_uid=True
    )
    unknown = command_of(b"SEARCH CHARSET X-NONE TEXT \xff")
    assert isinstance(unknown, Search)
    assert not unknown.known_charset


@pytest.mark.parametrize(
    "line",
    [
        b"SELECT", b"SELECT ", b"SELECT a b", b"SELECT &AGE", b"SELECT &A-", b'SELECT "a', b"SELECT {3}x", b"FETCH 0 FLAGS",
        b"FETCH 1", b"FETCH 1 ()", b"FETCH 1 (FLAGS", b"FETCH 1 NAME", b"FETCH 1 BODY[", b"FETCH 1 BODY[MIME]",
        b"FETCH 1 BODY[0]", b"FETCH 1 BODY[]<0.0>", b"FETCH 1 BODY[]<1>", b"FETCH 1 (FLAGS  UID)", b"FETCH 4294967296 FLAGS",
        b"FETCH 1: FLAGS", b"FETCH 1,,2 FLAGS", b"STORE 1 FLAG \\Seen", b"STORE 1 FLAGS \\Unknown", b"STORE 1 FLAGS",
        b"SEARCH", b"SEARCH NONE", b"SEARCH OR SEEN", b"SEARCH SINCE 31-Feb-2026", b"SEARCH SINCE 1-Abc-2026", b"SEARCH (SEEN",
        b"SEARCH SEEN)", b"SEARCH TEXT {1+}\r\n\xff", b"SEARCH RETURN (BEST) ALL", b"SEARCH LARGER 99999999999999999999",
        b"LIST (RECURSIVEMATCH) \"\" *", b"LIST (FROB) \"\" *", b"LIST \"\" * RETURN (FROB)", b"STATUS a ()", b"STATUS a (FROB)",
        b"APPEND a (\\Seen) 5", b'APPEND a "1-Feb-2026 10:00:00 +0900" {1+}\r\nx', b'APPEND a "31-Feb-2026 10:00:00 +0900" {1+}\r\nx',
        b"UID NOOP", b"UID", b"ENABLE", b"ID (\"a\")", b"COPY 1", b"CREATE a (USE \\Sent)", b"SEARCH TEXT {2+}\r\n\0a",
    ],
)  # fmt: skip
def test_bad_arguments_are_refused_with_what_was_expected(line: bytes) -> None:
    answer = command_of(line)
    assert isinstance(answer, str)
    assert answer.startswith("t BAD Expected "), answer


def test_a_search_is_bounded_in_depth_and_size() -> None:
    for keys in (b"(" * 1000 + b"ALL" + b")" * 1000, b"NOT " * 1000 + b"ALL", b" ".join([b"ALL"] * 2000)):
        assert "a simpler search" in str(command_of(b"SEARCH " + keys))


def test_every_verb_needs_a_state() -> None:
    assert all(verb.states and State.LOGOUT not in verb.states for verb in VERBS.values())
