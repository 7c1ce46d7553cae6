"""``ChangeFeed``: hints in this process at once, and to the other processes of this machine by datagrams.

A hint carries no truth, so everything here may lose one: a full socket, a dead process, a datagram
that is no hint.  Every process that subscribes has a socket in the folder ``hints`` of the data
folder (0700: nobody else can send); a datagram is a list of account ids, 8 octets each.
"""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path

from pabal.model.ids import AccountId
from pabal.store.interface import ChangeFeed
from pabal.store.settings import StoreSettings
from pabal.telemetry import log

_IDS_PER_HINT = 1000  # 8,000 octets: within every system's datagram
_HINT_SIZE = 8 * _IDS_PER_HINT
_PATH_LIMIT = 100  # octets; sun_path holds 104 to 108


class LocalFeed(ChangeFeed):
    """Everything happens on the loop."""

    def __init__(self, folder: Path, settings: StoreSettings) -> None:
        self._subscribers: dict[AccountId, list[Callable[[], None]]] = {}
        self._hints = _Hints(folder, settings.hint_backlog, self._wake)

    def subscribe(self, account_id: AccountId, wake: Callable[[], None]) -> Callable[[], None]:
        self._hints.listen()
        self._subscribers.setdefault(account_id, []).append(wake)
        return lambda: self._unsubscribe(account_id, wake)

    def publish(self, account_id: AccountId) -> None:
        self.publish_all({account_id})

    def publish_all(self, account_ids: Collection[AccountId]) -> None:
        """What a whole group of units changed: one datagram to each process."""
        for account_id in account_ids:
            self._wake(account_id)
        self._hints.send(account_ids)

    def close(self) -> None:
        self._subscribers.clear()
        self._hints.close()

    def _wake(self, account_id: AccountId) -> None:
        for wake in tuple(self._subscribers.get(account_id, ())):
            try:
                wake()
            except Exception as error:  # one subscriber's fault must not cost the others their hint
                log.error("store.subscriber_failed", account_id=account_id, error=repr(error))

    def _unsubscribe(self, account_id: AccountId, wake: Callable[[], None]) -> None:
        wakes = self._subscribers.get(account_id, [])
        with suppress(ValueError):  # stopping twice is harmless
            wakes.remove(wake)
        if not wakes:
            self._subscribers.pop(account_id, None)


class _Hints:
    """The sockets between processes."""

    def __init__(self, folder: Path, backlog: int, wake: Callable[[AccountId], None]) -> None:
        self._folder, self._backlog, self._wake = folder, backlog, wake
        self._folder_descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self._sender = _datagram_socket()
        self._receiver: socket.socket | None = None
        self._name = ""
        self._peers: tuple[str, ...] = ()
        self._peers_as_of = -1  # modification time of the folder, nanoseconds

    def listen(self) -> None:
        if self._receiver is not None:
            return
        self._receiver = _datagram_socket()
        self._name = f"{os.getpid()}.{id(self):x}"
        self._receiver.bind(self._address(self._name))
        asyncio.get_running_loop().add_reader(self._receiver.fileno(), self._receive)

    def send(self, account_ids: Collection[AccountId]) -> None:
        peers: tuple[str, ...] = ()
        with suppress(OSError):  # the folder is gone: then nobody listens in it
            peers = self._others()
        if not peers:
            return
        ids = list(account_ids)
        for first in range(0, len(ids), _IDS_PER_HINT):
            some = ids[first : first + _IDS_PER_HINT]
            hint = struct.pack(f">{len(some)}q", *some)
            for name in peers:
                self._send_to(name, hint)

    def close(self) -> None:
        if self._receiver is not None:
            asyncio.get_running_loop().remove_reader(self._receiver.fileno())
            self._receiver.close()
            self._receiver = None
            self._remove(self._name)
        self._sender.close()
        os.close(self._folder_descriptor)

    def _receive(self) -> None:
        for _ in range(self._backlog):
            try:
                hint = self._receiver.recv(_HINT_SIZE) if self._receiver else b""
            except OSError:
                return
            whole = len(hint) - len(hint) % 8
            for (account_id,) in struct.iter_unpack(">q", hint[:whole]):
                self._wake(AccountId(account_id))

    def _others(self) -> tuple[str, ...]:
        changed = os.fstat(self._folder_descriptor).st_mtime_ns
        if changed != self._peers_as_of:
            self._peers = tuple(name for name in os.listdir(self._folder) if name != self._name)
            self._peers_as_of = changed
        return self._peers

    def _send_to(self, name: str, hint: bytes) -> None:
        try:
            self._sender.sendto(hint, self._address(name))
        except ConnectionRefusedError:  # its process died
            self._remove(name)
        except OSError:  # full, or just gone
            pass

    def _address(self, name: str) -> str:
        path = str(self._folder / name)
        # A data folder may lie deeper than a socket address can say.
        return path if len(os.fsencode(path)) <= _PATH_LIMIT else f"/proc/self/fd/{self._folder_descriptor}/{name}"

    def _remove(self, name: str) -> None:
        with suppress(OSError):
            os.unlink(self._folder / name)


def _datagram_socket() -> socket.socket:
    datagrams = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    datagrams.setblocking(False)
    return datagrams
