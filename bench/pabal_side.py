"""Pabal as a side: a real ``pabal serve``, 100 accounts, the numbered recipients as further addresses of them."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Mapping
from pathlib import Path

from tests.clients.talk import smtp
from tests.kit.server import start_server

from bench.accounting import Account
from bench.process import wait_until
from bench.sides import ACCOUNTS, account_names
from bench.status import Counters

DOMAIN = "pabal.test"
WITHIN = 120.0  # seconds until a batch must be there


class PabalSide:
    """Default durability and settings; only the ports and the data folder are of this run."""

    name = "Pabal"
    domain = DOMAIN

    def __init__(self, folder: Path, addresses: int, environment: Mapping[str, str] | None = None) -> None:
        make_accounts(folder, addresses)
        self.account = Account("pabal")
        self._server = start_server(folder, extra_environment=environment, prefix=self.account.prefix)
        self.account.roots = self.roots()
        self.port = self._server.smtp
        self.imap = self._server.imap
        self._counters = Counters(self.imap, account_names(DOMAIN))
        self._before = 0

    def roots(self) -> list[int]:
        return [self._server.process.pid]

    def prepare(self, messages: int) -> None:
        self._before = self._counters.total()

    def wait_filed(self, messages: int) -> None:
        wait_until(lambda: self._counters.total() - self._before >= messages, WITHIN)

    def verify(self, messages: int) -> None:
        there = self._counters.total() - self._before
        assert there == messages, f"{there} of {messages} messages are there"

    def stop(self) -> None:
        self._counters.close()
        self._server.stop()
        self.account.close()


def make_accounts(folder: Path, addresses: int) -> None:
    """In the sandbox a message makes an account; the aliases are rows, since thousands of commands take minutes."""
    server = start_server(folder)
    for account in account_names(DOMAIN):
        with smtp(server.smtp) as talk:
            talk.ask("MAIL FROM:<>")
            talk.ask(f"RCPT TO:<{account}>")
            talk.ask("DATA")
            assert talk.ask("Subject: first\r\n\r\n.").startswith("250 ")
    server.stop()
    (database,) = (file for file in server.data.iterdir() if file.suffix in (".db", ".sqlite", ".sqlite3"))
    with contextlib.closing(sqlite3.connect(database)) as connection, connection:
        names = {name: row for row, name in connection.execute("SELECT account_id, name FROM account")}
        ids = [names[account] for account in account_names(DOMAIN)]
        connection.executemany(
            "INSERT INTO address (domain, local_part, account_id) VALUES (?, ?, ?)",
            [(DOMAIN, f"{number}u", ids[number % ACCOUNTS]) for number in range(addresses + 1)],
        )
