"""Polycom (UC software): a first file that names the others, and one with the registration."""

from __future__ import annotations

from switchroom.provisioning import xml
from switchroom.provisioning.account import CODECS, PICKUP, VOICEMAIL, Account, plain_name

_CODECS = {"opus": "Opus", "g722": "G722", "pcma": "G711_A", "pcmu": "G711_Mu"}


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
    codecs = {f"voice.codecPref.{_CODECS[codec]}": str(place) for place, codec in enumerate(CODECS, 1)}
    calls = {"call.directedCallPickupMethod": "legacy", "call.directedCallPickupString": PICKUP}
    messages = {
        "msg.mwi.1.subscribe": account.username,
        "msg.mwi.1.callBackMode": "contact",
        "msg.mwi.1.callBack": VOICEMAIL,
    }
    lamps = {"attendant.reg": "1"}
    for key, colleague in enumerate(account.colleagues, 1):
        lamp = f"attendant.resourceList.{key}"
        lamps |= {
            f"{lamp}.address": f"{colleague.extension}@{account.place}",
            f"{lamp}.label": colleague.label,
            f"{lamp}.type": "normal",
        }
    sections = {"voice": codecs, "call": calls, "attendant": lamps, "sec": {"sec.srtp.enable": encrypted}}
    if account.mailbox:
        sections["msg"] = messages
    return xml.document(
        [
            "<polycomConfig>",
            "  " + xml.empty("reg", {f"reg.1.{key}": value for key, value in registration.items()}),
            *(f"  {xml.empty(name, values)}" for name, values in sections.items()),
            "</polycomConfig>",
        ]
    )
