"""Who calls from outside, and whom, as a provider tells it: believed within bounds only. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from switchroom.directory import number_plan
from switchroom.directory.ids import TrunkId
from switchroom.directory.model import Snapshot
from switchroom.directory.number_plan import WITHHELD as WITHHELD
from switchroom.directory.outside import IncomingNumber
from switchroom.sip.errors import RemoteProtocolError
from switchroom.sip.headers import NameAddr
from switchroom.sip.message import Request
from switchroom.sip.parties import asserted, number_of, privacy, remote_parties
from switchroom.sip.uri import SipUri

LONGEST_NAME = 80
"""Characters of a caller's name that are shown."""
WITHHELD_WORDS = {"en": "Withheld number", "fr": "Numéro masqué", "it": "Numero nascosto"}
"""What phones show then."""
_FORMATTING = frozenset({"Cc", "Cs", "Zl", "Zp"})
_DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
"""What turns the direction of text around it, or is not seen at all. The joiner of emoji is none of them."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls. `number` is E.164; None: it is withheld, or can not be read."""

    number: str | None
    name: str = ""
    hidden: bool = False
    """He does not want to be shown."""


def caller_of(request: Request, country: str) -> Caller:
    """Who calls, by what the provider vouches for (P-Asserted-Identity, Remote-Party-ID), else by From."""
    wanted = privacy(request)
    hidden = wanted is not None and wanted.hides_identity
    parties = [party for party in remote_parties(request) if party.party == "calling"]
    hidden = hidden or any(party.hidden for party in parties)
    found = [*asserted(request), *(party.address for party in parties)]
    try:
        sender: NameAddr | None = request.from_
    except RemoteProtocolError:
        sender = None
    if sender is not None:
        hidden = hidden or _is_anonymous(sender)
        found.append(sender)
    if hidden:
        return Caller(None, hidden=True)
    name = next((name for one in found if (name := clean_name(one.display_name))), "")
    for one in found:
        number = number_plan.incoming_number(number_of(one), country)
        if number is not None:
            same = number_plan.incoming_number(name, country) == number
            return Caller(number, "" if same else name)
    # Digits that are no number could be one of our extensions: they are shown as a name, never as a number.
    return Caller(None, name or clean_name(number_of(found[0]) if found else ""))


def _is_anonymous(sender: NameAddr) -> bool:
    """RFC 3323 §4.1.1.3, and how others write it."""
    uri = sender.uri
    if isinstance(uri, SipUri) and uri.host.lower().endswith(".invalid"):
        return True
    return number_of(sender).lower() in ("anonymous", "unknown", "restricted", "unavailable", "withheld")


def clean_name(text: str) -> str:
    """A name as it can be shown anywhere: one line, no control or direction characters, not too long."""
    text = text.encode("utf-8", "replace").decode("utf-8", "replace")
    kept = (
        " " if unicodedata.category(character) in _FORMATTING else character
        for character in text[:1000]
        if character not in _DIRECTIONS
    )
    name = " ".join("".join(kept).split())
    if len(name) <= LONGEST_NAME:
        return name
    cut = LONGEST_NAME - 1
    while cut and (
        unicodedata.combining(name[cut]) or name[cut] in "\u200d\ufe0f" or name[cut - 1] == "\u200d"
    ):
        cut -= 1  # not within what is one sign to the eye
    return name[:cut].rstrip() + "\u2026"


def called(request: Request, token: str | None) -> Iterator[str]:
    """What may be the number that was called, the likeliest first. `token`: of our Contact, which is none."""
    for value in request.headers.get_all("P-Called-Party-ID")[:1]:
        with suppress(RemoteProtocolError):
            yield number_of(NameAddr.parse(value))
    try:
        user = number_of(NameAddr("", request.target))
        if user != token:
            yield user
        yield number_of(request.to)
    except RemoteProtocolError:
        return


def number_called(
    request: Request, snapshot: Snapshot, trunk: TrunkId, token: str | None
) -> IncomingNumber | None:
    """The number of ours that was called, written however; only such as may come in by this trunk."""
    country = snapshot.settings.country
    for text in called(request, token):
        for e164 in number_plan.readings(text, country):
            number = snapshot.by_number.get(e164)
            if number is not None and number.trunk in (None, trunk):
                return number
    return None
