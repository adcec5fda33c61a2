"""Merged talks as rooms of the live views: who hears whom, without anything that only a conference has."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set

from switchroom.calls.leg import Leg
from switchroom.calls.live import LiveParticipant, LiveRoom
from switchroom.calls.merge import Talk
from switchroom.calls.minutes import Entrance
from switchroom.calls.values import CallId, Party
from switchroom.directory.model import ConferenceId
from switchroom.media.types import LegId


def view_talk(
    talk: Talk, talking: Set[LegId], scores: Mapping[LegId, float], leg_of: Callable[[LegId], Leg | None]
) -> LiveRoom:
    """A talk as plain data. Who merged it is shown once, by the leg that carries his voice."""

    def view(
        call: CallId, leg: LegId, party: Party, since: float, *, owner: bool, held: bool
    ) -> LiveParticipant:
        found = leg_of(leg)
        return LiveParticipant(
            call=call,
            leg=leg,
            party=party,
            joined_at=since,
            administrator=owner,
            waiting=False,
            on_hold=held,
            talking=leg in talking and not held,
            device="browser" if found is not None and found.browser else "phone",
            entrance=Entrance.EXTENSION,
            in_lobby=False,
            away=False,
            muted_by=None,
            unmute_requested_by=None,
            hand_raised_at=None,
            hears_db=0.0,
            says_db=0.0,
            noise_suppression=False,
            mos=scores.get(leg),
        )

    shown = talk.heard or talk.strands[0]
    owner = view(shown.call, shown.near, talk.owner, talk.since, owner=True, held=talk.heard is None)
    others = tuple(
        view(one.call, one.far, one.party, one.since, owner=False, held=one.far_silent)
        for one in talk.strands
    )
    return LiveRoom(
        id=talk.room,
        conference_id=ConferenceId(talk.room),
        name=talk.name,
        extension=None,
        state="open",
        participants=(owner, *others),
        locked=False,
        lobby=False,
        recording=None,
        meeting_id=None,
        started_at=talk.since,
        invitations=(),
        noise_suppression=False,
        max_participants=None,
    )
