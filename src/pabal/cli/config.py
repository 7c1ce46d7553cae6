"""``pabal config``: the settings file."""

from __future__ import annotations

import click

from pabal.cli.options import Common, common


@click.group()
@common
def config(said: Common) -> None:
    """The settings file pabal.toml.

    \b
    pabal config sample > pabal.toml
    pabal config check --config pabal.toml
    """


@config.command()
@common
def sample(said: Common) -> None:
    """Print a settings file with every setting, its reason and its default."""
    from pabal.config.sample import sample as text

    click.echo(text(), nl=False)


@config.command()
@common
def check(said: Common) -> None:
    """Say whether the settings file is right; if not, where and what was expected."""
    from pabal.config import check as look

    configuration = said.configuration()
    look.check(configuration)
    look.check_doors(configuration)
    where = configuration.file or "no settings file: the defaults of the sandbox"
    click.echo(f"{where}: right, mode {configuration.mode}, data {configuration.data}")


@config.command()
@common
def show(said: Common) -> None:
    """Print every setting as it holds now, from the file or by default."""
    from pabal.config.sample import show as settings

    rows = settings(said.configuration())
    said.show({"section": section, "setting": key, "value": value} for section, key, value in rows)
