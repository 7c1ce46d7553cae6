"""How anything that makes mail hands it to delivery: sockets, clients, forwards, bounces.

Declared here so that relay and queue can hand in bounces without importing delivery; app wires it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from pabal.model.content import Content
from pabal.model.envelope import Envelope, Recipient
from pabal.model.errors import Refusal


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one recipient: taken (durably filed or queued), or refused."""

    refusal: Refusal | None = None

    @property
    def taken(self) -> bool:
        return self.refusal is None


class Intake(Protocol):
    """Takes responsibility for messages (RFC 5321 §6.1)."""

    async def accept(self, envelope: Envelope, content: Content) -> Mapping[Recipient, Outcome]:
        """File and queue one message in one durable unit, then say what became of each recipient.

        When it returns, every taken recipient survives a crash.  ``content`` is the message as the
        client sent it, dot-stuffing undone, without our trace fields.
        Raises: Refusal, when the message as a whole is refused (nothing was kept).
        """
        ...
