"""Where a call goes: a pure function of the applied configuration, what was dialled and who dials."""

from __future__ import annotations

from dataclasses import dataclass

from switchroom.calls.records import Cause
from switchroom.calls.values import Party, Prompt
from switchroom.directory import number_plan
from switchroom.directory.model import Conference, ConferenceServer, Snapshot, User
from switchroom.directory.number_plan import Feature
from switchroom.directory.outside import Mailbox, RingGroup
from switchroom.sip.uri import OtherUri, SipUri, Uri


@dataclass(frozen=True, slots=True)
class RingUser:
    """Ring all devices of a user for so many seconds."""

    user: User
    ring_seconds: int


@dataclass(frozen=True, slots=True)
class EnterConference:
    """Let the caller into a conference, or ask for its code."""

    conference: Conference


@dataclass(frozen=True, slots=True)
class EnterServer:
    """The conference server: ask for the conference ID, then for the code where there is one."""

    server: ConferenceServer


@dataclass(frozen=True, slots=True)
class Refuse:
    """Refuse, and say why."""

    status: int
    cause: Cause
    prompts: tuple[Prompt, ...] = ()


@dataclass(frozen=True, slots=True)
class EchoTest:
    """Let the caller hear itself."""


Plan = RingUser | EnterConference | EnterServer | EchoTest | Refuse

_BUSY = Refuse(486, Cause.BUSY)
_UNKNOWN = Refuse(404, Cause.UNKNOWN_NUMBER, (Prompt.NUMBER_UNKNOWN,))
_OUTSIDE = Refuse(404, Cause.UNKNOWN_NUMBER, (Prompt.OUTSIDE_IMPOSSIBLE,))
_EMERGENCY = Refuse(403, Cause.NOT_ALLOWED, (Prompt.EMERGENCY_IMPOSSIBLE,))


def dialled(uri: Uri) -> str:
    """What was dialled, by the request URI: the user part without parameters (RFC 3261 §19.1.6), or the tel
    number."""
    if isinstance(uri, SipUri):
        return uri.username.split(";", 1)[0]
    if isinstance(uri, OtherUri) and uri.scheme == "tel":
        return uri.rest.split(";", 1)[0]
    return ""


def route(snapshot: Snapshot, number: str, busy: bool = False) -> Plan:
    """Decide where `number` leads. `busy`: the user of that extension is in a call, or being rung."""
    found = snapshot.by_extension.get(number)
    country = snapshot.settings.country
    match found:
        case None if (feature := number_plan.FEATURES.get(number)) is not None:
            return _feature(feature)
        case None:
            return _outside(number, country)
        case _ if number_plan.is_emergency(number, country):
            return _EMERGENCY
        case Conference():
            return EnterConference(found)
        case ConferenceServer():
            return EnterServer(found)
        case User(call_waiting=False) if busy:
            return _BUSY
        case User():
            return RingUser(found, found.ring_seconds or snapshot.settings.ring_seconds)
        case RingGroup() | Mailbox():
            return _UNKNOWN


def _feature(feature: Feature) -> Plan:
    match feature:
        case Feature.ECHO_TEST:
            return EchoTest()


def _outside(number: str, country: str) -> Plan:
    match number_plan.read(number, country):
        case number_plan.DialledEmergency():
            return _EMERGENCY
        case number_plan.DialledNumber():
            return _OUTSIDE
        case _:
            return _UNKNOWN


def language_of(snapshot: Snapshot, caller: Party, *places: Conference | ConferenceServer | None) -> str:
    """The language a caller is spoken to in: the conference's, else the conference server's where he called
    that, else his own, else the system's (G-09)."""
    spoken = (place.language for place in places if place is not None and place.language)
    return next(spoken, None) or caller.language or snapshot.settings.language
