"""Short values are read once, long ones are never kept."""

from __future__ import annotations

from pabal.mime.recurring import recurring


def test_a_short_value_is_read_once_and_a_long_one_each_time() -> None:
    read: list[tuple[bytes, int]] = []

    @recurring
    def size(value: bytes, limit: int) -> int:
        read.append((value, limit))
        return min(len(value), limit)

    long = b"x" * 257
    assert [size(b"ab", 9), size(b"ab", 9), size(b"ab", 1), size(long, 300), size(long, 300)] == [2, 2, 1, 257, 257]
    assert read == [(b"ab", 9), (b"ab", 1), (long, 300), (long, 300)]
