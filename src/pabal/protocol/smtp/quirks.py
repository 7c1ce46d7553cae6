"""Where we take more than RFC 5321 asks for; each leniency has a name, who needs it, and nothing else hides.

Nothing here touches how a line or a message ends: leniency there is what SMTP smuggling needs.
"""

from __future__ import annotations

from typing import Final

#: Tutorials and textbooks print HELLO for HELO (RFC 5321 §4.1.1.1), and people type what they read.
VERBS: Final[dict[bytes, bytes]] = {b"HELLO": b"HELO"}


def space_after_colon(argument: str) -> str:
    """``MAIL FROM: <a@b.c>``: RFC 5321 §3.3 forbids the space; PHP mailers and people at telnet send it."""
    return argument.lstrip(" ")


def path_without_brackets(argument: str) -> str:
    """``MAIL FROM:a@b.c``: what people type at telnet; RFC 5321 §4.1.2 asks for the angle brackets.

    Only a bare word is helped: an argument that holds a bracket or a quote anywhere in its path stays
    what it is, and the grammar refuses it.
    """
    if not argument or argument.startswith("<"):
        return argument
    path, space, parameters = argument.partition(" ")
    return argument if any(octet in path for octet in '<>"') else f"<{path}>{space}{parameters}"
