"""Into a room: who is let in, who waits, what the others hear of it (G-02, G-04, G-05, S1-15)."""

from __future__ import annotations

from switchroom.calls.change import replace
from switchroom.calls.commands import Command, Commands, TellCall
from switchroom.calls.events import (
    ParticipantEntered,
    ParticipantReplaced,
    RoomEntered,
    RoomLeft,
    RoomOpened,
    RoomRefused,
)
from switchroom.calls.minutes import Entrance, InvitationState
from switchroom.calls.recording import NOTICE
from switchroom.calls.records import Cause
from switchroom.calls.room import speech
from switchroom.calls.room.state import (
    Absent,
    Ending,
    Gathering,
    Kind,
    Meeting,
    Member,
    State,
    becoming,
    changed,
    identity,
    join,
    mark,
    seats_taken,
    talking,
    those_inside,
    without,
)
from switchroom.calls.values import Party, Prompt, Words
from switchroom.media.types import Connect, LegId, ToNothing

MOST_IN_LOBBY = 50
"""More than this do not wait to be admitted."""


def enter(state: State, event: ParticipantEntered, now: float) -> tuple[State, Commands]:
    """A leg is at the door, past the code."""
    before = _before(state, event.party, now)
    administrator = (
        event.administrator
        or (event.party.user_id is not None and event.party.user_id == state.conference.administrator)
        or (before is not None and before.administrator)
    )
    invited = event.invited or _ringing(state, event.party, vouched=True)
    blocked = state.blocked.get(mark(event.party))
    if blocked is not None and (blocked.until <= now or invited or administrator):
        blocked = None
    lobby = not (administrator or invited or (before is not None and not before.in_lobby)) and (
        state.conference.lobby or event.lobby or blocked is not None or _guests_wait(state, event, now)
    )
    refused = None
    if isinstance(state, Ending):
        refused = Cause.CONFERENCE_ENDED
    elif administrator:
        pass
    elif blocked is not None and (blocked.strict or not state.conference.lobby):
        refused = Cause.BLOCKED
    elif state.locked and before is None and not invited:
        refused = Cause.ROOM_LOCKED
    elif not _place(state, lobby, len(_ghosts(state, event.party))):
        refused = Cause.ROOM_FULL
    if refused is not None:
        return state, (TellCall(event.call, RoomRefused(event.leg, refused)),)
    member = _member(event, before, administrator, lobby, now)
    state, giving_way = _give_way(state, event)
    following, commands = _seat(state, member, before is not None and before.inside, now)
    return following, (*giving_way, *commands)


def expected(state: State, party: Party, now: float) -> bool:
    """Whether somebody needs no code: he was there a moment ago, or is being called in."""
    return _before(state, party, now) is not None or _ringing(state, party)


def _before(state: State, party: Party, now: float) -> Member | None:
    """Whoever comes back, as he left: without a goodbye, or his page is gone at this moment."""
    key = identity(party)
    if key is None:
        return None
    absent: Absent | None = state.absent.get(key)
    if absent is not None and absent.until > now:
        return absent.member
    return next(iter(_ghosts(state, party)), None)


def _ringing(state: State, party: Party, *, vouched: bool = False) -> bool:
    """Whether this very person is being rung now, to come into the room (`vouched`: by who runs it)."""
    return party.user_id is not None and any(
        one.state is InvitationState.RINGING and one.number == party.extension and one.vouched >= vouched
        for one in state.invitations.values()
    )


def _guests_wait(state: State, event: ParticipantEntered, now: float) -> bool:
    """A guest who was removed has another name with the next click: for a while guests are let in by hand."""
    return event.entrance is Entrance.LINK and any(
        key.startswith("guest ") and block.until > now for key, block in state.blocked.items()
    )


def _ghosts(state: State, party: Party) -> list[Member]:
    """The same person's legs whose pages are gone at this moment: a new call takes their place."""
    key = identity(party)
    return [one for one in state.members.values() if one.away and key and identity(one.party) == key]


def _place(state: State, lobby: bool, vacated: int = 0) -> bool:
    if lobby:
        return sum(member.in_lobby for member in state.members.values()) < MOST_IN_LOBBY
    limit = state.conference.max_participants
    return limit is None or seats_taken(state) - vacated < limit


def _member(
    event: ParticipantEntered, before: Member | None, administrator: bool, lobby: bool, now: float
) -> Member:
    """The new member; who comes back is what he was: muted, as loud, with his hand up."""
    member = Member(
        call=event.call,
        leg=event.leg,
        party=event.party,
        language=event.language,
        joined_at=now,
        administrator=administrator,
        in_lobby=lobby,
        attendance=str(event.leg),
        entrance=event.entrance,
        browser=event.browser,
        name=event.name,
    )
    if before is None:
        return member
    return replace(
        member,
        muted_by=before.muted_by,
        firm=before.firm,
        unmute_requested_by=before.unmute_requested_by,
        hand_at=before.hand_at,
        hears_db=before.hears_db,
        says_db=before.says_db,
        noise=before.noise,
        name=event.name or before.name,
    )


def _give_way(state: State, event: ParticipantEntered) -> tuple[State, Commands]:
    """A call of the same person whose page is gone is of no use any more."""
    commands: list[Command] = []
    for old in _ghosts(state, event.party):
        state = without(state, old.leg)
        commands += [
            *speech.hush(old.leg),
            Connect(leg=old.leg, to=ToNothing()),
            TellCall(old.call, RoomLeft(old.leg, Cause.SIGNALLING_LOST)),
        ]
        if state.alone == old.leg:
            state = replace(state, alone=None)
    return state, tuple(commands)


def _seat(state: State, member: Member, was_inside: bool, now: float) -> tuple[State, Commands]:
    """Put who was let in where he belongs. Who comes back into a running conference finds it running."""
    waiting = TellCall(member.call, RoomEntered(member.leg, waiting=True, lobby=member.in_lobby))
    match state:
        case _ if member.in_lobby:
            return changed(state, member), (waiting,)
        case Gathering() if not (member.administrator or was_inside):
            return changed(state, member), (waiting,)
        case Gathering():
            meeting, opening = opened(state, now)
            meeting, commands = come_in(meeting, member, now)
            entered = TellCall(member.call, RoomEntered(member.leg, waiting=False))
            return meeting, (*opening, *commands, entered)
        case _:
            state, commands = come_in(state, member, now)
            return state, (*commands, TellCall(member.call, RoomEntered(member.leg, waiting=False)))


def come_in(state: Kind, member: Member, now: float) -> tuple[Kind, Commands]:
    """Into the room itself; nobody hears of it yet."""
    member = replace(member, entered_at=now, in_lobby=False)
    quiet = speech.hush(state.alone) if state.alone is not None else ()
    state = replace(changed(state, member), alone=None)
    return state, (*quiet, join(state, member))


def opened(state: Gathering, now: float) -> tuple[Meeting, Commands]:
    """The administrator is here: everybody enters who is not in the lobby."""
    meeting, commands = becoming(Meeting, state), list[Command]()
    for member in state.members.values():
        if not member.in_lobby:
            meeting, entering = come_in(meeting, member, now)
            commands += [*speech.hush(member.leg), *entering, TellCall(member.call, RoomOpened(member.leg))]
    return meeting, tuple(commands)


def ready(state: State, leg: LegId, now: float) -> tuple[State, Commands]:
    """A member hears us from now on: what he is told first."""
    member = state.members.get(leg)
    if member is None or member.ready:
        return state, ()
    member = replace(member, ready=True)
    state = changed(state, member)
    if isinstance(state, Ending):
        return state, ()
    if not member.inside:
        return state, speech.told(
            state, member, Prompt.LOBBY if member.in_lobby else Prompt.WAIT_FOR_ADMINISTRATOR
        )
    return _greet(state, member, now)


def _greet(state: Kind, member: Member, now: float) -> tuple[Kind, Commands]:
    """Somebody came in and hears us: he is told how many are there, the others that he came."""
    inside = those_inside(state)
    still = (Prompt.MUTED,) if member.muted_by is not None and not member.browser else ()
    if len(inside) == 1:
        state = replace(state, alone=member.leg)
        return state, speech.told(state, member, Prompt.ALONE, *still)
    state, commands = speech.came(state, member, now)
    words: tuple[Words, ...] = still
    if state.conference.announce_count:
        words = (*speech.count(len(inside)), *words)
    if state.recorder is not None:
        words = (*words, NOTICE)
    return state, (*commands, *(speech.say_to(state, member, *words) if words else ()))


def admit(state: State, leg: LegId | None, now: float) -> tuple[State, Commands]:
    """A moderator lets somebody in, or all, as far as there is a place."""
    commands: list[Command] = []
    for member in list(state.members.values()):
        if member.in_lobby and leg in (None, member.leg) and not isinstance(state, Ending):
            if not (member.administrator or _place(state, lobby=False)):
                break
            state, entering = _admit(state, member, now)
            commands += entering
    return state, tuple(commands)


def _admit(state: Gathering | Meeting, member: Member, now: float) -> tuple[State, Commands]:
    kept = {key: block for key, block in state.blocked.items() if key != mark(member.party)}
    state = replace(state, blocked=kept)
    member = replace(member, in_lobby=False)
    if isinstance(state, Gathering) and not member.administrator:
        waits = speech.told(state, member, Prompt.WAIT_FOR_ADMINISTRATOR) if member.ready else ()
        moved = TellCall(member.call, RoomEntered(member.leg, waiting=True))
        return changed(state, member), (*waits, moved)
    opening: Commands = ()
    if isinstance(state, Gathering):
        state, opening = opened(state, now)
    meeting, entering = come_in(state, member, now)
    commands = (
        *opening,
        *speech.hush(member.leg),
        *entering,
        TellCall(member.call, RoomOpened(member.leg)),
    )
    if not member.ready:
        return meeting, commands
    meeting, greeting = _greet(meeting, meeting.members[member.leg], now)
    return meeting, (*commands, *greeting)


def promoted(state: State, leg: LegId, now: float) -> tuple[State, Commands]:
    """A member is an administrator from now on: nothing keeps him out, and the room waits no longer."""
    member = state.members.get(leg)
    if member is None or member.administrator:
        return state, ()
    member = replace(member, administrator=True)
    state = changed(state, member)
    if isinstance(state, Ending):
        return state, ()
    if member.in_lobby:
        return _admit(state, member, now)
    if not isinstance(state, Gathering):
        return state, ()
    meeting, commands = opened(state, now)
    if not member.ready:
        return meeting, commands
    meeting, greeting = _greet(meeting, meeting.members[leg], now)
    return meeting, (*commands, *greeting)


def replaced(state: State, event: ParticipantReplaced, now: float) -> tuple[State, Commands]:
    """One device takes another one's place: who listens hears no tone and misses nothing."""
    member = state.members.get(event.old)
    if member is None:
        return state, ()
    member = replace(
        talking(member, False, now),
        leg=event.leg,
        party=event.party,
        held=event.held,
        browser=event.browser,
        away=False,
    )
    # In the old place, so that nobody's order changes.
    kept = (member if one.leg == event.old else one for one in state.members.values())
    state = replace(state, members={one.leg: one for one in kept})
    music: Commands = (speech.music(state.conference, member.leg),)
    if not member.inside:
        return state, (*speech.hush(event.old), *music)
    if state.alone == event.old:
        state = replace(state, alone=member.leg)
    else:
        music = ()
    leaving = Connect(leg=event.old, to=ToNothing())
    return state, (*speech.hush(event.old), leaving, join(state, member), *music)
