"""What the grammar and the order of commands refuse, in the codes of RFC 5321 §4.2.2 and RFC 5248.

Each is one class, so that a test, a log line and a reply speak of the same thing.
"""

from __future__ import annotations

from pabal.model.errors import Refusal
from pabal.model.replies import EnhancedStatus


class CommandUnknown(Refusal):
    code, status, text = 500, EnhancedStatus(5, 5, 1), "Command not recognized"


class CommandNotOffered(Refusal):
    """A command of the standard that is not available on this door or in this state of the connection."""

    code, status, text = 502, EnhancedStatus(5, 5, 1), "Command not offered here"


class AuthenticationNotOffered(Refusal):
    code, status, text = 503, EnhancedStatus(5, 5, 1), "Authentication is not offered here"


class LineTooLong(Refusal):
    """RFC 5321 §4.5.3.1.9: the rest of the line is skipped, the session goes on."""

    code, status, text = 500, EnhancedStatus(5, 5, 2), "Line too long"


class LineMalformed(Refusal):
    """A NUL, a bare CR or LF, or an octet above 127 where only ASCII may stand."""

    code, status, text = 500, EnhancedStatus(5, 5, 2), "A line is ASCII and ends with CR LF"


class ArgumentMissing(Refusal):
    code, status, text = 501, EnhancedStatus(5, 5, 4), "Syntax: the command needs an argument"


class ArgumentUnexpected(Refusal):
    code, status, text = 501, EnhancedStatus(5, 5, 4), "Syntax: the command takes no argument"


class MailMalformed(Refusal):
    code, status, text = 501, EnhancedStatus(5, 5, 4), "Syntax: MAIL FROM:<address> [parameters]"


class RcptMalformed(Refusal):
    code, status, text = 501, EnhancedStatus(5, 5, 4), "Syntax: RCPT TO:<address> [parameters]"


class ReversePathMalformed(Refusal):
    code, status, text = 501, EnhancedStatus(5, 1, 7), "That is not the address of a mailbox"


class ForwardPathMalformed(Refusal):
    code, status, text = 501, EnhancedStatus(5, 1, 3), "That is not the address of a mailbox"


class AddressNeedsUtf8(Refusal):
    """RFC 6531 §3.5: an address with octets above 127 is for SMTPUTF8 only."""

    code, status, text = 553, EnhancedStatus(5, 6, 7), "An address that is not ASCII needs SMTPUTF8"


class ParameterMalformed(Refusal):
    code, status, text = 501, EnhancedStatus(5, 5, 4), "A parameter or its value is malformed"


class ParameterUnknown(Refusal):
    """RFC 5321 §4.1.1.11."""

    code, status, text = 555, EnhancedStatus(5, 5, 4), "Parameter not recognized"


class ParameterNotOffered(Refusal):
    code, status, text = 504, EnhancedStatus(5, 5, 4), "Parameter not implemented"


class BadSequence(Refusal):
    code, status, text = 503, EnhancedStatus(5, 5, 1), "Bad sequence of commands"


class NoRecipients(Refusal):
    """RFC 5321 §3.3: DATA after every RCPT was refused."""

    code, status, text = 503, EnhancedStatus(5, 5, 1), "No recipient was accepted"


class HttpRequest(Refusal):
    """A web page can make a browser send its form here: nothing after its first line is read."""

    code, status, text = 421, EnhancedStatus(4, 7, 0), "This is a mail server, not a web server"


class TooManyBadCommands(Refusal):
    code, status, text = 421, EnhancedStatus(4, 7, 0), "Too many bad commands"


class NulInMessage(Refusal):
    """RFC 5321 §4.5.2 leaves no room for NUL; RFC 5322 §4 calls it obsolete."""

    code, status, text = 550, EnhancedStatus(5, 6, 0), "A NUL octet in the message is refused"
