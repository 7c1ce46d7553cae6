"""What a server did, call by call, read from strace's record (``strace -f -yy -s 65536``)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

CALLS = "read,recvfrom,recvmsg,write,writev,sendto,sendmsg,fsync,fdatasync"
STRACE = ("strace", "-f", "-qq", "-yy", "-s", "65536", "-e", f"trace={CALLS}", "-e", "signal=none")

_WHOLE = re.compile(r"(?P<pid>\d+) +(?P<name>\w+)\((?P<rest>.*)\) += (?P<result>-?\d+)")
_BEGUN = re.compile(r"(?P<pid>\d+) +(?P<name>\w+)\((?P<rest>.*) <unfinished \.\.\.>")
_RESUMED = re.compile(r"(?P<pid>\d+) +<\.\.\. (?P<name>\w+) resumed>(?P<rest>.*)\) += (?P<result>-?\d+)")
_FILE = re.compile(r"^\d+<(?P<path>.*?)>(?=,|$)")


@dataclass(frozen=True)
class Call:
    """One system call; ``begun`` and ``ended`` count the lines of the record, so they order all threads."""

    begun: int
    ended: int
    name: str
    file: str  # a path, or "TCP:[ours->theirs]"
    text: str  # all arguments, as strace prints them
    result: int

    @property
    def syncs(self) -> bool:
        return self.name in ("fsync", "fdatasync") and self.result == 0

    @property
    def reads_socket(self) -> bool:
        return self.name in ("read", "recvfrom", "recvmsg") and self.file.startswith("TCP") and self.result > 0

    @property
    def writes_socket(self) -> bool:
        return self.name in ("write", "writev", "sendto", "sendmsg") and self.file.startswith("TCP")


def calls_of(record: Iterable[str]) -> list[Call]:
    """Calls in the order in which they ended; one that was interrupted by another thread's is put together."""
    return sorted(_calls(record), key=lambda call: call.ended)


def _calls(record: Iterable[str]) -> Iterator[Call]:
    open_calls: dict[str, tuple[int, str]] = {}
    for number, line in enumerate(record):
        if begun := _BEGUN.match(line):
            open_calls[begun["pid"]] = (number, begun["rest"])
        elif resumed := _RESUMED.match(line):
            start, before = open_calls.pop(resumed["pid"], (number, ""))
            yield _call(start, number, resumed["name"], before + resumed["rest"], resumed["result"])
        elif whole := _WHOLE.match(line):
            yield _call(number, number, whole["name"], whole["rest"], whole["result"])


def _call(begun: int, ended: int, name: str, text: str, result: str) -> Call:
    file = _FILE.match(text)
    return Call(begun, ended, name, file["path"] if file else "", text, int(result))


def promises_without_sync(calls: list[Call]) -> tuple[int, list[str]]:
    """How many messages were answered 250, and which answers came too early.

    Since the end of its data was read, a sync of a segment must have begun and ended, then one of the
    write-ahead log, before the answer begins to be written.  The client must not pipeline: then the
    last octets read between 354 and 250 are the end of the data.
    """
    last_read: dict[str, int] = {}
    in_data: set[str] = set()
    answered, early = 0, []
    for call in calls:
        if call.reads_socket:
            last_read[call.file] = call.ended
        elif call.writes_socket and '"354 ' in call.text:
            in_data.add(call.file)
        elif call.writes_socket and '"250 2.' in call.text and call.file in in_data:
            in_data.remove(call.file)
            answered += 1
            if not _kept_between(calls, last_read[call.file], call.begun):
                early.append(call.text)
    return answered, early


def _kept_between(calls: list[Call], since: int, until: int) -> bool:
    syncs = [call for call in calls if call.syncs and call.begun > since and call.ended < until]
    segments = [call.ended for call in syncs if call.file.endswith(".segment")]
    return any(call.file.endswith("-wal") and call.begun > min(segments, default=until) for call in syncs)
