"""Flags and keywords of a placement (RFC 9051 §2.3.2): how they are kept, compared and changed."""

from __future__ import annotations

from collections.abc import Iterable

from pabal.mailboxes.interface import SEEN, Flags

NO_FLAGS = Flags()


def stored(keywords: Iterable[str]) -> str:
    """The column: sorted, one space between; keywords are IMAP atoms, so no space is in them."""
    return " ".join(keywords)


def flags_of(bits: int, keywords: str) -> Flags:
    return Flags(bits, tuple(keywords.split(" "))) if keywords else Flags(bits)


def normal(flags: Flags) -> Flags:
    """Keywords sorted, each once; of two spellings the first one stays."""
    return Flags(flags.bits, _sorted(flags.keywords)) if flags.keywords else flags


def unseen(bits: int) -> int:
    """1 for a message without \\Seen: what STATUS counts as UNSEEN (RFC 9051 §6.3.11)."""
    return 0 if bits & SEEN else 1


def changed(old: Flags, add: Flags | None, remove: Flags | None, replace: Flags | None) -> Flags:
    """STORE FLAGS, +FLAGS, -FLAGS (RFC 9051 §6.4.6): replaced, then removed, then added."""
    flags = old if replace is None else normal(replace)
    if remove is not None:
        gone = {keyword.casefold() for keyword in remove.keywords}
        kept = tuple(keyword for keyword in flags.keywords if keyword.casefold() not in gone)
        flags = Flags(flags.bits & ~remove.bits, kept)
    if add is not None:
        flags = Flags(flags.bits | add.bits, _sorted((*flags.keywords, *add.keywords)))
    return flags


def _sorted(keywords: Iterable[str]) -> tuple[str, ...]:
    by_fold: dict[str, str] = {}
    for keyword in keywords:
        by_fold.setdefault(keyword.casefold(), keyword)
    return tuple(by_fold[fold] for fold in sorted(by_fold))
