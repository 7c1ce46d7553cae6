"""``pabal domain``: the domains that are here."""

from __future__ import annotations

import click

from pabal.cli.options import Common, common


@click.group()
@common
def domain(said: Common) -> None:
    """Domains whose mail is kept here.

    \b
    pabal domain add example.org
    pabal domain list
    """


@domain.command()
@click.argument("name")
@common
def add(said: Common, name: str) -> None:
    """Take mail for a domain; an address in it that nobody added is refused.

    \b
    pabal domain add example.org
    """
    said.show(said.ask("domain.add", name=name))


@domain.command("list")
@common
def list_domains(said: Common) -> None:
    """List all domains."""
    said.show(said.ask("domain.list"))


@domain.command()
@click.argument("name")
@common
def show(said: Common, name: str) -> None:
    """Show one domain and how much it holds."""
    said.show(said.ask("domain.show", name=name))


@domain.command()
@click.argument("name")
@common
def remove(said: Common, name: str) -> None:
    """Stop taking mail for a domain that has no accounts and aliases left."""
    said.show(said.ask("domain.remove", name=name))
