"""``bench idle``: what an idle IMAP connection costs: signed in, INBOX selected, in IDLE.

Memory is the proportional set size of the whole process tree, before and after.
"""

from __future__ import annotations

import resource
import socket
import tempfile
import time
from argparse import Namespace
from pathlib import Path

from tests.kit.server import Server, running

from bench.lock import alone
from bench.pabal_side import DOMAIN, make_accounts
from bench.process import pss_kib
from bench.sides import account_names
from bench.status import read_line

SETTLE = 2.0  # seconds until memory is read


def main(options: Namespace) -> None:
    _allow_descriptors(options.count + 200)
    with tempfile.TemporaryDirectory(prefix="pabal-bench-") as name:
        make_accounts(Path(name), 0)
        with running(Path(name)) as server, alone():
            each = measure(server, options.count)
    print(f"{options.count} idle IMAP connections add {each:.1f} KiB each (PSS of the process tree)")


def measure(server: Server, count: int) -> float:
    """KiB for one connection.  A few come and go first, so that what is loaded once is not counted."""
    accounts = account_names(DOMAIN)
    for account in accounts:
        idle(server.imap, account).close()
    time.sleep(SETTLE)
    before = pss_kib(server.process.pid)
    connections = [idle(server.imap, accounts[number % len(accounts)]) for number in range(count)]
    time.sleep(SETTLE)
    after = pss_kib(server.process.pid)
    for connection in connections:
        connection.close()
    print(f"before {before} KiB, after {after} KiB")
    return (after - before) / count


def idle(port: int, account: str) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), 60)
    read_line(connection)
    for command, done in ((f'a LOGIN "{account}" "any"', b"a OK"), ("b SELECT INBOX", b"b OK"), ("c IDLE", b"+ ")):
        connection.sendall(command.encode() + b"\r\n")
        received = b""
        while b"\n" + done not in b"\n" + received or not received.endswith(b"\r\n"):
            octets = connection.recv(65536)
            if not octets:
                raise EOFError(received)
            received += octets
    return connection


def _allow_descriptors(count: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, count), hard), hard))
