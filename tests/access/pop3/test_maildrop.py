"""The maildrop on the real store."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest

from pabal.access.pop3.locks import MaildropInUse
from pabal.access.pop3.maildrop import Maildrop, MessageUnknown, open_maildrop
from pabal.model.errors import DiskFull, MailboxUnknown, Unavailable
from pabal.model.ids import AccountId
from pabal.store.interface import BlobMissing, Blobs, Place, Store, Transaction, Unit
from tests.server_pop3.house import House

ONE, TWO, THREE = (b"Subject: %d\r\n\r\n" % number + b"x" * number + b"\r\n" for number in (1, 2, 3))
LARGE = b"Subject: large\r\n\r\n" + b"0123456789abcde\n" * 60_000


async def opened(house: House, name: str = "kim") -> Maildrop:
    return await open_maildrop(house.sources, house.accounts[name])


async def octets(maildrop: Maildrop, number: int) -> bytes:
    return b"".join([piece async for piece in maildrop.pieces(number)])


def unique_ids(maildrop: Maildrop) -> list[str]:
    return [maildrop.unique_id(number) for number in maildrop.numbers()]


async def test_an_empty_inbox_is_an_empty_maildrop(house: House) -> None:
    maildrop = await opened(house)
    assert (maildrop.count, maildrop.octets, list(maildrop.numbers())) == (0, 0, [])
    assert await maildrop.update() == 0


async def test_messages_come_whole_with_what_stands_before_them(house: House) -> None:
    prefix = b"Return-Path: <>\r\n"
    await house.deliver(ONE, LARGE, b"", prefix=prefix)
    maildrop = await opened(house)
    assert [await octets(maildrop, number) for number in (1, 2, 3)] == [prefix + ONE, prefix + LARGE, prefix]
    assert [maildrop.size(number) for number in (1, 2, 3)] == [len(prefix) + len(each) for each in (ONE, LARGE, b"")]
    pieces = [len(piece) async for piece in maildrop.pieces(2)]
    assert len(pieces) > 1
    assert max(pieces) <= 256 * 1024 + len(prefix)


async def test_numbers_and_sizes_do_not_change_during_a_session(house: House) -> None:
    uids = await house.deliver(ONE, TWO)
    maildrop = await opened(house)
    before = unique_ids(maildrop)
    await house.deliver(THREE)
    await house.expunge(uids[:1])
    assert (maildrop.count, maildrop.octets) == (2, len(ONE) + len(TWO))
    assert unique_ids(maildrop) == before
    assert await octets(maildrop, 2) == TWO
    with pytest.raises(MessageUnknown):
        await octets(maildrop, 1)


async def test_a_unique_id_outlives_sessions_and_is_never_used_again(house: House) -> None:
    await house.deliver(ONE, TWO)
    first = await opened(house)
    before = unique_ids(first)
    first.mark(2)
    await first.update()
    first.close()
    await house.deliver(THREE)
    second = await opened(house)
    after = unique_ids(second)
    assert after[0] == before[0]
    assert after[1] not in before
    assert all(1 <= len(each) <= 70 and each.isascii() and each.isprintable() for each in after)  # RFC 1939 §7


async def test_what_is_marked_disappears_and_comes_back(house: House) -> None:
    await house.deliver(ONE, TWO, THREE)
    maildrop = await opened(house)
    maildrop.mark(2)
    assert (maildrop.count, maildrop.octets) == (2, len(ONE) + len(THREE))
    assert list(maildrop.numbers()) == [1, 3]
    for question in (maildrop.size, maildrop.unique_id, maildrop.mark):
        with pytest.raises(MessageUnknown):
            question(2)
    maildrop.unmark_all()
    assert (maildrop.count, maildrop.octets) == (3, len(ONE) + len(TWO) + len(THREE))
    assert maildrop.size(2) == len(TWO)


@pytest.mark.parametrize("number", [0, -1, 2, 10**9])
async def test_a_number_that_is_none_is_refused(house: House, number: int) -> None:
    await house.deliver(ONE)
    maildrop = await opened(house)
    with pytest.raises(MessageUnknown):
        maildrop.size(number)
    with pytest.raises(MessageUnknown):
        await octets(maildrop, number)


async def test_without_update_nothing_is_removed(house: House) -> None:
    await house.deliver(ONE)
    maildrop = await opened(house)
    maildrop.mark(1)
    maildrop.close()
    assert (await opened(house)).count == 1


async def test_one_maildrop_of_an_account_is_open_at_a_time(house: House) -> None:
    first = await opened(house)
    with pytest.raises(MaildropInUse):
        await opened(house)
    await opened(house, "lee")
    first.close()
    await opened(house)


async def test_an_account_that_is_gone_has_no_maildrop_and_holds_no_lock(house: House) -> None:
    for _ in range(2):
        with pytest.raises(MailboxUnknown):
            await open_maildrop(house.sources, AccountId(999))


class FullStore:
    """The disk is full: a unit is done and undone, reading goes on."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.read, self.scan = store.read, store.scan

    async def run(self, unit: Unit[object]) -> object:
        async def refused(tx: Transaction) -> object:
            await unit(tx)
            raise DiskFull

        return await self._store.run(refused)


async def test_an_update_that_fails_removes_nothing(house: House) -> None:
    await house.deliver(ONE, TWO)

    maildrop = await open_maildrop(replace(house.sources, store=FullStore(house.store)), house.accounts["kim"])  # type: ignore[arg-type]
    maildrop.mark(1)
    with pytest.raises(DiskFull):
        await maildrop.update()
    maildrop.close()
    assert (await opened(house)).count == 2


class MovingBlobs:
    """Compaction takes the segment away after some pieces of a blob."""

    def __init__(self, blobs: Blobs, *, times: int) -> None:
        self._blobs, self._times = blobs, times
        self.put, self.read = blobs.put, blobs.read

    def pieces(self, place: Place, start: int, stop: int) -> Iterator[bytes]:
        self._times -= 1
        pieces = self._blobs.pieces(place, start, stop)
        yield next(pieces)
        if self._times >= 0:
            raise BlobMissing("compacted")
        yield from pieces


@pytest.mark.parametrize("times", [0, 1])
async def test_a_message_that_is_moved_while_it_is_read_comes_whole(house: House, times: int) -> None:
    await house.deliver(LARGE)
    sources = replace(house.sources, blobs=MovingBlobs(house.store.blobs, times=times))  # type: ignore[arg-type]
    maildrop = await open_maildrop(sources, house.accounts["kim"])
    assert await octets(maildrop, 1) == LARGE


async def test_a_message_whose_octets_are_gone_is_unavailable(house: House) -> None:
    await house.deliver(LARGE)
    sources = replace(house.sources, blobs=MovingBlobs(house.store.blobs, times=2))  # type: ignore[arg-type]
    maildrop = await open_maildrop(sources, house.accounts["kim"])
    with pytest.raises(Unavailable) as refused:
        await octets(maildrop, 1)
    assert "compacted" in refused.value.detail


async def test_opening_at_the_same_moment_lets_one_in(house: House) -> None:
    outcomes = await asyncio.gather(opened(house), opened(house), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Maildrop", "MaildropInUse"]
