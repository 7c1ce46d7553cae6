"""``bench receive``: messages a second from the first connection until the last can be fetched over IMAP.

``smtp-source`` (Postfix) sends with 20 sessions to numbered recipients, aliases of 100 accounts; the
sides alternate within each round.  Printed for each: messages/s, server CPU for a message, syncs for a
message (counted in a short run of its own: strace slows what it counts), and our ratio to it.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from argparse import Namespace
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from bench.lock import alone
from bench.pabal_side import PabalSide
from bench.postfix_side import Peers
from bench.process import counting_syncs
from bench.sides import SENDER, Side
from bench.table import ratio, spread, table

WARM_UP = 100
TRACED = 100  # messages of the run in which syncs are counted


@dataclass
class Figures:
    rates: list[float] = field(default_factory=list)  # messages/s
    cpu: list[float] = field(default_factory=list)  # ms for a message
    syncs: float = 0.0  # for a message


def main(options: Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="pabal-bench-") as name, ExitStack() as started:
        sides = start_sides(Path(name), max(options.count, WARM_UP, TRACED), options.peers, started)
        for size in options.size:
            with alone():
                figures = measure(sides, size, options)
            print(f"\n{size} octets, {options.count} messages, {options.sessions} sessions", end=", ")
            print("one message a connection" if options.reconnect else "sessions kept open")
            print(report(figures))


def start_sides(folder: Path, addresses: int, peers: bool, started: ExitStack) -> list[Side]:
    ours = PabalSide(folder / "pabal", addresses)
    started.callback(ours.stop)
    sides: list[Side] = [ours]
    if peers:
        theirs = Peers(folder, addresses)
        started.callback(theirs.stop)
        sides += theirs.sides()
    return sides


def measure(sides: Sequence[Side], size: int, options: Namespace) -> dict[str, Figures]:
    figures = {side.name: Figures() for side in sides}
    for side in sides:
        one_run(side, size, WARM_UP, options)
    for number in range(options.rounds):
        for side in sides:
            seconds, cpu = one_run(side, size, options.count, options)
            figures[side.name].rates.append(options.count / seconds)
            figures[side.name].cpu.append(1000 * cpu / options.count)
            print(f"round {number + 1}: {side.name}: {options.count / seconds:.0f}/s", file=sys.stderr, flush=True)
    for side in sides:
        with counting_syncs(side.roots()) as count:
            one_run(side, size, TRACED, options)
            figures[side.name].syncs = count() / TRACED
    return figures


def one_run(side: Side, size: int, messages: int, options: Namespace) -> tuple[float, float]:
    """Seconds on the wall and of the server's processor."""
    side.prepare(messages)
    before, start = side.account.seconds(), time.perf_counter()
    send(side, size, messages, options.sessions, options.reconnect)
    side.wait_filed(messages)
    seconds = time.perf_counter() - start
    used = side.account.seconds() - before
    side.verify(messages)
    return seconds, used


def send(side: Side, size: int, messages: int, sessions: int, reconnect: bool) -> None:
    command = ["smtp-source", "-4", "-N", "-s", str(sessions), "-m", str(messages), "-l", str(size)]
    command += [] if reconnect else ["-d"]
    command += ["-f", SENDER, "-t", f"u@{side.domain}", f"127.0.0.1:{side.port}"]
    subprocess.run(command, check=True, timeout=300)


def report(figures: dict[str, Figures]) -> str:
    ours = next(iter(figures.values()))
    rows = [
        [name, spread(of.rates), spread(of.cpu, 2), f"{of.syncs:.2f}", ratio(ours.rates, of.rates)]
        for name, of in figures.items()
    ]
    return table(["server", "messages/s", "server CPU, ms a message", "syncs a message", "Pabal is"], rows)
