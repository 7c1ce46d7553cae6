"""Address fields written (RFC 5322 §3.4; RFC 2047 §5 (3); RFC 6532 §3.2).

Names may hold anything but CR, LF and NUL; the address itself is never encoded.  A local part that is
not ASCII stands as UTF-8, which only a way with SMTPUTF8 carries (RFC 6531 §3.2).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pabal.mime.build.errors import Unwritable, refuse_line_breaks
from pabal.mime.build.fields import folded
from pabal.mime.build.words import phrase_pieces
from pabal.model.address import Address

_DOMAIN = re.compile(r"(?:[A-Za-z0-9_-]+\.)*[A-Za-z0-9_-]+|\[[!-Z^-~]+\]")


@dataclass(frozen=True, slots=True)
class NamedAddress:
    """``name <address>``, RFC 5322's mailbox."""

    address: Address
    name: str = ""

    def addresses(self) -> list[Address]:
        return [self.address]

    def pieces(self, where: str, *, utf8: bool) -> list[str]:
        specification = _address(self.address, where, utf8=utf8)
        if not self.name:
            return [specification]
        return [*phrase_pieces(self.name, where), f" <{specification}>"]


@dataclass(frozen=True, slots=True)
class Group:
    """``name: members;``; without members it says that there were recipients who are not named."""

    name: str
    members: tuple[NamedAddress, ...] = ()

    def addresses(self) -> list[Address]:
        return [member.address for member in self.members]

    def pieces(self, where: str, *, utf8: bool) -> list[str]:
        if not self.name:
            raise Unwritable(f"{where}: a group needs a name")
        name = phrase_pieces(self.name, where)
        name[-1] += ":"
        members = _list_pieces(self.members, where, utf8=utf8)
        if members:
            members[0] = f" {members[0]}"
        pieces = [*name, *members]
        pieces[-1] += ";"
        return pieces


Destination = NamedAddress | Group


def address_field(name: str, entries: Sequence[Destination], *, utf8: bool = False) -> bytes:
    """One field of at least one entry."""
    if not entries:
        raise Unwritable(f"{name}: there is no address")
    return folded(name, _list_pieces(entries, name, utf8=utf8))


def _list_pieces(entries: Sequence[Destination], where: str, *, utf8: bool) -> list[str]:
    pieces: list[str] = []
    for entry in entries:
        first, *others = entry.pieces(where, utf8=utf8)
        if pieces:
            pieces[-1] += ","
            first = f" {first}"
        pieces += [first, *others]
    return pieces


def _address(address: Address, where: str, *, utf8: bool) -> str:
    """RFC 5322 §3.4.1 addr-spec."""
    local_part = address.local_part
    refuse_line_breaks(local_part, where)
    if not _DOMAIN.fullmatch(address.domain):
        raise Unwritable(f"{where}: {address.domain!r} is no domain in A-labels and no address literal")
    if not local_part.isprintable():
        raise Unwritable(f"{where}: {local_part!r} holds a control character")
    if not local_part.isascii() and not utf8:
        raise Unwritable(f"{where}: {local_part!r} is not ASCII and needs a way with SMTPUTF8 (RFC 6531)")
    return str(address)
