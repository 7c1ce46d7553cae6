"""With a configuration file nothing is accepted that was not configured."""

from __future__ import annotations

import imaplib
import poplib
import subprocess
from collections.abc import Iterator

import pytest

from tests.clients.talk import deliver, smtp
from tests.kit.server import NotReady, Server, pabal, running, start_server

CONFIG = """
mode = "production"
hostname = "mail.here.test"

[listen]
smtp = "127.0.0.1:0"
imap = "127.0.0.1:0"
pop3 = "127.0.0.1:0"

[serve]
user = "root"

[limits]
recipients = 100
message_size = "64KiB"
"""
PASSWORD = "a horse at every post"


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("production")
    with running(folder, config=CONFIG, listen={}) as server:
        server.pabal("domain", "add", "here.test")
        server.pabal("account", "add", "kim@here.test", "--password-stdin", given=PASSWORD + "\n")
        server.pabal("alias", "add", "info@here.test", "kim@here.test")
        yield server


def test_only_the_configured_doors_are_open(production: Server) -> None:
    assert set(production.ports) == {"smtp", "imap", "pop3"}


def test_an_unknown_recipient_is_refused(production: Server) -> None:
    with smtp(production.smtp) as talk:
        assert talk.ask("MAIL FROM:<a@elsewhere.test>").startswith("250 2.1.0")
        assert talk.ask("RCPT TO:<nobody@here.test>").startswith("550 5.1.1 ")
        assert talk.ask("RCPT TO:<kim@here.test>").startswith("250 2.1.5")


@pytest.mark.parametrize(
    "path",
    [
        "<lee@elsewhere.test>",
        "<lee%elsewhere.test@here.test>",
        "<elsewhere.test!lee@here.test>",
        '<"lee@elsewhere.test"@here.test>',
        "<@here.test:lee@elsewhere.test>",
        "<lee@[192.0.2.1]>",
    ],
)
def test_relaying_is_refused_in_every_form(production: Server, path: str) -> None:
    with smtp(production.smtp) as talk:
        talk.ask("MAIL FROM:<a@elsewhere.test>")
        assert talk.ask(f"RCPT TO:{path}")[:1] == "5"


def test_account_alias_and_postmaster_receive(production: Server) -> None:
    for recipient in ("kim@here.test", "INFO@here.test", "postmaster"):
        assert deliver(production.smtp, recipient, b"Subject: " + recipient.encode() + b"\r\n\r\nhere").startswith(
            "250 2."
        )
    subjects = {row["subject"] for row in production.rows("list", "--account", "kim@here.test")}
    assert {"kim@here.test", "INFO@here.test", "postmaster"} <= subjects


def test_a_wrong_password_is_refused_as_an_unknown_user_is(production: Server) -> None:
    said = set()
    for user in ("kim@here.test", "nobody@here.test"):
        with (
            imaplib.IMAP4("127.0.0.1", production.imap, timeout=30) as client,
            pytest.raises(imaplib.IMAP4.error) as no,
        ):
            client.login(user, "wrong")
        said.add(str(no.value))
    assert len(said) == 1
    assert "AUTHENTICATIONFAILED" in said.pop()


def test_pop3_refuses_a_wrong_password(production: Server) -> None:
    client = poplib.POP3("127.0.0.1", production.pop3, timeout=30)
    client.user("kim@here.test")
    with pytest.raises(poplib.error_proto, match="AUTH"):
        client.pass_("wrong")
    client.close()


def test_the_right_password_opens(production: Server) -> None:
    with imaplib.IMAP4("127.0.0.1", production.imap, timeout=30) as client:
        assert client.login("kim@here.test", PASSWORD)[0] == "OK"


def test_one_recipient_more_than_the_limit_waits_for_the_next_transaction(production: Server) -> None:
    with smtp(production.smtp) as talk:
        talk.ask("MAIL FROM:<a@elsewhere.test>")
        said = [talk.ask("RCPT TO:<kim@here.test>") for _ in range(101)]
    assert {line[:9] for line in said[:100]} == {"250 2.1.5"}
    assert said[100].startswith("452 4.5.3 ")


def test_a_message_over_the_limit_is_read_to_its_end_and_refused(production: Server) -> None:
    with smtp(production.smtp) as talk:
        assert talk.ask("MAIL FROM:<a@elsewhere.test> SIZE=100000").startswith("552 5.3.4 ")
        talk.ask("MAIL FROM:<a@elsewhere.test>")
        talk.ask("RCPT TO:<kim@here.test>")
        talk.ask("DATA")
        talk.send(b"Subject: large\r\n\r\n" + (b"x" * 70 + b"\r\n") * 2000 + b".\r\n")
        assert talk.reply().startswith("552 5.3.4 ")
        assert talk.ask("NOOP").startswith("250 2.0.0")
    assert "large" not in {row["subject"] for row in production.rows("list", "--account", "kim@here.test")}


def test_the_sandbox_refuses_a_production_folder(production: Server) -> None:
    production_data = production.data
    done = pabal("serve", "--data", str(production_data), check=False)
    assert done.returncode == 1
    assert done.stderr.strip()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('hostname = "a.test"\n[listen]\nsmpt = "127.0.0.1:0"\n', ":3"),
        ('hostname = "a.test"\n[listen\n', ":2"),
        ("hostname = 7\n", ":1"),
        ('hostname = "a.test"\n[limits]\nrecipients = "many"\n', ":3"),
    ],
)
def test_a_broken_configuration_names_file_and_line(
    tmp_path_factory: pytest.TempPathFactory, text: str, expected: str
) -> None:
    with pytest.raises(NotReady, match=rf"pabal\.toml{expected}\b"):
        start_server(tmp_path_factory.mktemp("broken"), config=text, listen={})


def test_a_port_in_use_is_said(production: Server, tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.raises(NotReady, match=str(production.smtp)):
        start_server(tmp_path_factory.mktemp("taken"), listen={"smtp": f"127.0.0.1:{production.smtp}"} | _others())


def test_a_second_server_on_the_same_folder_is_refused(server: Server) -> None:
    listen = [word for door in ("smtp", *_others()) for word in ("--listen", f"{door}=false")]
    done = pabal("serve", "--data", str(server.data), *listen, check=False)
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1


def _others() -> dict[str, str]:
    doors = ("submission", "submissions", "lmtp", "imap", "imaps", "pop3", "pop3s", "managesieve", "web", "webs")
    return dict.fromkeys(doors, "false")


def test_curl_is_refused_with_a_wrong_password(production: Server) -> None:
    url = f"imap://127.0.0.1:{production.imap}/INBOX"
    done = subprocess.run(["curl", "-sS", "-u", "kim@here.test:wrong", url], capture_output=True, timeout=60)
    assert done.returncode == 67  # curl: login denied
