"""The server side of IMAP, without I/O: grammar, commands, the session machine (RFC 9051, RFC 3501)."""
