"""TLS over memory, server side (RFC 8446): octets of the wire in, plain octets out, and back.

It waits for nothing and owns no socket.  ``feed`` and ``encrypt`` may leave octets for the peer, which
``output`` gives: handshake messages, alerts, session tickets.  A peer that sent close_notify may still
be written to (RFC 8446 §6.1).
"""

from __future__ import annotations

import ssl

from pabal.model.world import TlsInfo

RECORD = 16_384  # octets of plain text in one record at most (RFC 8446 §5.1)


class TlsLayer:
    """One connection's TLS.  Raises ssl.SSLError from ``feed`` when the peer does not speak it."""

    __slots__ = ("_incoming", "_outgoing", "_tls", "ended", "established")

    def __init__(self, context: ssl.SSLContext) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self.established = False
        self.ended = False  # the peer sent close_notify

    @property
    def info(self) -> TlsInfo | None:
        return agreed(self._tls) if self.established else None

    def feed(self, octets: bytes) -> list[bytes]:
        """What the peer said, decrypted; nothing until the handshake is done."""
        self._incoming.write(octets)
        if not self.established:
            self._shake_hands()
        return self._decrypted() if self.established else []

    def _shake_hands(self) -> None:
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return
        self.established = True

    def _decrypted(self) -> list[bytes]:
        pieces: list[bytes] = []
        try:
            while piece := self._tls.read(RECORD):
                pieces.append(piece)
        except ssl.SSLWantReadError:
            return pieces
        self.ended = True
        return pieces

    def encrypt(self, octets: bytes) -> None:
        rest = memoryview(octets)
        while rest:
            rest = rest[self._tls.write(rest) :]

    def say_goodbye(self) -> None:
        """close_notify, so that the peer knows nothing was cut off; its own is not waited for."""
        try:
            self._tls.unwrap()
        except ssl.SSLError:  # it wants the peer's close_notify, or the connection is broken already
            return

    def output(self) -> bytes:
        return self._outgoing.read()


def agreed(tls: ssl.SSLObject) -> TlsInfo:
    cipher = tls.cipher()
    return TlsInfo(version=tls.version() or "", cipher=cipher[0] if cipher else "")
