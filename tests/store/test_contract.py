"""What every engine promises (store/interface.py), seen from outside."""

from __future__ import annotations

import asyncio
from threading import Event
from typing import Any

import pytest

from pabal.model.content import Octets
from pabal.model.ids import AccountId, BlobId
from pabal.store.interface import BlobMissing, Place, Transaction, place_of
from tests.store.units import Spooled, adding, names, referring, stored_names


async def test_a_unit_returns_what_its_coroutine_returns(store: Any) -> None:
    assert await store.run(adding("example.org")) == "example.org"
    assert await stored_names(store) == ["example.org"]


async def test_a_unit_that_raises_is_undone_alone(store: Any) -> None:
    async def fails(tx: Transaction) -> None:
        await adding("gone.example")(tx)
        raise LookupError("on purpose")

    before, failed, after = await asyncio.gather(
        store.run(adding("a.example")), store.run(fails), store.run(adding("b.example")), return_exceptions=True
    )
    assert (before, after) == ("a.example", "b.example")
    assert isinstance(failed, LookupError)
    assert await stored_names(store) == ["a.example", "b.example"]


async def test_a_unit_sees_what_the_one_before_it_did(store: Any) -> None:
    _, seen = await asyncio.gather(store.run(adding("a.example")), store.run(names))
    assert seen == ["a.example"]


async def test_a_unit_that_breaks_a_constraint_is_undone_and_told(store: Any) -> None:
    await store.run(adding("a.example"))
    with pytest.raises(Exception, match="UNIQUE"):
        await store.run(adding("a.example"))
    assert await store.run(adding("b.example")) == "b.example"


async def test_a_unit_that_awaits_something_else_is_refused_and_undone(store: Any) -> None:
    async def waits(tx: Transaction) -> None:
        await adding("gone.example")(tx)
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="awaits nothing but its transaction"):
        await store.run(waits)
    assert await stored_names(store) == []


async def test_a_caller_that_gives_up_does_not_disturb_the_others(store: Any) -> None:
    given_up = asyncio.ensure_future(store.run(adding("a.example")))
    kept = asyncio.ensure_future(store.run(adding("b.example")))
    await asyncio.sleep(0)
    given_up.cancel()
    assert await kept == "b.example"
    assert await store.run(adding("c.example")) == "c.example"


async def test_values_are_bound_by_number_not_by_place(store: Any) -> None:
    async def backwards(tx: Transaction) -> Any:
        return await tx.fetch_row("SELECT $2, $1, $2, '$1 stays', \"name\" FROM (SELECT 'x' AS name)", 1, "two")

    assert await store.read(backwards) == ("two", 1, "two", "$1 stays", "x")


async def test_execute_tells_how_many_rows_changed(store: Any) -> None:
    async def unit(tx: Transaction) -> tuple[int, int]:
        await tx.insert_many("domain", ("name", "strict", "created_at"), [(f"{n}.example", 0, n) for n in range(5)])
        changed = await tx.execute("UPDATE domain SET strict = 1 WHERE created_at < $1", 3)
        return changed, await tx.execute("DELETE FROM domain WHERE created_at > $1", 100)

    assert await store.run(unit) == (3, 0)


async def test_fetch_row_of_a_change_makes_the_whole_change(store: Any) -> None:
    async def unit(tx: Transaction) -> Any:
        await tx.insert_many("domain", ("name", "strict", "created_at"), [(f"{n}.example", 0, n) for n in range(5)])
        first = await tx.fetch_row("UPDATE domain SET strict = 7 RETURNING strict")
        return first, await tx.fetch_row("SELECT count(*) FROM domain WHERE strict = 7")

    assert await store.run(unit) == ((7,), (5,))


async def test_fetch_row_of_nothing_is_none(store: Any) -> None:
    async def unit(tx: Transaction) -> Any:
        return await tx.fetch_row("SELECT name FROM domain")

    assert await store.read(unit) is None


@pytest.mark.parametrize("count", [0, 1, 3, 40_000])
async def test_select_in_takes_any_number_of_keys(store: Any, count: int) -> None:
    async def unit(tx: Transaction) -> Any:
        columns = ("account_id", "blob_id", "segment", "position", "size", "checksum")
        await tx.insert_many("blob", columns, ((1, n, 1, n, 1, 0) for n in range(10)))
        sql = "SELECT blob_id FROM blob WHERE account_id = $1 AND blob_id IN ($keys) AND size = $2"
        return await tx.select_in(sql, range(5, 5 + count) if count else [], 1, 1)

    assert sorted(await store.run(unit)) == [(n,) for n in range(5, min(5 + count, 10))]


async def test_select_in_takes_text_with_quotes(store: Any) -> None:
    async def unit(tx: Transaction) -> Any:
        for name in ("a'b\"", "메일.example", "c"):
            await adding(name)(tx)
        return await tx.select_in("SELECT name FROM domain WHERE name IN ($keys)", ["a'b\"", "메일.example"])

    assert sorted(await store.run(unit)) == [("a'b\"",), ("메일.example",)]


async def test_reading_cannot_write(store: Any) -> None:
    for reading in (store.read, store.scan):
        with pytest.raises(Exception, match=r"readonly|read-only"):
            await reading(adding("a.example"))
    assert await stored_names(store) == []


async def test_a_scan_sees_one_snapshot_while_others_write(store: Any) -> None:
    begun, go_on = Event(), Event()

    async def twice(tx: Transaction) -> tuple[list[str], list[str]]:
        before = await names(tx)
        begun.set()
        go_on.wait(10)
        return before, await names(tx)

    scan = asyncio.ensure_future(store.scan(twice))
    await asyncio.to_thread(begun.wait, 10)
    await store.run(adding("new.example"))
    go_on.set()
    assert await scan == ([], [])
    assert await stored_names(store) == ["new.example"]


async def test_an_error_in_a_read_leaves_the_next_one_whole(store: Any) -> None:
    async def broken(tx: Transaction) -> Any:
        return await tx.fetch_row("SELECT name FROM nowhere")

    with pytest.raises(Exception, match="nowhere"):
        await store.read(broken)
    assert await stored_names(store) == []


async def test_what_was_put_can_be_read_at_once_and_later(store: Any) -> None:
    octets = bytes(range(256)) * 40
    place = await store.blobs.put(Octets(octets))
    assert store.blobs.read(place, 0, place.size) == octets
    await store.run(referring(1, 1, place))
    assert store.blobs.read(place, 0, place.size) == octets

    async def find(tx: Transaction) -> Place | None:
        return await place_of(tx, AccountId(1), BlobId(1))

    assert await store.read(find) == place


@pytest.mark.parametrize(("start", "stop"), [(0, 0), (0, 1), (3, 7), (9, 10), (5, 99), (10, 12), (7, 3), (-4, 2)])
@pytest.mark.parametrize("written", [False, True])
async def test_a_range_of_a_blob_is_cut_to_the_blob(store: Any, start: int, stop: int, written: bool) -> None:
    octets = b"0123456789"
    await store.blobs.put(Octets(b"before"))
    place = await store.blobs.put(Octets(octets))
    await store.blobs.put(Octets(b"behind"))
    if written:
        await store.run(referring(1, 1, place))
    expected = octets[max(start, 0) : stop]
    assert store.blobs.read(place, start, stop) == expected
    assert b"".join(store.blobs.pieces(place, start, stop)) == expected


async def test_an_empty_blob_is_a_blob(store: Any) -> None:
    place = await store.blobs.put(Octets(b""))
    await store.run(referring(1, 1, place))
    assert (place.size, store.blobs.read(place, 0, 10)) == (0, b"")


async def test_a_spooled_blob_is_copied_in_pieces(store: Any) -> None:
    pieces = [bytes([n]) * 300_000 for n in range(5)]
    place = await store.blobs.put(Spooled(pieces))
    small = await store.blobs.put(Octets(b"small"))
    await store.run(referring(1, 1, place))
    read = list(store.blobs.pieces(place, 0, place.size))
    assert b"".join(read) == b"".join(pieces)
    assert max(map(len, read)) <= 256 << 10
    assert store.blobs.read(small, 0, 5) == b"small"


async def test_octets_that_are_not_there_are_blob_missing(store: Any) -> None:
    place = await store.blobs.put(Octets(b"0123456789"))
    await store.run(referring(1, 1, place))
    for wrong in (
        Place(place.segment + 7, place.position, place.size, place.checksum),
        Place(place.segment, 1 << 40, place.size, place.checksum),
        Place(place.segment, place.position + 1, place.size, place.checksum),  # the checksum tells
    ):
        with pytest.raises(BlobMissing):
            store.blobs.read(wrong, 0, wrong.size)


async def test_subscribers_hear_of_their_account_after_it_is_durable(store: Any) -> None:
    heard: list[list[str]] = []
    woken = asyncio.Event()

    def wake() -> None:
        heard.append([])
        woken.set()

    stop = store.feed.subscribe(AccountId(1), wake)
    store.feed.subscribe(AccountId(2), lambda: heard.append(["another account"]))

    async def unit(tx: Transaction) -> None:
        await adding("a.example")(tx)
        tx.notify(AccountId(1))
        assert heard == []  # not before the commit

    await store.run(unit)
    await woken.wait()
    assert heard == [[]]
    stop()
    stop()
    store.feed.publish(AccountId(1))
    assert heard == [[]]


async def test_a_unit_that_was_undone_notifies_nobody(store: Any) -> None:
    heard: list[int] = []
    store.feed.subscribe(AccountId(1), lambda: heard.append(1))

    async def unit(tx: Transaction) -> None:
        tx.notify(AccountId(1))
        raise LookupError

    with pytest.raises(LookupError):
        await store.run(unit)
    assert heard == []


async def test_a_subscriber_that_fails_costs_the_others_nothing(store: Any) -> None:
    heard: list[int] = []

    def fails() -> None:
        raise LookupError

    store.feed.subscribe(AccountId(1), fails)
    store.feed.subscribe(AccountId(1), lambda: heard.append(1))
    store.feed.publish(AccountId(1))
    assert heard == [1]
