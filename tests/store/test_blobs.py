"""For any blobs, however they came and wherever they lie: a range of a blob is that range of its octets."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from pabal.model.content import Octets
from pabal.store.blobs.segment import HEADER_SIZE, blob_header, segment_path
from pabal.store.interface import Place
from pabal.store.settings import KIB, StoreSettings
from pabal.store.sqlite.driver import SqliteStore, open_store
from tests.store.units import Spooled, adding

REPEATS = st.sampled_from([0, 1, 7, 900, 5000])  # 5,000 times up to 12 octets: most of a segment
CONTENTS = st.tuples(st.binary(min_size=1, max_size=12), REPEATS, st.booleans(), st.booleans())
RANGES = st.tuples(st.integers(-5, 70_000), st.integers(-5, 70_000))


async def put_all(store: SqliteStore, contents: list[tuple[bytes, int, bool, bool]]) -> list[tuple[Place, bytes]]:
    stored = []
    for number, (piece, repeats, spooled, commit) in enumerate(contents):
        octets = piece * repeats
        content = Spooled([piece] * repeats) if spooled else Octets(octets)
        stored.append((await store.blobs.put(content), octets))
        if commit:
            await store.run(adding(f"{number}.example"))
    return stored


async def play(contents: list[tuple[bytes, int, bool, bool]], ranges: list[tuple[int, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = await open_store(Path(folder), StoreSettings(segment_size=64 * KIB, unwritten_above=64 * KIB))
        stored = await put_all(store, contents)
        for place, octets in stored:
            assert store.blobs.read(place, 0, place.size) == octets
            for start, stop in ranges:
                assert store.blobs.read(place, start, stop) == octets[max(start, 0) : max(stop, 0)]
                assert b"".join(store.blobs.pieces(place, start, stop)) == octets[max(start, 0) : max(stop, 0)]
        await store.run(adding("last.example"))
        for place, octets in stored:
            assert on_disk(Path(folder), place) == blob_header(len(octets), place.checksum) + octets
        await store.close()


def on_disk(data: Path, place: Place) -> bytes:
    whole = Path(segment_path(data / "segments", place.segment)).read_bytes()
    return whole[place.position - HEADER_SIZE : place.position + place.size]


@settings(max_examples=25, deadline=None)
@given(st.lists(CONTENTS, max_size=8), st.lists(RANGES, max_size=3))
def test_a_range_of_a_blob_is_that_range_of_its_octets(
    contents: list[tuple[bytes, int, bool, bool]], ranges: list[tuple[int, int]]
) -> None:
    asyncio.run(play(contents, ranges))
