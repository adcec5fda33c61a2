"""What there is to say about a trunk, in words: each sentence has a stable code, so that the console says it
in the reader's language. Pure; the English ones are here, and the web app's `trunks.said` has the same ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

ENGLISH: Mapping[str, str] = {
    # Why a trunk does not do what was asked. `answer`: " (503 Service Unavailable)", or nothing.
    "password": "{name} failed: it does not accept the user name or password{answer}.",
    "forbidden": "{name} failed: it refuses: the account may not call this, or the number shown is not "
    "one of its own{answer}.",
    "silent": "{name} failed: it does not answer: is the address right, and is it reachable from "
    "here?{answer}",
    "trouble": "{name} failed: it has trouble of its own{answer}.",
    "unknown-request": "{name} failed: it does not know what we ask{answer}.",
    "network-away": "{name} failed: it can not reach the network behind it{answer}.",
    "out-of-service": "{name} failed: it is out of service, or can not be reached{answer}.",
    "network-silent": "{name} failed: the network behind it does not answer{answer}.",
    "too-long": "{name} failed: our message is too long for it{answer}.",
    "not-sent": "{name} failed: nothing was sent{answer}.",
    "refuses": "{name} failed: it refuses{answer}.",
    "resting": "{name} wants to be left alone for a while: it is not called for {seconds} s{answer}.",
    "not-registrable": "{name} can not be registered: {error}.",
    "not-askable": "{name} can not be asked: {error}.",
    # Why there is no connection.
    "connection-refused": "{name} failed: nobody takes the connection there. Are address, port and "
    "transport right?",
    "connection-silent": "{name} failed: the connection is not answered: is the address right, and is it "
    "reachable from here?",
    "connection-failed": "{name} failed: no connection can be made. Are address, port and transport right?",
    "certificate-expired": "{name} failed: its certificate has run out, or is not valid yet. Is the "
    "clock here right?",
    "certificate-name": "{name} failed: its certificate is for another name. Enter the name that stands "
    "in it.",
    "certificate-unknown": "{name} failed: its certificate is of nobody whom this machine trusts. A "
    "provider's own authority has to be added to those of the machine.",
    "no-tls": "{name} failed: what answers there does not speak TLS as we do. Are port and transport right?",
    # The steps of a test.
    "test-running": "Another test of this trunk is running.",
    "switched-off": "The trunk is switched off.",
    "no-username": "The user name is missing.",
    "no-password": "The password is missing.",
    "settings-complete": "Everything that is needed is set.",
    "leads-nowhere": "{where} leads nowhere: is the name right, and does this machine reach a name server?",
    "leads-to": "{where} leads to {addresses}.",
    "answers": "It answers ({status}).",
    "registered": "It has registered us for {seconds} s.",
    "emergency-not-called": "An emergency number is not called for a test.",
    "no-number": "That is no telephone number: type + and the country code before it.",
    "call-not-sent": "The call could not be sent: {error}.",
    "call-answered": "{number} has answered: the trunk works.",
    "call-rang": "{number} rang, and nobody answered: the trunk works.",
    "call-busy": "{number} is busy or declined{answer}: the trunk works.",
    "call-400": "{number}: the provider does not understand our message{answer}.",
    "call-403": "{number}: the provider does not let this account call there, or show this number{answer}.",
    "call-404": "{number}: the provider does not know the number: perhaps it wants it written in another "
    "format{answer}.",
    "call-408": "{number}: the provider does not answer{answer}.",
    "call-480": "{number}: the number can not be reached now; the trunk itself works{answer}.",
    "call-484": "{number}: the provider wants more digits: perhaps it wants numbers written in another "
    "format{answer}.",
    "call-488": "{number}: the provider takes none of the codecs: allow others{answer}.",
    "call-503": "{number}: the provider is out of service, or has no free line{answer}.",
    "call-refused": "{number}: the provider refuses the call{answer}.",
}

_STATUSES = {
    401: "password",
    407: "password",
    403: "forbidden",
    408: "silent",
    501: "unknown-request",
    502: "network-away",
    503: "out-of-service",
    504: "network-silent",
    513: "too-long",
    0: "not-sent",
}


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence: its code, what stands in it, and how it reads in English."""

    code: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    text: str = ""


NOTHING = Said()


def say(code: str, **values: object) -> Said:
    """A sentence of `ENGLISH`."""
    given = {name: str(value) for name, value in values.items()}
    return Said(code, given, ENGLISH[code].format_map(given))


def answer(status: int, reason: str = "") -> str:
    """An answer as it stands at the end of a sentence."""
    return f" ({status}{' ' + reason if reason else ''})" if status else ""


def failure(name: str, status: int, reason: str = "") -> Said:
    """Why a trunk does not do what was asked."""
    code = _STATUSES.get(status) or ("trouble" if status >= 500 else "refuses")
    return say(code, name=name, answer=answer(status, reason))
