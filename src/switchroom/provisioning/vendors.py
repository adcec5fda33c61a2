"""Whose phones there are, by what names they ask for their files, and what they get."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from switchroom.provisioning import grandstream, linphone, polycom, snom, yealink
from switchroom.provisioning.account import Account


class Vendor(StrEnum):
    """A maker of phones, or a phone that is a program."""

    YEALINK = "yealink"
    SNOM = "snom"
    GRANDSTREAM = "grandstream"
    POLYCOM = "polycom"
    LINPHONE = "linphone"

    @property
    def asks_for(self) -> str:
        """What follows the link in the address that one types into the phone.

        A name where the phone fetches exactly that, nothing where it puts names of its own behind a slash.
        """
        match self:
            case Vendor.YEALINK:
                return "/phone.cfg"
            case Vendor.SNOM:
                return "/phone.xml"
            case Vendor.GRANDSTREAM | Vendor.POLYCOM:
                return "/"
            case Vendor.LINPHONE:
                return ""
        assert_never(self)


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """A file as it is delivered."""

    text: str
    media_type: str


_SETTINGS = {
    Vendor.YEALINK: re.compile(r"(?:phone|[0-9a-f]{12})\.cfg", re.IGNORECASE),
    Vendor.SNOM: re.compile(r"(?:phone|snom[0-9a-z]+-[0-9a-f]{12})\.(?:xml|html?)", re.IGNORECASE),
    Vendor.GRANDSTREAM: re.compile(r"cfg[0-9a-f]{12}\.xml", re.IGNORECASE),
    Vendor.POLYCOM: re.compile(r"phone\.cfg"),
    Vendor.LINPHONE: re.compile(r"phone\.xml"),
}
_FIRST = re.compile(r"[0-9a-f]{12}\.cfg", re.IGNORECASE)
_POLYCOM_SETTINGS = "phone.cfg"


def first_file(vendor: Vendor, name: str) -> SettingsFile | None:
    """The file without secrets that a phone fetches before its settings; None: `name` is none."""
    if vendor is Vendor.POLYCOM and _FIRST.fullmatch(name):
        return SettingsFile(polycom.first(_POLYCOM_SETTINGS), "text/xml")
    return None


def is_settings(vendor: Vendor, name: str) -> bool:
    """Whether a phone asks for its settings by this name; none at all is one."""
    return name == "" or _SETTINGS[vendor].fullmatch(name) is not None


def settings_file(vendor: Vendor, account: Account) -> SettingsFile:
    """The settings with the secret."""
    match vendor:
        case Vendor.YEALINK:
            return SettingsFile(yealink.settings(account), "text/plain")
        case Vendor.SNOM:
            return SettingsFile(snom.settings(account), "text/xml")
        case Vendor.GRANDSTREAM:
            return SettingsFile(grandstream.settings(account), "text/xml")
        case Vendor.POLYCOM:
            return SettingsFile(polycom.settings(account), "text/xml")
        case Vendor.LINPHONE:
            return SettingsFile(linphone.settings(account), "application/xml")
    assert_never(vendor)
