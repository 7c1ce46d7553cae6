"""The sandbox as a developer meets it: start, look, restart, stop."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.clients.talk import deliver
from tests.kit.server import NotReady, Server, running, start_server

TEXT = b"From: Kim <kim@client.test>\r\nSubject: A lantern\r\n\r\nIt is lit.\r\n"


def get(server: Server, path: str) -> str:
    with urlopen(f"http://127.0.0.1:{server.web}{path}", timeout=30) as answer:
        body: bytes = answer.read()
    return body.decode()


def test_every_built_door_is_open_on_loopback(server: Server) -> None:
    assert {"smtp", "lmtp", "imap", "imaps", "pop3", "pop3s", "web"} <= set(server.ports)
    assert "sandbox" in server.first_run


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly_when_told(tmp_path: Path, number: signal.Signals) -> None:
    with running(tmp_path) as server:
        deliver(server.smtp, "kim@here.test", TEXT)
        server.process.send_signal(number)
        assert server.process.wait(30) == 0
        assert server.process.stdout is not None
        assert server.process.stdout.read() == b""  # nothing after ``ready``
        assert "Traceback" not in server.log.read_text()


def test_mail_is_still_there_after_a_restart(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        deliver(server.smtp, "kim@here.test", TEXT)
        before = server.rows("list")
        assert server.stop() == 0
        assert server.rows("list") == before  # a command without a server reads the same
    with running(tmp_path) as server:
        assert server.rows("list") == before


def test_a_listing_has_the_keys_that_scripts_count_on(server: Server) -> None:
    deliver(server.smtp, "kim@here.test", TEXT)
    (row,) = server.rows("list")
    assert {"id", "account", "mailbox", "uid", "from", "to", "subject", "date", "size", "flags"} <= set(row)


def test_an_added_domain_is_strict_at_once(server: Server) -> None:
    server.pabal("domain", "add", "strict.test")
    server.pabal("account", "add", "kim@strict.test", "--password-stdin", given="a lantern\n")
    assert deliver(server.smtp, "kim@strict.test", TEXT).startswith("250 2.")
    with pytest.raises(AssertionError):
        deliver(server.smtp, "nobody@strict.test", TEXT)


def test_health_and_metrics_are_on_the_web_port(server: Server) -> None:
    deliver(server.smtp, "kim@here.test", TEXT)
    get(server, "/health")
    assert "pabal_" in get(server, "/metrics")


def test_the_first_page_needs_no_other_host(server: Server) -> None:
    page = get(server, "/")
    assert "<html" in page.lower()
    assert "https://" not in page


def test_a_foreign_host_name_is_misdirected(server: Server) -> None:
    """A name that an attacker's DNS points at loopback (DNS rebinding) must not reach the mail."""
    url = f"http://127.0.0.1:{server.web}/"
    done = subprocess.run(
        ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-H", "Host: evil.test", url],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout == "421"


def test_a_listener_for_everybody_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotReady, match="loopback"):
        start_server(tmp_path, listen={"smtp": "0.0.0.0:0", "imap": "false"})


def test_refusals_are_one_line_and_exit_status_1(server: Server) -> None:
    done = server.pabal("read", "999.999.999", check=False)
    assert (done.returncode, len(done.stderr.strip().splitlines())) == (1, 1)
    wrong = server.pabal("read", check=False)
    assert wrong.returncode == 2


def test_json_is_one_object_a_line(server: Server) -> None:
    for recipient in ("a@here.test", "b@here.test"):
        deliver(server.smtp, recipient, TEXT)
    lines = server.pabal("list", "--json").stdout.splitlines()
    assert [json.loads(line)["account"] for line in lines] == ["a@here.test", "b@here.test"]
