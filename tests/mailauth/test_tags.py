"""Tag lists, names and TXT records, as the grammar has them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pabal.mailauth.dkim.tags import TagListError, colon_list, decode_base64, parse_tags
from pabal.mailauth.names import a_labels, domain_name, is_within, selector_name, txt_record, txt_text


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("a=1", {"a": "1"}),
        ("a=1;", {"a": "1"}),
        (" a = 1 ; b\r\n\t=\r\n 2 ; \r\n", {"a": "1", "b": "2"}),
        ("a=; b=x", {"a": "", "b": "x"}),  # empty is not absent
        ("a=1; A=2", {"a": "1", "A": "2"}),  # names are case-sensitive
        ("n=two words; x_9=y=z", {"n": "two words", "x_9": "y=z"}),
        ("i=김@example.com", {"i": "김@example.com"}),  # RFC 8616
    ],
)
def test_a_tag_list_is_read(text: str, tags: dict[str, str]) -> None:
    assert parse_tags(text) == tags


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a=1; a=1", "occurs twice"),
        ("a=1;; b=2", "is not tag=value"),
        ("a", "is not tag=value"),
        ("=1", "is not tag=value"),
        ("9a=1", "is not tag=value"),
        ("a b=1", "is not tag=value"),
        ("a=\x00", "may not stand there"),
        ("a=x\x7f", "may not stand there"),
    ],
)
def test_what_is_no_tag_list_is_refused_as_a_whole(text: str, says: str) -> None:
    with pytest.raises(TagListError, match=says):
        parse_tags(text)


@given(st.text(max_size=60))
def test_any_text_is_a_tag_list_or_refused(text: str) -> None:
    try:
        tags = parse_tags(text)
    except TagListError:
        return
    assert parse_tags(";".join(f"{name}={value}" for name, value in tags.items())) == tags


@pytest.mark.parametrize("text", ["Zm9v", "Z m\t9\r\n v", " Zm9v "])
def test_white_space_in_base64_is_ignored(text: str) -> None:
    assert decode_base64(text) == b"foo"


@pytest.mark.parametrize("text", ["Zm9", "Zm9v!", "Zm9v-_==", "é", "===="])
def test_anything_else_in_base64_is_refused(text: str) -> None:
    with pytest.raises(TagListError):
        decode_base64(text)


def test_folding_may_stand_on_either_side_of_a_colon() -> None:
    assert colon_list("from : to:\r\n subject") == ["from", "to", "subject"]


@pytest.mark.parametrize(
    ("text", "domain"),
    [("Example.COM", "example.com"), ("bücher.example", "xn--bcher-kva.example"), ("a.b-c.d9", "a.b-c.d9")],
)
def test_a_domain_is_read_in_a_labels(text: str, domain: str) -> None:
    assert domain_name(text) == domain


@pytest.mark.parametrize(
    "text",
    [
        "com",
        "",
        ".",
        "a..b",
        "-a.b",
        "a-.b",
        "a_b.c",
        "a.b.",
        "[192.0.2.1]",
        "a.b\r\nc",
        f"{'a' * 64}.b",
        "a." * 130 + "b",
    ],
)
def test_what_is_no_domain_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        domain_name(text)


def test_a_selector_may_have_one_label_or_several() -> None:
    assert [selector_name("Spring"), selector_name("a.b")] == ["spring", "a.b"]
    for text in ("", "a b", "a;b", "a..b", "*"):
        with pytest.raises(ValueError):
            selector_name(text)


def test_within_is_by_labels() -> None:
    assert is_within("example.com", "example.com")
    assert is_within("a.example.com", "example.com")
    assert not is_within("badexample.com", "example.com")
    assert not is_within("com", "example.com")


def test_a_name_that_is_too_long_is_refused() -> None:
    for name in ("a" * 254, "가" * 254, "가나." * 60):
        with pytest.raises(ValueError, match="more than 253 octets"):
            a_labels(name)


@pytest.mark.parametrize(
    ("record", "text"),
    [
        ('"v=DKIM1; " "p=abc"', "v=DKIM1; p=abc"),  # joined with nothing between
        ("v=DKIM1; p=abc", "v=DKIM1; p=abc"),
        (r'"a\"b\\c\059d"', 'a"b\\c;d'),
        ('""', ""),
    ],
)
def test_the_strings_of_a_txt_record_are_joined(record: str, text: str) -> None:
    assert txt_text(record) == text


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=900))
def test_a_txt_record_reads_back(text: str) -> None:
    assert txt_text(txt_record(text)) == text


def test_no_string_of_a_txt_record_has_more_than_255_octets() -> None:
    assert [len(string) for string in txt_record("x" * 600).split()] == [257, 257, 92]  # with their quotes
