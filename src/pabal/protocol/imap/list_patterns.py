"""Matching of LIST patterns (RFC 9051 §6.3.9): ``*`` is anything, ``%`` anything but the delimiter.

The match walks the set of positions reachable in the pattern, one step per character of the name, so
it costs at most len(pattern) · len(name) and no pattern makes it exponential.
"""

from __future__ import annotations

import re

_WILD_RUN = re.compile(r"[*%]*\*[*%]*|%+")


def simplify(pattern: str) -> str:
    """Runs of wildcards match what one of them matches: the widest."""
    return _WILD_RUN.sub(lambda found: "*" if "*" in found.group() else "%", pattern)


def matches(pattern: str, name: str, *, delimiter: str = "/") -> bool:
    pattern = simplify(pattern)
    reached = _through_wildcards({0}, pattern)
    for character in name:
        reached = _through_wildcards(_step(reached, pattern, character, delimiter), pattern)
        if not reached:
            return False
    return len(pattern) in reached


def _step(reached: set[int], pattern: str, character: str, delimiter: str) -> set[int]:
    after: set[int] = set()
    for at in reached:
        wanted = pattern[at : at + 1]
        if wanted == "*" or (wanted == "%" and character != delimiter):
            after.add(at)
        elif wanted == character:
            after.add(at + 1)
    return after


def _through_wildcards(reached: set[int], pattern: str) -> set[int]:
    """A wildcard may match nothing at all."""
    return reached | {at + 1 for at in reached if pattern[at : at + 1] in ("*", "%")}


def normalise_inbox(pattern: str) -> str:
    """INBOX is compared without case, also where it begins a pattern (RFC 9051 §6.3.9)."""
    head, slash, rest = pattern.partition("/")
    return "INBOX" + slash + rest if head.upper() == "INBOX" else pattern
