"""``[store]``: every bound of the embedded store, with its default and its reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from pabal.model.settings import setting

KIB, MIB = 1 << 10, 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSettings:
    """``[store]``: how rows and message octets are kept on this machine."""

    segment_size: int = setting(
        64 * MIB,
        minimum=64 * KIB,
        maximum=4096 * MIB,
        doc="Octets reserved for one segment file; a larger message gets a segment of its own size.",
    )
    unwritten_above: int = setting(
        16 * MIB,
        minimum=64 * KIB,
        doc="Octets of new messages held in memory above which a commit is made just to write them.",
    )
    open_segments: int = setting(128, minimum=1, doc="Segment files kept open for reading; one file descriptor each.")
    group_time: timedelta = setting(
        timedelta(milliseconds=5),
        minimum=timedelta(0),
        doc="How long one group of units may hold the event loop; what takes longer goes on in the writer thread.",
    )
    checkpoint_above: int = setting(
        16 * MIB,
        minimum=64 * KIB,
        doc="Octets in the write-ahead log above which they are copied into the database, beside the commits.",
    )
    restart_above: int = setting(
        128 * MIB,
        minimum=128 * KIB,
        doc="Octets in the write-ahead log above which commits wait until it is empty: bounds its size under load.",
    )
    idle_before_truncate: timedelta = setting(
        timedelta(seconds=2),
        minimum=timedelta(milliseconds=1),
        doc="How long no commit came before the write-ahead log is emptied and, if it is large, cut.",
    )
    page_cache: int = setting(
        16 * MIB, minimum=64 * KIB, doc="Octets of database pages each connection keeps in memory."
    )
    scan_threads: int = setting(
        2, minimum=1, maximum=64, doc="Threads, each with a connection, for reads whose cost grows with the data."
    )
    hint_backlog: int = setting(
        256,
        minimum=1,
        doc="Change hints of other processes read in one turn of the event loop; the rest waits for the next.",
    )
