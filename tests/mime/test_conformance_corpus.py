"""Check 119: mail that others collected is read without an exception, and not an octet is lost.

The corpora are found through PABAL_CORPUS; without them these tests are skipped.
"""

from __future__ import annotations

import os
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

import pytest

from pabal.mime import Part, Summary, parse, summarise
from pabal.mime.sections import section_span
from pabal.mime.text import rendered, searchable

CORPUS = Path(os.environ.get("PABAL_CORPUS", Path(__file__).parents[3] / "shared" / "corpus"))
COLLECTIONS = [
    "mime-tools",
    "mime4j",
    "cpython-email",
    "ruby-mail",
    "enmime",
    "spamassassin-t",
    "imaptest-scripts",
    "dkimpy",
]

needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason=f"no corpus at {CORPUS}; set PABAL_CORPUS")


def messages(collection: str) -> Iterator[bytes]:
    for path in sorted((CORPUS / collection).rglob("*")):
        if path.is_file() and path.stat().st_size < 1_000_000:
            yield path.read_bytes()


def assert_spans_nest(part: Part) -> None:
    """Children lie inside their parent's body, in order, without overlap."""
    position = part.body_start
    for child in part.children:
        assert position <= child.header_start <= child.body_start <= child.body_end <= part.body_end
        position = child.body_end
        assert_spans_nest(child)


@needs_corpus
@pytest.mark.parametrize("collection", COLLECTIONS)
def test_119_every_message_of_the_corpora_is_read(collection: str) -> None:
    count = 0
    for octets in messages(collection):
        message = parse(octets)
        assert bytes(message) == message.header + message.body == octets
        assert_spans_nest(message)
        summary = summarise(octets)
        assert Summary.decode(summary.encode()) == summary
        assert summary.envelope.count(b"(") > 0
        assert rendered(octets).endswith("\n")
        assert "\x00" not in summary.subject + summary.from_text + summary.preview
        count += 1
    assert count > 0


@needs_corpus
def test_119_all_text_of_the_corpora_can_be_searched() -> None:
    for octets in messages("enmime"):
        assert summarise(octets).subject in searchable(octets)


@needs_corpus
def test_120_a_message_cut_at_any_octet_is_still_read() -> None:
    for octets in list(messages("enmime"))[:12]:
        for end in range(0, min(len(octets), 3000), 97):
            assert bytes(parse(octets[:end])) == octets[:end]
            assert summarise(octets[:end]).header_size <= end


#: Where mime4j's expectation differs from ours, and what decides it.
DISAGREEMENTS = {
    "bad-newlines-multiple-parts-base64": "RFC 2045 §6.4: a message/rfc822 is never base64; it stays a leaf",
    "base64encoded-rfc822message": "RFC 2045 §6.4, as above",
    "base64encoded-rfc822message-nested": "RFC 2045 §6.4, as above",
    "multi-2gifs-base64": "RFC 2045 §6.4, as above",
    "ending-boundaries": "RFC 2046 §5.1.1: only white space may follow a boundary on its line",
    "weird-boundary": "RFC 2046 §5.1.1: a boundary does not end in a space",
    "very-long-boundary": "RFC 2046 §5.1.1, as above",
    "very-very-long-boundary": "RFC 2046 §5.1.1: a boundary has at most 70 characters",
    "missing-boundary": "RFC 2046 §5.1.1: boundary is required; without it the body is text",
    "missing-inner-boundary": "RFC 2046 §5.1.1: a multipart has at least one part, else its body is text",
    "missing-inner-start-boundary": "RFC 2046 §5.1.1, as above",
    "multipartnopart": "RFC 2046 §5.1.1, as above",
    "badbound": "RFC 2046 §5.1.1, as above",
    "basic-plain-with-bad-header-separator": "RFC 5322 §2.1: the body follows an empty line, or begins at a line without colon",
    "hdr-fakeout": "RFC 5322 §2.1, as above",
    "malformedHeader-nocrlfcrlf": "RFC 5322 §2.1, as above: no octet of the text is dropped",
    "malformedHeader-noheader": "RFC 5322 §2.1, as above",
    "malformedHeaderStartsBody-nocrlfcrlf": "RFC 5322 §2.1, as above",
    "malformedHeaderStartsBody-noheader": "RFC 5322 §2.1, as above",
}
UNREADABLE = {"2002_06_12_doublebound", "twopart"}  # their XML is not well-formed


def expected() -> list[Path]:
    paths = sorted((CORPUS / "mime4j").glob("*testmsgs/*.msg"))
    return [path for path in paths if path.stem not in DISAGREEMENTS.keys() | UNREADABLE]


def our_tree(part: Part) -> list[object]:
    if part.children:
        return ["multipart" if part.is_multipart else "message", *map(our_tree, part.children)]
    return ["".join(part.body.decode("latin-1").split())]


def their_tree(element: ElementTree.Element) -> list[object]:
    multipart, message = element.find("multipart"), element.find("message")
    if multipart is not None:
        return ["multipart", *map(their_tree, multipart.findall("body-part"))]
    return (
        ["message", their_tree(message)] if message is not None else ["".join(element.findtext("body", "").split())]
    )


@needs_corpus
@pytest.mark.parametrize("path", expected(), ids=lambda path: path.stem)
def test_119_the_tree_is_the_one_that_mime4j_expects(path: Path) -> None:
    wanted = their_tree(ElementTree.parse(path.with_suffix(".xml")).getroot())
    assert our_tree(parse(path.read_bytes())) == wanted


FETCHED = re.compile(r"\(body\[([0-9a-z.]*)\] \{\{\{\n(.*?)\n\}\}\}", re.IGNORECASE | re.DOTALL)


@needs_corpus
@pytest.mark.parametrize(
    "script", ["fetch-body-mime", "fetch-body-message-rfc822-mime", "fetch-body-message-rfc822-x2"]
)
def test_sections_are_those_that_imaptest_expects(script: str) -> None:
    """RFC 9051 §6.4.5.1; the script's first answer is the message itself."""
    text = (CORPUS / "imaptest-scripts" / script).read_text()
    fetched = [(section, body.replace("\n", "\r\n").encode()) for section, body in FETCHED.findall(text)]
    octets = fetched[0][1]
    parts = summarise(octets).parts
    for section, wanted in fetched:
        span = section_span(parts, section)
        assert span is not None, section
        assert octets[span[0] : span[1]] == wanted, section
    assert len(fetched) > 5
