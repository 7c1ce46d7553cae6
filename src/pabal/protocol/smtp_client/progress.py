"""What becomes of each recipient of one transaction (RFC 5321 §3.3, §4.5.3.1.10; RFC 2033 §4.2).

Replies go in as they come, in the order of the commands; at the end every recipient has one outcome, or is
among the rest that the peer asks to send in another transaction.
"""

from __future__ import annotations

from pabal.model.envelope import Recipient
from pabal.model.replies import EnhancedStatus, Reply
from pabal.protocol.smtp_client.events import Outcome, Result, TransactionDone

_TOO_MANY = (452, 552)  # RFC 5321 §4.5.3.1.10: 552 on RCPT is the old spelling of 452
_CLASS = {Result.DELIVERED: 2, Result.TEMPORARY: 4, Result.PERMANENT: 5}
_OF_THE_RECIPIENT = (1, 2)  # subjects of RFC 3463 §3: addressing, mailbox


class Progress:
    """``pending``: RCPT that wait for their reply; ``crowded``: the peer takes no more in this transaction;
    ``over``: the transaction was refused as a whole."""

    __slots__ = ("_accepted", "_answered", "_asked", "_open", "_outcomes", "crowded", "over", "pending")

    def __init__(self, asked: tuple[Recipient, ...], refused: tuple[Outcome, ...]) -> None:
        self._asked = asked
        self._outcomes = list(refused)
        self._open = dict(enumerate(asked))  # who has no outcome yet
        self._accepted: list[int] = []  # in LMTP: who waits for a reply after the final dot, in order
        self._answered = 0
        self.over = False
        self.pending = len(asked)
        self.crowded = False

    @property
    def hopeless(self) -> bool:
        """The content must not be sent: MAIL was refused, or every RCPT, or it was refused as a whole."""
        return self.over or not (self.pending or self._accepted)

    @property
    def complete(self) -> bool:
        """Nobody waits for a reply to the content."""
        return self.over or not self._accepted

    def refuse(self, reply: Reply, command: str) -> None:
        """MAIL, DATA or a chunk was refused: that is said to all that wait for it."""
        self.over = True
        waiting = self._open if command == "MAIL" else self._accepted
        for index in list(waiting):
            self._settle(index, reply, command)
        self._accepted.clear()

    def rcpt(self, reply: Reply) -> None:
        """The reply to the next RCPT."""
        index = self._answered
        self._answered += 1
        self.pending -= 1
        if self.over:
            return
        if reply.positive:
            self._accepted.append(index)
        elif self._accepted and _asks_for_another(reply):
            self.crowded = True
        else:
            self._settle(index, reply, "RCPT")

    def content(self, reply: Reply, *, each: bool) -> None:
        """A reply after the final dot: for all, or in LMTP for the next that was accepted (``each``)."""
        count = 1 if each else len(self._accepted)
        settled, self._accepted = self._accepted[:count], self._accepted[count:]
        for index in settled:
            self._settle(index, reply, "end of data")

    def fail(self, result: Result, status: EnhancedStatus, reply: Reply | None, detail: str) -> None:
        """The transaction broke off: that is the outcome of all that have none."""
        self.over = True
        status = _in_class(status, result)
        self._outcomes += [Outcome(each, result, status, reply, detail) for each in self._open.values()]
        self._open.clear()

    def done(self) -> TransactionDone:
        """Who was accepted has an outcome by now; who is still open was not taken for want of room."""
        return TransactionDone(tuple(self._outcomes), tuple(self._open.values()))

    def _settle(self, index: int, reply: Reply, command: str) -> None:
        result = result_of(reply, command)
        self._outcomes.append(Outcome(self._open.pop(index), result, status_of(reply, result), reply, command))


def _asks_for_another(reply: Reply) -> bool:
    """Too many recipients, unless the status says that it is this recipient who cannot be reached."""
    subject = reply.status.subject if reply.status else 0
    return reply.code in _TOO_MANY and subject not in _OF_THE_RECIPIENT


def result_of(reply: Reply, command: str) -> Result:
    if reply.code < 400:
        return Result.DELIVERED
    if reply.code < 500 or (command == "RCPT" and reply.code in _TOO_MANY):
        return Result.TEMPORARY
    return Result.PERMANENT


def status_of(reply: Reply, result: Result) -> EnhancedStatus:
    return _in_class(reply.status or EnhancedStatus(reply.code // 100, 0, 0), result)


def _in_class(status: EnhancedStatus, result: Result) -> EnhancedStatus:
    """The peer's status in the class of the result: 552 on RCPT is temporary, so is a RSET that is refused."""
    return status._replace(klass=_CLASS[result])
