"""What a settings file must hold beyond types and bounds: doors that may open, networks, an address."""

from __future__ import annotations

import ipaddress

from pabal.accounts.errors import BadName
from pabal.accounts.names import parse_address
from pabal.config.doors import choose
from pabal.config.errors import ConfigError, Expected
from pabal.config.lines import line_of
from pabal.config.tree import Configuration


def check(configuration: Configuration) -> None:
    """Raises: ConfigError."""
    _networks(configuration, "limits", "exempt", configuration.net.exempt)
    _networks(configuration, "serve", "proxies", configuration.serve.proxies)
    _postmaster(configuration)


def check_doors(configuration: Configuration) -> None:
    """For ``pabal config check``: ``serve`` looks at its options too.  Raises: ConfigError."""
    try:
        choose(configuration.mode, configuration.listen, configuration.serve.exposed, sandbox_exposed=False)
    except Expected as expected:
        raise _problem(configuration, "listen", "", str(expected)) from None


def _networks(configuration: Configuration, section: str, key: str, texts: tuple[str, ...]) -> None:
    for network in texts:
        try:
            ipaddress.ip_network(network)
        except ValueError:
            expected = f'networks such as "192.0.2.0/24", not {network!r}'
            raise _problem(configuration, section, key, expected) from None


def _postmaster(configuration: Configuration) -> None:
    try:
        if configuration.mail.postmaster:
            parse_address(configuration.mail.postmaster)
    except BadName as error:
        raise _problem(configuration, "mail", "postmaster", f"an address: {error}") from None


def _problem(configuration: Configuration, section: str, key: str, expected: str) -> ConfigError:
    file = configuration.file
    line = line_of(file.read_text("utf-8"), section, key) if file else None
    return ConfigError(f"[{section}] {key}".rstrip() + f": expected {expected}", file=file, line=line)
