"""Names of the settings file that are fixed already and whose part is not built yet.

Each is an error that says so: to take a relay or a database and not use it would lose mail.
"""

from __future__ import annotations

#: Whole sections, ``[[route]]`` with its pairs of brackets.
SECTIONS = frozenset({"dns", "smarthost", "route", "relay", "queue"})
#: (section, key) where the rest of the section is there.
KEYS = frozenset({("store", "url"), ("store", "blobs")})
ANSWER = "not built yet; expected no such setting for now"
