"""One worker: an event loop with every door open (design: processes).

It takes the listening sockets that the supervisor bound, opens the core, opens the doors, says so
once, and serves until it is told to end; then it drains, so that what a client has begun is finished.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
from collections.abc import Callable

from pabal.app.commands import run as run_command
from pabal.app.core import Core, open_core
from pabal.app.doors import OpenDoors, open_doors
from pabal.app.listener import Listener
from pabal.app.supervisor import SIGNALS
from pabal.config.tree import Configuration
from pabal.model.errors import PabalError
from pabal.server.control import Control
from pabal.telemetry import log

#: Exit status of a worker whose storage failed (a failed sync must not be tried again; the next start recovers).
STORE_FAILED = 71


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop, where it is there: half the CPU per connection; plain asyncio stays a working fallback."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


#: Chosen while we load: a worker that became another user may not be able to read our files any more.
LOOP_FACTORY = _loop_factory()


def work(
    configuration: Configuration, listeners: list[Listener], control: socket.socket, password: str, ready: int
) -> int:
    """The whole life of a worker process; its exit status."""
    with asyncio.Runner(loop_factory=LOOP_FACTORY) as runner:
        runner.run(_Worker(configuration, password).serve(listeners, control, ready))
    return 0


def _storage_failed(error: Exception) -> None:
    log.error("store.failed", detail=str(error), consequence="this worker ends at once; what was answered is durable")
    os._exit(STORE_FAILED)


class _Worker:
    """What one worker holds."""

    def __init__(self, configuration: Configuration, password: str) -> None:
        self._configuration, self._password = configuration, password
        self._told_to_end = asyncio.Event()

    async def serve(self, listeners: list[Listener], control: socket.socket, ready: int) -> None:
        core = await open_core(self._configuration, exposed_password=self._password, on_fatal=_storage_failed)
        doors = await open_doors(core, listeners)
        commands = Control(lambda name, arguments: run_command(core, name, arguments))
        await commands.open(control)
        self._listen_to_signals(doors)
        _settle()
        os.write(ready, b"!")
        os.close(ready)
        await self._told_to_end.wait()
        await self._end(core, doors, commands)

    def _listen_to_signals(self, doors: OpenDoors) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._told_to_end.set)
        loop.add_signal_handler(signal.SIGINT, self._told_to_end.set)
        loop.add_signal_handler(signal.SIGHUP, _reload, doors)
        # They were blocked since before the fork, so none was lost while we started.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)

    async def _end(self, core: Core, doors: OpenDoors, commands: Control) -> None:
        await commands.close()
        await doors.drain(self._configuration.serve.drain)
        await core.close()


def _reload(doors: OpenDoors) -> None:
    try:
        doors.reload_certificates()
        log.info("certificates.reloaded")
    except PabalError as error:
        log.error("certificates.not_reloaded", detail=str(error))


def _settle() -> None:
    """What was loaded stays for ever: the collector need not look at it again."""
    gc.collect()
    gc.freeze()
