"""Sequence sets (RFC 9051 §9 sequence-set), never expanded: a million ranges cost their own length.

``*`` is kept as STAR until the highest number is known; ``$`` (RFC 9051 §6.4.4.1) is SAVED.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

STAR = 0  # no number of a set is 0, so it can stand for "*"

_PART = re.compile(rb"(?:[1-9]\d{0,9}|\*)(?::(?:[1-9]\d{0,9}|\*))?")


@dataclass(frozen=True, slots=True)
class SequenceSet:
    """Ranges as written; ``saved`` says the set is ``$``."""

    ranges: tuple[tuple[int, int], ...]
    saved: bool = False

    def resolve(self, highest: int) -> list[tuple[int, int]]:
        """Ascending, disjoint ranges.  ``*`` is ``highest``, so ``9:*`` of 5 messages is 5:9."""
        resolved = sorted(
            (min(first or highest, last or highest), max(first or highest, last or highest))
            for first, last in self.ranges
        )
        return merge(resolved)


def parse_sequence_set(octets: bytes) -> SequenceSet | None:
    """None when it is no set."""
    if octets == b"$":
        return SequenceSet((), saved=True)
    ranges: list[tuple[int, int]] = []
    for part in octets.split(b","):
        if not _PART.fullmatch(part):
            return None
        first, _, last = part.partition(b":")
        start = STAR if first == b"*" else int(first)
        stop = start if not last else STAR if last == b"*" else int(last)
        if start > 0xFFFFFFFF or stop > 0xFFFFFFFF:  # nz-number is 32 bits
            return None
        ranges.append((start, stop))
    return SequenceSet(tuple(ranges))


def merge(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join ascending ranges that touch or overlap."""
    merged: list[tuple[int, int]] = []
    for first, last in ranges:
        if merged and first <= merged[-1][1] + 1:
            if last > merged[-1][1]:
                merged[-1] = (merged[-1][0], last)
        else:
            merged.append((first, last))
    return merged


def format_set(numbers: Sequence[int]) -> bytes:
    """Numbers in the order given, runs that ascend by one joined: ``1:3,7`` (COPYUID keeps order)."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return b",".join(b"%d" % first if first == last else b"%d:%d" % (first, last) for first, last in runs)
