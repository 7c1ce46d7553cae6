"""One IMAP connection as the commands see it: who signed in, what is selected, how to answer.

An idle connection is small: slots, no buffers, no task of its own.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from pabal.access.imap.context import ImapContext
from pabal.accounts.interface import Account
from pabal.mailboxes.interface import Mailbox, MailboxView
from pabal.model.ids import SeqNum, Uid
from pabal.model.world import Stream, StreamTimeout
from pabal.protocol.imap.mailbox_names import encode_mailbox
from pabal.protocol.imap.sequence import SequenceSet
from pabal.protocol.imap.serialise import astring
from pabal.protocol.imap.session import AnswerLine, ServerSession

DRAIN_ABOVE = 64 * 1024  # octets that may wait before the peer must take some


Page = list[tuple[SeqNum, Uid]]


class HungUp(Exception):
    """The peer will say nothing more: the connection ends, a last word is still possible."""


class BrokenOff(Exception):
    """A response cannot be ended as it was begun: the connection is cut, anything more would be read as its rest."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The tagged response; untagged ones were sent before."""

    text: str
    code: bytes = b""
    status: bytes = b"OK"


class Selected:
    """The selected mailbox (RFC 9051 §3.3)."""

    __slots__ = ("mailbox", "read_only", "saved", "view")

    def __init__(self, mailbox: Mailbox, view: MailboxView, *, read_only: bool) -> None:
        self.mailbox, self.view, self.read_only = mailbox, view, read_only
        self.saved: tuple[Uid, ...] = ()  # ``$`` (RFC 9051 §6.4.4.1)

    def members(self, wanted: SequenceSet, *, by_uid: bool) -> list[tuple[SeqNum, Uid]]:
        """The messages of a set that the session's view holds."""
        if wanted.saved:
            return self.view.uids(((uid, uid) for uid in self.saved), by_uid=True)
        return self.view.uids(wanted.resolve(self.view.highest(by_uid=by_uid)), by_uid=by_uid)

    def pages(self, wanted: SequenceSet, size: int, *, by_uid: bool) -> Iterator[Page]:
        """The same, at most ``size`` at a time: a set of a million messages is never a list."""
        batch: list[tuple[int, int]] = []
        room = size
        for first, last in self._numbers(wanted, by_uid=by_uid):
            while first <= last:
                stop = min(last, first + room - 1)
                batch.append((first, stop))
                room -= stop - first + 1
                first = stop + 1
                if not room:
                    yield self.view.uids(batch, by_uid=False)
                    batch, room = [], size
        if batch:
            yield self.view.uids(batch, by_uid=False)

    def _numbers(self, wanted: SequenceSet, *, by_uid: bool) -> Iterator[tuple[int, int]]:
        """Ranges of sequence numbers that are there."""
        numbers = range(1, len(self.view) + 1)
        ranges: Iterable[tuple[int, int]]
        if wanted.saved:
            ranges, by_uid = ((uid, uid) for uid in self.saved), True
        else:
            ranges = wanted.resolve(self.view.highest(by_uid=by_uid))
        for first, last in ranges:
            if by_uid:
                start = bisect_left(numbers, Uid(first), key=self._uid) + 1
                yield start, bisect_right(numbers, Uid(last), lo=start - 1, key=self._uid)
            else:
                yield max(first, 1), min(last, len(numbers))  # ``*`` of an empty mailbox is 0

    def _uid(self, number: int) -> Uid:
        return self.view.uid(SeqNum(number))


class Connection:
    """Everything that lasts longer than one command."""

    __slots__ = ("_began", "account", "context", "login_failures", "rev2", "selected", "session", "stream")

    def __init__(self, stream: Stream, context: ImapContext) -> None:
        self.stream, self.context = stream, context
        self.session = ServerSession(context.settings)
        self.account: Account | None = None
        self.selected: Selected | None = None
        self.rev2 = False  # RFC 9051 §6.3.1: IMAP4rev2 was enabled
        self.login_failures = 0
        self._began = context.clock.monotonic()

    # who and where
    @property
    def user(self) -> Account:
        assert self.account is not None  # the table of verbs lets nobody else in
        return self.account

    @property
    def here(self) -> Selected:
        assert self.selected is not None
        return self.selected

    def name(self, mailbox: str) -> bytes:
        """A mailbox name as this session writes it."""
        return astring(encode_mailbox(mailbox, utf8=self.rev2), utf8=self.rev2)

    # octets
    async def drain(self) -> None:
        """Send what waits; a slow peer makes us wait, not grow.  Raises: BrokenOff, ConnectionError."""
        waiting = self.session.data_to_send()
        if not waiting:
            return
        try:
            await self.stream.write(waiting, within=self.context.settings.write_timeout)
        except StreamTimeout:
            raise BrokenOff("the peer takes nothing") from None  # so no last word is tried either

    async def send(self, octets: bytes | Sequence[bytes]) -> None:
        for piece in (octets,) if isinstance(octets, bytes) else octets:
            self.session.send(piece)
        if self.session.waiting > DRAIN_ABOVE:
            await self.drain()

    def patience(self) -> timedelta:
        """How long the client may now be silent (RFC 9051 §5.4); a stranger has one time for everything."""
        settings = self.context.settings
        if self.account is not None:
            return settings.autologout
        spent = timedelta(seconds=self.context.clock.monotonic() - self._began)
        return max(settings.login_timeout - spent, timedelta(0))

    async def ask(self, text: bytes) -> bytes:
        """A continuation request and the line that answers it.  Raises: HungUp, StreamTimeout."""
        self.session.ask(text)
        while True:
            await self.drain()
            event = self.session.next_event()
            if isinstance(event, AnswerLine):
                return event.octets
            if self.session.closed:
                raise HungUp(self.session.closed)
            self.session.receive(await self.stream.read(within=self.patience()))
