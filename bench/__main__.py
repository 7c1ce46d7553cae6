"""``python -m bench receive|latency|profile|idle [--size N,N] [--count N] [--rounds N] [--no-peers]``."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable

from bench import idle, latency, profiling, receive

KIB = 1024
#: What to run, messages (or connections), rounds, octets of a message.
BENCHMARKS: dict[str, tuple[Callable[[argparse.Namespace], None], int, int, list[int]]] = {
    "receive": (receive.main, 2000, 5, [KIB, 10 * KIB, 100 * KIB]),
    "latency": (latency.main, 300, 5, [KIB]),
    "profile": (profiling.main, 5000, 1, [10 * KIB]),
    "idle": (idle.main, 1000, 1, []),
}


def sizes(text: str) -> list[int]:
    return [int(word) for word in text.split(",")]


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    subparsers = parser.add_subparsers(required=True)
    for name, (run, count, rounds, octets) in BENCHMARKS.items():
        one = subparsers.add_parser(name)
        one.set_defaults(run=run)
        one.add_argument("--size", type=sizes, default=octets, help="octets of a message, several with commas")
        one.add_argument("--count", type=int, default=count, help="messages of a round, or connections")
        one.add_argument("--rounds", type=int, default=rounds)
        one.add_argument("--sessions", type=int, default=20)
        one.add_argument("--reconnect", action="store_true", help="one message a connection")
        one.add_argument("--peers", action=argparse.BooleanOptionalAction, default=True)
    options = parser.parse_args()
    # Told to end, we still end what we started.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    options.run(options)


if __name__ == "__main__":
    main()
