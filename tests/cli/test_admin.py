"""Domains, accounts and aliases from the command line, without a server."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Run


def failed(run: Run, *arguments: str, given: str = "") -> str:
    """The one line of a command that was refused."""
    done = run(*arguments, given=given)
    assert (done.status, done.out) == (1, "")
    assert len(done.err.splitlines()) == 1
    assert done.err.startswith("pabal: ")
    return done.err


def test_a_domain_is_added_shown_and_removed(run: Run) -> None:
    assert run("domain", "add", "Example.ORG", "--json").rows == [{"domain": "example.org", "strict": True}]
    assert run("domain", "list", "--json").rows == [{"domain": "example.org", "strict": True}]
    shown = run("domain", "show", "example.org", "--json").rows
    assert shown == [{"domain": "example.org", "strict": True, "accounts": 0, "aliases": 0, "emails": 0, "octets": 0}]
    assert run("domain", "remove", "example.org").out == "removed example.org\n"
    assert run("domain", "list", "--json").rows == []


def test_a_domain_that_is_there_or_not_there_or_no_name_is_refused(house: Run) -> None:
    assert "is already here" in failed(house, "domain", "add", "a.test")
    assert "is not here" in failed(house, "domain", "show", "b.test")
    assert "is not here" in failed(house, "domain", "remove", "b.test")
    assert "is not a domain name" in failed(house, "domain", "add", "a b")
    assert "still has accounts" in failed(house, "domain", "remove", "a.test")


def test_only_domain_add_makes_a_data_folder(run: Run) -> None:
    for command in (["domain", "list"], ["account", "list"], ["alias", "list"], ["list"], ["read", "1.1.1"]):
        assert "is no data folder" in failed(run, *command)
    assert run("domain", "add", "a.test").status == 0
    assert run("account", "list").status == 0


def test_an_account_has_the_mailboxes_that_every_mail_client_looks_for(house: Run) -> None:
    shown = house("account", "show", "kim@a.test", "--json").rows
    assert {row["mailbox"]: row["role"] for row in shown} == {
        "INBOX": "inbox",
        "Sent": "sent",
        "Drafts": "drafts",
        "Junk": "junk",
        "Trash": "trash",
        "Archive": "archive",
    }


def test_accounts_are_listed_and_removed(house: Run) -> None:
    house("account", "add", "lee@a.test", "--admin", "--password-stdin", given="another secret\n")
    listed = {row["account"]: row["admin"] for row in house("account", "list", "--json").rows}
    assert listed == {"kim@a.test": False, "lee@a.test": True}
    assert house("account", "remove", "kim@a.test").out == "removed kim@a.test\n"
    assert [row["account"] for row in house("account", "list", "--json").rows] == ["lee@a.test"]


def test_wrong_accounts_are_refused(house: Run) -> None:
    given = "a long secret\n"
    assert "already" in failed(house, "account", "add", "KIM@a.test", "--password-stdin", given=given)
    assert "is not here" in failed(house, "account", "add", "kim@b.test", "--password-stdin", given=given)
    assert "is not an address" in failed(house, "account", "add", "kim", "--password-stdin", given=given)
    assert "there is no account" in failed(house, "account", "show", "lee@a.test")
    assert "there is no account" in failed(house, "account", "remove", "lee@a.test")
    assert "a password is needed" in failed(house, "account", "add", "lee@a.test", "--password-stdin")
    assert "there is no account" in failed(house, "account", "password", "lee@a.test", given=given)


def test_a_password_is_never_printed(house: Run) -> None:
    done = house("account", "password", "kim@a.test", "--password-stdin", given="quite another\n")
    assert done.status == 0
    assert "quite another" not in done.out + done.err


def test_an_alias_gets_targets_and_loses_them_all(house: Run) -> None:
    assert house("alias", "add", "info@a.test", "kim@a.test", "--json").rows == [
        {"alias": "info@a.test", "targets": ["kim@a.test"]}
    ]
    house("alias", "add", "info@a.test", "far@b.test")
    listed = house("alias", "list", "--json").rows
    assert [(row["alias"], sorted(row["targets"])) for row in listed] == [
        ("info@a.test", ["far@b.test", "kim@a.test"])
    ]
    assert house("alias", "remove", "info@a.test").status == 0
    assert house("alias", "list", "--json").rows == []
    assert "there is no alias" in failed(house, "alias", "remove", "info@a.test")
    assert "is an account" in failed(house, "alias", "add", "kim@a.test", "lee@a.test")


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["domain", "nonsense"],
        ["domain", "add"],
        ["domain", "add", "a", "b"],
        ["alias", "add", "a@b.test"],
        ["list", "--nonsense"],
        ["serve", "--workers", "0"],
        ["read"],
    ],
)
def test_wrong_usage_is_status_2_with_help_on_stderr(run: Run, arguments: list[str]) -> None:
    done = run(*arguments)
    assert (done.status, done.out) == (2, "")
    assert "Error: " in done.err
    assert "Traceback" not in done.err
