"""Snom: an XML file of phone settings, each with the number of its identity."""

from __future__ import annotations

from switchroom.provisioning import xml
from switchroom.provisioning.account import CODECS, PICKUP, VOICEMAIL, Account, plain_name


def settings(account: Account) -> str:
    """The first identity; the phone does not ask again where this came from."""
    secure = account.transport == "tls"
    identity = {
        "user_active": "on",
        "user_realname": plain_name(account.name) or account.username,
        "user_name": account.username,
        "user_pname": account.username,
        "user_pass": account.secret,
        "user_host": account.place,
        "user_outbound": f"{account.place}:{account.port};transport={account.transport}",
        "user_expiry": "600",
        "user_srtp": "on" if secure else "off",
        "user_savp": "mandatory" if secure else "off",
        "user_auth_tag": "off",  # of SRTP, 80 bits, not 32
        "user_mailbox": VOICEMAIL if account.mailbox else "",
        "codec_priority_list": ",".join((*CODECS, "telephone-event")),
    }
    keys = [
        xml.element(
            "fkey",
            f"blf <sip:{one.extension}@{account.place}>|{PICKUP}",
            {"idx": str(key), "context": "1", "label": one.label, "perm": ""},
        )
        for key, one in enumerate(account.colleagues, 1)  # the first key is the line's
    ]
    return xml.document(
        [
            "<settings>",
            "  <phone-settings>",
            *(
                f"    {xml.element(name, value, {'idx': '1', 'perm': ''})}"
                for name, value in identity.items()
            ),
            f"    {xml.element('setting_server', '', {'perm': ''})}",
            "  </phone-settings>",
            "  <functionKeys>",
            *(f"    {key}" for key in keys),
            "  </functionKeys>",
            "</settings>",
        ]
    )
