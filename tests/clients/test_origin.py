"""The telnet session of the document that Pabal started from, typed by hand, then read in every way.

No angle brackets, ``HELLO`` for HELO, no empty line between header and text: taken as it is printed.
"""

from __future__ import annotations

import imaplib
import poplib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.talk import deliver
from tests.clients.terminal import Terminal
from tests.kit.server import Server, running

ADDRESS = "kwang@kwang.co.kr"
SESSION = (
    "HELLO kwang.co.kr",
    f"MAIL FROM:{ADDRESS}",
    f"RCPT TO:{ADDRESS}",
    "DATA",
    "SUBJECT: Test subject",
    "test content",
    ".",
    "QUIT",
)


@pytest.fixture(scope="module")
def typed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, list[str]]]:
    """A sandbox after the session was typed into ``nc -C``, and what the server said."""
    with running(tmp_path_factory.mktemp("origin")) as server:
        yield server, type_into(["nc", "-C", "127.0.0.1", str(server.smtp)])


def type_into(program: list[str]) -> list[str]:
    """Type the session line by line, each after the answer to the one before; the answers."""
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as typing:
        assert typing.stdin is not None
        assert typing.stdout is not None
        said = [_greeting(typing.stdout)]
        for line in SESSION:
            typing.stdin.write(line + "\n")
            typing.stdin.flush()
            if not line.startswith(("SUBJECT", "test")):
                said.append(typing.stdout.readline().strip())
        typing.stdin.close()
    return said


def _greeting(lines: Iterator[str]) -> str:
    """Past what telnet says for itself."""
    return next(line.strip() for line in lines if line.startswith("220"))


def codes(said: list[str]) -> list[str]:
    return [line[:3] for line in said]


def check_message(message: bytes) -> None:
    """The header ends where the first line without a colon begins the text."""
    lines = message.replace(b"\r\n", b"\n").rstrip().split(b"\n")
    header, text = lines[:-1], lines[-1]
    names = [line.partition(b":")[0].lower() for line in header if line[:1] not in b" \t"]
    assert names.count(b"received") == 1
    assert names.count(b"return-path") == 1
    assert b"SUBJECT: Test subject" in header
    assert text == b"test content"


def test_it_is_accepted_line_by_line(typed: tuple[Server, list[str]]) -> None:
    assert codes(typed[1]) == ["220", "250", "250", "250", "354", "250", "221"]


def test_telnet_is_accepted_as_well(server: Server) -> None:
    assert codes(type_into(["telnet", "127.0.0.1", str(server.smtp)])) == codes(
        ["220", "250", "250", "250", "354", "250", "221"]
    )


def test_list_and_read_show_it(typed: tuple[Server, list[str]]) -> None:
    server, _ = typed
    (row,) = server.rows("list")
    assert (row["account"], row["mailbox"], row["subject"]) == (ADDRESS, "INBOX", "Test subject")
    shown = server.pabal("read", str(row["id"])).stdout
    assert "Test subject" in shown
    assert "test content" in shown
    assert "Test subject" in server.pabal("list").stdout


def test_its_source_has_one_trace_of_each_kind(typed: tuple[Server, list[str]]) -> None:
    server, _ = typed
    (row,) = server.rows("list")
    check_message(server.pabal("read", str(row["id"]), "--source").stdout.encode())


def test_imap_shows_it(typed: tuple[Server, list[str]]) -> None:
    with imaplib.IMAP4("127.0.0.1", typed[0].imap, timeout=30) as client:
        client.login(ADDRESS, "any")
        client.select("INBOX", readonly=True)
        _, parts = client.fetch("1", "(BODY.PEEK[] BODY.PEEK[TEXT] ENVELOPE)")
    literals = [part[1] for part in parts if isinstance(part, tuple)]
    check_message(literals[0])
    assert literals[1].strip() == b"test content"


def test_pop3_shows_it(typed: tuple[Server, list[str]]) -> None:
    client = poplib.POP3("127.0.0.1", typed[0].pop3, timeout=30)
    client.user(ADDRESS)
    client.pass_("any")
    check_message(b"\r\n".join(client.retr(1)[1]))
    client.quit()


def test_curl_shows_it_over_pop3(typed: tuple[Server, list[str]]) -> None:
    url = f"pop3://127.0.0.1:{typed[0].pop3}/1"
    done = subprocess.run(["curl", "-sS", "-u", f"{ADDRESS}:any", url], capture_output=True, check=True, timeout=60)
    check_message(done.stdout)


def test_neomutt_shows_it(typed: tuple[Server, list[str]], tmp_path: Path) -> None:
    settings = tmp_path / "neomuttrc"
    settings.write_text(
        f'set folder="imap://127.0.0.1:{typed[0].imap}/"\nset spoolfile="+INBOX"\n'
        f'set imap_user="{ADDRESS}"\nset imap_pass="any"\nset ssl_starttls=no\nset ssl_force_tls=no\n'
        f'set header_cache=""\nset mail_check=1\nset sleep_time=0\nset wait_key=no\nset help=no\n'
    )
    with Terminal("neomutt", "-F", str(settings), home=tmp_path) as terminal:
        terminal.wait_for("Test subject")
        terminal.press("Enter")
        assert "test content" in terminal.wait_for("test content")
        terminal.press("q")
        terminal.press("q")


def test_a_dot_and_a_space_is_text(server: Server) -> None:
    assert deliver(server.smtp, "kim@here.test", b"Subject: dots\r\n\r\none\r\n. \r\ntwo").startswith("250 2.")
    (row,) = server.rows("list")
    assert "two" in server.pabal("read", str(row["id"])).stdout
