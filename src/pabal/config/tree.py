"""All settings in one frozen tree, read from ``pabal.toml`` (design: configuration).

``load`` promises a whole ``Configuration`` or one ``ConfigError`` that says file, line and what was
expected: an unknown key, a wrong type, a value out of bounds and a missing file are all errors.
A section may be shared by several packages; a key goes to every settings class that declares it.
"""

from __future__ import annotations

import socket
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, get_type_hints

from pabal.accounts.settings import AuthSettings
from pabal.config import not_built
from pabal.config.doors import DoorAddress, read_addresses
from pabal.config.errors import ConfigError, Expected
from pabal.config.lines import line_of
from pabal.config.sections import MailSettings, ServeSettings, WebSettings
from pabal.config.values import read_value
from pabal.mailboxes.settings import MailboxSettings
from pabal.net.settings import NetSettings, TlsSettings
from pabal.protocol.imap.settings import ImapSettings
from pabal.server.pop3_settings import Pop3Settings
from pabal.server.smtp_settings import LimitSettings, SmtpSettings
from pabal.store.settings import StoreSettings

MODES = ("production", "sandbox")
#: Section -> the fields of Configuration that it fills.
SECTIONS: dict[str, dict[str, type[Any]]] = {
    "tls": {"tls": TlsSettings},
    "serve": {"serve": ServeSettings},
    "mail": {"mail": MailSettings},
    "auth": {"auth": AuthSettings},
    "limits": {"net": NetSettings, "limits": LimitSettings},
    "smtp": {"smtp": SmtpSettings},
    "imap": {"imap": ImapSettings},
    "pop3": {"pop3": Pop3Settings},
    "web": {"web": WebSettings},
    "mailboxes": {"mailboxes": MailboxSettings},
    "store": {"store": StoreSettings},
}
#: What stands above the first section, with what is expected there.
TOP = {
    "mode": f"one of {' '.join(MODES)}",
    "hostname": "the name of this machine in the DNS",
    "data": "the path of the data folder",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """What a machine needs to know before it has a database."""

    mode: str = "sandbox"
    hostname: str = "localhost"
    data: Path = Path("pabal-data")
    file: Path | None = None
    listen: Mapping[str, tuple[DoorAddress, ...]] = field(default_factory=dict)
    tls: TlsSettings = field(default_factory=TlsSettings)
    serve: ServeSettings = field(default_factory=ServeSettings)
    mail: MailSettings = field(default_factory=MailSettings)
    net: NetSettings = field(default_factory=NetSettings)
    auth: AuthSettings = field(default_factory=AuthSettings)
    limits: LimitSettings = field(default_factory=LimitSettings)
    smtp: SmtpSettings = field(default_factory=SmtpSettings)
    imap: ImapSettings = field(default_factory=ImapSettings)
    pop3: Pop3Settings = field(default_factory=Pop3Settings)
    web: WebSettings = field(default_factory=WebSettings)
    mailboxes: MailboxSettings = field(default_factory=MailboxSettings)
    store: StoreSettings = field(default_factory=StoreSettings)

    @property
    def sandbox(self) -> bool:
        return self.mode == "sandbox"


def kinds(settings: type[Any]) -> dict[str, Any]:
    """The type of each setting of one class."""
    return get_type_hints(settings)


class _Reader:
    """Reads one file; every problem it raises knows its line."""

    def __init__(self, file: Path) -> None:
        self._file = file
        try:
            self._text = file.read_text("utf-8")
        except UnicodeDecodeError:
            raise ConfigError("expected text in UTF-8", file=file) from None
        except OSError as error:
            raise ConfigError(f"cannot be read: {error.strerror}", file=file) from None

    def problem(self, section: str, key: str, text: str) -> ConfigError:
        name = f"[{section}] {key}".strip() if section else key
        if section == "route":  # the one section that may stand there several times
            name = f"[[{section}]]"
        return ConfigError(f"{name}: {text}", file=self._file, line=line_of(self._text, section, key))

    def table(self) -> dict[str, Any]:
        try:
            return tomllib.loads(self._text)
        except tomllib.TOMLDecodeError as error:
            message, _, place = str(error).partition(" (at line ")
            line = place.partition(",")[0]
            raise ConfigError(message, file=self._file, line=int(line) if line.isdigit() else None) from None

    def top(self, key: str, value: object) -> Any:
        if not isinstance(value, str) or not value or (key == "mode" and value not in MODES):
            raise self.problem("", key, f"expected {TOP[key]}")
        return (self._file.parent / value).absolute() if key == "data" else value

    def listen(self, doors: Mapping[str, object]) -> dict[str, tuple[DoorAddress, ...]]:
        found = {}
        for door, value in doors.items():
            try:
                found[door] = read_addresses(door, value)
            except Expected as expected:
                raise self.problem("listen", door, f"expected {expected}") from None
        return found

    def section(self, name: str, values: Mapping[str, object]) -> dict[str, Any]:
        """The settings objects of one section, by their name in Configuration."""
        classes = SECTIONS[name]
        known = {item.name for settings in classes.values() for item in fields(settings)}
        for key in values:
            if (name, key) in not_built.KEYS:
                raise self.problem(name, key, not_built.ANSWER)
            if key not in known:
                raise self.problem(name, key, f"unknown; expected one of {' '.join(sorted(known))}")
        return {part: self._settings(name, settings, values) for part, settings in classes.items()}

    def _settings(self, section: str, settings: type[Any], values: Mapping[str, object]) -> Any:
        found = {}
        for item in fields(settings):
            if item.name in values:
                bounds = item.metadata["minimum"], item.metadata["maximum"]
                try:
                    found[item.name] = read_value(values[item.name], kinds(settings)[item.name], *bounds)
                except Expected as expected:
                    raise self.problem(section, item.name, f"expected {expected}") from None
        return settings(**found)

    def tls(self, tls: TlsSettings) -> TlsSettings:
        """Paths are relative to the file that names them; both files must be there."""
        if bool(tls.cert) != bool(tls.key):
            raise self.problem("tls", "cert" if tls.cert else "key", "expected cert and key together")
        for key in ("cert", "key") if tls.cert else ():
            if not (self._file.parent / getattr(tls, key)).is_file():
                raise self.problem("tls", key, "expected a file, and there is none")
        if not tls.cert:
            return tls
        return replace(tls, cert=str(self._file.parent / tls.cert), key=str(self._file.parent / tls.key))


def _read(reader: _Reader, name: str, value: object) -> dict[str, Any]:
    if name in TOP:
        return {name: reader.top(name, value)}
    if name in not_built.SECTIONS:
        raise reader.problem(name, "", not_built.ANSWER)
    if name != "listen" and name not in SECTIONS:
        known = " ".join([*TOP, *(f"[{section}]" for section in ("listen", *SECTIONS))])
        raise reader.problem("", name, f"unknown; expected one of {known}")
    if not isinstance(value, dict):
        raise reader.problem("", name, f"expected a section [{name}]")
    return {"listen": reader.listen(value)} if name == "listen" else reader.section(name, value)


def load(file: Path) -> Configuration:
    """Raises: ConfigError."""
    reader = _Reader(file)
    found: dict[str, Any] = {"mode": "production"}
    for name, value in reader.table().items():
        found.update(_read(reader, name, value))
    found["tls"] = reader.tls(found.get("tls", TlsSettings()))
    if found["mode"] == "production":
        found.setdefault("hostname", socket.gethostname())
    return Configuration(file=file, **found)
