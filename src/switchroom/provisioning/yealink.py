"""Yealink: `key = value` by the line, led by the line that makes it a configuration file."""

from __future__ import annotations

from switchroom.provisioning.account import Account, plain_name

_HEAD = "#!version:1.0.0.1"
_EMPTY = "%EMPTY%"
"""How a value is said to be empty."""


def settings(account: Account) -> str:
    """The first account; the address that this came from is forgotten, since it is worth nothing any more."""
    secure = account.transport == "tls"
    name = plain_name(account.name) or account.username
    first = {
        "enable": "1",
        "label": name,
        "display_name": name,
        "user_name": account.username,
        "auth_name": account.username,
        "password": account.secret,
        "sip_server.1.address": account.host,
        "sip_server.1.port": str(account.port),
        "sip_server.1.transport_type": "2" if secure else "0",
        "sip_server.1.expires": "600",
        "srtp_encryption": "2" if secure else "0",
        "dtmf.type": "1",
        "subscribe_mwi": "1",
    }
    lines = [f"account.1.{key} = {value}" for key, value in first.items()]
    rest = [f"auto_provision.server.url = {_EMPTY}", "auto_provision.power_on = 0"]
    return "\n".join([_HEAD, *lines, *rest, ""])
