"""The doors put together: what comes in by one is read by the others."""

from __future__ import annotations

import imaplib
import json
import poplib
import smtplib
import ssl
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.kit.server import Server, running

DOORS = ("smtp", "lmtp", "imap", "imaps", "pop3", "pop3s", "web", "webs")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("server"), listen=dict.fromkeys(DOORS, "127.0.0.1:0")) as server:
        yield server


@pytest.fixture
def trusting() -> ssl.SSLContext:
    """Takes the self-signed certificate that the server made."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def send(client: smtplib.SMTP, account: str, subject: str) -> None:
    with client:
        client.sendmail("kim@a.test", [account], f"Subject: {subject}\r\n\r\nIt works.\r\n")


def subjects(server: Server, account: str) -> list[str]:
    return [row["subject"] for row in server.rows("list", "--account", account)]


def test_ready_names_every_door(served: Server) -> None:
    assert tuple(sorted(served.ports)) == tuple(sorted(DOORS))


def test_smtp_lmtp_and_starttls_bring_mail_in(served: Server, trusting: ssl.SSLContext) -> None:
    send(smtplib.SMTP("127.0.0.1", served.smtp), "lee@in.test", "by SMTP")
    send(smtplib.LMTP("127.0.0.1", served.lmtp), "lee@in.test", "by LMTP")
    secured = smtplib.SMTP("127.0.0.1", served.smtp)
    secured.starttls(context=trusting)
    send(secured, "lee@in.test", "by STARTTLS")
    assert subjects(served, "lee@in.test") == ["by SMTP", "by LMTP", "by STARTTLS"]


def test_imap_reads_it_in_clear_with_starttls_and_with_tls(served: Server, trusting: ssl.SSLContext) -> None:
    send(smtplib.SMTP("127.0.0.1", served.smtp), "lee@imap.test", "Hello")
    starttls = imaplib.IMAP4("127.0.0.1", served.imap)
    starttls.starttls(trusting)
    implicit = imaplib.IMAP4_SSL("127.0.0.1", served.imaps, ssl_context=trusting)
    for client in (imaplib.IMAP4("127.0.0.1", served.imap), starttls, implicit):
        client.login("lee@imap.test", "anything")
        assert client.select() == ("OK", [b"1"])
        _, found = client.fetch("1", "(BODY[TEXT])")
        assert found[0][1] == b"It works.\r\n"  # type: ignore[index]
        client.logout()


def test_pop3_reads_it_in_clear_with_stls_and_with_tls(served: Server, trusting: ssl.SSLContext) -> None:
    send(smtplib.SMTP("127.0.0.1", served.smtp), "lee@pop.test", "Hello")
    stls = poplib.POP3("127.0.0.1", served.pop3)
    stls.stls(trusting)
    for client in (
        poplib.POP3("127.0.0.1", served.pop3),
        stls,
        poplib.POP3_SSL("127.0.0.1", served.pop3s, context=trusting),
    ):
        client.user("lee@pop.test")
        client.pass_("anything")
        assert client.retr(1)[1][-3:] == [b"Subject: Hello", b"", b"It works."]
        client.quit()


def test_pop3_and_pop3s_open_the_same_maildrop_once(served: Server, trusting: ssl.SSLContext) -> None:
    first = poplib.POP3("127.0.0.1", served.pop3)
    first.user("lee@once.test")
    first.pass_("anything")
    second = poplib.POP3_SSL("127.0.0.1", served.pop3s, context=trusting)
    second.user("lee@once.test")
    with pytest.raises(poplib.error_proto, match="IN-USE"):
        second.pass_("anything")
    first.quit()


def test_the_page_shows_it_on_both_web_doors(served: Server, trusting: ssl.SSLContext) -> None:
    send(smtplib.SMTP("127.0.0.1", served.smtp), "lee@web.test", "Seen on the web")
    for url in (f"http://localhost:{served.web}", f"https://localhost:{served.webs}"):
        with urllib.request.urlopen(f"{url}/messages", context=trusting) as answer:
            [row] = [row for row in json.load(answer) if row["account"] == "lee@web.test"]
        with urllib.request.urlopen(f"{url}/messages/{row['id']}", context=trusting) as answer:
            assert "It works." in json.load(answer)["text"]


def test_the_counters_of_all_doors_are_told(served: Server) -> None:
    send(smtplib.SMTP("127.0.0.1", served.smtp), "lee@counted.test", "Hello")
    with urllib.request.urlopen(f"http://localhost:{served.web}/metrics") as answer:
        text = answer.read().decode()
    assert 'pabal_connections_total{door="smtp"}' in text
    assert "# TYPE pabal_connections_open gauge" in text


def test_a_password_that_was_set_is_the_only_one(served: Server) -> None:
    served.pabal("domain", "add", "strict.test")
    served.pabal("account", "add", "kim@strict.test", "--password-stdin", given="a long secret\n")
    with imaplib.IMAP4("127.0.0.1", served.imap) as client:
        with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
            client.login("kim@strict.test", "anything")
        client.login("kim@strict.test", "a long secret")
    served.pabal("account", "password", "kim@strict.test", "--password-stdin", given="another secret\n")
    with imaplib.IMAP4("127.0.0.1", served.imap) as client:
        with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
            client.login("kim@strict.test", "a long secret")
        client.login("kim@strict.test", "another secret")


def test_it_ends_cleanly_under_idle_clients_of_every_protocol(tmp_path: Path, trusting: ssl.SSLContext) -> None:
    with running(tmp_path, listen=dict.fromkeys(DOORS, "127.0.0.1:0")) as server, ExitStack() as clients:
        idle = imaplib.IMAP4("127.0.0.1", server.imap)
        idle.login("lee@b.test", "anything")
        idle.select()
        idle.send(b"a IDLE\r\n")
        assert idle.readline().startswith(b"+")
        clients.callback(idle.shutdown)
        pop = poplib.POP3_SSL("127.0.0.1", server.pop3s, context=trusting)
        clients.callback(pop.close)
        smtp = smtplib.SMTP("127.0.0.1", server.smtp)
        clients.callback(smtp.close)
        live = clients.enter_context(urllib.request.urlopen(f"http://localhost:{server.web}/live"))
        assert live.readline() == b"retry: 1000\n"
        assert server.stop() == 0
        assert idle.readline().startswith(b"* BYE")
        assert "Traceback" not in server.log.read_text()
