"""The address told to a peer."""

from __future__ import annotations

import pytest

from switchroom.directory.addresses import LocalAddresses

INTERFACES = {
    "192.168.1.77": "192.168.1.2",
    "10.8.0.9": "10.8.0.1",
    "8.8.8.8": "192.168.1.2",
    "127.0.0.1": "127.0.0.1",
    "fd00::9": "fd00::1",
    "2001:db8:9::9": "2001:db8::1",
}


def addresses(
    bind: tuple[str, ...] = ("0.0.0.0",),
    advertised: tuple[str, ...] = (),
    networks: tuple[str, ...] | None = None,
) -> LocalAddresses:
    return LocalAddresses(bind, advertised, networks, INTERFACES.get)


@pytest.mark.parametrize(
    ("bind", "advertised", "networks", "remote", "told"),
    [
        (("0.0.0.0",), (), None, "192.168.1.77", "192.168.1.2"),
        (("0.0.0.0",), (), None, "8.8.8.8", "192.168.1.2"),
        (("0.0.0.0",), ("203.0.113.5",), None, "8.8.8.8", "203.0.113.5"),
        (("0.0.0.0",), ("203.0.113.5",), None, "192.168.1.77", "192.168.1.2"),
        (("0.0.0.0",), ("203.0.113.5",), None, "127.0.0.1", "127.0.0.1"),
        (("0.0.0.0",), ("203.0.113.5",), ("192.168.1.0/24",), "10.8.0.9", "203.0.113.5"),
        (("0.0.0.0",), ("203.0.113.5",), ("10.8.0.0/16",), "10.8.0.9", "10.8.0.1"),
        (("192.0.2.7",), (), None, "8.8.8.8", "192.0.2.7"),
        (("10.0.0.4",), ("203.0.113.5",), None, "8.8.8.8", "203.0.113.5"),
        (("10.0.0.4",), ("203.0.113.5",), None, "10.8.0.9", "10.0.0.4"),
        (("::",), (), None, "::ffff:192.168.1.77", "192.168.1.2"),
        (("::",), (), None, "192.168.1.77", "192.168.1.2"),
        (("0.0.0.0", "::"), ("203.0.113.5", "2001:db8::99"), None, "2001:db8:9::9", "2001:db8::99"),
        (("0.0.0.0", "::"), ("203.0.113.5", "2001:db8::99"), None, "fd00::9", "fd00::1"),
        (("0.0.0.0", "::"), ("203.0.113.5",), None, "2001:db8:9::9", "2001:db8::1"),
        (("0.0.0.0",), (), None, "198.51.100.1", "127.0.0.1"),
        (("192.0.2.7",), (), None, "2001:db8:9::9", "192.0.2.7"),
        (("192.168.1.2", "10.8.0.1"), (), None, "10.8.0.9", "10.8.0.1"),
        (("10.8.0.1", "192.168.1.2"), ("203.0.113.5",), None, "192.168.1.77", "192.168.1.2"),
        (("10.8.0.1", "192.168.1.2"), ("203.0.113.5",), None, "8.8.8.8", "203.0.113.5"),
        (("10.8.0.1", "192.168.1.2"), (), None, "198.51.100.1", "10.8.0.1"),
    ],
)
def test_the_address_told(
    bind: tuple[str, ...],
    advertised: tuple[str, ...],
    networks: tuple[str, ...] | None,
    remote: str,
    told: str,
) -> None:
    assert addresses(bind, advertised, networks).for_remote(remote) == told


def test_which_addresses_are_ours() -> None:
    here = addresses(("0.0.0.0", "2001:db8::7"), ("203.0.113.5",))
    assert [here.is_ours(host) for host in ("203.0.113.5", "2001:db8::7", "127.0.0.1")] == [True] * 3
    assert [here.is_ours(host) for host in ("8.8.8.8", "example.com", "203.0.113.6")] == [False] * 3


def test_choices_are_remembered_until_told_otherwise() -> None:
    asked: list[str] = []

    def interface_for(remote: str) -> str:
        asked.append(remote)
        return "192.0.2.1"

    here = LocalAddresses(["0.0.0.0"], interface_for=interface_for)
    assert here.for_remote("192.0.2.9") == here.for_remote("192.0.2.9") == "192.0.2.1"
    assert asked == ["192.0.2.9"]
    here.forget()
    here.for_remote("192.0.2.9")
    assert asked == ["192.0.2.9"] * 2


@pytest.mark.parametrize(("bind", "networks"), [(("host",), None), (("0.0.0.0",), ("10.0.0.0/99",))])
def test_nonsense_is_refused(bind: tuple[str, ...], networks: tuple[str, ...] | None) -> None:
    with pytest.raises(ValueError, match=r"address|mask|network"):
        addresses(bind, (), networks)
