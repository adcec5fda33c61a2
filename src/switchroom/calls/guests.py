"""The first step of a guest's call: straight to the conference of the link, whatever was dialled. Pure."""

from __future__ import annotations

from switchroom.calls import visit
from switchroom.calls.admission import AdmittedGuest
from switchroom.calls.call import Facts
from switchroom.calls.commands import Commands
from switchroom.calls.intake import Arrival
from switchroom.calls.leg import Leg
from switchroom.calls.live import CallState
from switchroom.calls.records import CallKind
from switchroom.calls.routing import language_of
from switchroom.calls.values import GuestPass, JourneyId, Party
from switchroom.directory.model import Snapshot, UserId


def party_of(guest: GuestPass) -> Party:
    """A guest as the others see him: by the name he gave, without an extension."""
    return Party("", guest.name, language=guest.language, guest=guest.pass_id)


def owner_of(guest: str) -> UserId:
    """What stands for a visit where calls are kept by user: no user has an id like it."""
    return UserId(f"guest:{guest}")


def begin(
    arrival: Arrival, admitted: AdmittedGuest, snapshot: Snapshot, now: float
) -> tuple[CallState | None, Commands]:
    """Start the visit of a guest."""
    conference = admitted.conference
    caller = party_of(admitted.guest)
    facts = Facts(
        id=arrival.call,
        journey=JourneyId(arrival.call),
        kind=CallKind.CONFERENCE,
        began=now,
        caller=caller,
        dialled=conference.extension or conference.dial_in_id or "",
        leg=arrival.leg,
        seed=arrival.seed,
        language=language_of(snapshot, caller, conference),
        max_seconds=float(snapshot.settings.max_call_seconds),
        max_forwards=arrival.max_forwards,
        conference=conference.id,
        guest=admitted.guest,
        expected=arrival.expected(conference.id, caller),
        synthesis=arrival.synthesis,
    )
    leg = Leg(arrival.leg, caller, arrival.place, facts.secret(arrival.leg), browser=arrival.browser)
    return visit.start(facts, leg, arrival.offer, conference, now)
