"""What clients fetch in bulk, computed once at filing and stored in the form in which it is sent.

``summarise`` reads the message once; ``Summary.encode`` is what the column ``email.summary`` holds.
A stored summary with another ``form_version`` than FORM_VERSION is made again when it is read.
"""

from __future__ import annotations

from dataclasses import dataclass

FORM_VERSION = 1


@dataclass(frozen=True, slots=True)
class PartSpan:
    """One part: where its octets lie, counted from the first octet that was given to ``summarise``."""

    section: str  # IMAP part number "1.2"; "" is the message itself
    header_start: int
    body_start: int  # == header end, after the empty line
    body_end: int
    media_type: str  # lower case "text/plain"
    charset: str
    transfer_encoding: str  # lower case
    disposition: str  # lower case, "" none
    filename: str


@dataclass(frozen=True, slots=True)
class Summary:
    envelope: bytes  # RFC 9051 §7.5.2 ENVELOPE in wire form, ASCII, strings quoted or literal
    body_structure: bytes  # BODYSTRUCTURE in wire form, with extension data
    body: bytes  # BODY in wire form
    header_size: int  # octets, with the empty line
    lines: int
    sent_at: int | None  # Date field, Unix seconds
    from_text: str  # first mailbox of From, for lists: display name or address, decoded
    from_address: str
    to_text: str
    subject: str  # decoded
    base_subject: str  # RFC 5256 §2.1
    message_id: str  # without brackets, "" none
    references: tuple[str, ...]  # References, else In-Reply-To; at most 50, the last
    preview: str  # RFC 8970, at most 200 characters
    has_attachment: bool
    parts: tuple[PartSpan, ...]  # depth first, the message first

    def encode(self) -> bytes: ...

    @classmethod
    def decode(cls, stored: bytes) -> Summary: ...


def summarise(octets: bytes) -> Summary:
    """Never raises on input."""
