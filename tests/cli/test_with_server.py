"""The same commands with a server running: they run in it, and are in force when they return."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit.server import Server, running

DOORS = {"smtp": "127.0.0.1:0"} | dict.fromkeys(("lmtp", "imap", "imaps", "pop3", "pop3s", "web", "webs"), "false")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("server"), listen=DOORS) as server:
        yield server


def reply_to(server: Server, forward_path: str) -> int:
    """The reply to RCPT, in a new connection."""
    with smtplib.SMTP("127.0.0.1", server.smtp, timeout=10) as client:
        client.ehlo()
        client.mail("kim@elsewhere.test")
        return client.rcpt(forward_path)[0]


def test_a_change_is_in_force_when_the_command_returns(served: Server) -> None:
    assert reply_to(served, "anybody@strict.test") == 250
    served.pabal("domain", "add", "strict.test")
    assert reply_to(served, "nobody@strict.test") == 550
    served.pabal("account", "add", "kim@strict.test", "--password-stdin", given="a long secret\n")
    assert reply_to(served, "kim@strict.test") == 250
    served.pabal("alias", "add", "info@strict.test", "kim@strict.test")
    assert reply_to(served, "info@strict.test") == 250
    served.pabal("alias", "remove", "info@strict.test")
    assert reply_to(served, "info@strict.test") == 550
    served.pabal("account", "remove", "kim@strict.test")
    assert reply_to(served, "kim@strict.test") == 550


def test_a_refusal_comes_back_as_one_line(served: Server) -> None:
    done = served.pabal("domain", "show", "nowhere.test", check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "pabal: the domain nowhere.test is not here\n"


def test_a_message_is_listed_and_read_whole(served: Server) -> None:
    body = "line of text\r\n" * 100_000
    with smtplib.SMTP("127.0.0.1", served.smtp, timeout=30) as client:
        client.sendmail("kim@a.test", ["lee@big.test"], f"Subject: Big\r\n\r\n{body}")
    [row] = served.rows("list", "--account", "lee@big.test")
    source = served.pabal("read", row["id"], "--source").stdout
    assert row["size"] > len(body)
    assert source.count("line of text") == 100_000
    assert served.pabal("read", row["id"]).stdout.count("line of text") == 100_000


def test_the_same_rows_come_with_and_without_the_server(tmp_path: Path) -> None:
    with running(tmp_path, listen=DOORS) as server:
        with smtplib.SMTP("127.0.0.1", server.smtp, timeout=10) as client:
            client.sendmail("kim@a.test", ["lee@b.test"], "Subject: Hello\r\n\r\nIt works.\r\n")
        commands = (["list"], ["domain", "list"], ["account", "list"], ["account", "show", "lee@b.test"])
        served = [server.rows(*command) for command in commands]
        server.stop()
        assert [server.rows(*command) for command in commands] == served
