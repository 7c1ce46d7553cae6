"""``bench latency``: one client alone, from the command DATA to the ``250`` for the message, both sides."""

from __future__ import annotations

import statistics
import tempfile
import time
from argparse import Namespace
from contextlib import ExitStack
from pathlib import Path

from tests.clients.talk import Talk, smtp

from bench.lock import alone
from bench.receive import start_sides
from bench.sides import SENDER, Side
from bench.table import ratio, spread, table

WARM_UP = 20


def main(options: Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="pabal-bench-") as name, ExitStack() as started:
        sides = start_sides(Path(name), options.count, options.peers, started)
        sides = [side for side in sides if side.domain in ("pabal.test", "maildir", "mdbox")]
        for size in options.size:
            with alone():
                rounds = measure(sides, size, options)
            print(f"\n{size} octets, {options.count} messages a round, one client, DATA → 250")
            print(report(rounds))


def measure(sides: list[Side], size: int, options: Namespace) -> dict[str, list[list[float]]]:
    """Milliseconds of each message, by side and round."""
    rounds: dict[str, list[list[float]]] = {side.name: [] for side in sides}
    for side in sides:
        one_run(side, size, WARM_UP)
    for _ in range(options.rounds):
        for side in sides:
            rounds[side.name].append(one_run(side, size, options.count))
    return rounds


def one_run(side: Side, size: int, messages: int) -> list[float]:
    side.prepare(messages)
    with smtp(side.port) as talk:
        times = [1000 * one_message(talk, side, size, number) for number in range(messages)]
    side.wait_filed(messages)
    side.verify(messages)
    return times


def one_message(talk: Talk, side: Side, size: int, number: int) -> float:
    """Seconds."""
    assert talk.ask(f"MAIL FROM:<{SENDER}>").startswith("250")
    assert talk.ask(f"RCPT TO:<{number}u@{side.domain}>").startswith("250")
    line = b"x" * 78 + b"\r\n"
    message = b"Subject: latency\r\n\r\n" + line * (size // len(line)) + b".\r\n"
    start = time.perf_counter()
    assert talk.ask("DATA").startswith("354")
    talk.send(message)
    assert talk.reply().startswith("250")
    return time.perf_counter() - start


def percentile(times: list[float], part: float) -> float:
    return sorted(times)[int(part * (len(times) - 1))]


def report(rounds: dict[str, list[list[float]]]) -> str:
    middle = {name: [statistics.median(times) for times in of] for name, of in rounds.items()}
    ours = next(iter(middle.values()))
    rows = [
        [
            name,
            spread(middle[name], 2),
            spread([percentile(times, 0.99) for times in of], 2),
            ratio(ours, middle[name]),
        ]
        for name, of in rounds.items()
    ]
    return table(["server", "p50 ms", "p99 ms", "Pabal takes"], rows)
