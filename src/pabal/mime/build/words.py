"""Text of header fields as pieces: plain where ASCII does, encoded-words where not (RFC 2047 §2, §4, §5).

A piece is a run of spaces and a word; a field may be folded before any piece and nowhere else, so
unfolding gives back every space.  Encoded-words have at most 75 characters and hold whole characters.
"""

from __future__ import annotations

import binascii
import re

from pabal.mime.build.errors import refuse_line_breaks, utf8

WORD_CHARACTERS = 75  # RFC 2047 §2: MUST NOT be longer
PLAIN_WORD_CHARACTERS = 900  # longer ones would not fit a line of 998 (RFC 5322 §2.1.1) and are encoded

#: RFC 2047 §5 (3): what stands for itself in a phrase, the narrowest of the three places; used in all.
_Q_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
_Q = ["_" if octet == 32 else chr(octet) if octet in _Q_SAFE else f"={octet:02X}" for octet in range(256)]
_PIECE = re.compile(r" *[^ ]+")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")


def text_pieces(text: str, where: str, used: int = 0) -> list[str]:
    """Unstructured text; ``used`` characters of the first line are taken.  Only the words between the first and
    the last that need it are encoded, so "Re:" stays readable everywhere."""
    refuse_line_breaks(text, where)
    utf8(text, where)
    if text != text.strip(" "):  # spaces at the ends would be lost
        return encoded_pieces(text, used)
    pieces = split(text)
    unfit = [number for number, piece in enumerate(pieces) if _needs_encoding(piece)]
    if not unfit:
        return pieces
    start, stop = unfit[0], unfit[-1] + 1
    middle = "".join(pieces[start:stop])
    words = encoded_pieces(middle.removeprefix(" "), 0 if start else used)
    return [*pieces[:start], *([f" {words[0]}", *words[1:]] if start else words), *pieces[stop:]]


def split(text: str) -> list[str]:
    """Before each run of spaces; the text ends in no space."""
    return _PIECE.findall(text)


def _needs_encoding(piece: str) -> bool:
    """RFC 2047 §5: what looks like an encoded-word and is text is encoded too."""
    return not (piece.isascii() and piece.isprintable()) or "=?" in piece or len(piece) > PLAIN_WORD_CHARACTERS


def phrase_pieces(name: str, where: str) -> list[str]:
    """A display name: atoms, a quoted-string, or encoded-words (RFC 5322 §3.2.5, RFC 2047 §5 (3))."""
    refuse_line_breaks(name, where)
    utf8(name, where)
    pieces = split(name)
    if name != name.strip() or any(map(_needs_encoding, pieces)):
        return encoded_pieces(name)
    if _ATOMS.fullmatch(name):
        return pieces
    return split(quoted(name))


def quoted(text: str) -> str:
    """RFC 5322 §3.2.4."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def encoded_pieces(text: str, used: int = 0) -> list[str]:
    """The encoded-words of ``text`` with a space before each but the first."""
    first, *others = encoded_words(text, WORD_CHARACTERS + 1 - used)
    return [first, *(f" {word}" for word in others)]


def encoded_words(text: str, first: int = WORD_CHARACTERS) -> list[str]:
    """``text`` as encoded-words, the first of at most ``first`` characters where a character fits in so many.

    The shorter of B and Q; us-ascii where that does, so that no reader needs more than it must (RFC 2046 §4.1.2).
    """
    octets = text.encode("utf-8")
    charset = "us-ascii" if text.isascii() else "utf-8"
    use_q = sum(len(_Q[octet]) for octet in octets) <= -(-len(octets) // 3) * 4
    frame = len(f"=?{charset}?q??=")
    words: list[str] = []
    room = min(first, WORD_CHARACTERS) - frame
    piece, size = b"", 0
    for character in text:
        encoded = character.encode("utf-8")
        cost = sum(len(_Q[octet]) for octet in encoded) if use_q else len(encoded)
        if piece and size + cost > (room if use_q else room // 4 * 3):
            words.append(_word(piece, charset, use_q))
            piece, size, room = b"", 0, WORD_CHARACTERS - frame
        piece, size = piece + encoded, size + cost
    return [*words, _word(piece, charset, use_q)]


def _word(octets: bytes, charset: str, use_q: bool) -> str:
    if use_q:
        return f"=?{charset}?q?{''.join(_Q[octet] for octet in octets)}?="
    return f"=?{charset}?b?{binascii.b2a_base64(octets, newline=False).decode('ascii')}?="
