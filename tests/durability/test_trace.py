"""Every 250 comes after a completed sync of its segment and of the write-ahead log (design: durability, proof c)."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from tests.durability.load import Load
from tests.durability.trace import STRACE, calls_of, promises_without_sync
from tests.kit.server import running

SOCKET = "7<TCP:[127.0.0.1:25->127.0.0.1:40000]>"
READ = rf'10 read({SOCKET}, "text\r\n.\r\n", 65536) = 9'
GO_ON = rf'10 write({SOCKET}, "354 go on\r\n", 11) = 11'
SEGMENT = "11 fdatasync(9</data/0000000001.segment>) = 0"
LOG = "11 fdatasync(8</data/pabal.db-wal>) = 0"
ANSWER = rf'10 write({SOCKET}, "250 2.0.0 taken\r\n", 17) = 17'


def test_each_answer_of_a_server_under_load_follows_its_syncs(tmp_path: Path) -> None:
    record = tmp_path / "strace.txt"
    with running(tmp_path / "server", prefix=(*STRACE, "-o", str(record))) as server:
        with Load(server.smtp, "traced") as load:
            load.wait_for(60)
        traced = server.processes()[1]
        os.kill(traced, signal.SIGTERM)
        server.process.wait(30)  # strace ends with it and has then written its whole record
    with record.open(errors="replace") as lines:
        answered, early = promises_without_sync(calls_of(lines))
    assert early == []
    assert answered >= 60


def test_a_trace_in_the_right_order_passes() -> None:
    assert promises_without_sync(calls_of([GO_ON, READ, SEGMENT, LOG, ANSWER])) == (1, [])


def test_an_answer_before_the_log_is_synced_is_noticed() -> None:
    answered, early = promises_without_sync(calls_of([GO_ON, READ, SEGMENT, ANSWER, LOG]))
    assert (answered, len(early)) == (1, 1)


def test_a_log_synced_before_the_segment_is_noticed() -> None:
    assert len(promises_without_sync(calls_of([GO_ON, READ, LOG, SEGMENT, ANSWER]))[1]) == 1


def test_a_sync_that_began_before_the_data_was_read_does_not_count() -> None:
    begun = "11 fdatasync(9</data/0000000001.segment> <unfinished ...>"
    ended = "11 <... fdatasync resumed>) = 0"
    assert len(promises_without_sync(calls_of([begun, GO_ON, READ, ended, LOG, ANSWER]))[1]) == 1


def test_a_sync_that_failed_does_not_count() -> None:
    failed = SEGMENT.replace("= 0", "= -1 EIO (Input/output error)")
    assert len(promises_without_sync(calls_of([GO_ON, READ, failed, LOG, ANSWER]))[1]) == 1


def test_a_sync_that_ends_after_the_answer_does_not_count() -> None:
    begun = "11 fdatasync(8</data/pabal.db-wal> <unfinished ...>"
    ended = "11 <... fdatasync resumed>) = 0"
    assert len(promises_without_sync(calls_of([GO_ON, READ, SEGMENT, begun, ANSWER, ended]))[1]) == 1


def test_answers_to_other_commands_are_not_promises() -> None:
    greeting = ANSWER.replace("250 2.0.0 taken", "250 2.1.0 OK")
    assert promises_without_sync(calls_of([READ, greeting])) == (0, [])


def test_data_that_arrives_in_pieces_counts_from_its_last_piece() -> None:
    first = READ.replace(r"\r\n.\r\n", "")
    assert promises_without_sync(calls_of([GO_ON, first, READ, SEGMENT, LOG, ANSWER])) == (1, [])
    assert len(promises_without_sync(calls_of([GO_ON, first, SEGMENT, LOG, READ, ANSWER]))[1]) == 1
