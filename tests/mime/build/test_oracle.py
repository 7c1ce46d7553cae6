"""Another reader agrees: the standard library's, which shares no code with ours, reads what was meant."""

from __future__ import annotations

from email import message_from_bytes, policy  # noqa: TID251

from hypothesis import given, settings
from hypothesis import strategies as st

from pabal.mime.build import Draft, File, Text, Way, build, mixed
from tests.kit.world import FakeRandom
from tests.mime.build.kit import draft, named

#: Without what the standard library does not keep: spaces at the ends, several together, "<>" around a file name.
WORDS = st.text(st.sampled_from("abcXYZ0189.,()@;:_-'é안녕日😀"), min_size=1, max_size=30)
#: Short, because it puts a space between two encoded-words of a phrase.
NAMES = st.text(st.sampled_from("abcXYZ01.,()<>@;:'é안\""), min_size=1, max_size=12)
TEXTS = st.lists(WORDS, min_size=1, max_size=12).map(" ".join)


def _message(subject: str, name: str, text: str, filename: str) -> Draft:
    content = mixed(Text(text), File(octets=text.encode(), filename=filename, media_type="application/pdf"))
    return draft(content, subject=subject, to=(named(name),))


@settings(max_examples=60)
@given(TEXTS, NAMES, TEXTS, TEXTS, st.booleans())
def test_the_standard_library_reads_the_same(subject: str, name: str, text: str, filename: str, eight: bool) -> None:
    octets = build(_message(subject, name, text, filename), FakeRandom(), Way(eight_bit=eight))
    message = message_from_bytes(octets, policy=policy.SMTP)
    assert message["subject"] == subject
    assert [(entry.display_name, entry.addr_spec) for entry in message["to"].addresses] == [(name, "kim@example.org")]
    first, second = message.iter_parts()
    assert first.get_content().replace("\r\n", "\n") == text + "\n"
    assert (second.get_filename(), second.get_content()) == (filename, text.encode())
    assert not any(part.defects for part in message.walk())
