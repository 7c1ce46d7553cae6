"""``python -m pabal`` and the command ``pabal``."""


def main() -> None:
    """Hand over to the command line (imported late: nothing else needs it)."""
    from pabal.cli import run

    run()


if __name__ == "__main__":
    main()
