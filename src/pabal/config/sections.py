"""Settings of the parts that app itself puts together; every other package declares its own beside its code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from pabal.model.settings import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeSettings:
    """``[serve]``: the processes."""

    workers: int = setting(
        1, minimum=1, maximum=64, doc="Worker processes. A second one does not pay on two cores, so one."
    )
    user: str = setting(
        "", doc='Who the server becomes once its ports are open, when root starts it. "root": stay root, meant so.'
    )
    exposed: tuple[str, ...] = setting(
        (), doc="Doors among lmtp and admin that may open on other than loopback addresses. Default: none."
    )
    proxies: tuple[str, ...] = setting(
        (), doc="Networks of web proxies whose X-Forwarded-For and X-Forwarded-Proto are believed. Default: nobody's."
    )
    drain: timedelta = setting(
        timedelta(seconds=2),
        minimum=timedelta(),
        maximum=timedelta(minutes=10),
        doc="How long a stop waits for what clients have begun; short, since what was answered is durable.",
    )
    restart_wait: timedelta = setting(
        timedelta(seconds=30),
        minimum=timedelta(seconds=1),
        maximum=timedelta(hours=1),
        doc="The longest wait before a worker that keeps crashing is started again; it begins at 0.1 s and doubles.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """``[mail]``: addresses that every mail system has."""

    postmaster: str = setting(
        "", doc='Account that gets mail for postmaster (RFC 5321 §4.5.1). Default "": the first account.'
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """``[web]``: the pages."""

    hosts: tuple[str, ...] = setting(
        (), doc="Names under which browsers may ask for pages besides hostname (and loopback in the sandbox)."
    )
    shown: int = setting(
        200, minimum=1, maximum=1000, doc="Messages that the first page lists, newest first; enough to look at."
    )
    characters: int = setting(
        200_000, minimum=1000, doc="Longest text of one message on the first page; the rest is for mail programs."
    )
    request_timeout: timedelta = setting(
        timedelta(seconds=30),
        minimum=timedelta(milliseconds=50),
        maximum=timedelta(hours=1),
        doc="How long a client may take for the header of a request, or be idle between two; browsers need less.",
    )
    watchers: int = setting(
        100, minimum=1, maximum=100_000, doc="Browsers that may watch the first page at once; more get 503."
    )
