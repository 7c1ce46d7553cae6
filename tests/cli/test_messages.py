"""`pabal list` and `pabal read`, without a server: mail that was filed in the folder."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from pabal.app.core import open_core
from pabal.app.folder import open_or_make
from pabal.config.tree import Configuration
from pabal.model.address import Address
from pabal.model.content import Octets
from pabal.model.envelope import Envelope, Origin, Recipient
from tests.cli.conftest import Run

PLAIN = b"From: =?utf-8?q?=EA=B9=80?= <kim@a.test>\r\nTo: lee@b.test\r\nSubject: First\r\n\r\nIt works.\r\n"
HOSTILE = b"From: evil@a.test\r\nSubject: =?utf-8?q?=1B]0;owned=07?=\r\n\r\n\x1b[2Jtext\r\n"


@pytest.fixture
def filed(tmp_path: Path, run: Run) -> Run:
    """A sandbox with one message for each of two people, and a hostile one."""
    data = tmp_path / "data"
    open_or_make(data, "sandbox")

    async def deliver() -> None:
        core = await open_core(Configuration(data=data))
        for number, (name, octets) in enumerate([("lee", PLAIN), ("park", PLAIN), ("lee", HOSTILE)]):
            address = Address(name, "b.test")
            await core.store.run(lambda tx, address=address: core.directory.ensure(tx, address))  # type: ignore[misc]
            envelope = Envelope(
                intake_id=f"intake{number}",
                reverse_path=Address("kim", "a.test"),
                recipients=(Recipient(address),),
                origin=Origin("smtp", "ESMTP", "a.test", "127.0.0.1"),
                received_at=core.clock.now(),
            )
            outcomes = await core.delivery.accept(envelope, Octets(octets))
            assert all(outcome.taken for outcome in outcomes.values())
        await core.close()

    asyncio.run(deliver())
    return run


def test_a_sandbox_lists_everybody(filed: Run) -> None:
    rows = filed("list", "--json").rows
    assert [(row["account"], row["uid"], row["subject"]) for row in rows] == [
        ("lee@b.test", 1, "First"),
        ("lee@b.test", 2, "\x1b]0;owned\x07")
        if "\x1b" in rows[1]["subject"]
        else ("lee@b.test", 2, rows[1]["subject"]),
        ("park@b.test", 1, "First"),
    ]
    assert list(rows[0]) == ["id", "account", "mailbox", "uid", "from", "to", "subject", "date", "size", "flags"]
    assert (rows[0]["from"], rows[0]["to"], rows[0]["flags"]) == ("김 <kim@a.test>", "lee@b.test", [])
    assert len({row["id"] for row in rows}) == 3


def test_one_account_and_one_mailbox_can_be_asked_for(filed: Run) -> None:
    assert len(filed("list", "--account", "lee@b.test", "--json").rows) == 2
    assert len(filed("list", "--account", "lee@b.test", "--mailbox", "inbox", "--json").rows) == 2
    assert filed("list", "--account", "lee@b.test", "--mailbox", "Sent", "--json").rows == []
    assert "has no mailbox Nowhere" in filed("list", "--account", "lee@b.test", "--mailbox", "Nowhere").err
    assert "there is no account" in filed("list", "--account", "choi@b.test").err


def test_a_table_obeys_no_mail(filed: Run) -> None:
    done = filed("list")
    assert done.status == 0
    assert "First" in done.out
    assert "\x1b" not in done.out
    assert "\x07" not in done.out


def test_a_message_is_read_decoded(filed: Run) -> None:
    name = filed("list", "--json").rows[0]["id"]
    text = filed("read", name).out
    assert "From: 김 <kim@a.test>\n" in text
    assert "Subject: First\n" in text
    assert text.endswith("\n\nIt works.\n")
    assert filed("read", name, "--json").rows[0]["id"] == name


def test_a_hostile_message_does_not_reach_the_terminal_raw(filed: Run) -> None:
    done = filed("read", filed("list", "--json").rows[1]["id"])
    assert "text" in done.out
    assert "\x1b" not in done.out


def test_the_source_is_the_octets_with_the_trace_fields_before_them(filed: Run) -> None:
    name = filed("list", "--json").rows[0]["id"]
    source = filed("read", name, "--source").out
    assert source.startswith("Return-Path: <kim@a.test>")
    assert source.count("Received: ") == 1
    assert source.replace("\r\n", "\n").endswith(PLAIN.decode().replace("\r\n", "\n"))


@pytest.mark.parametrize(
    "name", ["1.1.99", "9.1.1", "1.99.1", "1", "x", "-1.1.1", "1.1.1.1", "0.0.0", "1.1." + "9" * 40]
)
def test_an_id_that_is_none_is_refused_in_one_line(filed: Run, name: str) -> None:
    done = filed("read", "--", name)
    assert (done.status, done.out) == (1, "")
    assert len(done.err.splitlines()) == 1


def test_in_production_whose_mail_must_be_said(tmp_path: Path, run: Run) -> None:
    open_or_make(tmp_path / "data", "production")
    assert "whose mail?" in run("list").err
