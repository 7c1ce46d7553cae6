"""The commands of a transaction, as octets (RFC 5321 §4.1.1, RFC 1870, RFC 6152, RFC 6531, RFC 3461).

Nothing here can make two commands of one: a path or a parameter with a control character is refused by
``path_fault`` before it is asked for, or written in xtext.
"""

from __future__ import annotations

import re
from typing import Final

from pabal.model.address import Address
from pabal.model.envelope import Recipient
from pabal.protocol.smtp.grammar import is_domain_or_literal
from pabal.protocol.smtp_client.events import MailTransaction
from pabal.protocol.smtp_client.extensions import Extensions

_UNSPEAKABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
# xchar = any ASCII CHAR between "!" (33) and "~" (126) inclusive, except for "+" and "="   ; RFC 3461 §4
_NOT_XCHAR: Final = re.compile(r"[^!-*,-<>-~]")
# RFC 6533 §3: in an address of type utf-8 the backslash is escaped as well, and what is escaped is a code point
_NOT_QCHAR: Final = re.compile(r"[^!-*,-<>-\[\]-~]")


def path_fault(address: Address) -> bool:
    """The address cannot stand in a path: CR, LF or another control, or a domain that is none."""
    if _UNSPEAKABLE.search(address.local_part) or not address.local_part:
        return True
    if not address.domain:
        return address.local_part.lower() != "postmaster"  # RFC 5321 §4.1.1.3: the one that needs no domain
    return not is_domain_or_literal(address.domain)


def mail(transaction: MailTransaction, extensions: Extensions, *, smtputf8: bool) -> bytes:
    """``MAIL FROM:<reverse-path>`` with the parameters that the peer knows, and no other."""
    words = [f"MAIL FROM:<{transaction.reverse_path or ''}>"]
    if extensions.offers("SIZE"):
        words.append(f"SIZE={transaction.size}")
    if transaction.body != "7BIT":
        words.append(f"BODY={transaction.body}")
    if smtputf8:
        words.append("SMTPUTF8")
    if extensions.offers("DSN"):
        words += _dsn_of_message(transaction)
    return _line(words)


def rcpt(recipient: Recipient, extensions: Extensions) -> bytes:
    """``RCPT TO:<forward-path>``."""
    words = [f"RCPT TO:<{recipient.forward_path}>"]
    if extensions.offers("DSN"):
        if recipient.notify:
            words.append(f"NOTIFY={','.join(sorted(recipient.notify))}")
        if recipient.original_recipient:
            words.append(f"ORCPT={original_recipient(recipient.original_recipient)}")
    return _line(words)


def _dsn_of_message(transaction: MailTransaction) -> list[str]:
    words = []
    if transaction.return_content:
        words.append(f"RET={transaction.return_content}")
    if transaction.envelope_id:
        words.append(f"ENVID={xtext(transaction.envelope_id)}")
    return words


def original_recipient(text: str) -> str:
    """``addr-type ";" xtext`` (RFC 3461 §4.2), or utf-8-addr-xtext, which every peer can read (RFC 6533 §3)."""
    kind, _, address = text.partition(";")
    if kind.lower() == "utf-8":
        return "utf-8;" + _NOT_QCHAR.sub(lambda match: f"\\x{{{ord(match[0]):02X}}}", address)
    return f"{xtext(kind)};{xtext(address)}"


def xtext(text: str) -> str:
    """RFC 3461 §4: hexchar = "+" and two digits, octet by octet."""
    return _NOT_XCHAR.sub(
        lambda match: "".join(f"+{octet:02X}" for octet in match[0].encode("utf-8", "replace")), text
    )


def _line(words: list[str]) -> bytes:
    return " ".join(words).encode("utf-8") + b"\r\n"
