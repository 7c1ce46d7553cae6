"""The command line: what an operator types, for people and, with ``--json``, for scripts.

Exit status 0: done; 1: refused or failed, one clear line on stderr; 2: wrong usage.
"""

from __future__ import annotations

import os
import sys


def run() -> None:
    """Run the command that stands in ``sys.argv`` and end the process with its status."""
    import click

    from pabal.cli.root import pabal
    from pabal.model.errors import PabalError

    try:
        sys.exit(pabal.main(standalone_mode=False) or 0)
    except click.exceptions.Exit as ended:
        sys.exit(ended.exit_code)
    except click.UsageError as error:
        error.show()
        sys.exit(2)
    except (PabalError, click.ClickException) as error:
        print(f"pabal: {error}", file=sys.stderr)
        sys.exit(getattr(error, "exit_code", 1))
    except (KeyboardInterrupt, click.Abort):
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output left (`pabal list | head`): nobody is there to be told.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        print(f"pabal: {error}", file=sys.stderr)
        sys.exit(1)
