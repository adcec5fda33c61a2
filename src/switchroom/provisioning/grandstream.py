"""Grandstream: an XML file of P values."""

from __future__ import annotations

from switchroom.provisioning import xml
from switchroom.provisioning.account import CODECS, PICKUP, VOICEMAIL, Account, plain_name

_CHOICES = ("P57", "P58", "P59", "P60", "P61", "P62", "P46", "P98")
"""Codecs in the order in which they are offered; all have to be one."""
_CODECS = {"opus": "123", "g722": "9", "pcma": "8", "pcmu": "0"}


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
        "P2329": "0",  # over TLS, too, addresses are sip:, not sips:
        "P183": "2" if secure else "0",  # SRTP only, none
        "P290": "{ x+ | \\+x+ | *x+ | **x+ | *xx*x+ }",  # what may be dialled: `**` and an extension, too
        "P2301": "0",  # digits: not as tones,
        "P2302": "1",  # but as events (RFC 4733),
        "P2303": "0",  # and not by INFO
        "P33": VOICEMAIL if account.mailbox else "",  # the mailbox
        "P99": "1" if account.mailbox else "0",  # whether there are messages is asked
        "P1347": PICKUP,  # before the extension of a lamp
        "P237": "",  # where settings are looked for
        "P194": "0",  # when: never
    }
    for place, choice in enumerate(_CHOICES):
        values[choice] = _CODECS[CODECS[min(place, len(CODECS) - 1)]]
    for key, colleague in enumerate(account.colleagues):
        first = 301 + 3 * key
        values |= {
            f"P{323 + key}": "1",  # the key is a lamp
            f"P{first}": "0",  # of the first account
            f"P{first + 1}": colleague.label,
            f"P{first + 2}": colleague.extension,
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
