"""Remembers what short field values were read as: the same few senders, lists and types come again and again.

Bounded in number and in octets, so hostile values cost no memory; an exception is not remembered.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Concatenate, ParamSpec, TypeVar

_OCTETS = 256  # what is longer is read each time
_VALUES = 2048

T = TypeVar("T")
P = ParamSpec("P")


def recurring(read: Callable[Concatenate[bytes, P], T]) -> Callable[Concatenate[bytes, P], T]:
    """``read`` depends on its arguments alone, and its answer is never changed."""
    remembered = lru_cache(_VALUES)(read)

    def answer(value: bytes, /, *args: P.args, **kwargs: P.kwargs) -> T:
        if len(value) > _OCTETS:
            return read(value, *args, **kwargs)
        return remembered(value, *args, **kwargs)  # type: ignore[arg-type]  # all arguments are hashable

    return answer
