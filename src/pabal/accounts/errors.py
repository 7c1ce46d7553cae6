"""What an operator is told when a change of domains, accounts or aliases is not possible."""

from __future__ import annotations

from pabal.model.errors import PabalError


class AdminError(PabalError):
    """The change was not made; the text is one line that says what to do."""


class BadName(AdminError):
    """An address, domain or password that cannot be kept."""


class AlreadyThere(AdminError):
    """That name is taken."""


class NotThere(AdminError):
    """Nothing has that name."""


class StillInUse(AdminError):
    """Something else depends on it."""
