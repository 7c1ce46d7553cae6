"""POP3 as a pure machine: octets in, events out, answers in, octets out (RFC 1939)."""
