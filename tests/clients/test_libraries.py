"""Client libraries that other people's programs are made with: all of them send, list and fetch."""

from __future__ import annotations

import imaplib
import poplib
import re
import smtplib
import ssl
import subprocess
from pathlib import Path

import pytest
from aioimaplib import aioimaplib
from imapclient import IMAPClient

from tests.clients.talk import deliver
from tests.kit import install
from tests.kit.server import Server

MESSAGE = b"From: Kim <kim@client.test>\r\nTo: lee@here.test\r\nSubject: A lantern\r\n\r\nIt is lit.\r\n"


def trusting() -> ssl.SSLContext:
    """The sandbox signs its certificate itself."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@pytest.fixture
def address(request: pytest.FixtureRequest, shared_server: Server) -> str:
    """An account of this test's own with one message."""
    name = re.sub("[^a-z0-9]+", "-", request.node.name.lower())[:60].strip("-") + "@here.test"
    assert deliver(shared_server.smtp, name, MESSAGE).startswith("250 2.")
    return name


@pytest.mark.parametrize("protected", [False, True])
def test_smtplib_sends(shared_server: Server, address: str, protected: bool) -> None:
    with smtplib.SMTP("127.0.0.1", shared_server.smtp, timeout=30) as client:
        if protected:
            client.starttls(context=trusting())
        assert client.sendmail("kim@client.test", [address, "other@here.test"], MESSAGE) == {}
    assert len(shared_server.rows("list", "--account", address)) == 2


def test_imaplib_works_through_a_mailbox(shared_server: Server, address: str) -> None:
    with imaplib.IMAP4("127.0.0.1", shared_server.imap, timeout=30) as client:
        client.starttls(trusting())
        client.login(address, "any")
        assert client.select("INBOX")[1] == [b"1"]
        assert client.append("INBOX", r"(\Flagged)", None, MESSAGE)[0] == "OK"
        assert client.search(None, "FLAGGED")[1] == [b"2"]
        assert client.create("Plans")[0] == "OK"
        assert client.copy("2", "Plans")[0] == "OK"
        assert client.store("1", "+FLAGS", r"\Deleted")[0] == "OK"
        assert client.expunge()[1] == [b"1"]
        assert client.status("Plans", "(MESSAGES)")[1] == [b"Plans (MESSAGES 1)"]


def test_imaplib_over_tls_from_the_start(shared_server: Server, address: str) -> None:
    with imaplib.IMAP4_SSL("127.0.0.1", shared_server.imaps, ssl_context=trusting(), timeout=30) as client:
        client.login(address, "any")
        assert client.select("INBOX")[1] == [b"1"]
        _, parts = client.fetch("1", "(RFC822)")
        assert isinstance(parts[0], tuple)
        assert parts[0][1].endswith(MESSAGE)


@pytest.mark.parametrize("protected", [False, True])
def test_poplib_reads_and_deletes(shared_server: Server, address: str, protected: bool) -> None:
    client = poplib.POP3("127.0.0.1", shared_server.pop3, timeout=30)
    if protected:
        client.stls(trusting())
    client.user(address)
    client.pass_("any")
    assert client.stat()[0] == 1
    assert b"Subject: A lantern" in client.top(1, 0)[1]
    assert len(client.uidl()[1]) == 1
    assert client.retr(1)[1][-1] == b"It is lit."
    client.dele(1)
    client.quit()
    assert shared_server.rows("list", "--account", address) == []


def test_imapclient_reads_envelopes_and_moves(shared_server: Server, address: str) -> None:
    with IMAPClient("127.0.0.1", shared_server.imap, ssl=False, timeout=30) as client:
        client.login(address, "any")
        assert client.select_folder("INBOX")[b"EXISTS"] == 1
        (uid,) = client.search(["SUBJECT", "lantern"])
        envelope = client.fetch([uid], ["ENVELOPE"])[uid][b"ENVELOPE"]
        assert (envelope.subject, envelope.from_[0].mailbox) == (b"A lantern", b"kim")
        client.move([uid], "Archive")
        assert client.search() == []
        assert client.folder_status("Archive")[b"MESSAGES"] == 1


async def test_aioimaplib_idles_until_a_message_comes(shared_server: Server, address: str) -> None:
    client = aioimaplib.IMAP4("127.0.0.1", shared_server.imap, timeout=30)
    await client.wait_hello_from_server()
    await client.login(address, "any")
    await client.select("INBOX")
    idling = await client.idle_start(timeout=60)
    deliver(shared_server.smtp, address, MESSAGE)
    pushed: list[bytes] = []
    while b"2 EXISTS" not in pushed:
        pushed += await client.wait_server_push(30)
    client.idle_done()
    await idling
    await client.logout()


IMAPFLOW = """
import { ImapFlow } from 'imapflow';
const [port, user] = process.argv.slice(2);
const client = new ImapFlow({ host: '127.0.0.1', port: Number(port), secure: false, logger: false,
  auth: { user, pass: 'any' }, tls: { rejectUnauthorized: false } });
await client.connect();
const lock = await client.getMailboxLock('INBOX');
const one = await client.fetchOne('*', { envelope: true, bodyStructure: true, source: true, uid: true, flags: true });
await client.messageFlagsAdd('1', ['\\\\Seen']);
const moved = await client.messageMove('1', 'Archive');
lock.release();
const status = await client.status('Archive', { messages: true });
console.log(JSON.stringify({ subject: one.envelope.subject, type: one.bodyStructure.type,
  tail: one.source.toString().slice(-12), moved: moved.uidMap.size, archived: status.messages }));
await client.logout();
"""


def test_imapflow_reads_flags_and_moves(shared_server: Server, address: str) -> None:
    script = install.BUILD / "node" / "imapflow_works.mjs"
    script.write_text(IMAPFLOW)
    command = [install.node(), str(script), str(shared_server.imap), address]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    assert done.stdout.strip() == (
        '{"subject":"A lantern","type":"text/plain","tail":"It is lit.\\r\\n","moved":1,"archived":1}'
    )


def curl(*arguments: str) -> str:
    done = subprocess.run(["curl", "-sS", "-k", *arguments], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_curl_sends_with_starttls(shared_server: Server, address: str, tmp_path: Path) -> None:
    file = tmp_path / "message"
    file.write_bytes(MESSAGE)
    url = f"smtp://127.0.0.1:{shared_server.smtp}/client.test"
    curl("--ssl-reqd", url, "--mail-from", "kim@client.test", "--mail-rcpt", address, "-T", str(file))
    assert len(shared_server.rows("list", "--account", address)) == 2


def test_curl_reads_over_imap(shared_server: Server, address: str) -> None:
    url = f"imap://127.0.0.1:{shared_server.imap}/INBOX"
    assert curl("-u", f"{address}:any", f"{url};MAILINDEX=1").endswith("It is lit.\n")
    assert "EXISTS" in curl("-u", f"{address}:any", url, "-X", "EXAMINE INBOX")


def test_curl_lists_over_pop3s(shared_server: Server, address: str) -> None:
    listed = curl("-u", f"{address}:any", f"pop3s://127.0.0.1:{shared_server.pop3s}/")
    assert listed.split()[0] == "1"


def test_swaks_delivers_with_starttls(shared_server: Server, address: str) -> None:
    command = ["swaks", "--server", f"127.0.0.1:{shared_server.smtp}", "--tls", "--to", address]
    command += ["--from", "kim@client.test", "--helo", "client.test", "--h-Subject", "From swaks"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "TLS started" in done.stdout
    assert "From swaks" in [row["subject"] for row in shared_server.rows("list", "--account", address)]


def test_swaks_delivers_over_lmtp(shared_server: Server, address: str) -> None:
    command = ["swaks", "--protocol", "LMTP", "--server", f"127.0.0.1:{shared_server.lmtp}", "--to", address]
    command += ["--from", "kim@client.test", "--helo", "client.test", "--h-Subject", "From LMTP"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "From LMTP" in [row["subject"] for row in shared_server.rows("list", "--account", address)]
