"""Whose the data folder is: who serves it, and who a command of root becomes to work in it."""

from __future__ import annotations

import os
import pwd
from typing import NamedTuple

from pabal.config.tree import Configuration
from pabal.model.errors import PabalError


class Owner(NamedTuple):
    """Numbers of a user and its group."""

    user: int
    group: int


def owner_of(configuration: Configuration) -> Owner | None:
    """Who shall own a new data folder, where root makes it for ``[serve] user``; None: who runs.

    Raises: PabalError, when there is no such user."""
    name = configuration.serve.user
    if configuration.sandbox or not name or os.geteuid() != 0:
        return None
    try:
        found = pwd.getpwnam(name)
    except KeyError:
        raise PabalError(f"[serve] user: there is no user {name} on this machine") from None
    return Owner(found.pw_uid, found.pw_gid)


def become(owner: Owner) -> None:
    """For ever: nothing that root may do is left.  Raises: PabalError, when that user cannot run this program."""
    os.setgroups([])
    os.setgid(owner.group)
    os.setuid(owner.user)
    for needed in (os.__file__, __file__):  # Python's own library, and ours
        if not os.access(needed, os.R_OK):
            raise PabalError(f"user {owner.user} may not read {needed}: install pabal where that user can read it")
