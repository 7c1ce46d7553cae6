"""``pabal account``: who has mail here."""

from __future__ import annotations

import sys

import click

from pabal.cli.options import Common, common
from pabal.model.errors import PabalError


def _password(from_stdin: bool) -> str:
    """One line of standard input, or asked for twice at the terminal."""
    if from_stdin or not sys.stdin.isatty():
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    if not password:
        raise PabalError("a password is needed: type it, or give one line on standard input with --password-stdin")
    return str(password)


_STDIN = click.option("--password-stdin", is_flag=True, help="Read the password from one line of standard input.")


@click.group()
@common
def account(said: Common) -> None:
    """Accounts: who has mail here.

    \b
    pabal account add kim@example.org
    pabal account show kim@example.org
    """


@account.command()
@click.argument("name", metavar="NAME@DOMAIN")
@_STDIN
@click.option("--admin", is_flag=True, help="May do everything on the pages of the operator.")
@common
def add(said: Common, name: str, password_stdin: bool, admin: bool) -> None:
    """Make an account, with INBOX, Sent, Drafts, Junk, Trash and Archive.

    \b
    pabal account add kim@example.org
    echo "$PASSWORD" | pabal account add kim@example.org --password-stdin
    """
    said.show(said.ask("account.add", name=name, password=_password(password_stdin), admin_rights=admin))


@account.command("list")
@common
def list_accounts(said: Common) -> None:
    """List all accounts."""
    said.show(said.ask("account.list"))


@account.command()
@click.argument("name", metavar="NAME@DOMAIN")
@common
def show(said: Common, name: str) -> None:
    """Show the mailboxes of an account."""
    said.show(said.ask("account.show", name=name))


@account.command()
@click.argument("name", metavar="NAME@DOMAIN")
@_STDIN
@common
def password(said: Common, name: str, password_stdin: bool) -> None:
    """Give an account another password; the old one is void at once."""
    said.show(said.ask("account.password", name=name, password=_password(password_stdin)))


@account.command()
@click.argument("name", metavar="NAME@DOMAIN")
@common
def remove(said: Common, name: str) -> None:
    """Remove an account with all its mail."""
    said.show(said.ask("account.remove", name=name))
