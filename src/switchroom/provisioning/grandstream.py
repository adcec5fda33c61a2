"""Grandstream: an XML file of P values."""

from __future__ import annotations

from switchroom.provisioning import xml
from switchroom.provisioning.account import Account, plain_name


def settings(account: Account) -> str:
    """The first account; the phone does not look for settings by itself any more."""
    secure = account.transport == "tls"
    name = plain_name(account.name) or account.username
    values = {
        "P271": "1",  # the account is active
        "P270": name,  # its name on the display
        "P3": name,  # its name for others
        "P47": f"{account.place}:{account.port}",
        "P35": account.username,
        "P36": account.username,  # for the password
        "P34": account.secret,
        "P31": "1",  # it registers,
        "P32": "10",  # every so many minutes
        "P130": "2" if secure else "0",  # TLS, UDP
        "P183": "2" if secure else "0",  # SRTP only, none
        "P237": "",  # where settings are looked for
        "P194": "0",  # when: never
    }
    return xml.document(
        [
            '<gs_provision version="1">',
            '  <config version="1">',
            *(f"    {xml.element(name, value)}" for name, value in values.items()),
            "  </config>",
            "</gs_provision>",
        ]
    )
