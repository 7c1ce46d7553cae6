"""Mailbox names on the wire: modified UTF-7 (RFC 3501 §5.1.3) and UTF-8 in NFC (RFC 9051 §5.1)."""

from __future__ import annotations

import binascii
import re
import unicodedata

_SHIFT = re.compile(r"&([^-]*)-")
_SHIFTED = re.compile(r"[A-Za-z0-9+,]+")
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")  # RFC 5198 §2: not in names


def decode_modified_utf7(octets: bytes) -> str | None:
    """None when the octets are no modified UTF-7."""
    try:
        text = octets.decode("ascii")
        decoded = _SHIFT.sub(_decode_shift, text)
    except (ValueError, binascii.Error):
        return None
    # what is left of a shift that was never ended
    return None if "&" in _SHIFT.sub("", text) else decoded


def _decode_shift(found: re.Match[str]) -> str:
    run = found.group(1)
    if not run:
        return "&"
    if not _SHIFTED.fullmatch(run):
        raise ValueError(run)
    octets = binascii.a2b_base64(run.replace(",", "/") + "=" * (-len(run) % 4))
    return octets.decode("utf-16-be")


def encode_modified_utf7(name: str) -> bytes:
    """Shifts only where they are needed (RFC 3501 §5.1.3: no superfluous shifts)."""
    return _UNPRINTABLE.sub(_encode_shift, name.replace("&", "&-")).encode("ascii")


def _encode_shift(found: re.Match[str]) -> str:
    octets = found.group().encode("utf-16-be", "surrogatepass")
    return "&" + binascii.b2a_base64(octets, newline=False).decode().rstrip("=").replace("/", ",") + "-"


def decode_mailbox(octets: bytes, *, utf8: bool) -> str | None:
    """The name in NFC, INBOX in capitals; None when the octets are no name in this session."""
    if octets.upper() == b"INBOX":  # RFC 9051 §5.1: INBOX is compared without case
        return "INBOX"
    if utf8 or not octets.isascii():  # quirk: a rev1 client that sends UTF-8 unasked means UTF-8
        try:
            name: str | None = octets.decode("utf-8")
        except UnicodeDecodeError:
            name = None
    else:
        name = decode_modified_utf7(octets)
    return None if name is None or _CONTROL.search(name) else unicodedata.normalize("NFC", name)


def encode_mailbox(name: str, *, utf8: bool) -> bytes:
    return name.encode("utf-8") if utf8 else encode_modified_utf7(name)
