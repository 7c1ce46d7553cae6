"""The first process: it holds the listening sockets and keeps the workers alive (design: processes).

Invariants, each with a test of its name:
  * Every listener is bound once, before any worker starts; a crashed worker loses its connections, never the port.
  * ``ready`` is printed once, when every door of the first worker is open, and nothing after it.
  * A worker that crashes is started again, after 0.1 s at first, then doubling to ``[serve] restart_wait``.
  * Workers end with their supervisor, whatever ended it.
  * SIGTERM and SIGINT drain and end; a second one ends at once.  SIGHUP reaches every worker, after
    ``hangup`` was called here.

It runs no threads and no event loop, so forking is safe, and it waits for signals one at a time, so
nothing ever runs inside a signal handler.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import NoReturn

from pabal.model.errors import PabalError
from pabal.telemetry import log

FIRST_WAIT = 0.1
#: A worker that lived this long, in seconds, had a fresh start: its next crash waits FIRST_WAIT again.
LONG_LIFE = 60.0
SIGNALS = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD})
#: What a worker runs: it gets the descriptor on which it says that it is ready, and returns its exit status.
Worker = Callable[[int], int]


class _Seat:
    """A place for one worker: who sits there, since when, and when the next one may."""

    __slots__ = ("due", "pid", "since", "wait")

    def __init__(self) -> None:
        self.pid, self.since, self.due, self.wait = 0, 0.0, 0.0, FIRST_WAIT


class Supervisor:
    """Starts and keeps ``workers`` processes that run ``worker``."""

    def __init__(self, worker: Worker, workers: int, drain: timedelta, restart_wait: timedelta) -> None:
        self._worker, self._longest_wait = worker, restart_wait.total_seconds()
        # A worker has its own bound for the same wait; past it, something hangs.
        self._patience = drain.total_seconds() + 3.0
        self._seats = [_Seat() for _ in range(workers)]

    def run(self, ready: Callable[[], None], hangup: Callable[[], None]) -> int:
        """Until it is told to end; 0, or 1 when the first worker cannot open its doors."""
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        if not self._start(self._seats[0]):
            return 1
        # One after the other: the first worker makes what the others find.
        if not all(self._start(seat) for seat in self._seats[1:]):
            self._stop()
            return 1
        ready()
        self._watch(hangup)
        return 0

    def _watch(self, hangup: Callable[[], None]) -> None:
        while True:
            received = signal.sigtimedwait(SIGNALS, self._until_due())
            number = received.si_signo if received else 0
            if number in (signal.SIGTERM, signal.SIGINT):
                return self._stop()
            if number == signal.SIGHUP:
                hangup()
                self._tell(signal.SIGHUP)
            self._reap()
            self._refill()

    def _until_due(self) -> float:
        waits = [seat.due - time.monotonic() for seat in self._seats if not seat.pid]
        return max(0.0, min(waits, default=3600.0))

    def _refill(self) -> None:
        for seat in self._seats:
            if not seat.pid and time.monotonic() >= seat.due and not self._start(seat):
                log.error("worker.not_started", wait=seat.wait)

    def _start(self, seat: _Seat) -> bool:
        """Fork, and wait until the worker says that its doors are open; False when it ended instead."""
        reading, writing = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        supervisor = os.getpid()
        seat.pid, seat.since = os.fork(), time.monotonic()
        if not seat.pid:
            os.close(reading)
            _become_worker(self._worker, writing, supervisor)
        os.close(writing)
        if _becomes_ready(reading):
            return True
        os.kill(seat.pid, signal.SIGKILL)
        os.waitpid(seat.pid, 0)
        self._vacate(seat)
        return False

    def _vacate(self, seat: _Seat) -> None:
        now = time.monotonic()
        if now - seat.since > LONG_LIFE:
            seat.wait = FIRST_WAIT
        seat.pid, seat.due = 0, now + seat.wait
        seat.wait = min(seat.wait * 2, self._longest_wait)

    def _reap(self) -> None:
        for seat in self._seats:
            if seat.pid:
                pid, status = os.waitpid(seat.pid, os.WNOHANG)
                if pid:
                    log.error("worker.ended", pid=pid, status=os.waitstatus_to_exitcode(status))
                    self._vacate(seat)

    def _tell(self, number: int) -> None:
        for seat in self._seats:
            if seat.pid:
                os.kill(seat.pid, number)

    def _stop(self) -> None:
        self._tell(signal.SIGTERM)
        deadline = time.monotonic() + self._patience
        while any(seat.pid for seat in self._seats):
            received = signal.sigtimedwait(SIGNALS, max(0.0, deadline - time.monotonic()))
            if received is None or received.si_signo in (signal.SIGTERM, signal.SIGINT):
                self._tell(signal.SIGKILL)
                deadline = time.monotonic() + 1.0
            for seat in self._seats:
                if seat.pid and os.waitpid(seat.pid, os.WNOHANG)[0]:
                    seat.pid = 0


def _becomes_ready(reading: int) -> bool:
    """The worker said so; False when it ended, or when we are told to end while it still starts."""
    with os.fdopen(reading, "rb", buffering=0) as pipe:
        while not select.select([pipe], [], [], 0.1)[0]:
            if signal.sigpending() & {signal.SIGTERM, signal.SIGINT}:
                return False
        return bool(pipe.read(1))


def _become_worker(worker: Worker, ready: int, supervisor: int) -> NoReturn:
    """In the child: never returns into the supervisor's code."""
    status = 70
    try:
        _end_with(supervisor)
        status = worker(ready)
    except PabalError as error:
        print(f"pabal: {error}", file=sys.stderr)
        status = 1
    except BaseException as error:
        log.error("worker.failed", exc_info=error)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _end_with(supervisor: int) -> None:
    """The kernel ends us when the supervisor is gone: what was answered is durable, and nobody would restart us."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None, use_errno=True).prctl(pr_set_pdeathsig, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != supervisor:  # it was gone before the kernel knew
        os._exit(0)
