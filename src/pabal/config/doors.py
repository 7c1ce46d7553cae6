"""The doors: their names, where the sandbox opens them, and what may be opened in which mode.

A door whose protocol is not built yet is neither opened nor named by ``ready``; giving it an
address is an error that says so.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pabal.config.errors import Expected

#: Where the sandbox opens each door: the standard port + 1000, as test inboxes do.
SANDBOX_PORTS = {
    "smtp": 1025,
    "submission": 1587,
    "submissions": 1465,
    "imap": 1143,
    "imaps": 1993,
    "pop3": 1110,
    "pop3s": 1995,
    "managesieve": 5190,
    "lmtp": 1024,
    "web": 8025,
    "webs": 8443,
    "admin": None,  # in the sandbox it is part of ``web``
}
NOT_BUILT = frozenset({"submission", "submissions", "managesieve"})
#: They tell, or take, more than a stranger may have.
LOOPBACK_ONLY = frozenset({"lmtp", "admin"})

_ADDRESS = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]*|localhost)):([0-9]{1,5})")


@dataclass(frozen=True, slots=True)
class DoorAddress:
    """One door at one address; port 0 lets the machine choose."""

    door: str
    host: str
    port: int

    @property
    def loopback(self) -> bool:
        return ipaddress.ip_address(self.host).is_loopback

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def read_address(door: str, text: str) -> DoorAddress:
    """``host:port``, an IPv6 address in brackets; no host means every address.  Raises: Expected."""
    expected = Expected('"host:port" such as "127.0.0.1:25" or "[::1]:25", the host an IP address or localhost')
    match = _ADDRESS.fullmatch(text)
    if match is None or int(match[3]) > 65535:
        raise expected
    host = match[1] or match[2] or "0.0.0.0"  # noqa: S104
    try:
        address = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        raise expected from None
    return DoorAddress(door, str(address), int(match[3]))


def read_addresses(door: str, value: object) -> tuple[DoorAddress, ...]:
    """What stands behind a door's name: an address, a list of them, or false.  Raises: Expected."""
    if door not in SANDBOX_PORTS:
        raise Expected(f"one of the doors {' '.join(SANDBOX_PORTS)}")
    if value is False:
        return ()
    if door in NOT_BUILT:
        raise Expected(f"false: the door {door} is not built yet")
    texts = value if isinstance(value, list) else [value]
    found = tuple(read_address(door, text) for text in texts if isinstance(text, str))
    if not texts or len(found) < len(texts):
        raise Expected('"host:port", a list of those, or false')
    return found


def read_listen(options: Iterable[str]) -> dict[str, tuple[DoorAddress, ...]]:
    """``--listen DOOR=HOST:PORT|false``, as often as wanted.  Raises: Expected."""
    doors: dict[str, tuple[DoorAddress, ...]] = {}
    for option in options:
        door, equals, text = option.partition("=")
        if not equals:
            raise Expected("DOOR=HOST:PORT or DOOR=false")
        found = read_addresses(door, False if text == "false" else text)
        doors[door] = (*doors.get(door, ()), *found) if found else ()
    return doors


def sandbox_doors() -> dict[str, tuple[DoorAddress, ...]]:
    """What the sandbox opens when nobody says otherwise."""
    return {
        door: (DoorAddress(door, "127.0.0.1", port),)
        for door, port in SANDBOX_PORTS.items()
        if port is not None and door not in NOT_BUILT
    }


def choose(
    mode: str, listen: Mapping[str, tuple[DoorAddress, ...]], exposed: Iterable[str], sandbox_exposed: bool
) -> list[DoorAddress]:
    """The doors to open, in the order of their names above.  Raises: Expected."""
    doors = {**(sandbox_doors() if mode == "sandbox" else {}), **listen}
    chosen = [address for door in SANDBOX_PORTS for address in doors.get(door, ())]
    for address in chosen:
        if not address.loopback:
            _may_face_outside(mode, address, frozenset(exposed), sandbox_exposed)
    if not chosen:
        raise Expected("at least one door to open, in [listen] or by --listen")
    return chosen


def _may_face_outside(mode: str, address: DoorAddress, exposed: frozenset[str], sandbox_exposed: bool) -> None:
    if mode == "sandbox":
        if sandbox_exposed:
            return
        raise Expected(f"loopback addresses, not {address}: the sandbox faces outside only with --sandbox-exposed")
    if address.door in LOOPBACK_ONLY and address.door not in exposed:
        raise Expected(f"a loopback address for {address.door}, not {address}, unless [serve] exposed lists it")
