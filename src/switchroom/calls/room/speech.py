"""What a room says: to one, or to all."""

from __future__ import annotations

from switchroom.calls.change import replace
from switchroom.calls.commands import Commands, PlayMusic, Say
from switchroom.calls.room.state import Kind, Member, State, those_inside
from switchroom.calls.values import Name, Number, Prompt, Words
from switchroom.directory.model import Conference, NameAnnouncement
from switchroom.media.types import LegId, OfLeg, OfRoom, PlayId, RoomId, StopPlay

TONE_SECONDS = 0.3
"""Tones closer together than this are one."""
MOST_WITH_TONES = 10
"""With more people than this, joining and leaving is silent, unless wanted."""
_MOST_ANNOUNCEMENTS = 5
"""Names that wait until others were said; those of a crowd are not said."""


def announcement(room: RoomId) -> PlayId:
    """The player of a room's last word."""
    return PlayId(f"{room}/announcement")


def _name_play(room: RoomId) -> PlayId:
    return PlayId(f"{room}/name")


def _personal(leg: LegId) -> tuple[PlayId, PlayId]:
    """The players of what one leg alone is told: words, then music. They are queued, so they need two
    names."""
    return PlayId(f"{leg}/told"), PlayId(f"{leg}/told-music")


def music_of(leg: LegId) -> PlayId:
    """The player of the music that one leg alone hears."""
    return _personal(leg)[1]


def music(conference: Conference, leg: LegId, *, after: bool = False) -> PlayMusic:
    """The conference's hold music, for one leg alone (B8-05); `after` what that is being told."""
    return PlayMusic(music_of(leg), OfLeg(leg=leg), after, conference.hold_music)


def tell(conference: Conference, leg: LegId, language: str, *words: Words) -> Commands:
    """Say something to one leg, then music, until it is hushed; what it was being told is cut short."""
    saying = Say(_personal(leg)[0], OfLeg(leg=leg), words, language)
    return *hush(leg), saying, music(conference, leg, after=True)


def hush(leg: LegId) -> Commands:
    """End what one leg alone hears."""
    speech, song = _personal(leg)
    return StopPlay(play=song), StopPlay(play=speech)


def told(state: State, member: Member, *words: Words) -> Commands:
    """Say something to a member who waits or is alone, then music."""
    return tell(state.conference, member.leg, member.language, *words)


def say_to(state: State, member: Member, *words: Words) -> Commands:
    """Say something to one member only; what he heard goes on afterwards."""
    if not member.ready:
        return ()
    if not member.inside or state.alone == member.leg:
        return told(state, member, *words)
    play = PlayId(f"{member.leg}/key")
    saying = Say(play, OfLeg(leg=member.leg), words, member.language, interruptible=True)
    return StopPlay(play=play), saying


def language_of(state: State) -> str:
    """What is said to all: in the conference's language, else in that of who has been there longest."""
    if state.conference.language is not None:
        return state.conference.language
    return next((member.language for member in state.members.values()), "en")


def _sounds(state: State) -> bool:
    """Whether joining and leaving is heard."""
    return state.conference.tones_always or len(those_inside(state)) <= MOST_WITH_TONES


def tone(state: Kind, prompt: Prompt, now: float) -> tuple[Kind, Commands]:
    """Let all hear that somebody came, or went."""
    if not (state.conference.tones and _sounds(state)) or 0 <= now - state.last_tone < TONE_SECONDS:
        return state, ()
    state = replace(state, plays=state.plays + 1, last_tone=now)
    play = PlayId(f"{state.room}/tone{state.plays}")
    return state, (Say(play, OfRoom(room=state.room), (prompt,), state.conference.language or "en"),)


def came(state: Kind, member: Member, now: float) -> tuple[Kind, Commands]:
    """Let all hear who came: a tone, and the name where names are wanted."""
    return _named(state, member, Prompt.TONE_JOIN, Prompt.HAS_JOINED, now)


def went(state: Kind, member: Member, now: float) -> tuple[Kind, Commands]:
    """Let all hear who went."""
    return _named(state, member, Prompt.TONE_LEAVE, Prompt.HAS_LEFT, now)


def _named(state: Kind, member: Member, sound: Prompt, verb: Prompt, now: float) -> tuple[Kind, Commands]:
    words = name_of(state, member, verb)
    if not words or not _sounds(state):
        return tone(state, sound, now)
    spoken = (sound, *words) if state.conference.tones else words
    if state.announcing:
        waiting = (*state.announcements, spoken)[:_MOST_ANNOUNCEMENTS]
        return replace(state, announcements=waiting), ()
    return _announce(state, spoken)


def name_of(state: State, member: Member, verb: Prompt | None = None) -> tuple[Words, ...]:
    """The name of a member as it is said in this conference, and what he does; nothing where none is."""
    after = () if verb is None else (verb,)
    if member.name is not None:
        return (member.name, *after)
    if state.conference.names is NameAnnouncement.SPOKEN:
        return (Name(member.party.name or member.party.extension, verb),)
    return ()


def _announce(state: Kind, words: tuple[Words, ...]) -> tuple[Kind, Commands]:
    saying = Say(_name_play(state.room), OfRoom(room=state.room), words, language_of(state))
    return replace(state, announcing=True), (saying,)


def announced(state: Kind, play: PlayId) -> tuple[Kind, Commands]:
    """Something was said to all: the next name."""
    if play != _name_play(state.room) or not state.announcing:
        return state, ()
    if not state.announcements or not those_inside(state):
        return replace(state, announcing=False, announcements=()), ()
    following, *rest = state.announcements
    return _announce(replace(state, announcements=tuple(rest)), following)


def count(people: int) -> tuple[Words, ...]:
    """How many are there."""
    if people <= 1:
        return (Prompt.ALONE,)
    return Prompt.PEOPLE_BEFORE, Number(people), Prompt.PEOPLE_AFTER


def roll_call(state: State) -> tuple[Words, ...]:
    """How many are there, and who, as far as names can be said."""
    inside = those_inside(state)
    names: list[Words] = []
    for member in inside[:_MOST_NAMES]:
        names.append(member.name or Name(member.party.name or member.party.extension))
    return (*count(len(inside)), *(names if len(inside) > 1 else ()))


_MOST_NAMES = 30
