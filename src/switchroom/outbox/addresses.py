"""Mail addresses: those that can stand in a header and in a command of SMTP, and nothing else."""

from __future__ import annotations

import re
from typing import Final

LONGEST: Final = 254
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


class BadAddress(ValueError):
    """No address that mail can be sent to; the message says why."""


def read_address(text: str) -> str:
    """The address, its domain in lower case and ASCII (RFC 5321 §4.1.2, without quoted local parts).

    Raises `BadAddress`: nothing that could be a second header or command gets through.
    """
    text = text.strip(" ")
    local, at, domain = text.rpartition("@")
    if not at:
        raise BadAddress("An e-mail address has an @ in it.")
    if len(text) > LONGEST or len(local) > 64:
        raise BadAddress("This e-mail address is too long.")
    if not _LOCAL.fullmatch(local):
        raise BadAddress("What stands before the @ is not valid: letters, digits, dots and a few signs only.")
    try:
        domain = domain.encode("idna").decode() if not domain.isascii() else domain
    except UnicodeError:
        raise BadAddress("What stands after the @ is no name of a domain.") from None
    labels = domain.lower().split(".")
    if not all(_LABEL.fullmatch(label) for label in labels):
        raise BadAddress("What stands after the @ is no name of a domain.")
    return f"{local}@{'.'.join(labels)}"
