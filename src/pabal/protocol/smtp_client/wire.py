"""Commands out in groups, replies in, each matched with what it answers (RFC 2920 §3.1, RFC 5321 §4.3).

Invariants, each with a test of its name:
  * At most ``pipelined`` commands wait for their replies, one where PIPELINING is not offered.
  * Nothing follows a command that must be the last of its group before its reply has come.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from pabal.protocol.smtp_client.states import LAST_IN_GROUP, Verb


class Wire:
    """``depth``: how many commands may wait for their replies now."""

    __slots__ = ("_out", "_queue", "_waiting", "depth")

    def __init__(self) -> None:
        self.depth = 1
        self._queue: deque[tuple[Verb, bytes]] = deque()  # not sent yet
        self._waiting: deque[Verb] = deque((Verb.GREETING,))  # sent, not answered; the peer speaks first
        self._out: list[bytes] = []

    @property
    def awaiting(self) -> Verb | None:
        """Whose reply comes next."""
        return self._waiting[0] if self._waiting else None

    def say(self, *queued: tuple[Verb, bytes]) -> None:
        """Send commands as soon as each may be sent."""
        self._queue.extend(queued)
        self.pump()

    def pump(self) -> None:
        """Send what may be sent before the next reply."""
        while self._queue and len(self._waiting) < self.depth:
            if self._waiting and self._waiting[-1] in LAST_IN_GROUP:
                return
            verb, octets = self._queue.popleft()
            self._waiting.append(verb)
            self._out.append(octets)

    def write(self, octets: bytes, expect: Iterable[Verb] = ()) -> None:
        """Send octets of the content, and say which replies they bring."""
        self._out.append(octets)
        self._waiting.extend(expect)

    def answered(self) -> Verb:
        """The reply to what waited longest has come."""
        return self._waiting.popleft()

    def drop_unsent(self, verb: Verb) -> int:
        """Forget commands that were not sent yet; how many."""
        kept = deque(command for command in self._queue if command[0] is not verb)
        dropped, self._queue = len(self._queue) - len(kept), kept
        return dropped

    def drop_all_unsent(self) -> None:
        self._queue.clear()

    def take(self) -> bytes:
        """All octets to send."""
        octets = b"".join(self._out)
        self._out.clear()
        return octets

    def cut(self, last_words: bytes = b"") -> None:
        """Nothing more is sent but that, and nothing is awaited."""
        self._queue.clear()
        self._waiting.clear()
        self._out[:] = [last_words] if last_words else []
