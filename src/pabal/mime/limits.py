"""How much of a message is looked into; past each bound the rest stays readable as plain octets.

Nothing here loses mail: a message over a limit is kept whole, its tree only ends earlier.
"""

from __future__ import annotations

from dataclasses import dataclass

from pabal.model.settings import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class MimeSettings:
    """How deep and how wide a message is taken apart: an argument of whoever uses this package alone.

    A server reads with DEFAULTS always and has no section for them: stored summaries depend on them,
    and one message must look alike whenever its summary was made.
    """

    depth: int = setting(
        50,
        minimum=1,
        maximum=100,
        doc="Levels of multipart and message/rfc822 that are opened; deeper ones are leaves. Real mail has under 10.",
    )
    parts: int = setting(
        1_000,
        minimum=1,
        maximum=100_000,
        doc="Parts of one message; the last one holds the rest. Bounds the stored structure (150 octets a part).",
    )
    addresses: int = setting(
        2_000,
        minimum=1,
        maximum=100_000,
        doc="Addresses read from one header field; those after it are not listed, though kept in the message.",
    )


DEFAULTS = MimeSettings()
