"""Message octets in append-only segment files."""
