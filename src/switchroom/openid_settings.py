"""The OpenID providers that `switchroom.toml` names: one `[[openid]]` table each."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider as `switchroom.toml` names it. What each setting means: docs/security.md."""

    id: str
    """In the address people are sent back to: lower-case letters, digits, hyphens."""
    name: str
    """What the button says."""
    issuer: str
    client_id: str
    client_secret: str = ""
    scopes: str = "openid email profile"
    create_logins: bool = False
    """Who has a user of his e-mail address, but no login, gets one of role user."""
    trust_email: bool = False
    """The provider's e-mail addresses are proven even where it does not say `email_verified`."""
    redirect_uri: str = ""
    """What the provider sends people back to; made of the address they came by when empty."""

    def __repr__(self) -> str:
        return f"Provider(id={self.id!r}, issuer={self.issuer!r})"


_REQUIRED = ("id", "name", "issuer", "client_id")


def read(value: Any) -> tuple[Provider, ...]:
    """The tables of the file as settings. Raises ValueError, whose text says what is wrong."""
    if not isinstance(value, list | tuple) or not all(isinstance(table, dict) for table in value):
        raise ValueError("write one [[openid]] table for each provider")
    found = tuple(_provider(table) for table in value)
    if len({provider.id for provider in found}) < len(found):
        raise ValueError("two providers have the same id")
    return found


def _provider(table: dict[str, Any]) -> Provider:
    kinds = {field.name: bool if field.type == "bool" else str for field in fields(Provider)}
    for name, value in table.items():
        if name not in kinds:
            raise ValueError(f"unknown setting {name}")
        if not isinstance(value, kinds[name]):
            raise ValueError(f"{name} is not {'true or false' if kinds[name] is bool else 'a text'}")
    for name in _REQUIRED:
        if not table.get(name):
            raise ValueError(f"{name} is missing")
    if not re.fullmatch(r"[a-z0-9-]{1,32}", table["id"]):
        raise ValueError(f"the id {table['id']!r} is not of lower-case letters, digits and hyphens")
    if not re.match(r"https://|http://(localhost|127\.0\.0\.1)[:/]", table["issuer"]):
        raise ValueError(f"the issuer {table['issuer']!r} is not an https address")
    return Provider(**table)
