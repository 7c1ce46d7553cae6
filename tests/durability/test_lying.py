"""Every unit that was answered survives a power cut, and nothing is half there."""

from __future__ import annotations

import asyncio
import errno
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from pabal.model.content import Octets
from pabal.model.errors import DiskFull
from pabal.model.ids import AccountId, BlobId
from pabal.store.interface import Place, StoreFailed, Transaction, refer
from pabal.store.settings import KIB, StoreSettings
from pabal.store.sqlite.driver import SqliteStore, open_store
from tests.durability.lying import DurableFile, Machine
from tests.store.units import Spooled, adding, stored_names

# Small, so that rolling to a new segment and checkpoints happen within a short test.
SETTINGS = StoreSettings(segment_size=64 * KIB, checkpoint_above=64 * KIB, restart_above=128 * KIB)


@asynccontextmanager
async def lying_store(tmp_path: Path) -> AsyncIterator[tuple[SqliteStore, Machine, list[Exception]]]:
    machine, fatal = Machine(tmp_path / "data"), list[Exception]()
    store = await open_store(
        machine.data, SETTINGS, files=machine.segments, vfs=machine.vfs.name, on_fatal=fatal.append
    )
    yield store, machine, fatal
    machine.faults.clear()
    await store.close()


def octets_of(number: int) -> bytes:
    return (b"message %d " % number) * (number % 200 + 1)


async def file_message(store: SqliteStore, number: int) -> None:
    octets = octets_of(number)
    content = Spooled([octets[:100], octets[100:]]) if number % 5 == 0 else Octets(octets)
    place = await store.blobs.put(content)

    async def unit(tx: Transaction) -> None:
        await adding(f"{number:05d}.example")(tx)
        await refer(tx, AccountId(1), BlobId(number), place)

    await store.run(unit)


async def places(tx: Transaction) -> dict[int, Place]:
    rows = await tx.fetch_all("SELECT blob_id, segment, position, size, checksum FROM blob")
    return {row[0]: Place(*row[1:]) for row in rows}


async def check_whole(data: Path, answered: set[int]) -> None:
    """All that was answered is there; what is there is there as a whole."""
    store = await open_store(data, SETTINGS)
    try:
        found = await store.read(places)
        assert answered <= set(found)
        assert await stored_names(store) == [f"{number:05d}.example" for number in sorted(found)]
        for number, place in found.items():
            assert store.blobs.read(place, 0, place.size) == octets_of(number)
        await store.run(adding("it-goes-on.example"))
    finally:
        await store.close()


@pytest.mark.parametrize("seed", range(6))
async def test_every_answered_unit_survives_a_power_cut(tmp_path: Path, seed: int) -> None:
    chance, answered = random.Random(seed), set[int]()
    async with lying_store(tmp_path) as (store, machine, _):
        crashes: list[tuple[Path, set[int]]] = []

        async def producer(numbers: range) -> None:
            for number in numbers:
                await file_message(store, number)
                answered.add(number)
                if chance.random() < 0.03:
                    survives = (lambda: False) if chance.random() < 0.5 else lambda: chance.random() < 0.5
                    found = machine.crash_into(tmp_path / f"crash{len(crashes)}", survives)
                    crashes.append((found, set(answered)))

        await asyncio.gather(*(producer(range(first, first + 30)) for first in range(0, 240, 30)))
        crashes.append((machine.crash_into(tmp_path / "last"), set(answered)))
    for data, expected in crashes:
        await check_whole(data, expected)


async def test_the_lying_layer_does_lie(tmp_path: Path) -> None:
    file = DurableFile()
    file.write(0, b"synced")
    file.sync()
    file.write(0, b"unsync")
    file.write(8, b"!")
    assert file.image(lambda: False) == b"synced"
    assert file.image(lambda: True) == b"unsync\0\0!"
    async with lying_store(tmp_path) as (store, machine, _):
        await file_message(store, 1)
        machine.sync = lambda path: machine.trace.append(f"lie {path}")  # type: ignore[method-assign]
        await file_message(store, 2)
        crashed = await open_store(machine.crash_into(tmp_path / "crash"), SETTINGS)
        assert set(await crashed.read(places)) == {1}
        await crashed.close()


async def test_every_answer_follows_the_sync_of_its_segment_and_then_of_the_log(tmp_path: Path) -> None:
    async with lying_store(tmp_path) as (store, machine, _):
        for number in range(1, 20):
            machine.trace.append("put")
            await file_message(store, number)
            machine.trace.append("answer")
        events = [event for event in machine.trace if event != "sync database"]
        for turn in "|".join(events).split("put")[1:]:
            syncs = turn.split("answer")[0]
            assert syncs.rindex("sync wal") > syncs.rindex("sync segment")


async def test_no_commit_waits_for_a_checkpoint(tmp_path: Path) -> None:
    async with lying_store(tmp_path) as (store, machine, _):
        machine.synced_by.clear()
        for first in range(0, 400, 50):
            await asyncio.gather(*(file_message(store, n) for n in range(first, first + 50)))
        assert machine.synced_by["database"] == {"store-checkpointer"}
        assert "store-writer_0" in machine.synced_by["wal"]


async def test_a_failing_sync_of_a_segment_fails_the_group_and_the_store(tmp_path: Path) -> None:
    await _fails_for_good(tmp_path, "sync segment", errno.EIO)


async def test_a_sync_that_finds_no_room_is_a_failing_sync(tmp_path: Path) -> None:
    await _fails_for_good(tmp_path, "sync segment", errno.ENOSPC)


async def test_a_failing_sync_of_the_log_fails_the_group_and_the_store(tmp_path: Path) -> None:
    await _fails_for_good(tmp_path, "sync wal", errno.EIO)


async def test_a_failing_write_fails_the_group_and_the_store(tmp_path: Path) -> None:
    await _fails_for_good(tmp_path, "write segment", errno.EIO)


async def _fails_for_good(tmp_path: Path, call: str, code: int) -> None:
    async with lying_store(tmp_path) as (store, machine, fatal):
        await file_message(store, 1)
        machine.faults[call] = code
        answers = await asyncio.gather(*(file_message(store, n) for n in (2, 3, 4)), return_exceptions=True)
        assert {type(answer) for answer in answers} == {StoreFailed}
        assert [type(error) for error in fatal] == [StoreFailed]
        machine.faults.clear()  # a later sync would succeed, and lie
        with pytest.raises(StoreFailed):
            await file_message(store, 5)
        assert await stored_names(store) == ["00001.example"]  # reading goes on
        machine.crash_into(tmp_path / "crash")
    await check_whole(tmp_path / "crash", {1})


@pytest.mark.parametrize("call", ["write segment", "write wal"])
async def test_no_room_files_nothing_and_works_again_when_there_is_room(tmp_path: Path, call: str) -> None:
    async with lying_store(tmp_path) as (store, machine, fatal):
        await file_message(store, 1)
        machine.faults[call] = errno.ENOSPC
        answers = await asyncio.gather(*(file_message(store, n) for n in (2, 3, 5)), return_exceptions=True)
        assert {type(answer) for answer in answers} == {DiskFull}
        assert await stored_names(store) == ["00001.example"]
        machine.faults.clear()
        for number in (2, 3, 5):
            await file_message(store, number)
        assert fatal == []
        machine.crash_into(tmp_path / "crash")
    await check_whole(tmp_path / "crash", {1, 2, 3, 5})


async def test_no_room_for_a_segment_is_told_before_any_row_is_written(tmp_path: Path) -> None:
    async with lying_store(tmp_path) as (store, machine, _):
        machine.faults["allocate segment"] = errno.ENOSPC
        with pytest.raises(DiskFull):
            await store.blobs.put(Octets(b"x"))
        assert list((machine.data / "segments").iterdir()) == []
        machine.faults.clear()
        await file_message(store, 1)


async def test_a_blob_that_found_no_room_is_written_with_the_next_commit(tmp_path: Path) -> None:
    async with lying_store(tmp_path) as (store, machine, _):
        place = await store.blobs.put(Octets(b"early"))
        machine.faults["write segment"] = errno.ENOSPC
        with pytest.raises(DiskFull):
            await store.run(adding("a.example"))
        assert store.blobs.read(place, 0, 5) == b"early"
        machine.faults.clear()

        async def unit(tx: Transaction) -> None:
            await refer(tx, AccountId(1), BlobId(1), place)

        await store.run(unit)
        crashed = await open_store(machine.crash_into(tmp_path / "crash"), SETTINGS)
        assert crashed.blobs.read(place, 0, 5) == b"early"
        await crashed.close()


async def test_no_room_in_the_middle_of_a_large_unit_undoes_the_group(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "data")
    small = StoreSettings(page_cache=64 * KIB)  # what does not fit goes into the log before the commit
    store = await open_store(machine.data, small, files=machine.segments, vfs=machine.vfs.name)

    async def large(tx: Transaction) -> None:
        rows = ((f"{number:0500d}", 1, 0) for number in range(2000))
        await tx.insert_many("domain", ("name", "strict", "created_at"), rows)

    machine.faults["write wal"] = errno.ENOSPC
    answers = await asyncio.gather(store.run(adding("a.example")), store.run(large), return_exceptions=True)
    assert {type(answer) for answer in answers} == {DiskFull}
    machine.faults.clear()
    assert await stored_names(store) == []
    await store.run(adding("a.example"))
    await store.run(large)
    assert len(await stored_names(store)) == 2001
    await store.close()


async def test_a_checkpoint_that_finds_no_room_loses_nothing(tmp_path: Path) -> None:
    async with lying_store(tmp_path) as (store, machine, fatal):
        machine.faults["write database"] = errno.ENOSPC
        for first in range(0, 400, 50):
            await asyncio.gather(*(file_message(store, n) for n in range(first, first + 50)))
        assert fatal == []
        machine.crash_into(tmp_path / "crash")
    await check_whole(tmp_path / "crash", set(range(400)))
