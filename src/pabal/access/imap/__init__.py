"""What IMAP commands mean over the mail model: one small file per family of commands (RFC 9051, RFC 3501)."""
