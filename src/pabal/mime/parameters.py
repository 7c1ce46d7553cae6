"""``Content-Type`` and ``Content-Disposition``: a value and its parameters (RFC 2045 §5.1, RFC 2183, RFC 2231).

Tokens compare without case and come out in lower case; parameter values keep theirs.  Of a parameter
that stands twice the first counts, everywhere; of ``filename`` and ``filename*`` the starred one.
Missing or extra ``;``, unquoted values with spaces, comments and encoded-words in values are read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pabal.mime.charsets import codec_of, decode, guess
from pabal.mime.fields import unfold
from pabal.mime.recurring import recurring
from pabal.mime.words import clean, decode_text

_TYPE = re.compile(rb"\s*([!#-'*+\-.^-~\w]+)\s*/\s*([!#-'*+\-.^-~\w]+)\s*(?=[;(\s]|\Z)")
_TOKEN = re.compile(rb'\s*"?([!#-\'*+\-.^-~\w]+)')
_PARAMETER = re.compile(
    rb'(?<![^\s=;"()])([^\s=;"()]++)\s*+=\s*+(?:"((?:[^"\\]++|\\.)*+)(?:"|\Z)|([^;"]*+))',
    re.DOTALL,
)
_SEGMENT = re.compile(r"([^*]+)(?:\*(0|[1-9]\d{0,3}))?(\*)?")
_COMMENT = re.compile(rb'("(?:[^"\\]++|\\.)*+(?:"|\Z))|\((?:[^()\\"]++|\\.)*+\)', re.DOTALL)
_PAIR = re.compile(rb"\\(.)", re.DOTALL)
_PERCENT = re.compile(rb"%([0-9A-Fa-f]{2})")
_UNQUOTED_END = re.compile(rb"\s+(?=[^\s=]+\s*=)")
_PARAMETERS = 200  # of one field; those after it are kept in the message only


@dataclass(frozen=True, slots=True)
class Value:
    """``value; name=text; ...``."""

    value: str  # lower case
    parameters: Mapping[str, str]  # lower-case name -> decoded text
    extended: frozenset[str] = frozenset()  # names whose charset was given: ``name*=`` (RFC 2231 §4)

    def get(self, name: str) -> str:
        return self.parameters.get(name, "")


@dataclass(frozen=True, slots=True)
class ContentType(Value):
    """``value`` is ``type/subtype``."""

    main: str = ""
    subtype: str = ""
    broken: bool = False  # the field was there and could not be read: the default holds (RFC 2045 §5.2)

    @property
    def charset(self) -> str:
        return self.get("charset").lower()


def _of(
    main: str,
    subtype: str,
    parameters: Mapping[str, str],
    extended: frozenset[str] = frozenset(),
    *,
    broken: bool = False,
) -> ContentType:
    return ContentType(f"{main}/{subtype}", parameters, extended, main, subtype, broken)


#: RFC 2045 §5.2: what a part without Content-Type is.
TEXT_PLAIN = _of("text", "plain", {"charset": "us-ascii"})
BROKEN = _of("text", "plain", {"charset": "us-ascii"}, broken=True)
MESSAGE_RFC822 = _of("message", "rfc822", {})  # RFC 2046 §5.1.5: inside multipart/digest
OCTET_STREAM = _of("application", "octet-stream", {})


def content_type(value: bytes | None, default: ContentType = TEXT_PLAIN) -> ContentType:
    if value is None:
        return default
    return _content_type(value)


@recurring
def _content_type(value: bytes) -> ContentType:
    value = without_comments(unfold(value))
    found = _TYPE.match(value)
    if found is None:
        return BROKEN
    main, subtype = (word.decode("ascii", "replace").lower() for word in found.groups())
    return _of(main, subtype, *parameters(value[found.end() :]))


def disposition(value: bytes | None) -> Value:
    """RFC 2183; ``value`` is "" when there is none."""
    if value is None:
        return _NO_DISPOSITION
    value = without_comments(unfold(value))
    found = _TOKEN.match(value)
    if found is None:
        return _NO_DISPOSITION
    return Value(found.group(1).decode("ascii", "replace").lower(), *parameters(value[found.end() :]))


_NO_DISPOSITION = Value("", {})


def without_comments(value: bytes) -> bytes:
    if b"(" not in value:
        return value
    return _COMMENT.sub(lambda found: found[1] or b" ", value)


def parameters(text: bytes) -> tuple[dict[str, str], frozenset[str]]:
    """Parameters after the value, RFC 2231 continuations joined and decoded; which of them gave a charset."""
    plain: dict[str, str] = {}
    segments: dict[str, dict[int, tuple[bytes, bool]]] = {}
    for name, octets in _raw_parameters(text):
        shape = _SEGMENT.fullmatch(name)
        if shape is None:
            continue
        base, number, starred = shape.groups()
        if number is None and not starred:
            plain.setdefault(base, decode_text(octets))
        else:
            segments.setdefault(base, {}).setdefault(int(number or 0), (octets, bool(starred)))
    extended = set()
    for base, numbered in segments.items():
        joined = _joined(numbered)
        if joined is not None:
            plain[base] = joined  # RFC 2231 form wins, as in RFC 6266 §4.3
            extended |= {base} if numbered[0][1] else set()
    return plain, frozenset(extended)


def _raw_parameters(text: bytes) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    position = 0
    while len(found) < _PARAMETERS and (match := _PARAMETER.search(text, position)):
        position = match.end()
        name, quoted, bare = match.groups()
        if bare is None:
            octets = _PAIR.sub(rb"\1", quoted)
        else:
            # a ";" that is missing: the next "name=" after white space begins another parameter
            again = _UNQUOTED_END.search(bare) if b"=" in bare else None
            if again:
                bare, position = bare[: again.start()], match.start(3) + again.end()
            octets = bare.strip()
        found.append((name.decode("latin-1").lower(), octets))
    return found


def _joined(numbered: dict[int, tuple[bytes, bool]]) -> str | None:
    """RFC 2231 §3, §4: octets are joined up to the first gap, then decoded once."""
    if 0 not in numbered:
        return None
    charset, octets = "", b""
    for number in range(len(numbered)):
        if number not in numbered:
            break
        piece, starred = numbered[number]
        if starred and number == 0:
            charset, piece = _charset_of(piece)
        octets += _percent(piece) if starred else piece
    if charset and codec_of(charset) is None:
        return None
    return clean(decode(octets, charset) if charset else guess(octets))


def _charset_of(piece: bytes) -> tuple[str, bytes]:
    charset, quote, rest = piece.partition(b"'")
    _language, second, text = rest.partition(b"'")
    if not quote or not second:
        return "", piece
    return charset.decode("latin-1").lower(), text


def _percent(octets: bytes) -> bytes:
    return _PERCENT.sub(lambda found: bytes.fromhex(found[1].decode("ascii")), octets)
