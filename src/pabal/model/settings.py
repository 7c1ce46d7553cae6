"""How a setting is declared: once, beside the code it steers, with default, bound and reason.

The manual, ``pabal config sample``, ``pabal config check`` and their messages are made from this.
"""

from __future__ import annotations

from dataclasses import field
from datetime import timedelta
from typing import Any


def setting(default: Any, *, doc: str, minimum: Any = None, maximum: Any = None) -> Any:
    """A field of a frozen settings dataclass.  ``doc`` says what it does, its unit and why the default."""
    metadata = {"doc": doc, "minimum": minimum, "maximum": maximum}
    if isinstance(default, (list, dict, set)):
        return field(default_factory=lambda: type(default)(default), metadata=metadata)
    return field(default=default, metadata=metadata)


#: Types a setting may have; durations are written "90s", "5min", "4h", "5d", sizes "50MiB".
SETTING_TYPES = (bool, int, str, timedelta, tuple)
