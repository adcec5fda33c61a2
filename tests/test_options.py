"""The machine's own settings: read, laid over, and refused with a sentence that names the setting."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from switchroom.options import TEMPLATE, OptionError, load


def test_the_template_is_all_defaults(tmp_path: Path) -> None:
    (tmp_path / "switchroom.toml").write_text(TEMPLATE)
    assert load(tmp_path, {}) == replace(load(tmp_path / "nowhere", {"database": None}), data=tmp_path)


def test_every_line_of_the_template_is_accepted(tmp_path: Path) -> None:
    lines = [
        line.removeprefix("#")
        for line in TEMPLATE.splitlines()
        if line.startswith("#") and ("=" in line or "[[" in line)
    ]
    (tmp_path / "switchroom.toml").write_text("\n".join(lines))
    options = load(tmp_path, {"sip_port": 5070, "tls_port": None})
    assert options.sip_port == 5070
    assert options.tls_port == 5061
    assert options.rtp_ports == (30000, 39999)
    assert options.hosts == ("pbx.example.com",)
    assert options.name_servers == (("192.0.2.53", 53),)
    assert options.allowed_origins == ("https://crm.example.com",)
    assert (options.console, options.console_port) == (("127.0.0.1",), 8444)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("sip_prt = 1", "sip_prt"),
        ("sip_port = 70000", "sip_port"),
        ("sip_port = true", "sip_port"),
        ("rtp_ports = '5-4'", "rtp_ports"),
        ("bind = ['everywhere']", "bind"),
        ("local_networks = ['10.0.0.0/33']", "local_networks"),
        ("advertised_address = 'example.com'", "advertised_address"),
        ("sip_port =", "switchroom.toml"),
        ("allowed_origins = ['https://crm.example.com/']", "allowed_origins"),
        ("allowed_origins = ['*']", "allowed_origins"),
        ("console_bind = ['localhost']", "console_bind"),
        ("name_servers = ['ns.example.com:53']", "name_servers"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, text: str, named: str) -> None:
    (tmp_path / "switchroom.toml").write_text(text)
    with pytest.raises(OptionError, match=named):
        load(tmp_path, {})


def test_name_servers_have_ports_of_their_own(tmp_path: Path) -> None:
    given = ["192.0.2.53:5353", "2001:db8::53", "[2001:db8::53]:5353"]
    found = load(tmp_path, {"name_servers": given}).name_servers
    assert found == (("192.0.2.53", 5353), ("2001:db8::53", 53), ("2001:db8::53", 5353))


def test_turn_and_stun_servers(tmp_path: Path) -> None:
    text = 'turn_urls = ["turn:turn.example.com:3478?transport=tcp"]\nturn_secret = "s"\n'
    (tmp_path / "switchroom.toml").write_text(text)
    options = load(tmp_path, {})
    assert options.turn_urls == ("turn:turn.example.com:3478?transport=tcp",)
    assert options.stun_urls == ()
    assert "'s'" not in repr(options)
    for wrong in ("https://x", "stun:x", "turn:", "turn:a b"):
        with pytest.raises(OptionError, match="turn_urls"):
            load(tmp_path, {"turn_urls": wrong})
