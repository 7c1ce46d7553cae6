"""What cannot be sent to this peer, decided before MAIL (RFC 1870 §6.1, RFC 6152 §3, RFC 6531 §3.2, RFC 3030 §3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pabal.model.envelope import Recipient
from pabal.model.replies import EnhancedStatus
from pabal.protocol.smtp_client.commands import path_fault
from pabal.protocol.smtp_client.events import MailTransaction, Outcome, Result
from pabal.protocol.smtp_client.extensions import Extensions

_NEEDS_UTF8: Final = (EnhancedStatus(5, 6, 7), "the next host does not take SMTPUTF8, which the message needs")
_TOO_LARGE: Final = (EnhancedStatus(5, 3, 4), "the message is larger than the next host takes")
_BAD_SENDER: Final = (EnhancedStatus(5, 1, 7), "the reverse-path cannot be written")
_BAD_RECIPIENT: Final = (EnhancedStatus(5, 1, 3), "the forward-path cannot be written")


@dataclass(frozen=True, slots=True)
class Plan:
    """``convert_to``: the body that the peer takes, when the message must be converted first."""

    recipients: tuple[Recipient, ...]  # to be asked for
    refused: tuple[Outcome, ...]
    smtputf8: bool
    convert_to: str = ""


def plan(transaction: MailTransaction, extensions: Extensions, *, chunks: bool) -> Plan:
    """``chunks``: the content may go by BDAT."""
    fault = _fault_of_message(transaction, extensions)
    faults = [fault or _fault_of_recipient(each, extensions) for each in transaction.recipients]
    pairs = list(zip(transaction.recipients, faults, strict=True))
    asked = tuple(recipient for recipient, fault in pairs if fault is None)
    refused = tuple(
        Outcome(recipient, Result.PERMANENT, fault[0], None, fault[1]) for recipient, fault in pairs if fault
    )
    smtputf8 = transaction.smtputf8 or not all(str(path).isascii() for path in _paths(transaction, asked))
    return Plan(asked, refused, smtputf8, _conversion(transaction.body, extensions, chunks) if asked else "")


def _paths(transaction: MailTransaction, asked: tuple[Recipient, ...]) -> list[object]:
    return [transaction.reverse_path or "", *(recipient.forward_path for recipient in asked)]


def _fault_of_message(transaction: MailTransaction, extensions: Extensions) -> tuple[EnhancedStatus, str] | None:
    reverse_path = transaction.reverse_path
    if reverse_path is not None and (path_fault(reverse_path) or not reverse_path.domain):
        return _BAD_SENDER
    if not extensions.offers("SMTPUTF8") and (transaction.smtputf8 or not str(reverse_path or "").isascii()):
        return _NEEDS_UTF8
    if transaction.size > (extensions.size_limit or transaction.size):
        return _TOO_LARGE
    return None


def _fault_of_recipient(recipient: Recipient, extensions: Extensions) -> tuple[EnhancedStatus, str] | None:
    if path_fault(recipient.forward_path):
        return _BAD_RECIPIENT
    if not extensions.offers("SMTPUTF8") and not str(recipient.forward_path).isascii():
        return _NEEDS_UTF8
    return None


def _conversion(body: str, extensions: Extensions, chunks: bool) -> str:
    """What the message must become for this peer; "" when it may go as it is."""
    eight_bit = extensions.offers("8BITMIME")
    if body == "BINARYMIME" and not (chunks and extensions.offers("BINARYMIME")):
        return "8BITMIME" if eight_bit else "7BIT"
    return "7BIT" if body == "8BITMIME" and not eight_bit else ""
