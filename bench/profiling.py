"""``bench profile``: where a message's time goes, by thread and by function, under the load of ``receive``.

A sampler inside the server's processes looks at every thread each 2 ms (bench/inside).  What a thread
waits in counts too, so an idle thread shows its waiting place first: read each thread for itself.
"""

from __future__ import annotations

import json
import tempfile
from argparse import Namespace
from collections import Counter
from pathlib import Path

from bench.lock import alone
from bench.pabal_side import PabalSide
from bench.receive import one_run

INSIDE = Path(__file__).resolve().parent / "inside"
SOURCE = Path(__file__).resolve().parents[1] / "src"
SHOWN = 15


def main(options: Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="pabal-bench-") as name, alone():
        samples = Path(name) / "samples"
        samples.mkdir()
        environment = {"PYTHONPATH": f"{SOURCE}:{INSIDE}", "BENCH_PROFILE": str(samples)}
        side = PabalSide(Path(name) / "pabal", options.count, environment)
        for size in options.size:
            seconds, cpu = one_run(side, size, options.count, options)
            cost = 1000 * cpu / options.count
            print(f"{size} octets: {options.count / seconds:.0f} messages/s, {cost:.2f} ms CPU a message")
        side.stop()
        for file in sorted(samples.glob("*.json")):
            show(json.loads(file.read_text()))


def show(stacks: dict[str, int]) -> None:
    by_thread: dict[str, Counter[str]] = {}
    for stack, count in stacks.items():
        thread, _, frames = stack.partition(";")
        by_thread.setdefault(thread, Counter()).update(counted(frames.split(";"), count))
    for thread, functions in by_thread.items():
        total = functions.total() / 2
        print(f"\n{thread}: {total:.0f} samples")
        for (function), count in functions.most_common(SHOWN):
            print(f"  {100 * count / total:5.1f} %  {function}")


def counted(frames: list[str], count: int) -> Counter[str]:
    """The innermost function, and the innermost of our own: what we do, and for whom."""
    ours = [frame for frame in frames if frame.startswith("pabal.")]
    return Counter({f"in {frames[-1]}": count}) + Counter({f"for {ours[-1] if ours else frames[0]}": count})
