"""Octets of a charset to text: the names that mail uses, and a guess where the label is missing.

RFC 2045 §5.2 and RFC 2046 §4.1.2.  A label stands for the superset that its users really mean:
``ks_c_5601-1987`` and ``euc-kr`` for cp949, ``iso-8859-1`` for windows-1252, ``gb2312`` for gb18030.
Only charsets are looked up, never Python's other codecs.  Nothing is sniffed as UTF-7.
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

_ALIASES = {
    "": "ascii",
    "us-ascii": "ascii",
    "ascii": "ascii",
    "ansi_x3.4-1968": "ascii",
    "646": "ascii",
    "utf8": "utf-8",
    "utf-8": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
    "x-utf-8": "utf-8",
    "utf-7": "utf-7",
    "unicode-1-1-utf-7": "utf-7",
    "x-unicode-2-0-utf-7": "utf-7",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso_8859-1": "cp1252",
    "ansi": "cp1252",
    "iso-8859-9": "cp1254",
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-8-e": "iso8859-8",
    "iso-8859-6-i": "iso8859-6",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "windows-874": "cp874",
    "euc-kr": "cp949",
    "euckr": "cp949",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601-1989": "cp949",
    "ksc5601": "cp949",
    "ksc_5601": "cp949",
    "ks_c_5601": "cp949",
    "ks-c-5601-1987": "cp949",
    "ks_x_1001": "cp949",
    "korean": "cp949",
    "uhc": "cp949",
    "cp949": "cp949",
    "windows-949": "cp949",
    "x-windows-949": "cp949",
    "ms949": "cp949",
    "johab": "johab",
    "iso-2022-kr": "iso2022_kr",
    "csiso2022kr": "iso2022_kr",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "ms_kanji": "cp932",
    "windows-31j": "cp932",
    "cp932": "cp932",
    "euc-jp": "euc_jp",
    "eucjp": "euc_jp",
    "x-euc-jp": "euc_jp",
    "iso-2022-jp": "iso2022_jp_ext",
    "iso-2022-jp-1": "iso2022_jp_1",
    "iso-2022-jp-2": "iso2022_jp_2",
    "iso-2022-jp-3": "iso2022_jp_3",
    "csiso2022jp": "iso2022_jp_ext",
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "euc-cn": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "cp936": "gb18030",
    "gb18030": "gb18030",
    "hz-gb-2312": "hz",
    "hz": "hz",
    "big5": "cp950",
    "big-5": "cp950",
    "cn-big5": "cp950",
    "x-x-big5": "cp950",
    "big5-hkscs": "big5hkscs",
    "koi8-r": "koi8-r",
    "koi8-u": "koi8-u",
    "koi8-ru": "koi8-u",
    "koi8": "koi8-r",
    "macintosh": "mac-roman",
    "x-mac-roman": "mac-roman",
    "x-mac-cyrillic": "mac-cyrillic",
    "utf-16": "utf-16",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "utf-32": "utf-32",
    "utf-32le": "utf-32-le",
    "utf-32be": "utf-32-be",
}
_REGULAR = re.compile(r"(?:iso[-_]?8859[-_](\d{1,2})|(?:windows|cp|x-cp|ibm|x-windows)[-_]?(\d{3,5}))(?:[-_][ie])?")
_KOREAN_DESIGNATOR = b"\x1b$)C"  # RFC 1557: once, at the beginning
_NOT_ASCII = re.compile("[^\x00-\x7f]")
_C1 = re.compile("[\x80-\x9f]")
_NOT_HANGUL = re.compile("[^\x00-\x7f\uac00-\ud7a3\u3131-\u318e\u3000-\u303f\uff00-\uffef]")


@lru_cache(1024)
def codec_of(charset: str) -> str | None:
    """The codec for a charset's name as mail writes it; None when it is not known."""
    name = charset.strip(" \t\"'").lower()
    if len(name) > 64:
        return None
    if name in _ALIASES:
        return _ALIASES[name]
    regular = _REGULAR.fullmatch(name)
    if regular is None:
        return None
    return _existing(f"iso8859-{int(regular[1])}" if regular[1] else f"cp{int(regular[2])}")


def _existing(codec: str) -> str | None:
    try:
        return codecs.lookup(codec).name
    except LookupError:
        return None


def decode(octets: bytes, charset: str = "") -> str:
    """Text of octets that are labelled ``charset``; never raises.

    Octets that the charset does not have become U+FFFD; where the label is missing, unknown or
    plainly wrong (8-bit octets labelled us-ascii) the charset is guessed.
    """
    codec = codec_of(charset)
    if codec is None or codec == "ascii":
        return guess(octets)
    if codec == "cp1252":
        return _windows_1252(octets)
    if codec == "iso2022_kr" and _KOREAN_DESIGNATOR not in octets:
        octets = _KOREAN_DESIGNATOR + octets
    text = octets.decode(codec, "replace")
    if codec == "utf-8" and "\ufffd" in text and _mostly_wrong(text):
        return guess(octets)
    return text


def _mostly_wrong(text: str) -> bool:
    """Whether as much failed to decode as is not ASCII: the label cannot be right."""
    return 2 * text.count("\ufffd") >= len(_NOT_ASCII.findall(text))


def guess(octets: bytes) -> str:
    """UTF-8 when it is that, else Korean when all of it reads as Korean, else windows-1252."""
    text = _unless_wrong(octets, "utf-8")
    if text is None:
        text = _unless_wrong(octets, "cp949")
        if text is None or _NOT_HANGUL.search(text.rstrip("\ufffd")):
            return _windows_1252(octets)
    return text


def _unless_wrong(octets: bytes, codec: str) -> str | None:
    """Decoded, a character that was cut at the very end as U+FFFD; None when it cannot be this charset."""
    try:
        return octets.decode(codec)
    except UnicodeDecodeError as error:
        was_cut = error.end == len(octets) and len(octets) - error.start < 4
        if not was_cut or octets[: error.start].isascii():  # nothing before it speaks for this charset
            return None
        return octets[: error.start].decode(codec) + "\ufffd"


def _windows_1252(octets: bytes) -> str:
    """windows-1252, its five holes as the C1 controls of ISO 8859-1: every octet has a character."""
    text = octets.decode("latin-1")
    return _C1.sub(lambda found: _C1_TEXT[ord(found[0]) - 0x80], text)


_C1_TEXT = [bytes([octet]).decode("cp1252", "ignore") or chr(octet) for octet in range(0x80, 0xA0)]
