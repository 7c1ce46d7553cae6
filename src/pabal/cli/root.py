"""The command ``pabal`` and, by their nouns, all commands below it; a noun is imported when it is typed."""

from __future__ import annotations

from importlib import import_module

import click

from pabal.cli.options import Common, common

#: Noun or verb -> (module, what it is there).
COMMANDS = {
    "serve": ("serve", "serve"),
    "domain": ("domain", "domain"),
    "account": ("account", "account"),
    "alias": ("alias", "alias"),
    "list": ("messages", "list_messages"),
    "read": ("messages", "read"),
    "config": ("config", "config"),
}


class Nouns(click.Group):
    """Knows the names without importing what is behind them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(f"pabal.cli.{module}"), name)
        return command


@click.command(
    cls=Nouns,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with `pabal serve`: a whole mail system on this machine, for trying things out.",
)
@click.version_option(package_name="pabal", message="pabal %(version)s")
@common
def pabal(said: Common) -> None:
    """파발 Pabal: a whole mail system.

    \b
    pabal serve                              a sandbox: mail to any address is kept
    pabal list                               what has arrived
    pabal read 1.2.3                         one message
    pabal domain add example.org             from here on, mail for real people
    pabal account add kim@example.org
    """
