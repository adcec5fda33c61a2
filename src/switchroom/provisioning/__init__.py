"""Files that phones configure themselves with, as each maker's phones read them. Pure."""

from switchroom.provisioning.account import MOST_LAMPS, Account, Colleague, plain_name
from switchroom.provisioning.vendors import SettingsFile, Vendor, first_file, is_settings, settings_file

__all__ = [
    "MOST_LAMPS",
    "Account",
    "Colleague",
    "SettingsFile",
    "Vendor",
    "first_file",
    "is_settings",
    "plain_name",
    "settings_file",
]
