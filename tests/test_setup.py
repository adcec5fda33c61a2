"""What a new system learns from its machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from switchroom.setup import machine_time_zone


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
