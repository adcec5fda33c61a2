"""Polycom (UC software): a first file that names the others, and one with the registration."""

from __future__ import annotations

from switchroom.provisioning import xml
from switchroom.provisioning.account import Account, plain_name


def first(settings_name: str) -> str:
    """What the phone asks for first, by its hardware address: it tells nothing but where to go on."""
    nothing = ("APP_FILE_PATH", "MISC_FILES", "LOG_FILE_DIRECTORY", "OVERRIDES_DIRECTORY")
    attributes = dict.fromkeys(nothing, "") | {"CONFIG_FILES": settings_name, "CONTACTS_DIRECTORY": ""}
    return xml.document([xml.empty("APPLICATION", attributes)])


def settings(account: Account) -> str:
    """The first registration."""
    secure = account.transport == "tls"
    encrypted = "1" if secure else "0"
    name = plain_name(account.name) or account.username
    registration = {
        "displayName": name,
        "label": name,
        "address": account.username,
        "auth.userId": account.username,
        "auth.password": account.secret,
        "server.1.address": account.host,
        "server.1.port": str(account.port),
        "server.1.transport": "TLS" if secure else "UDPOnly",
        "server.1.expires": "600",
        "srtp.offer": encrypted,
        "srtp.require": encrypted,
    }
    return xml.document(
        [
            "<polycomConfig>",
            "  " + xml.empty("reg", {f"reg.1.{key}": value for key, value in registration.items()}),
            "</polycomConfig>",
        ]
    )
