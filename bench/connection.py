"""``python -m bench.connection``: what a connection costs without a protocol on it, CPU and idle memory.

An echo server on ``net.listen.serve`` in a process of its own, plain and on both TLS layers, on both
event loops; one client that waits for each answer.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import socket
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvloop

from bench.lock import alone
from bench.table import table
from pabal.model.world import Stream
from pabal.net.listen import bind, serve
from pabal.net.settings import NetSettings, TlsSettings
from pabal.net.tls import SELF_SIGNED, TlsContexts, load

ROUNDS, IDLE, WARM_UP = 20_000, 500, 200
WITHIN = timedelta(minutes=10)
LAYERS = ("none", "loop", "own")


async def echo(stream: Stream) -> None:
    while octets := await stream.read(within=WITHIN):
        await stream.write(octets, within=WITHIN)


def server(listening: socket.socket, loop: str, tls: TlsContexts | None) -> None:
    async def run() -> None:
        await serve(listening, echo, NetSettings(), implicit_tls=tls)
        await asyncio.Event().wait()

    (uvloop.run if loop == "uvloop" else asyncio.run)(run())


@contextmanager
def running(loop: str, tls: TlsContexts | None) -> Iterator[tuple[int, int]]:
    """Process id and port."""
    listening = bind("127.0.0.1", 0)
    process = multiprocessing.get_context("fork").Process(target=server, args=(listening, loop, tls))
    process.start()
    try:
        yield process.pid or 0, listening.getsockname()[1]
    finally:
        process.terminate()
        process.join()
        listening.close()


def connect(port: int, context: ssl.SSLContext | None) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", port))
    return context.wrap_socket(client, server_hostname="localhost") if context else client


def round_trips(client: socket.socket, count: int) -> None:
    for _ in range(count):
        client.sendall(b"ping\r\n")
        client.recv(100)


def cpu_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_kib(process: int) -> int:
    rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
    return int(rollup.partition("\nPss:")[2].split()[0])


def measure(loop: str, layer: str, folder: Path) -> list[str]:
    tls = None if layer == "none" else load(TlsSettings(layer=layer), folder, "localhost", datetime.now(UTC))  # noqa: TID251
    context = ssl.create_default_context(cafile=str(folder / SELF_SIGNED)) if tls else None
    with running(loop, tls) as (process, port):
        clients = [connect(port, context) for _ in range(WARM_UP)]
        for client in clients:
            round_trips(client, 10)
        before = cpu_seconds(process)
        round_trips(clients[0], ROUNDS)
        microseconds = (cpu_seconds(process) - before) / ROUNDS * 1e6
        lying = memory_kib(process)
        for _ in range(IDLE):
            clients.append(connect(port, context))
            round_trips(clients[-1], 1)
        kib = (memory_kib(process) - lying) / IDLE
        for client in clients:
            client.close()
    return [loop, layer, f"{microseconds:.1f}", f"{kib:.1f}"]


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="pabal-bench-") as name, alone():
        rows = [measure(loop, layer, Path(name)) for loop in ("uvloop", "asyncio") for layer in LAYERS]
    print(table(["loop", "TLS", "µs of CPU a round trip", "KiB an idle connection"], rows))


if __name__ == "__main__":
    main()
