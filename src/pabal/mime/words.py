"""Encoded-words and raw 8-bit text in header fields, decoded for people (RFC 2047, RFC 2231 §5, RFC 6532).

What comes out holds no CR, LF, NUL or other control, so decoded text can never become a header line,
and bidirectional overrides are shown as U+FFFD.  A word that cannot be decoded stays as it was written.
"""

from __future__ import annotations

import re

from pabal.mime.charsets import codec_of, decode, guess
from pabal.mime.transfer import decode_base64

#: RFC 2047 §2: words with nothing but white space between; longer words than 75 characters are taken.
_RUN = re.compile(r"=\?[^?\s]++\?[BbQq]\?[^?\s]*+\?=(?:\s*+=\?[^?\s]++\?[BbQq]\?[^?\s]*+\?=)*")
_WORD = re.compile(r"=\?([^?*\s]++)(?:\*[^?\s]*)?\?([BbQq])\?([^?\s]*+)\?=")
_LETTER_OR_DIGIT = re.compile("[A-Za-z0-9]")
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
    return _BIDI.sub("\ufffd", _CONTROL.sub(" ", text))


def _decode_run(run: re.Match[str]) -> str:
    """Words with nothing but white space between: it is dropped (RFC 2047 §6.2).

    Octets of neighbours in one charset are joined before they are decoded: a character may be split.
    """
    if _touches_text(run):
        return run.group()
    pieces: list[tuple[str, list[bytes]]] = []
    for charset, encoding, text in _WORD.findall(run.group()):
        if codec_of(charset) is None:
            return run.group()
        if not pieces or pieces[-1][0] != charset.lower():
            pieces.append((charset.lower(), []))
        pieces[-1][1].append(_word_octets(encoding, text))
    return "".join(decode(b"".join(octets), charset) for charset, octets in pieces)


def _touches_text(run: re.Match[str]) -> bool:
    """RFC 2047 §5: a word stands apart; with a letter or digit beside it, it is plain text."""
    before, after = run.string[max(run.start() - 1, 0) : run.start()], run.string[run.end() : run.end() + 1]
    return _LETTER_OR_DIGIT.search(before + after) is not None


def _word_octets(encoding: str, text: str) -> bytes:
    octets = text.encode("utf-8")
    if encoding in "Bb":
        return decode_base64(octets)
    return _Q_ESCAPE.sub(lambda found: bytes.fromhex(found[1].decode("ascii")), octets.replace(b"_", b" "))
