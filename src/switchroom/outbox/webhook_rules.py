"""The rules of telling webhooks: which addresses are told, how an event is signed, what may come of it.

The signature is that of Standard Webhooks (`webhook-id`, `webhook-timestamp`, `webhook-signature`):
HMAC-SHA256 over id, time and body, so that receivers can tell who speaks and refuse what is old.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit, urlunsplit

PORTS: Final = {"http": 80, "https": 443}
"""Of the schemes that may be told."""
_OF_CLOUDS: Final = frozenset(
    ipaddress.ip_address(text)
    for text in ("fd00:ec2::254", "100.100.100.200", "168.63.129.16", "192.0.0.192")
)
"""Where machines of some clouds ask for their own secrets; the others' is link-local."""
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class BadUrl(ValueError):
    """This address is told nothing; the sentence says why, and `error_id` which it is."""

    def __init__(self, error_id: str, text: str) -> None:
        super().__init__(text)
        self.error_id = error_id


class NoAnswer(Exception):
    """Nobody answered; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the receiver said."""

    status: int
    text: str = ""
    """How it began."""


def signature(secret: bytes, event_id: str, timestamp: int, body: str) -> str:
    """The value of `webhook-signature`."""
    signed = f"{event_id}.{timestamp}.{body}".encode()
    return "v1," + base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()


def checked_url(text: str) -> str:
    """An address that may be told events, as it is kept. Raises `BadUrl`."""
    url = text.strip()
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise BadUrl("hook-url", "This is no address such as https://example.com/hooks.") from None
    if parts.scheme not in PORTS or not host or port == 0 or not url.isprintable() or " " in url:
        raise BadUrl("hook-url", "Give an address that begins with https:// or http://.")
    if not url.isascii():
        text = "Write the address as programs do: other letters as %XX, a host's name as xn--."
        raise BadUrl("hook-url-letters", text)
    if parts.username is not None or parts.password is not None:
        text = "No user name and password in the address: the signature tells who speaks."
        raise BadUrl("hook-url-password", text)
    try:
        literal = ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        if refused(literal):
            text = "This address belongs to the machine's own network: it is told nothing."
            raise BadUrl("hook-url-own", text)
    return urlunsplit(parts._replace(fragment=""))


def refused(address: Address) -> bool:
    """Whether an address is told nothing: link-local ones, where clouds keep secrets, and no machine's."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return refused(inner)
    special = address.is_link_local or address.is_multicast or address.is_unspecified
    return special or address in _OF_CLOUDS or address == ipaddress.IPv4Address("255.255.255.255")
