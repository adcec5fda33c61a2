"""What a new system learns from its machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from switchroom.options import Options
from switchroom.setup import Made, certificate_names, console_address, machine_time_zone


@pytest.mark.parametrize(
    ("link", "written", "named", "zone"),
    [
        ("/usr/share/zoneinfo/Europe/Rome", "", "", "Europe/Rome"),
        ("../usr/share/zoneinfo/America/New_York", "Europe/Rome", "", "America/New_York"),
        ("", "Europe/Paris\n", "", "Europe/Paris"),
        ("/elsewhere", "nonsense", "", "UTC"),
        ("", "", ":Asia/Tokyo", "Asia/Tokyo"),
        ("", "", "", "UTC"),
    ],
)
def test_b1_03_the_time_zone_of_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, link: str, written: str, named: str, zone: str
) -> None:
    if link:
        (tmp_path / "localtime").symlink_to(link)
    if written:
        (tmp_path / "timezone").write_text(written)
    monkeypatch.setenv("TZ", named)
    assert machine_time_zone(tmp_path) == zone


def test_the_console_is_named_where_it_is_served(tmp_path: Path) -> None:
    usual = Options(tmp_path, bind=("192.0.2.7",))
    assert console_address(usual) == "https://192.0.2.7:8443/"
    own = Options(tmp_path, bind=("192.0.2.7",), console_port=8444)
    assert console_address(own) == "https://192.0.2.7:8444/"
    inner = Options(tmp_path, bind=("192.0.2.7",), console_port=8444, console_bind=("::1",), https_port=0)
    assert console_address(inner) == "http://[::1]:8444/"
    assert {"192.0.2.7", "::1"} <= set(certificate_names(inner))
    assert "https://192.0.2.7:8444/" in Made(created=True, password="secret").text(own)
