"""Linphone: remote provisioning, an XML file of sections."""

from __future__ import annotations

from switchroom.provisioning import xml
from switchroom.provisioning.account import VOICEMAIL, Account


def settings(account: Account) -> str:
    """The first account. The address of this file is forgotten: it is worth nothing afterwards."""
    secure = account.transport == "tls"
    place = f"<sip:{account.place}:{account.port};transport={account.transport}>"
    name = account.name.replace("\\", "").replace('"', "")
    box = f"sip:{VOICEMAIL}@{account.place}" if account.mailbox else ""
    sections = {
        "misc": {"config-uri": ""},
        "sip": {
            "default_proxy": "0",
            "media_encryption": "srtp" if secure else "none",
            "use_rfc2833": "1",
            "gruu_enabled": "0",
        },
        "proxy_0": {
            "reg_proxy": place,
            "reg_route": place,
            "reg_identity": f'"{name}" <sip:{account.username}@{account.place}>',
            "realm": account.realm,
            "reg_expires": "600",
            "reg_sendregister": "1",
            "publish": "0",
            "voicemail_address": box,
            "mwi_server_address": f"sip:{account.username}@{account.place}" if box else "",
        },
        "auth_info_0": {
            "username": account.username,
            "passwd": account.secret,
            "realm": account.realm,
            "domain": account.host,
        },
    }
    lines = ['<config xmlns="http://www.linphone.org/xsds/lpconfig.xsd">']
    for section, entries in sections.items():
        lines.append(f'  <section name="{section}">')
        lines += [
            f"    {xml.element('entry', value, {'name': key, 'overwrite': 'true'})}"
            for key, value in entries.items()
        ]
        lines.append("  </section>")
    return xml.document([*lines, "</config>"])
