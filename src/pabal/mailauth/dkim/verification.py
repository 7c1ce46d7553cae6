"""Verifying: what each signature of a message is worth (RFC 6376 §6, RFC 8301, RFC 8463).

Two steps, because the first reads octets and the second asks the DNS: ``examine`` goes through the message
once, in pieces and in bounded memory, and ``Examined.results`` asks for the keys.  Any input gives results,
never an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from pabal.mailauth.dkim.canonical import BodyHash, Canonicalization, canonical_field
from pabal.mailauth.dkim.key_record import KeyRecord, read_key_record
from pabal.mailauth.dkim.keys import record_name
from pabal.mailauth.dkim.message import Header, MalformedHeader, read_header, split_message
from pabal.mailauth.dkim.results import DkimResult, NotVerified, Outcome
from pabal.mailauth.dkim.settings import DkimSettings
from pabal.mailauth.dkim.signature import FIELD_NAME, Signature, read_signature, tags_of, without_b
from pabal.mailauth.dkim.tags import without_whitespace
from pabal.mailauth.names import domain_name, selector_name, txt_text
from pabal.model.world import Resolver, ResolverError

#: Fields that a message has at most once (RFC 5322 §3.6), and that readers show.
_ONCE = (
    b"from",
    b"sender",
    b"reply-to",
    b"to",
    b"cc",
    b"message-id",
    b"in-reply-to",
    b"references",
    b"subject",
    b"date",
)
_HEADER_B_CHARACTERS = 8  # RFC 6008 §4
_ALGORITHM = re.compile(r"[A-Za-z][A-Za-z0-9]*-[A-Za-z][A-Za-z0-9]*")  # RFC 6376 §3.5 sig-a-tag-alg

#: What was asked of the body -> its hash, and how long it is after canonicalisation.
Bodies = dict[tuple[Canonicalization, int | None], tuple[bytes, int]]


@dataclass(frozen=True, slots=True)
class Claim:
    """A signature that is well formed, the octets that it must fit, and what is wrong with the body."""

    signature: Signature
    signed: bytes
    body_fault: NotVerified | None
    described: DkimResult  # pass, if the key says so


@dataclass(frozen=True, slots=True)
class Examined:
    """What the message alone tells: signatures that ended, and claims that need their key."""

    found: tuple[DkimResult | Claim, ...]
    settings: DkimSettings

    async def results(self, resolver: Resolver) -> tuple[DkimResult, ...]:
        """One result for each signature, from the top; empty when the message is not signed."""
        return tuple([await self._result(each, resolver) for each in self.found])

    async def _result(self, found: DkimResult | Claim, resolver: Resolver) -> DkimResult:
        if isinstance(found, DkimResult):
            return found
        try:
            return await _ask(found, resolver, self.settings)
        except NotVerified as end:
            return _ended(found.described, end)


def examine(pieces: Iterable[bytes], at: datetime, settings: DkimSettings) -> Examined:
    """Read the message; ``at`` is when it arrived (RFC 6376 §3.5 x=).  Blocks while it reads."""
    try:
        octets, body = split_message(pieces, settings.header_octets)
        header = read_header(octets)
    except MalformedHeader as error:  # RFC 6376 §3.8: it could be read in two ways
        return Examined((DkimResult(Outcome.NEUTRAL, str(error)),), settings)
    places = header.places(FIELD_NAME)[: settings.signatures]
    read = [_read(header, place, at, settings) for place in places]
    bodies = _hash_body(body, [signature for signature, _ in read if signature])
    found = [
        _claim(header, place, signature, described, bodies) if signature else described
        for place, (signature, described) in zip(places, read, strict=True)
    ]
    return Examined(tuple(found), settings)


async def verify(
    pieces: Iterable[bytes], resolver: Resolver, at: datetime, settings: DkimSettings
) -> tuple[DkimResult, ...]:
    """Both steps at once, for a message that lies in memory."""
    return await examine(pieces, at, settings).results(resolver)


def _read(header: Header, place: int, at: datetime, settings: DkimSettings) -> tuple[Signature | None, DkimResult]:
    """The signature and what is said of it if all goes well; or None and how it ended."""
    described = DkimResult(Outcome.PASS, "")
    try:
        tags = tags_of(header.fields[place])
        described = _described(tags)
        signature = read_signature(tags)
        _check_times(signature, at, settings)
        _check_additions(header, signature)
    except NotVerified as end:
        return None, _ended(described, end)
    return signature, described


def _described(tags: dict[str, str]) -> DkimResult:
    """What may be said of a signature before it is validated: only names that are well formed."""
    domain = _if_valid(domain_name, tags.get("d", ""))
    identity = without_whitespace(tags.get("i", "@" + domain))
    return DkimResult(
        Outcome.PASS,
        "",
        domain=domain,
        selector=_if_valid(selector_name, tags.get("s", "")),
        identity=identity if _if_valid(domain_name, identity.rpartition("@")[2]) else "",
        algorithm=tags["a"] if _ALGORITHM.fullmatch(tags.get("a", "")) else "",
        signature_start=without_whitespace(tags.get("b", ""))[:_HEADER_B_CHARACTERS],
    )


def _if_valid(read: Callable[[str], str], text: str) -> str:
    try:
        return read(text)
    except ValueError:
        return ""


def _check_times(signature: Signature, at: datetime, settings: DkimSettings) -> None:
    now, skew = at.timestamp(), settings.clock_skew.total_seconds()
    if signature.expires_at is not None and now > signature.expires_at + skew:
        raise NotVerified(Outcome.PERMERROR, "signature expired")
    if signature.made_at is not None and signature.made_at > now + skew:
        raise NotVerified(Outcome.POLICY, "signature made in the future")


def _check_additions(header: Header, signature: Signature) -> None:
    """A second From above the signed one is what readers would show (RFC 6376 §8.15)."""
    for name in _ONCE:
        signed = signature.names.count(name)
        if 0 < signed < len(header.places(name)):
            raise NotVerified(Outcome.POLICY, f"a field {name.decode()} was added to the one that is signed")


def _hash_body(body: Iterable[bytes], signatures: list[Signature]) -> Bodies:
    """The body is read once; signatures that ask for the same hash share it."""
    hashes = {(each.body_method, each.limit): BodyHash(each.body_method, each.limit) for each in signatures}
    if hashes:
        for piece in body:
            for body_hash in hashes.values():
                body_hash.update(piece)
    return {asked: (body_hash.digest(), body_hash.length) for asked, body_hash in hashes.items()}


def _claim(header: Header, place: int, signature: Signature, described: DkimResult, bodies: Bodies) -> Claim:
    method = signature.header_method
    own = canonical_field(without_b(header.fields[place]), method)
    signed = header.canonical(signature.names, method, but=place) + own
    return Claim(signature, signed, _body_fault(signature, bodies), described)


def _body_fault(signature: Signature, bodies: Bodies) -> NotVerified | None:
    digest, length = bodies[signature.body_method, signature.limit]
    limit = length if signature.limit is None else signature.limit
    if limit > length:  # RFC 6376 §3.5 l=: MUST NOT be larger than the canonical body
        return NotVerified(Outcome.FAIL, "l= is larger than the body")
    if digest != signature.body_hash:
        return NotVerified(Outcome.FAIL, "body hash did not verify")
    if limit < length:  # RFC 6376 §8.2: anyone may have added what follows
        return NotVerified(Outcome.POLICY, "unsigned content after the length in l=")
    return None


async def _ask(claim: Claim, resolver: Resolver, settings: DkimSettings) -> DkimResult:
    """RFC 6376 §6.1.2 step 4: one record after the other, until one verifies.  Raises: NotVerified."""
    last: DkimResult | None = None
    for text in await _records(claim.signature, resolver, settings):
        last = _tried(claim, text, settings)
        if last.outcome is Outcome.PASS:
            break
    if last is None:
        raise NotVerified(Outcome.PERMERROR, "no key for signature")
    return last


async def _records(signature: Signature, resolver: Resolver, settings: DkimSettings) -> list[str]:
    try:
        answer = await resolver.query(record_name(signature.domain, signature.selector), "TXT")
    except ResolverError:  # RFC 6376 §6.1.2 step 2
        raise NotVerified(Outcome.TEMPERROR, "key unavailable") from None
    return [txt_text(record) for record in answer.records[: settings.key_records]]


def _tried(claim: Claim, text: str, settings: DkimSettings) -> DkimResult:
    try:
        record = read_key_record(text, claim.signature, settings.rsa_bits)
    except NotVerified as end:
        return _ended(claim.described, end)
    described = replace(claim.described, testing=record.testing)
    fault = claim.body_fault or _header_fault(claim, record)
    if fault and record.testing:  # RFC 6376 §3.6.1 t=y: MUST NOT be treated differently from unsigned mail
        fault = NotVerified(Outcome.NEUTRAL, f"{fault.reason}; the key is being tested")
    return _ended(described, fault) if fault else described


def _header_fault(claim: Claim, record: KeyRecord) -> NotVerified | None:
    if record.fits(claim.signature.signature, claim.signed):
        return None
    return NotVerified(Outcome.FAIL, "signature did not verify")


def _ended(described: DkimResult, end: NotVerified) -> DkimResult:
    return replace(described, outcome=end.outcome, reason=end.reason)
