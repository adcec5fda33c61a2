"""One state of every kind and one event of every kind, for the tests that go through all pairs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from switchroom.calls import boxes as box
from switchroom.calls import (
    bridge,
    click,
    conference,
    dial_in,
    echo,
    invite,
    leg,
    mailbox,
    naming,
    parking,
    receptionist,
    refusal,
    ringing,
    setting,
    takeover,
    visit,
    voicemail,
    welcome,
)
from switchroom.calls import events as ev
from switchroom.calls import room_events as act
from switchroom.calls.branches import Branch
from switchroom.calls.call import Closing, Facts, Moved, close
from switchroom.calls.leg import Leg
from switchroom.calls.live import CallState
from switchroom.calls.minutes import InvitationId, InvitationRecord, InvitationState, MeetingId
from switchroom.calls.records import CallKind, Cause
from switchroom.calls.room.state import Block
from switchroom.calls.routing import Change
from switchroom.calls.values import (
    CallId,
    EnterConference,
    EnterServer,
    Hunt,
    JourneyId,
    Party,
    Place,
    Prompt,
    Refuse,
    Ring,
    Step,
    Target,
    TimerName,
    ToMailbox,
)
from switchroom.directory.ids import MailboxId
from switchroom.directory.model import (
    Conference,
    ConferenceId,
    ConferenceServer,
    NameAnnouncement,
    Recording,
    UserId,
)
from switchroom.directory.outside import NOWHERE, Mailbox
from switchroom.directory.personal import Personal
from switchroom.media import types as m
from switchroom.sip import events as sip
from switchroom.sip.message import Response
from tests.harness.office import description

NOW = 1000.0
CALLER = m.LegId("caller")
PLACE = Place("192.0.2.1", "0.0.0.0", "192.0.2.9")
ANNE = Party("201", "Anne", UserId("201"))
BOB = Party("202", "Bob", UserId("202"))
ROOM = Conference(
    ConferenceId("c"), "Room", "8000", "4321", UserId("201"), True, administrator_code="7777", tones=True
)
FACTS = Facts(
    CallId("call"), JourneyId("call"), CallKind.CALL, NOW, ANNE, "202", CALLER, b"s" * 32, callee=BOB
)
INVITATION = InvitationRecord(
    InvitationId("call"), ROOM.id, None, "202", "Bob", "Anne", InvitationState.RINGING, NOW, call=FACTS.id
)
INVITED = replace(FACTS, kind=CallKind.CONFERENCE, conference=ROOM.id, leg=m.LegId(""), invitation=INVITATION)
ANSWERED = replace(
    INVITED, invitation=replace(INVITATION, state=InvitationState.ANSWERED), answered_at=NOW, leg=CALLER
)
CLICKED = replace(FACTS, moved=Moved(UserId("201"), back=True, first=True))
LED_ON = replace(FACTS, moved=Moved(UserId("203"), "refer"))
COMING_BACK = replace(FACTS, moved=Moved(UserId("203"), back=True))
BRANCH = FACTS.branch_id(1)
OTHER = FACTS.branch_id(2)
NEW = m.LegId("new")

fresh = Leg(CALLER, ANNE, PLACE, b"a" * 32)
answered = leg.bound(leg.answered(fresh, description()), 30000, 30001)
fresh_placed = leg.bound(fresh, 30000, 30001)
offering = leg.offering(leg.bound(Leg(CALLER, ANNE, PLACE, b"a" * 32), 30000, 30001))


def branch(name: m.LegId) -> Branch:
    """A device that is offered media."""
    opened = leg.bound(Leg(name, BOB, PLACE, b"b" * 32), 30002, 30003)
    return Branch(leg.offering(opened), Target(str(name), "sip:b@192.0.2.9", PLACE))


new = leg.bound(leg.answered(Leg(NEW, ANNE, PLACE, b"n" * 32), description()), 30004, 30005)
callee = leg.completed(branch(BRANCH).leg, description("PCMU"))
STEP = Step((Ring(BOB, (branch(BRANCH).target,)),), 30.0)
ONE = Hunt((STEP,))
CHANGE = Change(UserId("201"), Personal(always=NOWHERE), Prompt.FORWARDED_TO, "42")
branches = (branch(BRANCH), branch(OTHER))
closing, _ = close(FACTS, (answered, callee), Cause.CALLER_HUNG_UP, NOW)
assert isinstance(closing, Closing)

BOX = box.Box(
    Mailbox(MailboxId("201"), "Anne", "201", user=UserId("201")),
    tuple(
        box.Message(box.MessageId(f"m{n}"), BOB, NOW - n, 3.0, n > 2, f"/voicemail/m{n}.wav")
        for n in (1, 2, 3)
    ),
    has_pin=True,
)

CALLS: dict[str, CallState] = {
    "preparing": ringing.Preparing(
        FACTS,
        fresh,
        description(),
        (Branch(Leg(BRANCH, BOB, PLACE, b"b" * 32), branch(BRANCH).target),),
        frozenset({CALLER, BRANCH}),
        Hunt((STEP,)),
    ),
    "ringing one": ringing.Ringing(
        FACTS, answered, description(), branches[:1], single=True, hunt=ONE, rung=1
    ),
    "ringing two": ringing.Ringing(
        FACTS, answered, description(), branches, single=False, told=180, hunt=ONE, rung=2
    ),
    "ringing early": ringing.Ringing(
        FACTS,
        answered,
        description(),
        (replace(branches[0], leg=callee),),
        single=True,
        told=183,
        early=BRANCH,
        hunt=ONE,
        rung=1,
    ),
    "led on": ringing.Ringing(
        LED_ON, answered, None, branches, single=False, hunt=Hunt((STEP,)), rung=2, music=True
    ),
    "led on, early": ringing.Ringing(
        COMING_BACK,
        answered,
        None,
        (replace(branches[0], leg=callee),),
        single=True,
        early=BRANCH,
        hunt=ONE,
        rung=1,
    ),
    "led on, preparing": ringing.Preparing(
        LED_ON,
        answered,
        None,
        (Branch(Leg(BRANCH, BOB, PLACE, b"b" * 32), branch(BRANCH).target),),
        frozenset({BRANCH}),
        Hunt((STEP,)),
    ),
    "ringing again": ringing.Ringing(
        FACTS,
        answered,
        description(),
        (Branch(Leg(BRANCH, BOB, PLACE, b"b" * 32), branch(BRANCH).target),),
        single=True,
        hunt=ONE,
        rung=1,
    ),
    "ringing without offer": ringing.Ringing(
        FACTS, answered, None, branches[:1], single=True, hunt=ONE, rung=1
    ),
    "ringing asked": ringing.Ringing(
        FACTS,
        answered,
        description(),
        (Branch(callee, branch(BRANCH).target, confirm=True, asked=True),),
        single=False,
        hunt=Hunt((STEP,), ToMailbox(MailboxId("b"))),
        rung=1,
    ),
    "ringing by a trunk": ringing.Ringing(
        FACTS,
        answered,
        description(),
        (replace(branches[0], target=replace(branches[0].target, otherwise=branches[1].target)),),
        single=True,
        hunt=Hunt((STEP,), None, EnterConference(ROOM)),
        rung=1,
    ),
    "ringing before others": ringing.Ringing(
        FACTS,
        answered,
        description(),
        branches,
        single=False,
        hunt=Hunt((STEP, STEP), None, Hunt((STEP,))),
        rung=2,
    ),
    "ringing before others, early": ringing.Ringing(
        FACTS,
        answered,
        description(),
        (replace(branches[0], leg=callee),),
        single=True,
        told=183,
        early=BRANCH,
        hunt=Hunt((STEP, STEP), None, EnterServer(ConferenceServer("8000"))),
        rung=1,
    ),
    "ringing nobody yet": ringing.Ringing(
        FACTS, fresh_placed, description(), (), single=False, hunt=Hunt((STEP, STEP)), rung=2
    ),
    "ringing secure": ringing.Ringing(
        FACTS,
        answered,
        description(),
        (replace(branches[0], target=replace(branches[0].target, srtp=True)), branches[1]),
        single=False,
        hunt=ONE,
        rung=2,
    ),
    "inviting": invite.Preparing(
        INVITED, ROOM, ANNE, branches, frozenset({branch.leg.id for branch in branches}), 30.0
    ),
    "invited one": invite.Ringing(INVITED, ROOM, ANNE, branches[:1]),
    "invited two": invite.Ringing(INVITED, ROOM, ANNE, branches, (486,)),
    "invited secure": invite.Ringing(
        INVITED, ROOM, ANNE, (replace(branches[0], target=replace(branches[0].target, srtp=True)),)
    ),
    "invited again": invite.Ringing(
        INVITED, ROOM, ANNE, (Branch(Leg(BRANCH, BOB, PLACE, b"b" * 32), branch(BRANCH).target),)
    ),
    "clicked": invite.Ringing(replace(FACTS, leg=m.LegId("")), None, BOB, branches),
    "clicked, there": click.Called(CLICKED, answered),
    "welcoming": visit.Welcoming(ANSWERED, answered, ROOM, welcome.Announcing()),
    "welcoming asking": visit.Welcoming(ANSWERED, answered, ROOM, welcome.Asking(1)),
    "entering invited": visit.Entering(ANSWERED, answered, ROOM),
    "confirming": bridge.Confirming(FACTS, offering, callee),
    "talking": bridge.Talking(FACTS, answered, callee),
    "held": bridge.Talking(FACTS, replace(answered, held=True), callee, frozenset({BRANCH})),
    "merged": bridge.Talking(FACTS, answered, callee, merged=bridge.Merged(m.RoomId("adhoc-call"), True)),
    "away": bridge.Talking(FACTS, answered, callee, frozenset({CALLER}), frozenset({BRANCH})),
    "echo answering": echo.Answering(FACTS, leg.answered(fresh, description())),
    "echo answering late": echo.Answering(FACTS, offering),
    "echoing": echo.Echoing(FACTS, answered),
    "setting answering": setting.Answering(FACTS, leg.answered(fresh, description()), CHANGE),
    "setting answering late": setting.Answering(FACTS, offering, CHANGE),
    "setting saving": setting.Saving(FACTS, answered, CHANGE),
    "setting speaking": setting.Speaking(FACTS, answered),
    "server answering": dial_in.Answering(FACTS, leg.answered(fresh, description())),
    "server answering late": dial_in.Answering(FACTS, offering),
    "server asking": dial_in.AtServer(FACTS, answered, receptionist.Asking()),
    "server collecting": dial_in.AtServer(FACTS, answered, receptionist.Collecting(1, 1, "31")),
    "server checking": dial_in.AtServer(FACTS, answered, receptionist.Checking(1, 1)),
    "parked": parking.Parked(replace(LED_ON, dialled="851"), answered),
    "parked, away": parking.Parked(replace(COMING_BACK, dialled="852"), answered, away=True),
    "taking over": takeover.Preparing(FACTS, leg.answered(fresh, description()), OTHER),
    "refusal preparing": refusal.Preparing(
        FACTS, leg.answered(fresh, description()), 404, (Prompt.NUMBER_UNKNOWN,), Cause.UNKNOWN_NUMBER
    ),
    "refusal speaking": refusal.Speaking(
        FACTS, answered, 404, Cause.UNKNOWN_NUMBER, m.PlayId("caller/refusal")
    ),
    "answering": visit.Answering(FACTS, leg.answered(fresh, description()), ROOM),
    "answering late": visit.Answering(FACTS, offering, ROOM),
    "answering placed": visit.Answering(FACTS, answered, ROOM, ev.RoomEntered(CALLER, waiting=True)),
    "at desk asking": visit.AtDesk(FACTS, answered, ROOM, receptionist.Asking()),
    "at desk collecting": visit.AtDesk(FACTS, answered, ROOM, receptionist.Collecting(1, 1, "43")),
    "at desk checking": visit.AtDesk(FACTS, answered, ROOM, receptionist.Checking(1, 1)),
    "naming": visit.Naming(FACTS, answered, ROOM, naming.Asking()),
    "naming, said": visit.Naming(FACTS, answered, ROOM, naming.Recording(), True),
    "naming, closed": visit.Naming(FACTS, answered, ROOM, naming.Closing()),
    "entering": visit.Entering(FACTS, answered, ROOM),
    "waiting": visit.Waiting(FACTS, answered, ROOM, "77"),
    "inside": visit.Inside(FACTS, answered, ROOM),
    "leaving": visit.Leaving(FACTS, answered, Cause.WRONG_CODE),
    "voicemail answering": voicemail.Answering(FACTS, leg.answered(fresh, description()), BOX.mailbox.id),
    "voicemail answering late": voicemail.Answering(FACTS, offering, BOX.mailbox.id),
    "voicemail looked for": voicemail.Greeted(FACTS, answered, BOX.mailbox.id, False),
    "voicemail greeted": voicemail.Greeted(FACTS, answered, BOX.mailbox.id, True, BOX),
    "voicemail recording": voicemail.Recording(FACTS, answered, BOX),
    "voicemail reviewing": voicemail.Reviewing(FACTS, answered, BOX, 1),
    "voicemail heard": voicemail.Reviewing(FACTS, answered, BOX, 1, "/m.wav", 2),
    "mailbox answering": mailbox.Answering(FACTS, leg.answered(fresh, description()), None),
    "mailbox answering late": mailbox.Answering(FACTS, offering, BOX.mailbox.id),
    "mailbox looked for": mailbox.AtDoor(FACTS, answered),
    "mailbox asking": mailbox.AtDoor(FACTS, answered, None, Prompt.ENTER_MAILBOX, silences=1),
    "mailbox PIN": mailbox.AtDoor(FACTS, answered, BOX, Prompt.ENTER_PIN, "47"),
    "mailbox PIN looked at": mailbox.AtDoor(FACTS, answered, BOX, tries=1),
    "mailbox menu": mailbox.Inside(FACTS, answered, BOX, mailbox.Choosing()),
    "mailbox menu, last": mailbox.Inside(FACTS, answered, BOX, mailbox.Choosing(), 1),
    "mailbox hearing": mailbox.Inside(FACTS, answered, BOX, mailbox.Hearing(BOX.messages, 1)),
    "mailbox settings": mailbox.Inside(FACTS, answered, BOX, mailbox.Setting()),
    "mailbox new PIN": mailbox.Inside(FACTS, answered, BOX, mailbox.NewPin("47")),
    "mailbox first PIN": mailbox.Inside(FACTS, answered, BOX, mailbox.NewPin("47", "47", True)),
    "mailbox greeting": mailbox.Inside(FACTS, answered, BOX, mailbox.Greet(box.Greeting.NAME)),
    "mailbox recording": mailbox.Inside(FACTS, answered, BOX, mailbox.Greet(box.Greeting.BUSY, True)),
    "mailbox greeting said": mailbox.Inside(
        FACTS, answered, BOX, mailbox.Greet(box.Greeting.BUSY, file="/g.wav"), 1
    ),
    "closing": closing,
}


def session(name: str) -> list[ev.SessionEvent]:
    """Every event that a session can have."""
    key = sip.SessionId(name)
    return [
        sip.InviteProgress(key, 180, None, Response(180)),
        sip.InviteProgress(key, 183, description("PCMU"), Response(183)),
        sip.InviteProgress(key, 183, b"nonsense", Response(183)),
        sip.InviteAccepted(key, description("PCMU"), Response(200)),
        sip.InviteAccepted(key, None, Response(200)),
        sip.InviteAccepted(key, b"nonsense", Response(200)),
        *[
            sip.InviteRejected(key, status, "", None, None)
            for status in (404, 408, 480, 486, 488, 500, 503, 600, 603)
        ],
        sip.SessionCancelled(key, ()),
        sip.SessionConfirmed(key, None),
        sip.SessionConfirmed(key, description()),
        sip.OfferReceived(key, None),
        sip.OfferReceived(key, description("G722", direction="sendonly")),
        sip.OfferReceived(key, b"nonsense"),
        sip.AnswerReceived(key, description("PCMU")),
        sip.AnswerReceived(key, b"nonsense"),
        sip.OfferRefused(key, 488),
        sip.InfoReceived(key, "application/dtmf", b"1"),
        sip.InfoReceived(key, "text/plain", b"1"),
        *[sip.SessionEnded(key, cause) for cause in sip.EndCause],
    ]


def of_leg(name: m.LegId) -> list[ev.CallEvent]:
    """Every event that the worker or a room tells of a leg."""
    return [
        ev.PortBound(name, 30010, 30011),
        ev.PortRefused(name, "no_port"),
        ev.LegClosed(name, None),
        ev.LegClosed(name, m.LegStats(leg=name, packets_received=10, packets_lost=1, mos=4.0)),
        ev.RoomEntered(name, waiting=False),
        ev.RoomEntered(name, waiting=True),
        ev.RoomOpened(name),
        ev.RoomRefused(name, Cause.ROOM_FULL),
        ev.RoomRefused(name, Cause.CONFERENCE_ENDED),
        ev.RoomRefused(name, Cause.BLOCKED),
        ev.RoomLeft(name, Cause.REMOVED),
        ev.RoomLeft(name, Cause.CONFERENCE_ENDED),
        ev.RoomLeft(name, Cause.NOT_ADMITTED),
        *[m.DtmfReceived(leg=name, digit=digit) for digit in "1#*A"],
        m.DtmfReceived(leg=name, digit="1", method="inband"),
        m.MediaLost(leg=name, seconds=30),
        ev.LegAway(name, 10.0),
        ev.LegBack(name),
        m.LegFailed(leg=name, reason="bug"),
        *[
            m.PlayEnded(play=m.PlayId(f"{name}/{play}"), reason="finished")
            for play in (
                "refusal",
                "desk",
                "farewell",
                "welcome",
                "told",
                "music",
                "echo",
                "setting",
                "question",
                "voicemail-greeting-1",
                "voicemail-review-1-1",
                "mailbox-0",
            )
        ],
    ]


EVENTS: list[ev.CallEvent] = [
    *session(CALLER),
    *session(BRANCH),
    *of_leg(CALLER),
    *of_leg(BRANCH),
    *[
        ev.TimerFired(TimerName(name))
        for name in (
            "ring",
            "longest",
            "closing",
            "code",
            "confirm",
            "farewell",
            "speech",
            "away",
            "parked",
            "name",
            f"key/{BRANCH}",
            "unknown",
            "voicemail",
            "mailbox",
        )
    ],
    ev.CallMerged(m.RoomId("adhoc-call"), UserId("201"), JourneyId("call")),
    ev.CallParted(),
    *[ev.LegReplaced(old, new) for old in (CALLER, BRANCH)],
    *[ev.LegTaken(leg, JourneyId("other")) for leg in (CALLER, BRANCH)],
    *[ev.CodeChecked(verdict) for verdict in ev.Verdict],
    *[ev.IdChecked(verdict) for verdict in (ev.Verdict.WRONG, ev.Verdict.REFUSED)],
    *[ev.IdChecked(ev.Verdict.PARTICIPANT, ROOM, "fr", known) for known in (True, False)],
    ev.IdChecked(ev.Verdict.PARTICIPANT, replace(ROOM, access_code=None)),
    ev.PlanFound(Hunt((STEP,)), BOB, b"n" * 32),
    ev.PlanFound(Refuse(480, Cause.UNREACHABLE), None, b"n" * 32),
    ev.PlanFound(ToMailbox(MailboxId("202")), BOB, b"n" * 32),
    ev.TargetsFound(()),
    ev.TargetsFound(STEP.rings),
    ev.Redirected(BRANCH, STEP.rings),
    ev.Redirected(BRANCH, (), ToMailbox(MailboxId("202"))),
    *[ev.PersonalSet(kept) for kept in (True, False)],
    *[ev.HangUpOrdered(cause) for cause in (Cause.SHUTDOWN, Cause.HUNG_UP_BY_OPERATOR)],
    ev.WorkerLost(),
    m.RecordEnded(record=m.RecordId(f"{CALLER}/name"), path="/names/caller.wav", duration=900),
    m.RecordEnded(record=m.RecordId(f"{CALLER}/name"), path="", duration=0, error="disk"),
    *[
        m.RecordEnded(record=m.RecordId(f"{CALLER}/{what}"), path="/f.wav", duration=ms, reason=reason)  # type: ignore[arg-type]
        for what in ("message-1", "greeting-0")
        for ms, reason in ((200, "finished"), (3000, "finished"), (3000, "disk"))
    ],
    *[box.BoxSeen(seen) for seen in (None, BOX, replace(BOX, full=True), replace(BOX, has_pin=False))],
    box.PinChecked(True),
    box.PinChecked(False),
    box.PinChecked(False, refused=True),
    *[kind(done) for kind in (box.PinTaken, box.GreetingKept) for done in (True, False)],
]


def member(
    name: str, administrator: bool = False, ready: bool = True, *, inside: bool = True, lobby: bool = False
) -> conference.Member:
    """Somebody in a room, waiting for it, or in its lobby."""
    return conference.Member(
        CallId(name),
        m.LegId(name),
        replace(BOB, user_id=UserId(name)),
        "en",
        NOW,
        administrator,
        False,
        ready,
        NOW if inside and not lobby else None,
        lobby,
        attendance=name,
    )


def members(*found: conference.Member) -> conference.Members:
    """A room's members."""
    return {one.leg: one for one in found}


def acts_on(leg: m.LegId) -> list[act.RoomAct]:
    """Everything that can be done to or by a participant."""
    return [
        act.MuteOrdered(leg, True),
        act.MuteOrdered(leg, True, "Anne", firm=True),
        act.MuteOrdered(leg, False),
        act.MuteOrdered(leg, False, "Anne"),
        act.UnmuteRequested(leg, "Anne"),
        act.HandRaised(leg, True),
        act.HandRaised(leg, False, "Anne"),
        act.AdmitOrdered(leg, "Anne"),
        act.RefuseOrdered(leg, "Anne"),
        act.EjectOrdered(leg),
        act.EjectOrdered(leg, "Anne", block=False),
        act.HandedOver(leg, True, "Anne"),
        act.HandedOver(leg, False, "Anne"),
        act.VolumeOrdered(leg, 6.0, -6.0),
        act.NoiseOrdered(leg, True),
        act.RollCallOrdered(leg),
        *[act.KeyPressed(leg, digit) for digit in "*1234567890#A"],
    ]


_KEY = m.RoomId("c")
ENDING_ROOM = replace(ROOM, end_when_administrator_leaves=True, max_participants=2)
LOBBY_ROOM = replace(
    ROOM, lobby=True, names=NameAnnouncement.SPOKEN, recording=Recording.ALWAYS, announce_count=True,
    max_minutes=30,
)  # fmt: skip
_waiting = member("a", inside=False)
_absent = {"user z": conference.Absent(member("z", administrator=True), NOW + 30)}


def meeting(configured: Conference, *found: conference.Member, **more: Any) -> conference.Meeting:
    """A room that is open."""
    begun: dict[str, Any] = {"meeting": MeetingId("m"), "started_at": NOW, "opened_at": NOW}
    return conference.Meeting(_KEY, configured, members(*found), **begun, **more)


def gathering(configured: Conference, *found: conference.Member) -> conference.Gathering:
    """A room that waits."""
    return conference.Gathering(_KEY, configured, members(*found), meeting=MeetingId("m"))


ROOMS: dict[str, conference.State] = {
    "empty": conference.empty(replace(ROOM, wait_for_administrator=False)),
    "empty, waits": conference.empty(ROOM),
    "one waits": gathering(ROOM, _waiting),
    "two wait": gathering(ENDING_ROOM, _waiting, member("b", ready=False, inside=False)),
    "lobby": gathering(LOBBY_ROOM, member("a", lobby=True), member("b", inside=False)),
    "one alone": meeting(ROOM, member("a"), alone=m.LegId("a")),
    "two": meeting(ENDING_ROOM, member("a"), member("b", True)),
    "the star was pressed": meeting(
        ENDING_ROOM, replace(member("a", True), star_at=NOW), replace(member("b"), star_at=NOW)
    ),
    "three": meeting(ENDING_ROOM, member("a"), member("b", True), member("c", ready=False), absent=_absent),
    "with a lobby": meeting(
        LOBBY_ROOM,
        member("a", lobby=True),
        replace(member("b", True), away=True),
        member("c", lobby=True),
        locked=True,
        blocked={"user z": Block(NOW + 30, strict=False)},
    ),
    "all are gone for a moment": meeting(ROOM, absent=_absent),
    "ending": conference.Ending(
        _KEY, ENDING_ROOM, members(member("a"), member("c")), meeting=MeetingId("m"), opened_at=NOW
    ),
}
ROOM_EVENTS: list[ev.RoomEvent] = [
    *[
        ev.ParticipantEntered(CallId("z"), m.LegId("z"), ANNE, configured, "en", administrator)
        for configured in (ROOM, ENDING_ROOM)
        for administrator in (False, True)
    ],
    ev.ParticipantEntered(CallId("z"), m.LegId("z"), ANNE, LOBBY_ROOM, "en", False),
    ev.ParticipantEntered(
        CallId("z"), m.LegId("z"), replace(BOB, user_id=UserId("z")), LOBBY_ROOM, "en", False, lobby=True
    ),
    ev.ParticipantEntered(CallId("z"), m.LegId("z"), BOB, LOBBY_ROOM, "en", False, invited=True),
    *[
        event
        for name in "abz"
        for event in (
            ev.ParticipantReady(m.LegId(name)),
            ev.ParticipantLeft(m.LegId(name)),
            ev.ParticipantLeft(m.LegId(name), Cause.SIGNALLING_LOST),
            ev.ParticipantAway(m.LegId(name), True),
            ev.ParticipantAway(m.LegId(name), False),
            m.TalkingChanged(leg=m.LegId(name), room=_KEY, talking=True),
            m.TalkingChanged(leg=m.LegId(name), room=_KEY, talking=False),
            ev.ParticipantHeld(m.LegId(name), True),
            ev.ParticipantHeld(m.LegId(name), False),
            ev.ParticipantPromoted(m.LegId(name)),
            *[ev.KeyedCodeChecked(m.LegId(name), verdict) for verdict in ev.Verdict],
            ev.ParticipantReplaced(m.LegId(name), NEW, ANNE, False),
            *acts_on(m.LegId(name)),
        )
    ],
    act.MuteAllOrdered("Anne"),
    act.MuteAllOrdered("Anne", m.LegId("a"), firm=True),
    act.LockOrdered(True, "Anne"),
    act.LockOrdered(False, "Anne"),
    act.AdmitOrdered(None, "Anne"),
    act.NoiseOrdered(None, True),
    act.EndOrdered("Anne"),
    act.RecordOrdered(True, "Anne"),
    act.RecordOrdered(False, "Anne"),
    act.InvitationChanged(
        InvitationRecord(
            InvitationId("i"), ROOM.id, None, "204", "Dora", "Anne", InvitationState.RINGING, NOW
        )
    ),
    *[
        ev.TimerFired(TimerName(name))
        for name in ("ending", "lone", "lone-end", "longest", "longest-end", "return", "unknown")
    ],
    ev.WorkerLost(),
    m.RecordEnded(record=m.RecordId("unknown"), path="/names/x.wav", duration=5, error="disk"),
    m.PlayEnded(play=m.PlayId("c/name"), reason="finished"),
    m.PlayEnded(play=m.PlayId("c/announcement"), reason="finished"),
    m.PlayEnded(play=m.PlayId("c/tone1"), reason="finished"),
]
