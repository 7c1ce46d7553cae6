"""``pabal alias``: addresses that stand for others."""

from __future__ import annotations

import click

from pabal.cli.options import Common, common


@click.group()
@common
def alias(said: Common) -> None:
    """Aliases: addresses whose mail goes to others.

    \b
    pabal alias add info@example.org kim@example.org lee@example.org
    pabal alias list
    """


@alias.command()
@click.argument("address")
@click.argument("targets", nargs=-1, required=True, metavar="TARGET...")
@common
def add(said: Common, address: str, targets: tuple[str, ...]) -> None:
    """Send mail for ADDRESS to every TARGET; targets are added to those it has."""
    said.show(said.ask("alias.add", address=address, targets=list(targets)))


@alias.command("list")
@common
def list_aliases(said: Common) -> None:
    """List all aliases."""
    said.show(said.ask("alias.list"))


@alias.command()
@click.argument("address")
@common
def remove(said: Common, address: str) -> None:
    """Remove an alias."""
    said.show(said.ask("alias.remove", address=address))
