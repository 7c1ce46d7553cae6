"""Doors: what may be opened where, in which mode."""

from __future__ import annotations

import pytest

from pabal.config.doors import NOT_BUILT, SANDBOX_PORTS, DoorAddress, choose, read_addresses, read_listen
from pabal.config.errors import Expected


def test_the_sandbox_opens_every_built_door_on_loopback_at_the_standard_port_plus_1000() -> None:
    doors = {address.door: address.port for address in choose("sandbox", {}, (), False)}
    assert doors == {
        "smtp": 1025,
        "imap": 1143,
        "imaps": 1993,
        "pop3": 1110,
        "pop3s": 1995,
        "lmtp": 1024,
        "web": 8025,
        "webs": 8443,
    }
    assert all(address.loopback for address in choose("sandbox", {}, (), False))


def test_production_opens_only_what_was_named() -> None:
    listen = {"smtp": (DoorAddress("smtp", "0.0.0.0", 25),)}
    assert [str(address) for address in choose("production", listen, (), False)] == ["0.0.0.0:25"]


def test_production_with_no_door_is_refused() -> None:
    with pytest.raises(Expected, match="at least one door"):
        choose("production", {"smtp": ()}, (), False)


@pytest.mark.parametrize("door", sorted(NOT_BUILT))
def test_a_door_that_is_not_built_takes_false_only(door: str) -> None:
    assert read_addresses(door, False) == ()
    with pytest.raises(Expected, match=f"the door {door} is not built yet"):
        read_addresses(door, "127.0.0.1:2000")


def test_the_sandbox_does_not_face_outside_unless_it_is_meant() -> None:
    listen = {"smtp": (DoorAddress("smtp", "0.0.0.0", 1025),)}
    with pytest.raises(Expected, match="--sandbox-exposed"):
        choose("sandbox", listen, (), False)
    assert choose("sandbox", listen, (), True)


@pytest.mark.parametrize("door", ["lmtp", "admin"])
def test_in_production_lmtp_and_admin_stay_on_loopback_unless_they_are_listed(door: str) -> None:
    listen = {door: (DoorAddress(door, "192.0.2.1", 2000),)}
    with pytest.raises(Expected, match=r"\[serve\] exposed"):
        choose("production", listen, (), False)
    assert choose("production", listen, (door,), False)


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("127.0.0.1:25", "127.0.0.1", 25),
        ("[::1]:0", "::1", 0),
        (":25", "0.0.0.0", 25),
        ("localhost:25", "127.0.0.1", 25),
    ],
)
def test_addresses_are_read(text: str, host: str, port: int) -> None:
    assert read_addresses("smtp", text) == (DoorAddress("smtp", host, port),)


@pytest.mark.parametrize(
    "value", ["25", "host:25", "::1:25", "127.0.0.1:65536", "127.0.0.1:", "1.2.3:25", "", [], [1], True, 25, None]
)
def test_what_is_no_address_is_refused_with_what_was_expected(value: object) -> None:
    with pytest.raises(Expected, match="host:port"):
        read_addresses("smtp", value)


def test_listen_options_add_up_and_false_closes() -> None:
    doors = read_listen(["smtp=127.0.0.1:1", "smtp=[::1]:2", "imap=false"])
    assert [str(address) for address in doors["smtp"]] == ["127.0.0.1:1", "[::1]:2"]
    assert doors["imap"] == ()


@pytest.mark.parametrize("option", ["smtp", "smpt=127.0.0.1:1", "smtp=x"])
def test_a_wrong_listen_option_is_refused(option: str) -> None:
    with pytest.raises(Expected):
        read_listen([option])


def test_an_unknown_door_is_told_which_there_are() -> None:
    with pytest.raises(Expected, match=" ".join(SANDBOX_PORTS)):
        read_addresses("gopher", False)
