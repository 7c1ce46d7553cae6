"""One transaction on the wire: envelope, content, verdict (RFC 5321 §3.3, RFC 2920, RFC 3030, RFC 2033).

What each reply means for the recipients is ``Progress``; what it means for the dialogue is the ``Turn``.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Final

from pabal.model.envelope import Recipient
from pabal.model.replies import Reply
from pabal.protocol.smtp_client import commands
from pabal.protocol.smtp_client.content import ChunkWriter, DataWriter, chunk_start
from pabal.protocol.smtp_client.events import MailTransaction
from pabal.protocol.smtp_client.extensions import Extensions
from pabal.protocol.smtp_client.progress import Progress
from pabal.protocol.smtp_client.states import Verb
from pabal.protocol.smtp_client.wire import Wire


class Turn(Enum):
    """What follows a reply."""

    WAIT = "wait"  # for the next
    CONTENT = "content"  # the peer wants the message
    DONE = "done"
    BROKEN = "broken"  # the connection is of no more use


class Transmission:
    """``begin()``, then ``answer()`` for each reply, ``content()`` and ``end_content()`` after Turn.CONTENT."""

    def __init__(
        self, wire: Wire, progress: Progress, transaction: MailTransaction, offered: Extensions, *, lmtp: bool
    ):
        self.progress = progress
        #: The peer may hold half a transaction: the next one begins with RSET.
        self.dirty = True
        self._wire = wire
        self._transaction = transaction
        self._offered = offered
        self._lmtp = lmtp
        self._chunks = takes_chunks(offered, lmtp=lmtp)
        self._writer = self._writer_for_content()
        self._given = False

    def _writer_for_content(self) -> DataWriter | ChunkWriter:
        if self._chunks:
            return ChunkWriter(self._transaction.size, binary=self._transaction.body == "BINARYMIME")
        return DataWriter(eight_bit=self._offered.offers("8BITMIME"))

    def begin(self, recipients: tuple[Recipient, ...], *, reset: bool, smtputf8: bool) -> None:
        """The envelope, as far as it may be sent at once."""
        mail = commands.mail(self._transaction, self._offered, smtputf8=smtputf8)
        self._wire.say(
            *([(Verb.RSET, b"RSET\r\n")] if reset else []),
            (Verb.MAIL, mail),
            *((Verb.RCPT, commands.rcpt(each, self._offered)) for each in recipients),
            *([] if self._chunks else [(Verb.DATA, b"DATA\r\n")]),
        )

    def content(self, piece: bytes) -> None:
        """Raises: Refusal."""
        self._wire.write(self._writer.add(piece))

    def end_content(self) -> None:
        """Raises: Refusal."""
        # RFC 2033 §4.2: LMTP answers once for each RCPT that was accepted; the others are awaited as they come
        self._wire.write(self._writer.end(), expect=(Verb.END,))
        self._given = True

    def answer(self, verb: Verb, reply: Reply) -> Turn:
        return _ANSWERS[verb](self, reply)

    def _on_rset(self, reply: Reply) -> Turn:
        return Turn.WAIT if reply.positive else Turn.BROKEN

    def _on_mail(self, reply: Reply) -> Turn:
        if not reply.positive:
            self.progress.refuse(reply, "MAIL")
        return self._after_envelope()

    def _on_rcpt(self, reply: Reply) -> Turn:
        self.progress.rcpt(reply)
        if self.progress.crowded:  # who was not asked for yet goes with the rest
            self.progress.pending -= self._wire.drop_unsent(Verb.RCPT)
        return self._after_envelope()

    def _after_envelope(self) -> Turn:
        if self.progress.hopeless:
            self._wire.drop_all_unsent()
            return Turn.WAIT if self._wire.awaiting else Turn.DONE
        if self._chunks and not self.progress.pending:
            self._wire.write(chunk_start(self._transaction.size), expect=(Verb.CHUNK,))
            return Turn.CONTENT
        return Turn.WAIT

    def _on_data(self, reply: Reply) -> Turn:
        if not reply.positive:
            self.progress.refuse(reply, "DATA")
            return Turn.DONE
        if not self.progress.hopeless:
            return Turn.CONTENT
        # A go-ahead after MAIL was refused makes no sense: a dot might be an empty message to somebody.
        # RFC 2033 §4.2: in LMTP one for nobody MUST be 503, and no reply would come to the dot.
        if self.progress.over or self._lmtp:
            return Turn.BROKEN
        # RFC 2920 §3.1: DATA may be accepted though every RCPT was refused; then the message is a single dot
        self._wire.say((Verb.END, b".\r\n"))
        return Turn.WAIT

    def _on_chunk(self, reply: Reply) -> Turn:
        if reply.positive:
            return Turn.WAIT
        self.progress.refuse(reply, "BDAT")
        return Turn.WAIT if self._given else Turn.BROKEN  # a chunk cannot be left but by leaving

    def _on_end(self, reply: Reply) -> Turn:
        self.dirty = self.progress.hopeless  # RFC 5321 §4.1.1.4: the end of a message ends its transaction
        self.progress.content(reply, each=self._lmtp)
        if self.progress.complete:
            return Turn.DONE
        self._wire.write(b"", expect=(Verb.END,))
        return Turn.WAIT


def takes_chunks(offered: Extensions, *, lmtp: bool) -> bool:
    """BDAT comes in two, and both are sent before the first is answered (RFC 3030 §4.2); in LMTP we use DATA."""
    return not lmtp and offered.offers("CHUNKING") and offered.offers("PIPELINING")


_ANSWERS: Final[dict[Verb, Callable[[Transmission, Reply], Turn]]] = {
    Verb.RSET: Transmission._on_rset,
    Verb.MAIL: Transmission._on_mail,
    Verb.RCPT: Transmission._on_rcpt,
    Verb.DATA: Transmission._on_data,
    Verb.CHUNK: Transmission._on_chunk,
    Verb.END: Transmission._on_end,
}
