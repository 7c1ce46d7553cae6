"""Profiles every thread of a process forked by the one that imports it; see bench/profiling.py.

Python imports a module of this name at start, so it reaches the workers without a line in Pabal itself.
Each thread gets a profiler of its own; what they have counted is written every second.
"""

import cProfile
import json
import os
import threading
import time
from types import CodeType
from typing import Any

FOLDER = os.environ.get("BENCH_PROFILE")
_profilers: dict[str, cProfile.Profile] = {}


def _profile_this_thread(*_: Any) -> None:
    """As threading's profile function it is called once in each new thread: the profiler takes its place."""
    profiler = cProfile.Profile()
    _profilers[threading.current_thread().name] = profiler
    profiler.enable()


def _name(code: CodeType | str) -> str:
    if isinstance(code, str):
        return code
    return f"{code.co_filename.rpartition('/src/')[2]}:{code.co_firstlineno} {code.co_name}"


def _write(file: str) -> None:
    counted = {
        thread: [
            (_name(entry.code), entry.callcount, entry.inlinetime, entry.totaltime) for entry in profiler.getstats()
        ]
        for thread, profiler in list(_profilers.items())
    }
    with open(file + ".new", "w") as new:
        json.dump(counted, new)
    os.replace(file + ".new", file)


def _write_on() -> None:
    while True:
        time.sleep(1)
        _write(f"{FOLDER}/{os.getpid()}.json")


def _start() -> None:
    threading.Thread(target=_write_on, daemon=True, name="profile writer").start()
    threading.setprofile(_profile_this_thread)
    _profile_this_thread()


if FOLDER:
    os.register_at_fork(after_in_child=_start)
