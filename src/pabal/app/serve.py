"""``pabal serve``: from a configuration to open doors (design: modes, sandbox).

The order matters: every refusal comes before anything is made, and ports are bound before the data
folder is, so that a start that cannot succeed leaves nothing behind.
"""

from __future__ import annotations

import os
import resource
import secrets
import sys
from collections.abc import Sequence

from pabal.app import folder
from pabal.app.listener import Listener, named_addresses
from pabal.app.owner import owner_of
from pabal.app.supervisor import Supervisor
from pabal.config.changes import pending
from pabal.config.check import check
from pabal.config.doors import DoorAddress, choose, read_listen
from pabal.config.errors import ConfigError, Expected
from pabal.config.tree import Configuration
from pabal.model.errors import PabalError
from pabal.net.listen import bind
from pabal.telemetry import log


class UsageError(PabalError):
    """What was asked for contradicts itself: exit status 2."""


def serve(configuration: Configuration, listen: Sequence[str], workers: int | None, sandbox_exposed: bool) -> int:
    """Until told to end; the exit status.  Raises: PabalError."""
    addresses = _addresses(configuration, listen, sandbox_exposed)
    check(configuration)
    _check_user(configuration)
    from pabal.app import logs
    from pabal.app.worker import work  # all the server is made of: not for a start that is refused anyhow
    from pabal.server.control import bind_control

    logs.plug_in()
    _allow_many_connections()
    listeners, new = _take_ports_and_folder(configuration, addresses)
    control = bind_control(configuration.data / folder.CONTROL)
    password = secrets.token_urlsafe(12) if _faces_outside(addresses, configuration) else ""
    _first_words(configuration, new, password)
    settings = configuration.serve
    supervisor = Supervisor(
        lambda ready: work(configuration, listeners, control, password, ready),
        workers or settings.workers,
        settings.drain,
        settings.restart_wait,
    )
    try:
        return supervisor.run(lambda: _say_ready(listeners), lambda: _read_again(configuration))
    finally:
        (configuration.data / folder.CONTROL).unlink(missing_ok=True)


def _take_ports_and_folder(
    configuration: Configuration, addresses: Sequence[DoorAddress]
) -> tuple[list[Listener], bool]:
    """The bound listeners, and whether the folder is new; the folder's lock is held until the process ends."""
    data, mode = configuration.data, configuration.mode
    known = folder.is_known(data)
    if known:  # "another server serves this folder" tells more than "the port is in use"
        folder.check_mode(data, folder.open_known(data), mode)
        folder.lock(data)
    listeners = [(address.door, bind(address.host, address.port)) for address in addresses]
    if not known:
        folder.check_mode(data, folder.open_or_make(data, mode, owner_of(configuration))[0], mode)
        folder.lock(data)
    folder.become_owner(data)  # the ports are bound; from here on nothing needs root
    return listeners, not known


def _addresses(configuration: Configuration, listen: Sequence[str], sandbox_exposed: bool) -> list[DoorAddress]:
    if sandbox_exposed and not configuration.sandbox:
        raise UsageError("--sandbox-exposed is for the sandbox, and this configuration is production")
    try:
        options = read_listen(listen)
    except Expected as expected:
        raise UsageError(f"--listen: expected {expected}") from None
    doors = {**configuration.listen, **options}
    try:
        return choose(configuration.mode, doors, configuration.serve.exposed, sandbox_exposed)
    except Expected as expected:
        raise PabalError(f"expected {expected}") from None


def _allow_many_connections() -> None:
    """Each takes a descriptor, and the usual soft limit is 1024; the hard limit is what the operator allows."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _faces_outside(addresses: Sequence[DoorAddress], configuration: Configuration) -> bool:
    return configuration.sandbox and not all(address.loopback for address in addresses)


def _check_user(configuration: Configuration) -> None:
    """Production as root must be meant (design: modes)."""
    if not configuration.sandbox and os.geteuid() == 0 and not configuration.serve.user:
        raise PabalError('production does not run as root: name a user in [serve] user, or "root" if it is meant')
    owner_of(configuration)


def _first_words(configuration: Configuration, new: bool, password: str) -> None:
    if new and configuration.sandbox:
        print(
            f"This is a sandbox in {configuration.data}: mail to any address is kept here and nothing leaves.\n"
            "Send to the port of smtp; read over imap or pop3 as that address, with any password,\n"
            "on the page of web, or with `pabal list` and `pabal read ID`."
        )
    if new and not configuration.sandbox:
        print(
            f"A new data folder: {configuration.data}. Nobody has mail here yet:\n"
            "pabal domain add example.org && pabal account add kim@example.org"
        )
    if password:
        print(f"Others can reach this sandbox; it opens accounts with this password only: {password}")


def _read_again(configuration: Configuration) -> None:
    """Workers go on, and start again, with what they were started with; certificates they read anew."""
    try:
        log.info("configuration.read", changed_after_restart=pending(configuration))
    except ConfigError as error:
        log.error("configuration.not_read", detail=str(error), consequence="the running one stays")


def _say_ready(listeners: Sequence[Listener]) -> None:
    print("ready", *(f"{door}={addresses}" for door, addresses in named_addresses(listeners).items()))
    sys.stdout.flush()
