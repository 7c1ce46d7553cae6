"""The base subject, by which messages are sorted and threaded (RFC 5256 §2.1, exactly).

Step by step as the RFC numbers them; every step only removes text, so it ends.
"""

from __future__ import annotations

import re

_BLOB = r"\[[^\[\]]*+\] *"
_REFWD = rf"(?:{_BLOB})*+(?:re|fwd?) ?(?:{_BLOB})?:"
_REPLY = re.compile(_REFWD, re.IGNORECASE)
_LEADER = re.compile(rf"(?: |{_REFWD})+", re.IGNORECASE)
_BLOBS = re.compile(rf"(?:{_BLOB})++")
_PLAIN = re.compile(r"[^\s\[\](:][^\[\](:]*[^\s\[\](:]", re.DOTALL)  # nothing that any step could remove
_LEVELS = 50  # of "[fwd: ...]"; deeper stays


def base_subject(subject: str) -> str:
    """Of a decoded subject."""
    text = " ".join(subject.split())  # (1)
    if _PLAIN.fullmatch(text):
        return text
    for _ in range(_LEVELS):
        text = _without_leaders(_without_trailer(text))  # (2) to (5)
        if not (text[:5].lower() == "[fwd:" and text.endswith("]")):  # (6)
            break
        text = text[5:-1]
    return text


def is_reply(subject: str) -> bool:
    """Whether a reply or forward is said, for THREAD=REFERENCES; a blob alone says neither (RFC 5256 §3, 5.B)."""
    text = " ".join(subject.split()).lower()
    forwarded = text.endswith("(fwd)") or (text.startswith("[fwd:") and text.endswith("]"))
    return forwarded or _REPLY.match(text) is not None


def _without_trailer(text: str) -> str:
    end = len(text)
    while end:
        if text[end - 1] == " ":
            end -= 1
        elif text[max(end - 5, 0) : end].lower() == "(fwd)":
            end -= 5
        else:
            break
    return text[:end]


def _without_leaders(text: str) -> str:
    """A run of blobs is taken at once: where the first is no part of a leader, the others are not."""
    position = 0
    while True:
        before = position
        if leader := _LEADER.match(text, position):  # (3)
            position = leader.end()
        if blobs := _BLOBS.match(text, position):  # (4)
            position = blobs.end() if blobs.end() < len(text) else _last_blob(text, position)
        if position == before:
            return text[position:]


def _last_blob(text: str, position: int) -> int:
    """A subject of blobs only keeps the last one: the base is never empty."""
    return max(text.rfind("[", position), position)
