"""What can be wrong with a message, by names that never change; docs/mime.md says what is done about each."""

from __future__ import annotations

from enum import StrEnum


class Defect(StrEnum):
    """A message with defects is read all the same."""

    HEADER_WITHOUT_EMPTY_LINE = "header-without-empty-line"
    CONTENT_TYPE_UNREADABLE = "content-type-unreadable"
    BOUNDARY_MISSING = "boundary-missing"
    NO_PARTS = "no-parts"
    CLOSE_DELIMITER_MISSING = "close-delimiter-missing"
    ENCODED_MULTIPART = "encoded-multipart"
    ENCODED_MESSAGE = "encoded-message"
    TOO_DEEP = "too-deep"
    TOO_MANY_PARTS = "too-many-parts"
    BASE64_FOREIGN_CHARACTERS = "base64-foreign-characters"
    BASE64_PADDING = "base64-padding"
    BASE64_TRUNCATED = "base64-truncated"
    BASE64_DATA_AFTER_PADDING = "base64-data-after-padding"
    QUOTED_PRINTABLE_BAD_ESCAPE = "quoted-printable-bad-escape"
    QUOTED_PRINTABLE_RAW_OCTETS = "quoted-printable-raw-octets"
    TRANSFER_ENCODING_UNKNOWN = "transfer-encoding-unknown"
