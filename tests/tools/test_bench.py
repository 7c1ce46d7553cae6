"""The parts of the benchmarks that figures depend on: sums, counts, tables."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from contextlib import closing

import pytest
from bench import __main__ as command
from bench.accounting import Account
from bench.latency import percentile
from bench.process import counting_syncs, cpu_seconds, free_port, port_is_open, pss_kib, wait_until
from bench.profiling import show
from bench.sides import ACCOUNTS, account_names
from bench.status import Counters
from bench.table import ratio, spread, table

BUSY = "import time\nwhile time.process_time() < 0.2: pass\ninput()"
SYNCING = "import os\nprint(flush=True)\ninput()\nf = os.open('file', os.O_CREAT | os.O_RDWR)\n[os.fsync(f) for _ in range(3)]\nos.fdatasync(f)\nprint(flush=True)\ninput()"


def test_a_spread_is_the_median_between_least_and_greatest() -> None:
    assert spread([3, 1, 9]) == "3 [1–9]"
    assert spread([0.5], 2) == "0.50 [0.50–0.50]"


def test_a_ratio_compares_medians() -> None:
    assert ratio([10, 20, 90], [5, 10, 12]) == "2.00×"


def test_a_table_is_markdown() -> None:
    assert table(["a", "b"], [["1", "2"]]) == "| a | b |\n| --- | --- |\n| 1 | 2 |"


def test_percentiles_are_values_that_occurred() -> None:
    times = [float(number) for number in range(100)]
    assert percentile(times, 0.5) == 49
    assert percentile(times, 0.99) == 98
    assert percentile([7.0], 0.99) == 7


def test_the_processor_time_of_children_counts() -> None:
    account = Account(f"test-{os.getpid()}")
    shell = [*account.prefix, "sh", "-c", f'"{sys.executable}" -c "$0"; exit 0', BUSY]
    with subprocess.Popen(shell, stdin=subprocess.PIPE) as process:
        account.roots = [process.pid]
        wait_until(lambda: cpu_seconds([process.pid]) >= 0.15, 60)
        wait_until(lambda: account.seconds() >= 0.15, 60)
        assert pss_kib(process.pid) > 1000
        process.communicate(b"\n")
    account.close()


def test_syncs_are_counted(tmp_path: object) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SYNCING], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=str(tmp_path)
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        with counting_syncs([process.pid]) as count:
            process.stdin.write(b"\n")
            process.stdin.flush()
            process.stdout.readline()
            wait_until(lambda: count() == 4, 30)
        process.communicate(b"\n")


def test_waiting_has_an_end() -> None:
    with pytest.raises(TimeoutError):
        wait_until(lambda: False, 0.01)


def test_a_port_is_open_while_somebody_listens() -> None:
    port = free_port()
    assert not port_is_open(port)
    with closing(socket.create_server(("127.0.0.1", port))):
        assert port_is_open(port)


def test_messages_are_counted_over_all_accounts() -> None:
    def serve(listener: socket.socket) -> None:
        for _ in range(2):
            connection, _ = listener.accept()
            connection.sendall(b"* OK\r\n")
            connection.recv(100)
            connection.sendall(b"l OK\r\n")
            held.append(connection)
        for connection, answer in zip(held, (b"* STATUS INBOX (MESSAGES 5)\r\ns OK\r\n", b"s NO\r\n"), strict=True):
            connection.recv(100)
            connection.sendall(answer)

    held: list[socket.socket] = []
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        counters = Counters(listener.getsockname()[1], ["a@b.test", "c@d.test"])
        assert counters.total() == 5
        counters.close()
        thread.join()
    for connection in held:
        connection.close()


def test_there_are_a_hundred_accounts() -> None:
    names = account_names("a.test")
    assert (len(set(names)), names[0], names[-1]) == (ACCOUNTS, "u00@a.test", "u99@a.test")


def test_a_profile_shows_what_costs_most_first() -> None:
    shown = show("writer", [("cheap", 10, 0.001, 0.001), ("dear", 20, 0.010, 0.030)], messages=10)
    assert [line.split()[-1] for line in shown.splitlines()[3:]] == ["dear", "cheap"]
    assert shown.splitlines()[3].split() == ["1000.0", "3000.0", "2.0", "dear"]


def test_sizes_are_read_from_the_command_line() -> None:
    assert command.sizes("1024,10240") == [1024, 10240]
