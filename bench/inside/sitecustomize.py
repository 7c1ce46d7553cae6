"""Samples every thread of the Python process that imports it; see bench/profiling.py.

Python imports a module of this name at start, so it reaches the supervisor and its workers without a
line in Pabal itself.  Stacks are counted as "thread;outermost;...;innermost" and written every second.
"""

import collections
import json
import os
import sys
import threading
import time
from types import FrameType

EVERY = 0.002  # seconds
FOLDER = os.environ.get("BENCH_PROFILE")


def _name(frame: FrameType) -> str:
    module = frame.f_globals.get("__name__", "?")
    return f"{module}.{frame.f_code.co_name}"


def _stack(thread: str, frame: FrameType | None) -> str:
    names: list[str] = []
    while frame is not None:
        names.append(_name(frame))
        frame = frame.f_back
    return ";".join([thread, *reversed(names)])


def _sample_on(folder: str) -> None:
    counts: collections.Counter[str] = collections.Counter()
    me, written = threading.get_ident(), time.monotonic()
    while True:
        time.sleep(EVERY)
        names = {thread.ident: thread.name for thread in threading.enumerate()}
        for ident, frame in sys._current_frames().items():
            if ident != me:
                counts[_stack(names.get(ident, "?"), frame)] += 1
        if time.monotonic() - written > 1:
            with open(f"{folder}/{os.getpid()}.json", "w") as file:
                json.dump(counts, file)
            written = time.monotonic()


def _start() -> None:
    threading.Thread(target=_sample_on, args=(FOLDER,), daemon=True, name="sampler").start()


if FOLDER:
    os.register_at_fork(after_in_child=_start)
    _start()
