"""``pabal list`` and ``pabal read``: the mail that is here."""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterator
from typing import Any

import click

from pabal.cli.options import Common, common


@click.command("list")
@click.option("--account", metavar="NAME@DOMAIN", help="Whose mail; a sandbox without it lists everybody's.")
@click.option("--mailbox", metavar="NAME", help="Of this mailbox only.")
@common
def list_messages(said: Common, account: str | None, mailbox: str | None) -> None:
    """List messages, by account, mailbox and UID.

    \b
    pabal list
    pabal list --account kim@example.org --mailbox INBOX
    pabal list --json | jq -r .subject
    """
    said.show(said.ask("list", account=account, mailbox=mailbox))


@click.command()
@click.argument("name", metavar="ID")
@click.option("--source", is_flag=True, help="The octets as they are stored, header and all.")
@common
def read(said: Common, name: str, source: bool) -> None:
    """Show one message; ID as `pabal list` shows it.

    \b
    pabal read 1.2.3
    pabal read 1.2.3 --source > message.eml
    """
    rows = said.ask("read", name=name, source=source)
    if source:
        _octets(rows)
    elif said.json:
        said.show(rows)
    else:
        for row in rows:
            sys.stdout.write(row["text"] if row["text"].endswith("\n") else row["text"] + "\n")


def _octets(rows: Iterator[dict[str, Any]]) -> None:
    for row in rows:
        sys.stdout.buffer.write(base64.b64decode(row["octets"]))
    sys.stdout.buffer.flush()
