"""Values of settings: from TOML to Python and back.

Durations are written "250ms", "90s", "5min", "4h", "5d"; sizes, wherever a setting is a number, also "50MiB".
``read_value`` promises a value of the setting's type within its bounds, or ``Expected``;
``write_value`` writes what ``read_value`` reads back as the same value (a property with a test).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from pabal.config.errors import Expected

_MILLISECONDS = {"ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}
_OCTETS = {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
_QUANTITY = re.compile(r"([0-9]{1,15}) ?([A-Za-z]+)")
_LONGEST = 2**50  # milliseconds a timedelta surely holds


def _quantity(text: object, units: dict[str, int]) -> int | None:
    match = _QUANTITY.fullmatch(text) if isinstance(text, str) else None
    if match is None or match[2] not in units:
        return None
    return int(match[1]) * units[match[2]]


def _read_bool(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise Expected("true or false")


def _read_int(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    octets = _quantity(value, _OCTETS)
    if octets is None:
        raise Expected('a whole number, or a size such as "50MiB"')
    return octets


def _read_str(value: object) -> str:
    if isinstance(value, str):
        return value
    raise Expected("a text in quotes")


def _read_duration(value: object) -> timedelta:
    milliseconds = _quantity(value, _MILLISECONDS)
    if milliseconds is None or milliseconds > _LONGEST:
        raise Expected('a duration such as "90s", "5min", "4h" or "5d"')
    return timedelta(milliseconds=milliseconds)


def _read_texts(value: object) -> tuple[str, ...]:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    raise Expected('a list of texts such as ["a", "b"]')


_READERS: dict[Any, Callable[[object], Any]] = {
    bool: _read_bool,
    int: _read_int,
    str: _read_str,
    timedelta: _read_duration,
    tuple[str, ...]: _read_texts,
}


def read_value(value: object, kind: Any, minimum: Any = None, maximum: Any = None) -> Any:
    """The setting's value.  Raises: Expected."""
    result = _READERS[kind](value)
    if minimum is not None and result < minimum:
        raise Expected(f"at least {write_value(minimum)}")
    if maximum is not None and result > maximum:
        raise Expected(f"at most {write_value(maximum)}")
    return result


def _write_duration(duration: timedelta) -> str:
    milliseconds = duration // timedelta(milliseconds=1)
    if not milliseconds:
        return '"0s"'
    unit = next(unit for unit, length in reversed(_MILLISECONDS.items()) if milliseconds >= length)
    while milliseconds % _MILLISECONDS[unit]:  # 90 s is "90s", not a minute and a half
        unit = list(_MILLISECONDS)[list(_MILLISECONDS).index(unit) - 1]
    return f'"{milliseconds // _MILLISECONDS[unit]}{unit}"'


def _write_int(number: int) -> str:
    for unit in ("TiB", "GiB", "MiB", "KiB"):
        # Only numbers that are surely sizes: 2048 connections stay 2048.
        if number >= 2**16 and number % _OCTETS[unit] == 0:
            return f'"{number // _OCTETS[unit]}{unit}"'
    return str(number)


def write_value(value: Any) -> str:
    """As it is written in the file."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, timedelta):
        return _write_duration(value)
    if isinstance(value, int):
        return _write_int(value)
    if isinstance(value, tuple):
        return f"[{', '.join(write_value(item) for item in value)}]"
    # A JSON string is a TOML basic string once DEL is escaped too (TOML 1.0, string).
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
