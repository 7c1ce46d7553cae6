"""The examples of docs/mime.md and of the package run; every defect and every limit is written down."""

from __future__ import annotations

import doctest
from dataclasses import fields
from pathlib import Path

import pytest

import pabal.mime
from pabal.mime import Defect, MimeSettings, parse, summarise
from pabal.mime.transfer import encoding_defects

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "mime.md"


def test_the_examples_of_the_page_run() -> None:
    assert doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8").failed == 0


def test_the_example_of_the_package_runs() -> None:
    assert doctest.testmod(pabal.mime).failed == 0


@pytest.mark.parametrize("defect", Defect)
def test_every_defect_is_on_the_page(defect: Defect) -> None:
    assert f"`{defect}`" in PAGE.read_text()


def test_every_limit_has_a_reason_and_bounds() -> None:
    for limit in fields(MimeSettings):
        assert limit.metadata["doc"]
        assert limit.metadata["minimum"] <= limit.default <= limit.metadata["maximum"]


def test_limits_can_be_set() -> None:
    to = b"To: a@b, c@d, e@f\r\n\r\n"
    assert b'"f"' not in summarise(to, MimeSettings(addresses=2)).envelope
    assert b'"f"' in summarise(to).envelope
    assert parse(b"Content-Type: message/rfc822\r\n\r\nA: b", MimeSettings(depth=1)).is_message


def test_a_body_that_is_fine_has_no_defects() -> None:
    assert encoding_defects(b"SGk=\r\n", "base64") == []
