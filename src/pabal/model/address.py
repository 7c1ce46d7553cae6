"""A mail address: local part and domain (RFC 5321 §4.1.2, RFC 6531).

The local part is kept as its owner wrote it, without quoting; the domain is in A-labels and lower
case, or an address literal in its brackets.  Parsing is the grammar's work (protocol.smtp for paths,
mime for header fields); this is only the word.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_DOT_STRING = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\U0010ffff-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\U0010ffff-]+)*"
)


@dataclass(frozen=True, slots=True)
class Address:
    """``local_part`` unquoted, case kept; ``domain`` in A-labels, lower case, "" only for <Postmaster>."""

    local_part: str
    domain: str

    def __str__(self) -> str:
        """As it stands in a path, quoted where RFC 5321 §4.1.2 asks for it."""
        local_part = self.local_part
        if not _DOT_STRING.fullmatch(local_part):
            escaped = local_part.replace("\\", "\\\\").replace('"', '\\"')
            local_part = f'"{escaped}"'
        return f"{local_part}@{self.domain}" if self.domain else local_part

    @property
    def key(self) -> tuple[str, str]:
        """What two spellings of one address of ours share: we compare local parts without case.

        One letter has several spellings in Unicode; to us they are one (RFC 6532 §3.1, NFC).
        """
        # Folding can take a text out of NFC again, so it is composed after it too.
        folded = unicodedata.normalize("NFC", self.local_part).casefold()
        return unicodedata.normalize("NFC", folded), self.domain
