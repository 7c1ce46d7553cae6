"""Check 119: mail that others collected is read without an exception, and not an octet is lost.

The corpora are found through PABAL_CORPUS; without them these tests are skipped.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pabal.mime import Part, Summary, parse, summarise
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
