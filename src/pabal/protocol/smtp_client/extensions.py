"""What a peer offers in its answer to EHLO or LHLO (RFC 5321 §4.1.1.1)."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Extensions:
    """``keywords`` in upper case with their parameters; empty after HELO."""

    peer_name: str = ""
    keywords: dict[str, str] = field(default_factory=dict)

    def offers(self, keyword: str) -> bool:
        return keyword in self.keywords

    @property
    def size_limit(self) -> int | None:
        """Octets of the largest message, when the peer says so; 0 says nothing (RFC 1870 §4)."""
        value = self.keywords.get("SIZE", "")
        return int(value) or None if value.isdigit() and len(value) <= 20 else None

    @property
    def mechanisms(self) -> frozenset[str]:
        """Of AUTH (RFC 4954 §3)."""
        return frozenset(self.keywords.get("AUTH", "").upper().split())


def parse(lines: tuple[str, ...]) -> Extensions:
    """The lines of the answer to EHLO.  A keyword that comes twice adds to its parameters."""
    keywords: dict[str, str] = {}
    for line in lines[1:]:
        keyword, _, parameters = line.strip().partition(" ")
        keyword = keyword.upper()
        if keyword.startswith("AUTH="):  # quirk: as servers wrote it before RFC 2554, and some still do
            keyword, parameters = "AUTH", f"{keyword[5:]} {parameters}"
        if keyword:
            keywords[keyword] = f"{keywords.get(keyword, '')} {parameters}".strip()
    return Extensions(lines[0].partition(" ")[0] if lines else "", keywords)
