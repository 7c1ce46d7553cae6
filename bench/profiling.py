"""``bench profile``: where a message's time goes, by thread and function, under the load of ``receive``.

A profiler runs inside the server's workers (bench/inside).  It counts exactly and slows what it counts,
most of all small functions: read the order, not the sum.  A function that waits is charged for its waiting.
"""

from __future__ import annotations

import json
import tempfile
import time
from argparse import Namespace
from pathlib import Path

from bench.lock import alone
from bench.pabal_side import PabalSide
from bench.receive import one_run

INSIDE = Path(__file__).resolve().parent / "inside"
SOURCE = Path(__file__).resolve().parents[1] / "src"
SHOWN = 30
Function = tuple[str, int, float, float]  # name, calls, seconds inside, seconds with what it called


def main(options: Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="pabal-bench-") as name, alone():
        folder = Path(name) / "profiles"
        folder.mkdir()
        environment = {"PYTHONPATH": f"{SOURCE}:{INSIDE}", "BENCH_PROFILE": str(folder)}
        side = PabalSide(Path(name) / "pabal", options.count, environment)
        seconds, cpu = one_run(side, options.size[0], options.count, options)
        cost = 1000 * cpu / options.count
        rate = options.count / seconds
        print(f"{options.size[0]} octets: {rate:.0f} messages/s, {cost:.2f} ms CPU a message, profiled")
        time.sleep(1.5)  # the profiles are written each second
        for file in sorted(folder.glob("*.json")):
            for thread, functions in json.loads(file.read_text()).items():
                print(show(thread, functions, options.count))
        side.stop()


def show(thread: str, functions: list[Function], messages: int) -> str:
    """The functions in which a thread spent most, in µs for a message."""
    lines = [f"\n{thread}\n  µs inside  µs in all  calls  function, for each message"]
    for name, calls, inside, whole in sorted(functions, key=lambda each: -each[2])[:SHOWN]:
        each, all_of_it = 1e6 * inside / messages, 1e6 * whole / messages
        lines.append(f"  {each:9.1f}  {all_of_it:9.1f}  {calls / messages:5.1f}  {name}")
    return "\n".join(lines)
