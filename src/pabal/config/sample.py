"""``pabal config sample`` and ``show``: the settings file, made from the declarations of the settings."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import Field, fields
from typing import Any

from pabal.config.doors import NOT_BUILT, SANDBOX_PORTS
from pabal.config.tree import SECTIONS, Configuration, kinds
from pabal.config.values import write_value

_HEAD = """\
# pabal.toml: what a machine needs before it has a database; domains, accounts and aliases live in the store.
# Every line that is commented out shows its default.

mode = "production"
hostname = "mail.example.org"
data = "/var/lib/pabal"

# Only the doors named here, or by --listen, open: DOOR = "host:port", a list of those, or false.
[listen]
smtp = "0.0.0.0:25"
imaps = "0.0.0.0:993"
pop3s = "0.0.0.0:995"
admin = "127.0.0.1:8025"
"""


def _comment(text: str) -> Iterator[str]:
    yield from (f"# {line}" for line in textwrap.wrap(text, 112))


def _purpose(settings: type[Any]) -> str:
    """The first line of its docstring, without the section's name that stands above already."""
    text = (settings.__doc__ or "").strip().splitlines()[0].partition("``: ")[2]
    return text[:1].upper() + text[1:]


def _default(item: Field[Any], settings: type[Any]) -> Any:
    return getattr(settings(), item.name)


def _bounds(item: Field[Any]) -> str:
    low, high = item.metadata["minimum"], item.metadata["maximum"]
    parts = [f"at least {write_value(low)}"] if low is not None else []
    parts += [f"at most {write_value(high)}"] if high is not None else []
    return f" ({', '.join(parts)})" if parts else ""


def _items(section: str) -> Iterator[tuple[Field[Any], type[Any]]]:
    """Every key of a section once, with a class that declares it."""
    seen = set()
    for settings in SECTIONS[section].values():
        for item in fields(settings):
            if item.name in kinds(settings) and item.name not in seen:
                seen.add(item.name)
                yield item, settings


def sample() -> str:
    """A whole file with every setting, its reason, bounds and default."""
    lines = [_HEAD.rstrip()]
    doors = " ".join(door for door in SANDBOX_PORTS if door not in NOT_BUILT)
    lines.append(f"# doors: {doors}")
    for section, classes in SECTIONS.items():
        lines += ["", f"[{section}]"]
        for settings in classes.values():
            lines += _comment(_purpose(settings))
        for item, settings in _items(section):
            lines += ["", *_comment(f"{item.metadata['doc']}{_bounds(item)}")]
            lines.append(f"# {item.name} = {write_value(_default(item, settings))}")
    return "\n".join(lines) + "\n"


def show(configuration: Configuration) -> Iterator[tuple[str, str, str]]:
    """What holds now: section, key and value as it is written, every setting."""
    for key in ("mode", "hostname", "data"):
        yield "", key, write_value(str(getattr(configuration, key)))
    for door, addresses in configuration.listen.items():
        texts = tuple(str(address) for address in addresses)
        yield "listen", door, write_value(texts if texts else False)
    for section, classes in SECTIONS.items():
        for part, settings in classes.items():
            for item in fields(settings):
                yield section, item.name, write_value(getattr(getattr(configuration, part), item.name))
