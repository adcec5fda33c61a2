"""Yealink: `key = value` by the line, led by the line that makes it a configuration file."""

from __future__ import annotations

from switchroom.provisioning.account import CODECS, PICKUP, VOICEMAIL, Account, plain_name

_HEAD = "#!version:1.0.0.1"
_EMPTY = "%EMPTY%"
"""How a value is said to be empty."""
_LAMP = "16"
"""The kind of a line key that is a lamp."""


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
        "subscribe_mwi": "1" if account.mailbox else "0",
        "direct_pickup_code": PICKUP,
    }
    for place, codec in enumerate(CODECS, 1):
        first |= {f"codec.{codec}.enable": "1", f"codec.{codec}.priority": str(place)}
    lines = [f"account.1.{key} = {value}" for key, value in first.items()]
    if account.mailbox:
        lines.append(f"voice_mail.number.1 = {VOICEMAIL}")
    for key, colleague in enumerate(account.colleagues, 2):  # the first key is the account's
        lamp = {"type": _LAMP, "line": "1", "value": colleague.extension, "label": colleague.label}
        lines += [f"linekey.{key}.{name} = {value}" for name, value in lamp.items()]
    # As it is called up to firmware 80, and since.
    for prefix in ("", "static."):
        lines += [f"{prefix}auto_provision.server.url = {_EMPTY}", f"{prefix}auto_provision.power_on = 0"]
    return "\n".join([_HEAD, *lines, ""])
