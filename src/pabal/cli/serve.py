"""``pabal serve``."""

from __future__ import annotations

import click

from pabal.cli.options import Common, common


@click.command()
@click.option(
    "--listen", multiple=True, metavar="DOOR=HOST:PORT|false", help="Open a door there, or not at all; repeatable."
)
@click.option("--workers", type=click.IntRange(1, 64), metavar="N", help="Worker processes ([serve] workers).")
@click.option("--sandbox-exposed", is_flag=True, help="Let the sandbox face outside, with a password.")
@common
def serve(said: Common, listen: tuple[str, ...], workers: int | None, sandbox_exposed: bool) -> int:
    """Run the server until it is told to end (Ctrl-C).

    Without a settings file this is a sandbox: it listens on this machine only, takes mail for any
    address, opens any mailbox with any password, and sends nothing out.

    \b
    pabal serve
    pabal serve --data /tmp/mail --listen smtp=127.0.0.1:2525 --listen web=false
    pabal serve --config /etc/pabal.toml

    When every door is open it prints one line: ready smtp=127.0.0.1:1025 imap=...
    """
    from pabal.app.serve import UsageError
    from pabal.app.serve import serve as run

    try:
        return run(said.configuration(), listen, workers, sandbox_exposed)
    except UsageError as error:
        raise click.UsageError(str(error)) from None
