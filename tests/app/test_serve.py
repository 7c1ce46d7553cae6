"""`pabal serve` as an operator sees it: ready, refusals, signals, crashes."""

from __future__ import annotations

import os
import poplib
import pwd
import signal
import smtplib
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.kit.server import NotReady, Server, environment, pabal, process_tree, running, start_server

CLOSED = dict.fromkeys(("smtp", "lmtp", "imap", "imaps", "pop3", "pop3s", "web", "webs"), "false")
QUICK = CLOSED | {"smtp": "127.0.0.1:0"}


@pytest.fixture
def quick(tmp_path: Path) -> Iterator[Server]:
    """A sandbox with one door."""
    with running(tmp_path / "server", listen=QUICK) as server:
        yield server


def until(holds: Callable[[], bool]) -> None:
    """Wait for what must come true soon."""
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.02)


def send(port: int, subject: str = "Hello") -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
        client.sendmail("kim@a.test", ["lee@b.test"], f"Subject: {subject}\r\n\r\nIt works.\r\n")


def accepts(port: int) -> bool:
    try:
        send(port)
    except (OSError, smtplib.SMTPException):
        return False
    return True


def refused(folder: Path, **how: object) -> str:
    """Why the server does not start; it left status 1 and one line."""
    with pytest.raises(NotReady) as caught:
        start_server(folder, **how)  # type: ignore[arg-type]
    lines = (folder / "server.log").read_text().splitlines()
    assert len(lines) == 1, lines
    assert str(caught.value).startswith("no ready line")
    return lines[0]


def test_ready_is_one_line_and_nothing_comes_after_it(quick: Server) -> None:
    assert "sandbox" in quick.first_run
    assert list(quick.ports) == ["smtp"]
    send(quick.smtp)
    assert quick.stop() == 0
    assert quick.process.stdout is not None
    assert quick.process.stdout.read() == b""


def test_a_second_start_says_no_first_words_and_has_the_mail(quick: Server) -> None:
    send(quick.smtp)
    quick.stop()
    with running(quick.data.parent, listen=QUICK) as again:
        assert again.first_run == ""
        assert [row["subject"] for row in again.rows("list")] == ["Hello"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_with_clients_connected(quick: Server, number: signal.Signals) -> None:
    with socket.create_connection(("127.0.0.1", quick.smtp)) as client:
        client.recv(100)
        workers = quick.processes()[1:]
        quick.process.send_signal(number)
        assert quick.process.wait(15) == 0
        assert not any(Path(f"/proc/{pid}").exists() for pid in workers)
    assert not (quick.data / "control.sock").exists()


def test_ctrl_c_reaches_the_whole_group_and_still_ends_cleanly(quick: Server) -> None:
    quick.signal_group(signal.SIGINT)
    assert quick.process.wait(15) == 0
    assert "Traceback" not in quick.log.read_text()


def test_a_crashed_worker_is_replaced_and_the_port_stays(quick: Server) -> None:
    _, worker = quick.processes()
    os.kill(worker, signal.SIGKILL)
    until(lambda: len(quick.processes()) == 2 and worker not in quick.processes())
    until(lambda: accepts(quick.smtp))
    assert quick.stop() == 0


def test_workers_end_with_their_supervisor_and_the_folder_is_free_again(quick: Server) -> None:
    workers = quick.processes()[1:]
    os.kill(quick.process.pid, signal.SIGKILL)
    quick.process.wait(15)
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))
    with running(quick.data.parent, listen=QUICK) as again:
        send(again.smtp)


def test_several_workers_serve_one_port(tmp_path: Path) -> None:
    with running(tmp_path, listen=QUICK, arguments=("--workers", "2")) as server:
        assert len(server.processes()) == 3
        assert {os.getpgid(pid) for pid in server.processes()} == {os.getpgid(server.process.pid)}
        for number in range(6):
            send(server.smtp, f"number {number}")
        assert sorted(row["subject"] for row in server.rows("list")) == [f"number {number}" for number in range(6)]
        assert server.stop() == 0


def test_one_maildrop_is_open_once_in_all_workers(tmp_path: Path) -> None:
    with running(tmp_path, listen=CLOSED | {"pop3": "127.0.0.1:0"}, arguments=("--workers", "2")) as server:
        clients = [poplib.POP3("127.0.0.1", server.pop3, timeout=10) for _ in range(6)]
        answers = [_signed_in(client) for client in clients]
        assert answers.count("+OK") == 1
        assert answers.count("-ERR [IN-USE]") == 5
        for client in clients:
            client.quit()
        last = poplib.POP3("127.0.0.1", server.pop3, timeout=10)
        assert _signed_in(last) == "+OK"
        last.quit()
        assert server.stop() == 0


def _signed_in(client: poplib.POP3) -> str:
    client.user("kim@a.test")
    try:
        return client.pass_("anything").decode().split()[0]
    except poplib.error_proto as error:
        return " ".join(error.args[0].decode().split()[:2])


def test_plain_asyncio_serves_where_uvloop_is_not(tmp_path: Path) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "uvloop.py").write_text("raise ImportError")
    paths = {"PYTHONPATH": f"{hidden}:{environment()['PYTHONPATH']}"}
    with running(tmp_path / "server", listen=QUICK, extra_environment=paths) as server:
        send(server.smtp)
        assert server.stop() == 0


def test_a_second_server_on_the_same_folder_is_refused(quick: Server) -> None:
    command = [sys.executable, "-m", "pabal", "serve", "--data", str(quick.data), *_options(QUICK)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment())
    assert done.returncode == 1
    assert done.stdout == ""
    assert f"another server (process {quick.process.pid}) serves" in done.stderr
    send(quick.smtp)


def test_a_port_in_use_is_one_clear_line_and_leaves_no_folder(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = refused(tmp_path, listen=CLOSED | {"smtp": f"127.0.0.1:{port}"})
    assert line.startswith(f"pabal: port {port} is in use")
    assert not (tmp_path / "data").exists()


def test_a_folder_of_the_other_mode_is_refused(quick: Server, tmp_path: Path) -> None:
    quick.stop()
    config = '[serve]\nuser = "root"\n[listen]\nsmtp = "127.0.0.1:0"\n'
    config_file = tmp_path / "production.toml"
    config_file.write_text(config)
    done = pabal("serve", "--data", str(quick.data), config=config_file, check=False)
    assert done.returncode == 1
    assert "is a folder of the mode sandbox, and this server is production" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_loopback_door_only_unless_the_sandbox_is_exposed(tmp_path: Path) -> None:
    line = refused(tmp_path, listen=CLOSED | {"smtp": "0.0.0.0:0"})
    assert "the sandbox faces outside only with --sandbox-exposed" in line


def test_an_exposed_sandbox_prints_its_one_password(tmp_path: Path) -> None:
    arguments = ("--sandbox-exposed",)
    with running(tmp_path, listen=CLOSED | {"smtp": "0.0.0.0:0"}, arguments=arguments) as server:
        assert "with this password only: " in server.first_run


@pytest.mark.parametrize("option", ["smtp", "smtp=nowhere", "gopher=127.0.0.1:70", "submission=127.0.0.1:1587"])
def test_a_wrong_listen_option_is_wrong_usage(tmp_path: Path, option: str) -> None:
    done = pabal("serve", "--data", str(tmp_path / "data"), "--listen", option, check=False)
    assert done.returncode == 2
    assert "--listen: expected" in done.stderr
    assert not (tmp_path / "data").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be refused as root")
class TestProduction:
    def test_root_must_be_meant(self, tmp_path: Path) -> None:
        line = refused(tmp_path, config='[listen]\nsmtp = "127.0.0.1:0"\n', listen={})
        assert line.startswith("pabal: production does not run as root")
        assert not (tmp_path / "data").exists()

    def test_it_becomes_its_user_once_the_ports_are_open(self) -> None:
        config = '[serve]\nuser = "nobody"\n[listen]\nsmtp = "127.0.0.1:0"\n'
        with tempfile.TemporaryDirectory() as name:  # pytest's own folders are closed to others
            folder = Path(name)
            folder.chmod(0o755)
            if all(parent.stat().st_mode & 0o001 for parent in Path(os.__file__).parents):
                with running(folder, config=config, listen={}) as server:
                    owners = {Path(f"/proc/{pid}").stat().st_uid for pid in process_tree(server.process.pid)}
                    owners |= {path.stat().st_uid for path in server.data.rglob("*")}
                    assert owners == {pwd.getpwnam("nobody").pw_uid}
            else:  # this Python is root's own: nobody could not even restart a worker
                assert "install pabal where that user can read it" in refused(folder, config=config, listen={})

    def test_a_user_that_is_not_there_is_refused(self, tmp_path: Path) -> None:
        config = '[serve]\nuser = "hong-gildong"\n[listen]\nsmtp = "127.0.0.1:0"\n'
        assert "there is no user hong-gildong" in refused(tmp_path, config=config, listen={})

    def test_only_named_doors_open_and_counters_are_on_admin(self, tmp_path: Path) -> None:
        config = (
            'hostname = "mail.example.org"\n[serve]\nuser = "root"\n'
            '[listen]\nsmtp = "127.0.0.1:0"\nweb = "127.0.0.1:0"\nadmin = "127.0.0.1:0"\n'
        )
        with running(tmp_path, config=config, listen={}) as server:
            assert set(server.ports) == {"smtp", "web", "admin"}
            assert get(server.admin, "/health") == 200
            assert get(server.admin, "/metrics") == 200
            assert get(server.web, "/metrics") == 421
            assert get(server.web, "/metrics", host="mail.example.org") == 404
            assert get(server.web, "/messages", host="mail.example.org") == 404
            assert get(server.web, "/health", host="mail.example.org") == 200


def test_a_new_certificate_is_taken_on_sighup(tmp_path: Path) -> None:
    listen = CLOSED | {"webs": "127.0.0.1:0"}
    with running(tmp_path, listen=listen) as server:
        before = ssl.get_server_certificate(("127.0.0.1", server.webs))
        with running(tmp_path / "other", listen=listen) as other:
            made = (other.data / "self-signed.pem").read_bytes()
        (server.data / "self-signed.pem").write_bytes(made)
        server.process.send_signal(signal.SIGHUP)
        until(lambda: ssl.get_server_certificate(("127.0.0.1", server.webs)) != before)
        (server.data / "self-signed.pem").write_bytes(b"broken")
        server.process.send_signal(signal.SIGHUP)
        until(lambda: "certificates.not_reloaded" in server.log.read_text())
        assert ssl.get_server_certificate(("127.0.0.1", server.webs)) != before


def test_a_settings_file_is_read_again_on_sighup_and_a_broken_one_changes_nothing(tmp_path: Path) -> None:
    config = 'mode = "sandbox"\n[smtp]\ncommand_timeout = "1min"\n'
    with running(tmp_path, config=config, listen=QUICK) as server:
        file = next(path for path in tmp_path.rglob("*.toml") if path.read_text() == config)
        file.write_text(config.replace("1min", "2min"))
        server.process.send_signal(signal.SIGHUP)
        until(lambda: "[smtp] command_timeout" in server.log.read_text())
        assert "configuration.read" in server.log.read_text()
        file.write_text("[smpt]\n")
        server.process.send_signal(signal.SIGHUP)
        until(lambda: "configuration.not_read" in server.log.read_text())
        assert "smpt: unknown" in server.log.read_text()
        send(server.smtp)
        assert server.stop() == 0


def get(port: int, path: str, host: str = "localhost") -> int:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Host": host})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def _options(listen: dict[str, str]) -> list[str]:
    return [word for door, where in listen.items() for word in ("--listen", f"{door}={where}")]
