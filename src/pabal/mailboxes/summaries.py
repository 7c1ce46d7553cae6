"""Stored summaries, made again from the octets where they were stored in the form of another version."""

from __future__ import annotations

from pabal.mime.summary import FORM_VERSION, Summary, summarise
from pabal.model.errors import Unavailable
from pabal.store.interface import Blobs, Place


class Summaries:
    """Without ``blobs`` a summary of another form cannot be read."""

    __slots__ = ("_blobs",)

    def __init__(self, blobs: Blobs | None) -> None:
        self._blobs = blobs

    def of(self, form_version: int, stored: bytes, place: Place) -> Summary:
        """Raises: Unavailable, BlobMissing."""
        if form_version == FORM_VERSION:
            return Summary.decode(stored)
        if self._blobs is None:
            raise Unavailable(f"a summary has form {form_version}, and there are no octets to make it again from")
        return summarise(b"".join(self._blobs.pieces(place, 0, place.size)))
