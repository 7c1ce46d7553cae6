"""DomainKeys Identified Mail: signing and verifying, without I/O (RFC 6376, RFC 8301, RFC 8463, RFC 8616).

    >>> from datetime import UTC, datetime
    >>> key = load_key("example.com", "spring", make_key("ed25519-sha256"))
    >>> message = b"From: kim@example.com\\r\\n\\r\\nHello\\r\\n"
    >>> fields = sign([message], [key], datetime(2026, 6, 1, tzinfo=UTC), DkimSettings())
    >>> fields.startswith(b"DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed; d=example.com;")
    True

``fields + message`` is what goes out; ``dns_record(pem)`` goes to ``record_name(domain, selector)`` in the DNS.
"""

from __future__ import annotations

from pabal.mailauth.dkim.keys import KeyRefused, SigningKey, dns_record, load_key, make_key, record_name
from pabal.mailauth.dkim.results import DkimResult, Outcome
from pabal.mailauth.dkim.settings import DkimSettings
from pabal.mailauth.dkim.signing import Unsignable, sign
from pabal.mailauth.dkim.verification import Examined, examine, verify

__all__ = [
    "DkimResult",
    "DkimSettings",
    "Examined",
    "KeyRefused",
    "Outcome",
    "SigningKey",
    "Unsignable",
    "dns_record",
    "examine",
    "load_key",
    "make_key",
    "record_name",
    "sign",
    "verify",
]
