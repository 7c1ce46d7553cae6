"""From one command line to one event (RFC 5321 §4.1.1); a new command is one line in a table.

``SMTP_COMMANDS`` and ``LMTP_COMMANDS`` say what each verb means; ``MAIL_PARAMETERS`` what each parameter of
MAIL adds.  A line that cannot be read raises the Refusal that the client is told.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from pabal.protocol.smtp import quirks
from pabal.protocol.smtp.errors import (
    AddressNeedsUtf8,
    ArgumentMissing,
    ArgumentUnexpected,
    AuthenticationNotOffered,
    CommandNotOffered,
    CommandUnknown,
    ForwardPathMalformed,
    HttpRequest,
    LineMalformed,
    MailMalformed,
    ParameterNotOffered,
    ParameterUnknown,
    RcptMalformed,
    ReversePathMalformed,
)
from pabal.protocol.smtp.events import DataStart, Event, Hello, MailFrom, Quit, RcptTo, Reset, StartTls
from pabal.protocol.smtp.grammar import NULL_PATH, Parameters, body_value, path_and_parameters, size_value


class Answered(Event):
    """A command that means nothing beyond its reply: NOOP, HELP, VRFY."""

    __slots__ = ("verb",)

    def __init__(self, verb: str) -> None:
        self.verb = verb


NOOP, HELP, VRFY = Answered("NOOP"), Answered("HELP"), Answered("VRFY")

#: What each parameter of MAIL adds to the event: keyword -> (field of MailFrom, reader of its value).
MAIL_PARAMETERS: Final[dict[str, tuple[str, Callable[[str | None], Any]]]] = {
    "SIZE": ("size", size_value),
    "BODY": ("body", body_value),
}

#: Methods of HTTP (RFC 9110 §9, RFC 5789, "PRI" of RFC 9113 §3.4) and a field that only HTTP sends.
_HTTP_WORDS: Final = frozenset(
    (b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"CONNECT", b"OPTIONS", b"TRACE", b"PATCH", b"PRI", b"HOST:")
)


Commands = dict[bytes, Callable[[str], Event]]


def parse(line: bytes, commands: Commands) -> Event:
    """One line without its CRLF, by the table of the protocol spoken.  Raises: Refusal."""
    verb, _, argument = line.partition(b" ")
    verb = verb.upper()
    verb = quirks.VERBS.get(verb, verb)
    command = commands.get(verb)
    if command is None:
        raise _unknown(verb)
    try:
        # RFC 5321 §4.1.1: a receiver SHOULD tolerate white space before the CRLF.
        return command(argument.decode("ascii").rstrip(" "))
    except UnicodeDecodeError:
        raise AddressNeedsUtf8 if verb in (b"MAIL", b"RCPT") else LineMalformed from None


def _unknown(verb: bytes) -> Exception:
    if verb in _HTTP_WORDS:
        return HttpRequest(verb.decode())
    return CommandUnknown(verb[:32].decode("ascii", "replace"))


def _hello(argument: str, *, extended: bool) -> Hello:
    # RFC 5321 §4.1.4: a name that fails a check must not alone be the reason to refuse mail.
    name = argument.strip()
    if not name:
        raise ArgumentMissing
    if not name.isprintable():
        raise LineMalformed  # it goes into the log and the trace
    return Hello(name, extended)


def _mail(argument: str) -> MailFrom:
    # mail = "MAIL FROM:" Reverse-path [SP Mail-parameters] CRLF
    if argument[:5].upper() != "FROM:":
        raise MailMalformed
    parsed = path_and_parameters(argument[5:])
    if parsed is None or (parsed.address.local_part and not parsed.address.domain):
        raise ReversePathMalformed
    address = None if parsed.address is NULL_PATH else parsed.address
    return MailFrom(address, **_mail_parameters(parsed.parameters)) if parsed.parameters else MailFrom(address)


def _mail_parameters(parameters: Parameters) -> dict[str, Any]:
    fields = {}
    for keyword, value in parameters.items():
        if keyword == "AUTH":  # RFC 4954 §5: only where AUTH is offered
            raise ParameterNotOffered(keyword)
        if keyword not in MAIL_PARAMETERS:
            raise ParameterUnknown(keyword)
        field, read = MAIL_PARAMETERS[keyword]
        fields[field] = read(value)
    return fields


def _rcpt(argument: str) -> RcptTo:
    # rcpt = "RCPT TO:" ( "<Postmaster@" Domain ">" / "<Postmaster>" / Forward-path ) [SP Rcpt-parameters] CRLF
    if argument[:3].upper() != "TO:":
        raise RcptMalformed
    parsed = path_and_parameters(argument[3:])
    if parsed is None or parsed.address is NULL_PATH:
        raise ForwardPathMalformed
    if parsed.parameters:
        raise ParameterUnknown(" ".join(parsed.parameters))
    return RcptTo(parsed.address)


def _alone(event: Event) -> Callable[[str], Event]:
    """A command that takes no argument (RFC 5321 §4.1.1.4, §4.1.1.5, §4.1.1.10; RFC 3207 §4)."""

    def command(argument: str) -> Event:
        if argument:
            raise ArgumentUnexpected
        return event

    return command


def _verify(argument: str) -> Event:
    if not argument:
        raise ArgumentMissing
    return VRFY


def _refused(refusal: type[Exception]) -> Callable[[str], Event]:
    def command(argument: str) -> Event:
        raise refusal

    return command


_COMMON: Final[Commands] = {
    b"MAIL": _mail,
    b"RCPT": _rcpt,
    b"DATA": _alone(DataStart()),
    b"RSET": _alone(Reset()),
    b"NOOP": lambda argument: NOOP,  # RFC 5321 §4.1.1.9: a string may follow, and means nothing
    b"HELP": lambda argument: HELP,
    b"VRFY": _verify,
    b"EXPN": _refused(CommandNotOffered),
    b"STARTTLS": _alone(StartTls()),
    b"AUTH": _refused(AuthenticationNotOffered),
    b"QUIT": _alone(Quit()),
}

SMTP_COMMANDS: Final[Commands] = _COMMON | {
    b"EHLO": lambda argument: _hello(argument, extended=True),
    b"HELO": lambda argument: _hello(argument, extended=False),
}
#: RFC 2033 §4.1: HELO and EHLO are not recognized in LMTP, nor LHLO in SMTP.
LMTP_COMMANDS: Final[Commands] = _COMMON | {b"LHLO": lambda argument: _hello(argument, extended=True)}
