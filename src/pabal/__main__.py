"""``python -m pabal`` and the command ``pabal``."""


def main() -> None:
    """Hand over to the command line (imported late: nothing else needs it)."""


if __name__ == "__main__":
    main()
