"""Inbound: what is asked of a sender, and the one durable unit that files a message for all its recipients."""
