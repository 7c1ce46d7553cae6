"""The parts below the doors, put together over one data folder: the same for the server and for a command."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pabal.accounts.directory import AccountDirectory
from pabal.accounts.logins import PasswordLogins
from pabal.app.world import SystemClock, SystemRandom
from pabal.config.tree import Configuration
from pabal.delivery.intake import Delivery
from pabal.delivery.receiver import Receiver
from pabal.mailboxes.provision import provision
from pabal.mailboxes.service import MailboxService
from pabal.model.world import Clock, Random
from pabal.store.interface import Blobs, ChangeFeed, Store
from pabal.store.sqlite.driver import open_store


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """What commands and doors work with."""

    configuration: Configuration
    clock: Clock
    random: Random
    store: Store
    blobs: Blobs
    feed: ChangeFeed
    directory: AccountDirectory
    logins: PasswordLogins
    mailboxes: MailboxService
    delivery: Delivery
    receiver: Receiver

    async def close(self) -> None:
        self.logins.close()
        await self.store.close()


async def open_core(
    configuration: Configuration, *, exposed_password: str = "", on_fatal: Callable[[Exception], None] | None = None
) -> Core:
    """Open the data folder's store and everything above it.  Raises: PabalError."""
    clock, random = SystemClock(), SystemRandom()
    store = await open_store(configuration.data, configuration.store, on_fatal=on_fatal)
    directory = AccountDirectory(
        sandbox=configuration.sandbox,
        postmaster=configuration.mail.postmaster,
        clock=clock,
        provision=provision,
    )
    logins = PasswordLogins(
        store,
        directory,
        clock,
        random,
        sandbox=configuration.sandbox,
        settings=configuration.auth,
        exposed_password=exposed_password,
    )
    mailboxes = MailboxService(store, clock, configuration.mailboxes, store.blobs)
    delivery = Delivery(
        store,
        store.blobs,
        directory,
        mailboxes,
        clock,
        random,
        hostname=configuration.hostname,
        sandbox=configuration.sandbox,
    )
    receiver = Receiver(delivery, store, directory, clock, random, sandbox=configuration.sandbox)
    return Core(
        configuration=configuration,
        clock=clock,
        random=random,
        store=store,
        blobs=store.blobs,
        feed=store.feed,
        directory=directory,
        logins=logins,
        mailboxes=mailboxes,
        delivery=delivery,
        receiver=receiver,
    )
