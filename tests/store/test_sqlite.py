"""What the embedded store promises beyond the contract: restarts, several processes, the loop, the log, limits."""

from __future__ import annotations

import asyncio
import shutil
import socket
import stat
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from threading import Event, current_thread, main_thread

import apsw
import pytest

from pabal.model.content import Octets
from pabal.model.ids import AccountId
from pabal.store.blobs.segment import HEADER_SIZE, SEGMENT_MAGIC
from pabal.store.interface import Place, ReadOnly, Row, StoreFailed, Transaction
from pabal.store.settings import KIB, StoreSettings
from pabal.store.sqlite import schema
from pabal.store.sqlite.connection import DATABASE
from pabal.store.sqlite.driver import StoreUnusable, open_store
from pabal.store.sqlite.lock import WriteLock
from pabal.store.sqlite.writer import COMMITS
from tests.store.units import Spooled, adding, referring, stored_names


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - of files and sockets, which no event tells
        await asyncio.sleep(0.001)


async def test_what_was_stored_is_there_after_a_restart(tmp_path: Path) -> None:
    store = await open_store(tmp_path / "data")
    place = await store.blobs.put(Octets(b"kept"))
    await store.run(adding("a.example"))
    await store.close()
    store = await open_store(tmp_path / "data")
    assert await stored_names(store) == ["a.example"]
    assert store.blobs.read(place, 0, 4) == b"kept"
    assert (await store.blobs.put(Octets(b"new"))).segment == place.segment + 1
    await store.close()


async def test_the_data_folder_is_the_owners_alone(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o755)
    store = await open_store(tmp_path / "data")
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
    await store.close()


async def test_units_that_wait_together_share_one_commit(tmp_path: Path) -> None:
    store = await open_store(tmp_path, StoreSettings(group_time=timedelta(minutes=1)))
    before = COMMITS.values.get((), 0)
    await asyncio.gather(*(store.run(adding(f"{n}.example")) for n in range(50)))
    assert COMMITS.values[()] == before + 1
    await store.close()


async def test_a_unit_that_holds_the_loop_for_long_goes_on_in_the_writer_thread(tmp_path: Path) -> None:
    store = await open_store(tmp_path, StoreSettings(group_time=timedelta(0)))
    threads = []

    async def unit(tx: Transaction) -> str:
        threads.append(current_thread())
        await adding("a.example")(tx)
        threads.append(current_thread())
        return "done"

    async def fails(tx: Transaction) -> None:
        await adding("b.example")(tx)
        raise LookupError

    async def waits(tx: Transaction) -> None:
        await adding("c.example")(tx)
        await asyncio.sleep(0)

    answers = await asyncio.gather(store.run(unit), store.run(fails), store.run(waits), return_exceptions=True)
    assert [type(answer) for answer in answers] == [str, LookupError, *[type(answers[2])]]
    assert isinstance(answers[2], RuntimeError)
    assert threads[0] is main_thread()
    assert threads[1] is not main_thread()
    assert await stored_names(store) == ["a.example"]
    await store.close()


async def test_a_closed_store_takes_nothing_more_and_answers_what_it_took(tmp_path: Path) -> None:
    store = await open_store(tmp_path)
    answer = asyncio.ensure_future(store.run(adding("a.example")))
    await asyncio.sleep(0)
    await store.close()
    assert await answer == "a.example"
    with pytest.raises(StoreFailed):
        await store.run(adding("b.example"))


async def test_a_store_opened_for_reading_reads_and_does_not_write(tmp_path: Path) -> None:
    writing = await open_store(tmp_path)
    reading = await open_store(tmp_path, read_only=True)
    place = await writing.blobs.put(Octets(b"blob"))
    await writing.run(adding("a.example"))
    assert await stored_names(reading) == ["a.example"]
    assert reading.blobs.read(place, 0, 4) == b"blob"
    with pytest.raises(ReadOnly):
        await reading.run(adding("b.example"))
    with pytest.raises(ReadOnly):
        await reading.blobs.put(Octets(b"blob"))
    await reading.close()
    await writing.close()


async def test_reading_makes_no_store(tmp_path: Path) -> None:
    with pytest.raises(StoreUnusable):
        await open_store(tmp_path / "nowhere", read_only=True)
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [("schema_version", "0", "pabal store upgrade"), ("oldest_code", "99", "needs a newer Pabal")],
)
async def test_code_that_does_not_fit_the_schema_refuses(tmp_path: Path, setting: str, value: str, said: str) -> None:
    store = await open_store(tmp_path)
    await store.close()
    apsw.Connection(str(tmp_path / DATABASE)).execute("UPDATE setting SET value = ? WHERE name = ?", (value, setting))
    for read_only in (False, True):
        with pytest.raises(schema.SchemaRefused, match=said):
            await open_store(tmp_path, read_only=read_only)


async def test_newer_schemas_that_still_know_this_code_are_opened(tmp_path: Path) -> None:
    await (await open_store(tmp_path)).close()
    apsw.Connection(str(tmp_path / DATABASE)).execute("UPDATE setting SET value = 2 WHERE name = 'schema_version'")
    await (await open_store(tmp_path)).close()


@pytest.mark.parametrize("what", ["garbage", "other"])
async def test_a_file_that_is_not_our_database_is_refused_untouched(tmp_path: Path, what: str) -> None:
    path = tmp_path / DATABASE
    if what == "garbage":
        path.write_bytes(b"this is not a database, it is a letter to my aunt " * 100)
    else:
        apsw.Connection(str(path)).execute("CREATE TABLE stamps (country)")
    with pytest.raises((StoreUnusable, schema.SchemaRefused)):
        await open_store(tmp_path)
    assert path.stat().st_size > 0


async def test_a_commit_waits_while_another_process_has_the_right_to_write(tmp_path: Path) -> None:
    store = await open_store(tmp_path)
    lock = WriteLock(tmp_path / "write.lock")
    lock.acquire()
    place = await store.blobs.put(Octets(b"synced while waiting"))
    answers = [asyncio.ensure_future(store.run(adding(f"{n}.example"))) for n in range(3)]
    await asyncio.sleep(0.01)
    assert not any(answer.done() for answer in answers)
    assert await stored_names(store) == []  # the loop is free to read
    lock.release()
    assert await asyncio.gather(*answers) == ["0.example", "1.example", "2.example"]
    assert store.blobs.read(place, 0, 6) == b"synced"
    lock.close()
    await store.close()


ANOTHER = """
import asyncio, sys
from pathlib import Path
from pabal.model.content import Octets
from pabal.model.ids import AccountId
from pabal.store.sqlite.driver import open_store
from tests.store.units import adding, referring

async def main(data, name, count):
    store = await open_store(Path(data))
    async def one(number):
        place = await store.blobs.put(Octets(name.encode() * 100))
        async def unit(tx):
            await adding(f"{name}{number:03d}")(tx)
            await referring(ord(name), number, place)(tx)
            tx.notify(AccountId(7))
        await store.run(unit)
    await asyncio.gather(*(one(number) for number in range(count)))
    await store.close()

asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
"""


async def another_process(data: Path, name: str, count: int) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", ANOTHER, str(data), name, str(count), env={"PYTHONPATH": "src:."}
    )


async def test_two_processes_write_to_one_folder_and_lose_nothing(tmp_path: Path) -> None:
    processes = [await another_process(tmp_path / "data", name, 100) for name in "ab"]  # making it, too, at once
    assert [await process.wait() for process in processes] == [0, 0]
    store = await open_store(tmp_path / "data")
    assert len(await stored_names(store)) == 200

    async def places(tx: Transaction) -> list[tuple[str, Place]]:
        rows = await tx.fetch_all("SELECT account_id, segment, position, size, checksum FROM blob")
        return [(chr(row[0]), Place(*row[1:])) for row in rows]

    for name, place in await store.scan(places):
        assert store.blobs.read(place, 0, place.size) == name.encode() * 100
    await store.close()


@pytest.mark.parametrize("folder", ["data", "a folder so deep that no socket address can hold its name/" * 3])
async def test_a_change_in_another_process_wakes_subscribers(tmp_path: Path, folder: str) -> None:
    store = await open_store(tmp_path / folder)
    woken = asyncio.Event()
    store.feed.subscribe(AccountId(8), lambda: pytest.fail("another account"))
    store.feed.subscribe(AccountId(7), woken.set)
    process = await another_process(tmp_path / folder, "x", 1)
    await asyncio.wait_for(woken.wait(), 20)
    assert await process.wait() == 0
    assert await stored_names(store) == ["x000"]
    await store.close()


async def test_hints_to_the_dead_are_cleared_away(tmp_path: Path) -> None:
    one, other = await open_store(tmp_path), await open_store(tmp_path)
    other.feed.subscribe(AccountId(1), lambda: None)
    (name,) = (path.name for path in (tmp_path / "hints").iterdir())
    await other.close()
    assert list((tmp_path / "hints").iterdir()) == []
    dead = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    dead.bind(str(tmp_path / "hints" / name))
    dead.close()
    one.feed.publish(AccountId(1))
    assert list((tmp_path / "hints").iterdir()) == []
    await one.close()


async def test_a_hint_that_is_none_is_ignored(tmp_path: Path) -> None:
    store = await open_store(tmp_path)
    woken: list[int] = []
    store.feed.subscribe(AccountId(1), lambda: woken.append(1))
    (path,) = (tmp_path / "hints").iterdir()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as peer:
        for hint in (b"", b"\1", b"\xff" * 12, (1).to_bytes(8, "big") + b"rest"):
            peer.sendto(hint, str(path))
    await until(lambda: bool(woken))
    assert woken == [1]
    await store.close()


# limits, each by its setting
async def test_a_full_segment_is_followed_by_a_new_one(tmp_path: Path) -> None:
    store = await open_store(tmp_path, StoreSettings(segment_size=64 * KIB))
    places = [await store.blobs.put(Octets(bytes([n]) * 30_000)) for n in range(5)]
    assert [place.segment for place in places] == [1, 1, 2, 2, 3]
    large = await store.blobs.put(Spooled([b"L" * 50_000] * 4))  # larger than any segment
    await store.run(adding("a.example"))
    assert [store.blobs.read(place, 0, 1) for place in places] == [b"\0", b"\1", b"\2", b"\3", b"\4"]
    assert b"".join(store.blobs.pieces(large, 0, large.size)) == b"L" * 200_000
    sizes = [path.stat().st_size for path in sorted((tmp_path / "segments").iterdir())]
    assert sizes[:2] == [60_048, 60_048]  # what was reserved and not used was given back
    await store.close()


async def test_waiting_octets_are_bounded(tmp_path: Path) -> None:
    store = await open_store(tmp_path, StoreSettings(unwritten_above=64 * KIB))
    before = COMMITS.values.get((), 0)
    for _ in range(10):
        await store.blobs.put(Octets(bytes(30_000)))
    assert COMMITS.values[()] == before + 3  # after 90,000 octets each
    await store.close()


async def test_only_so_many_segments_are_kept_open(tmp_path: Path) -> None:
    store = await open_store(tmp_path, StoreSettings(segment_size=64 * KIB, open_segments=2))
    places = [await store.blobs.put(Octets(bytes([n]) * 60_000)) for n in range(9)]
    await store.run(adding("a.example"))
    for _ in range(2):
        assert [store.blobs.read(place, 5, 6) for place in places] == [bytes([n]) for n in range(9)]
    assert _open_segments(tmp_path) == 2 + 1  # and the one that is written
    await store.close()
    assert _open_segments(tmp_path) == 0


def _open_segments(data: Path) -> int:
    links = [link for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
    return sum(str(link.readlink()).startswith(str(data / "segments")) for link in links)


async def test_a_folder_without_new_messages_gets_no_segment(tmp_path: Path) -> None:
    store = await open_store(tmp_path)
    await store.run(adding("a.example"))
    await store.close()
    assert list((tmp_path / "segments").iterdir()) == []


KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from pabal.model.content import Octets
from pabal.store.sqlite.driver import open_store
from tests.store.units import adding, referring

async def main(data):
    store = await open_store(Path(data))
    place = await store.blobs.put(Octets(b"kept" + bytes(9000)))
    await store.run(referring(1, 1, place))
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main(sys.argv[1]))
"""


async def test_room_that_a_killed_process_reserved_is_given_back(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED, str(tmp_path), env={"PYTHONPATH": "src:."}
    )
    assert await process.wait() < 0
    (segment,) = (tmp_path / "segments").iterdir()
    size = segment.stat().st_size
    assert segment.stat().st_blocks * 512 >= size
    store = await open_store(tmp_path)
    assert segment.stat().st_size == size
    assert segment.stat().st_blocks * 512 < 64 * KIB
    assert await store.scan(_place_of_one) == (1, len(SEGMENT_MAGIC) + HEADER_SIZE, 9004)
    await store.close()


async def _place_of_one(tx: Transaction) -> Row | None:
    return await tx.fetch_row("SELECT segment, position, size FROM blob")


async def test_room_that_a_living_process_reserved_is_left_to_it(tmp_path: Path) -> None:
    store = await open_store(tmp_path)
    await store.blobs.put(Octets(b"x"))
    (segment,) = (tmp_path / "segments").iterdir()
    reserved = segment.stat().st_blocks
    await (await open_store(tmp_path)).close()
    assert segment.stat().st_blocks == reserved
    await store.close()
    await store.close()


async def test_thousands_of_blobs_fit_into_one_commit(tmp_path: Path) -> None:
    store = await open_store(tmp_path)
    places = [await store.blobs.put(Octets(b"%d" % number)) for number in range(3000)]
    await store.run(adding("a.example"))
    assert all(store.blobs.read(place, 0, 9) == b"%d" % number for number, place in enumerate(places))
    await store.close()


async def test_the_log_is_emptied_when_no_commit_comes(tmp_path: Path) -> None:
    store = await open_store(tmp_path, StoreSettings(idle_before_truncate=timedelta(milliseconds=5)))
    await store.run(adding("a.example"))
    await until(lambda: names_without_the_log(tmp_path) == ["a.example"])
    await store.close()


async def test_a_small_log_is_written_over_after_a_rest(tmp_path: Path) -> None:
    store = await open_store(tmp_path, StoreSettings(idle_before_truncate=timedelta(milliseconds=5)))
    names = (f"{number:02d}.example" for number in range(99))
    log = tmp_path / f"{DATABASE}-wal"
    await store.run(adding(next(names)))
    while True:  # until a commit came after the rest: it finds room in the file
        room = log.stat().st_size
        await store.run(adding(next(names)))
        if log.stat().st_size == room:
            break
        await asyncio.sleep(0.02)
    await store.close()


async def test_a_large_log_is_cut_when_no_commit_comes(tmp_path: Path) -> None:
    settings = StoreSettings(checkpoint_above=64 * KIB, idle_before_truncate=timedelta(milliseconds=5))
    store = await open_store(tmp_path, settings)
    await asyncio.gather(*(store.run(adding(f"{'x' * 200}{n:05d}")) for n in range(1000)))
    await until(lambda: (tmp_path / f"{DATABASE}-wal").stat().st_size == 0)
    await store.close()


def names_without_the_log(folder: Path) -> list[str]:
    """What the database file alone holds; nothing while it is being written."""
    uri = f"file:{folder / DATABASE}?immutable=1"
    connection = apsw.Connection(uri, flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)
    try:
        return [str(name) for (name,) in connection.execute("SELECT name FROM domain ORDER BY name")]
    except apsw.Error:
        return []
    finally:
        connection.close()


async def test_the_log_stays_bounded_while_commits_go_on(tmp_path: Path) -> None:
    bounded = StoreSettings(checkpoint_above=64 * KIB, restart_above=256 * KIB)
    store = await open_store(tmp_path, bounded)
    for first in range(0, 4000, 100):
        await asyncio.gather(*(store.run(adding(f"{'x' * 200}{n:05d}")) for n in range(first, first + 100)))
    assert (tmp_path / f"{DATABASE}-wal").stat().st_size < 2 << 20
    await store.close()


async def test_the_checkpoint_waits_for_a_long_reader(tmp_path: Path) -> None:
    settings = StoreSettings(idle_before_truncate=timedelta(milliseconds=2))
    store = await open_store(tmp_path, settings)
    reader = apsw.Connection(str(tmp_path / DATABASE))
    reader.execute("BEGIN").fetchall()
    assert reader.execute("SELECT count(*) FROM domain").fetchone() == (0,)
    await store.run(adding("a.example"))
    await asyncio.sleep(0.02)
    await asyncio.wait_for(store.run(adding("b.example")), 5)  # the checkpoint does not hold commits up meanwhile
    assert reader.execute("SELECT count(*) FROM domain").fetchone() == (0,)
    reader.execute("ROLLBACK")
    reader.close()
    await store.run(referring(1, 1, Place(1, 1, 1, 1)))
    await until(lambda: names_without_the_log(tmp_path) == ["a.example", "b.example"])
    await store.close()


async def test_only_so_many_scans_run_at_once(tmp_path: Path) -> None:
    store = await open_store(tmp_path, StoreSettings(scan_threads=2))
    begun, go_on = [], Event()

    async def unit(tx: Transaction) -> None:
        begun.append(1)
        go_on.wait(10)

    scans = [asyncio.ensure_future(store.scan(unit)) for _ in range(3)]
    await until(lambda: len(begun) == 2)
    await asyncio.sleep(0.01)
    assert len(begun) == 2
    go_on.set()
    await asyncio.gather(*scans)
    assert len(begun) == 3
    await store.close()


async def test_each_connection_keeps_so_many_pages(tmp_path: Path) -> None:
    store = await open_store(tmp_path, StoreSettings(page_cache=256 * KIB))

    async def cache(tx: Transaction) -> object:
        return await tx.fetch_row("PRAGMA cache_size")

    assert [await door(cache) for door in (store.run, store.read, store.scan)] == [(-256,)] * 3
    await store.close()


async def test_hints_beyond_the_backlog_are_read_in_the_next_turn(tmp_path: Path) -> None:
    store, other = await open_store(tmp_path, StoreSettings(hint_backlog=1)), await open_store(tmp_path)
    woken: list[int] = []
    store.feed.subscribe(AccountId(1), lambda: woken.append(1))
    for _ in range(3):
        other.feed.publish(AccountId(1))
    await until(lambda: len(woken) == 3)
    await other.close()
    await store.close()


async def test_many_accounts_fit_into_few_hints(tmp_path: Path) -> None:
    store, other = await open_store(tmp_path), await open_store(tmp_path)
    woken: set[int] = set()
    for number in range(2500):
        store.feed.subscribe(AccountId(number), lambda number=number: woken.add(number))
    other.feed.publish_all([AccountId(number) for number in range(2500)])
    await until(lambda: len(woken) == 2500)
    await other.close()
    await store.close()


async def test_a_folder_taken_away_does_not_stop_the_answers(tmp_path: Path) -> None:
    store = await open_store(tmp_path / "data", StoreSettings(segment_size=64 * KIB))
    store.feed.subscribe(AccountId(1), lambda: None)
    for number in range(3):
        await store.blobs.put(Octets(bytes(40_000)))
        if number == 1:
            shutil.rmtree(tmp_path / "data" / "hints")
        await store.run(adding(f"{number}.example"))
        store.feed.publish(AccountId(1))
    shutil.rmtree(tmp_path / "data")
    assert len(await stored_names(store)) == 3
    await store.close()
