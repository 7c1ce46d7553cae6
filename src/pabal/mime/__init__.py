"""Messages and MIME: read, taken apart, decoded (RFC 5322, RFC 2045-2047, RFC 2183, RFC 2231, RFC 6532).

    >>> from pabal.mime import parse
    >>> message = parse(b"Subject: =?utf-8?b?w6k=?=\\r\\n\\r\\nHello\\r\\n")
    >>> message.body
    b'Hello\\r\\n'
    >>> bytes(message) == message.source
    True

No input makes anything here raise, and no octet is lost.
"""

from __future__ import annotations

from pabal.mime.defects import Defect
from pabal.mime.limits import MimeSettings
from pabal.mime.structure import Message, Part, parse
from pabal.mime.summary import FORM_VERSION, PartSpan, Summary, summarise

__all__ = ["Defect", "FORM_VERSION", "Message", "MimeSettings", "Part", "PartSpan", "Summary", "parse", "summarise"]
