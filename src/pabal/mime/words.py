"""Encoded-words and raw 8-bit text in header fields, decoded for people (RFC 2047, RFC 2231 §5, RFC 6532).

What comes out holds no CR, LF, NUL or other control, so decoded text can never become a header line,
and bidirectional overrides are shown as U+FFFD.  A word that cannot be decoded stays as it was written.
"""

from __future__ import annotations

import re

from pabal.mime.charsets import codec_of, decode, guess
from pabal.mime.transfer import decode_base64

#: RFC 2047 §2; longer words than 75 characters are taken.  A letter or digit beside a word makes it plain text (§5).
_RUN = re.compile(
    r"(?<![A-Za-z0-9])=\?[^?\s]++\?[BbQq]\?[^?\r\n\t ]*+\?="
    r"(?:\s*=\?[^?\s]++\?[BbQq]\?[^?\r\n\t ]*+\?=)*+(?![A-Za-z0-9])"
)
_WORD = re.compile(r"=\?([^?*\s]++)(?:\*[^?\s]*)?\?([BbQq])\?([^?\s]*+)\?=")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]+")
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_Q_ESCAPE = re.compile(rb"=([0-9A-Fa-f]{2})")


def decode_text(value: bytes) -> str:
    """Unstructured text or a phrase, unfolded before."""
    if value.isascii():
        text = value.decode("ascii")
        if text.isprintable() and "=?" not in text:
            return text
    else:
        text = guess(value)
    if "=?" in text:
        text = _RUN.sub(_decode_run, text)
    return clean(text)


def clean(text: str) -> str:
    """One line without controls; white space stays as wide as it was."""
    if text.isprintable():
        return text
    return _BIDI.sub("\ufffd", _CONTROL.sub(" ", text)).strip()


def _decode_run(run: re.Match[str]) -> str:
    """Words with nothing but white space between: it is dropped (RFC 2047 §6.2).

    Octets of neighbours in one charset are joined before they are decoded: a character may be split.
    """
    pieces: list[tuple[str, bytes]] = []
    for charset, encoding, text in _WORD.findall(run.group()):
        if codec_of(charset) is None:
            return run.group()
        octets = _word_octets(encoding, text)
        if pieces and pieces[-1][0] == charset.lower():
            octets = pieces.pop()[1] + octets
        pieces.append((charset.lower(), octets))
    return "".join(decode(octets, charset) for charset, octets in pieces)


def _word_octets(encoding: str, text: str) -> bytes:
    octets = text.encode("utf-8")
    if encoding in "Bb":
        return decode_base64(octets)
    return _Q_ESCAPE.sub(lambda found: bytes.fromhex(found[1].decode("ascii")), octets.replace(b"_", b" "))
