"""What is stored of a password, and the settings that bound it."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pabal.accounts.errors import BadName
from pabal.accounts.passwords import acceptable, make_credentials, prepare, scram_entry, verify
from pabal.accounts.settings import AuthSettings
from tests.kit.world import FakeRandom

SETTINGS = AuthSettings(scram_iterations=4096)


def test_a_hash_opens_with_its_password_only(chance: FakeRandom) -> None:
    made = make_credentials("a secret", chance, SETTINGS)
    assert made.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert verify(made.password_hash, "a secret")
    assert not verify(made.password_hash, "a secret ")
    assert not verify(made.password_hash, "")


def test_one_password_is_stored_differently_each_time(chance: FakeRandom) -> None:
    one, two = (make_credentials("a secret", chance, SETTINGS) for _ in range(2))
    assert one.password_hash != two.password_hash
    assert one.scram != two.scram


def test_neither_form_holds_the_password(chance: FakeRandom) -> None:
    made = make_credentials("hunter2hunter2", chance, SETTINGS)
    assert "hunter2" not in f"{made}"


@pytest.mark.parametrize("stored", ["", "plain", "$argon2id$", "$argon2id$v=19$m=8,t=1,p=1$AAAA$AAAA", "{SHA}x"])
def test_a_damaged_hash_opens_for_nobody(stored: str) -> None:
    assert not verify(stored, "a secret")


@pytest.mark.parametrize("password", ["", "x" * 1025, "파" * 342, "a\0b", "tab\there", "\x7f", "\udc80"])
def test_what_cannot_be_a_password_is_refused(password: str, chance: FakeRandom) -> None:
    assert not acceptable(password, SETTINGS)
    with pytest.raises(BadName):
        make_credentials(password, chance, SETTINGS)


@pytest.mark.parametrize("password", [" ", "x" * 1024, "파" * 341, "🐎 battery staple", "p\u00e4ss"])
def test_what_can_be_a_password_is_taken(password: str) -> None:
    assert acceptable(password, SETTINGS)


def test_scram_keys_depend_on_password_salt_and_rounds() -> None:
    entries = {
        scram_entry(password, salt, rounds)
        for password in ("one", "two")
        for salt in (b"a" * 16, b"b" * 16)
        for rounds in (4096, 4097)
    }
    assert len({entry.split("$")[2] for entry in entries}) == 8


@given(st.text(max_size=30))
def test_the_prepared_form_stays(password: str) -> None:
    # RFC 8265 §4.2: the rules are applied again and again with the same result.
    assert prepare(prepare(password)) == prepare(password)


def test_rounds_are_at_least_what_rfc_7677_asks_for() -> None:
    declared = {field.name: field for field in fields(AuthSettings)}
    assert declared["scram_iterations"].metadata["minimum"] >= 4096
    assert AuthSettings().scram_iterations >= declared["scram_iterations"].metadata["minimum"]


def test_every_setting_says_what_it_does_and_lies_within_its_bounds() -> None:
    for field in fields(AuthSettings):
        assert field.metadata["doc"]
        low, high = field.metadata["minimum"], field.metadata["maximum"]
        assert low is None or low <= field.default
        assert high is None or field.default <= high


def test_a_login_may_be_forgotten_at_once() -> None:
    assert replace(SETTINGS, remember=timedelta(0)).remember == timedelta(0)
