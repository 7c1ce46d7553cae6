"""Entities written, those that hold others included (RFC 2046 §5.1, RFC 1847 §2.1).

A boundary comes from the chance that is passed in, holds ``=_``, which neither base64 nor quoted-printable
can, and is drawn again when what it shall delimit holds it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from pabal.mime.build import leaves
from pabal.mime.build.entities import Embedded, Entity, FieldGroups, File, HeaderOnly, Multipart, Raw, Text
from pabal.mime.build.errors import Unwritable
from pabal.mime.build.fields import value_field
from pabal.mime.build.leaves import Written
from pabal.mime.build.transfer import DOMAINS, SEVEN_BIT, Way
from pabal.model.world import Random

_BOUNDARY_OCTETS = 16  # 34 characters of at most 70 (RFC 2046 §5.1.1)
_BOUNDARY_DRAWS = 8


def render(entity: Entity, random: Random, way: Way = SEVEN_BIT) -> Written:
    """One entity with all inside it.  Raises: Unwritable, CannotDowngrade."""
    match entity:
        case Text():
            return leaves.text(entity, way)
        case File():
            return leaves.file(entity)
        case Embedded():
            return leaves.embedded(entity, way)
        case Raw():
            return leaves.raw(entity, way)
        case FieldGroups():
            return leaves.field_groups(entity)
        case HeaderOnly():
            return leaves.header_only(entity)
        case Multipart():
            return _multipart(entity, random, way)
        case _:
            assert_never(entity)


def _multipart(entity: Multipart, random: Random, way: Way) -> Written:
    # RFC 1847 §2.1, RFC 3156 §3: what is signed is 7bit, so that no relay ever has to change it.
    inner = SEVEN_BIT if entity.subtype == "signed" else way
    parts = [render(part, random, inner) for part in entity.parts]
    octets = [bytes(part) for part in parts]
    boundary = _boundary(octets, random)
    delimiter = b"--" + boundary.encode("ascii")
    body = b"".join([*(delimiter + b"\r\n" + part + b"\r\n" for part in octets), delimiter, b"--\r\n"])
    fields = value_field("Content-Type", f"multipart/{entity.subtype}", [*entity.parameters, ("boundary", boundary)])
    domain = max((part.domain for part in parts), key=DOMAINS.index)
    if domain != "7bit":
        fields += value_field("Content-Transfer-Encoding", domain)  # RFC 2045 §6.4: no less than its parts'
    return Written(fields, body, domain)


def _boundary(parts: Sequence[bytes], random: Random) -> str:
    """RFC 2046 §5.1.1: MUST NOT stand at the beginning of a line of the parts; here it is nowhere in them."""
    for _ in range(_BOUNDARY_DRAWS):
        boundary = f"=_{random.token(_BOUNDARY_OCTETS).hex()}"
        if not any(boundary.encode("ascii") in part for part in parts):
            return boundary
    raise Unwritable(f"no boundary was found in {_BOUNDARY_DRAWS} draws: the chance that was passed in is none")
