"""openid_settings.py: [[openid]] of switchroom.toml, and what is said of mistakes in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from switchroom.openid_settings import read
from switchroom.options import FILE_NAME, OptionError, load

GOOD = {"id": "company", "name": "Company", "issuer": "https://login.example.com", "client_id": "x"}


def test_the_file_names_providers(tmp_path: Path) -> None:
    text = """
[[openid]]
id = "company"
name = "Company account"
issuer = "https://login.example.com/realms/company"
client_id = "switchroom"
client_secret = "s3cret"
create_logins = true
"""
    (tmp_path / FILE_NAME).write_text(text)
    (provider,) = load(tmp_path, {}).openid
    assert (provider.id, provider.client_secret, provider.create_logins) == ("company", "s3cret", True)
    assert "s3cret" not in repr(load(tmp_path, {}))
    assert provider.scopes == "openid email profile"
    assert load(tmp_path / "none", {}).openid == ()


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("x", "table"),
        ([1], "table"),
        ([{**GOOD, "shoe": 43}], "unknown setting shoe"),
        ([{**GOOD, "create_logins": "yes"}], "true or false"),
        ([{**GOOD, "name": 3}], "not a text"),
        ([{**GOOD, "client_id": ""}], "client_id is missing"),
        ([{**GOOD, "id": "../x"}], "lower-case"),
        ([{**GOOD, "issuer": "http://login.example.com"}], "https"),
        ([{**GOOD, "issuer": "http://localhost.evil.example"}], "https"),
        ([GOOD, GOOD], "same id"),
    ],
)
def test_mistakes_are_named(value: Any, words: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=words):
        read(value)
    with pytest.raises(OptionError, match=f"openid: .*{words}"):
        load(tmp_path, {"openid": value})
