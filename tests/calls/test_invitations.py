"""Calling somebody into a conference: ringing, the words, coming in, and everything that comes between."""

from __future__ import annotations

from dataclasses import replace

import pytest

from switchroom.calls.invitations import MOST_RINGING
from switchroom.calls.minutes import InvitationRecord, InvitationState
from switchroom.calls.outcomes import Inviter, InviteRefusal
from switchroom.calls.records import CallKind, Cause
from switchroom.calls.room_events import AdmitOrdered, EjectOrdered, EndOrdered, LockOrdered
from switchroom.directory.model import Conference, ConferenceId, ConferenceServer, User, UserId
from switchroom.media.types import LegId, MediaLost
from switchroom.sip.headers import Reason
from tests.harness.office import Office, description, snapshot

OPEN, BOARD, WAITS = ConferenceId("c1"), ConferenceId("c2"), ConferenceId("c3")
ANNA = Inviter("User 201", UserId("201"))
OPERATOR = Inviter("admin")
ELSEWHERE = Reason("SIP", 200, "Call completed elsewhere")


async def invite(
    office: Office, number: str = "202", room: ConferenceId = BOARD, by: Inviter = ANNA
) -> InvitationRecord:
    """Invite somebody; the phones are being rung."""
    made = office.runner.invite(room, number, by)
    await office.settle()
    assert isinstance(made, InvitationRecord), made
    return made


def now(office: Office, room: ConferenceId = BOARD) -> list[tuple[str, str]]:
    """State and reason of each invitation."""
    return [(one.state, one.reason) for one in office.runner.invitations(room)]


async def answer(office: Office, session: str | None = None) -> str:
    """The invited picks up and hears the words to their end."""
    session = session or office.rung()
    await office.pick_up(session)
    assert office.media.hears(session) == "en/invited"
    office.media.finish(f"{session}/welcome")
    await office.settle()
    return session


def configured(**changes: object) -> Office:
    """An office whose conference 8002 (code 4321) is changed."""
    base = Conference(BOARD, "Board", "8002", access_code="4321")
    return Office(snapshot(conferences=[replace(base, **changes)]))  # type: ignore[arg-type]


async def test_s1_10_the_invited_is_rung_at_once_also_where_nobody_is_in_the_room() -> None:
    office = Office()
    made = await invite(office)
    (rung,) = office.signalling.invites()
    assert rung.invite is not None and rung.invite.destination == "202a"
    assert now(office) == [("ringing", "")]
    assert (made.number, made.name, made.by) == ("202", "User 202", "User 201")


async def test_s1_10_the_phone_shows_the_conference_and_who_invites() -> None:
    office = Office(snapshot([User(UserId("203"), "203", "Carla", language="it")]))
    await invite(office)
    await invite(office, "203")
    await invite(office, "204", by=OPERATOR)
    shown = [one.invite.from_ for one in office.signalling.invites() if one.invite is not None]
    assert [one.display_name for one in shown] == [
        "Board (invited by User 201)",
        "Board (invito: User 201)",
        "Board (invited by admin)",
    ]
    assert {one.uri.username for one in shown} == {"8002"}  # type: ignore[union-attr]


async def test_s1_10_a_room_behind_the_server_alone_shows_the_servers_extension() -> None:
    base = snapshot(conferences=[Conference(BOARD, "Board", None, dial_in_id="4711")])
    office = Office(replace(base, conference_server=ConferenceServer("8000")))
    await invite(office)
    shown = office.signalling.invites()[0].invite
    assert shown is not None and "sip:8000@" in str(shown.from_)


async def test_s1_11_g_05_who_answers_hears_what_it_is_and_is_in_without_a_code() -> None:
    office = Office()
    inside = await office.join("201", "8002")
    await office.key(inside, "4321#")
    await invite(office)
    session = office.rung()
    await office.pick_up(session)
    assert now(office) == [("answered", "")]
    assert office.media.hears(session) == "en/invited" and office.media.members("c2") == {inside}
    office.media.finish(f"{session}/welcome")
    await office.settle()
    assert office.media.members("c2") == {inside, session}
    assert office.media.hears(session) == "room c2"
    assert now(office) == [("joined", "")]


async def test_g_05_any_key_cuts_the_words_short() -> None:
    office = Office()
    await invite(office, room=OPEN)
    session = office.rung()
    await office.pick_up(session)
    await office.key(session, "5")
    assert office.media.members("c1") == {session}


async def test_g_05_without_the_administrator_the_invited_waits_like_everyone() -> None:
    office = Office()
    await invite(office, room=WAITS, by=OPERATOR)
    session = await answer(office)
    assert office.media.hears(session) == "en/waiting-for-administrator"
    assert office.media.members("c3") == set() and now(office, WAITS) == [("joined", "")]
    chair = await office.join("201", "8003")
    assert office.media.members("c3") == {session, chair}


async def test_g_05_an_invited_administrator_opens_the_room() -> None:
    office = Office()
    early = await office.join("203", "8003")
    await invite(office, "201", room=WAITS, by=OPERATOR)
    session = await answer(office)
    assert office.media.members("c3") == {early, session}


async def test_g_09_the_words_are_in_the_conferences_language_else_in_the_persons() -> None:
    office = Office(
        snapshot(
            [User(UserId("202"), "202", "Carla", language="it")],
            [Conference(BOARD, "Board", "8002", language="fr")],
        )
    )
    await invite(office)
    await office.pick_up(office.rung())
    assert office.media.hears(office.rung()) == "fr/invited"
    await invite(office, room=OPEN, number="202")
    await office.pick_up(office.rung())
    assert office.media.hears(office.rung()) == "it/invited"


async def test_s1_11_the_call_log_tells_who_called_whom_into_what() -> None:
    office = Office()
    await invite(office)
    (opened,) = office.records.opened
    assert (opened.kind, opened.direction, opened.conference_id) == (CallKind.CONFERENCE, "internal", BOARD)
    assert (opened.caller.user_id, opened.dialled) == ("201", "202")
    assert opened.callee is not None and opened.callee.user_id == "202"
    session = await answer(office)
    await office.wait(60)
    await office.bye(session)
    record = office.ended
    assert record.end_cause is Cause.CALLEE_HUNG_UP and record.codec == "PCMU"
    assert record.callee is not None and record.callee.device_id == "device-202"
    assert record.answered_at is not None and [one.party for one in record.quality] == ["202"]
    assert office.media.legs == {} and office.runner.status().calls == 0


async def test_an_operator_without_an_extension_calls_in_the_conferences_name() -> None:
    office = Office()
    await invite(office, by=OPERATOR)
    caller = office.records.opened[0].caller
    assert (caller.extension, caller.name, caller.user_id) == ("8002", "admin", None)


async def test_all_devices_ring_and_the_first_answer_wins() -> None:
    office = Office()
    office.register("202", "desk", "mobile", "browser", browser=("browser"))
    await invite(office)
    desk, mobile, browser = (one.session for one in office.signalling.invites())
    await office.pick_up(mobile)
    for loser in (desk, browser):
        assert office.signalling.verbs(loser) == ["invite", "hang_up"]
        assert office.reasons(loser) == [ELSEWHERE] and loser not in office.media.legs
    await office.pick_up(desk)
    assert office.signalling.verbs(desk)[-1] == "hang_up", "an answer that crossed"


@pytest.mark.parametrize(
    ("status", "state", "reason"),
    [
        (603, "refused", "declined"),
        (486, "failed", "busy"),
        (480, "failed", "unreachable"),
        (488, "failed", "incompatible_media"),
    ],
)
async def test_f_10_what_the_phone_answers_is_told(status: int, state: str, reason: str) -> None:
    office = Office()
    await invite(office)
    await office.refuse(office.rung(), status)
    assert now(office) == [(state, reason)]
    assert office.ended.end_cause is not None and office.ended.end_cause.value == reason
    assert office.media.legs == {}


async def test_f_10_one_device_declines_and_the_others_stop() -> None:
    office = Office()
    office.register("202", "desk", "mobile")
    await invite(office)
    desk, mobile = (one.session for one in office.signalling.invites())
    await office.refuse(desk, 486)
    assert now(office) == [("ringing", "")]
    await office.refuse(mobile, 603)
    assert now(office) == [("refused", "declined")]


async def test_f_10_no_answer_within_the_persons_ring_time() -> None:
    office = Office(snapshot([User(UserId("202"), "202", "Bruno", ring_seconds=12)]))
    await invite(office)
    await office.wait(11.5)
    assert now(office) == [("ringing", "")]
    await office.wait(1)
    assert now(office) == [("failed", "no_answer")]
    assert office.signalling.verbs(office.rung()) == ["invite", "hang_up"]


async def test_f_10_nobody_registered_is_told_at_once() -> None:
    office = Office()
    office.register("202")
    made = await invite(office)
    assert (made.state, made.reason) == (InvitationState.FAILED, "unreachable")
    assert office.ended.end_cause is Cause.UNREACHABLE and office.runner.status().calls == 0


async def test_b3_03_without_call_waiting_who_talks_is_busy() -> None:
    office = Office(snapshot([User(UserId("202"), "202", "Bruno", call_waiting=False)]))
    await office.talk("202", "203")
    made = await invite(office)
    assert (made.state, made.reason) == (InvitationState.FAILED, "busy")
    assert len(office.signalling.invites()) == 1, "only that of the call"


async def test_who_is_being_invited_is_busy_for_others() -> None:
    office = Office(snapshot([User(UserId("202"), "202", "Bruno", call_waiting=False)]))
    await invite(office)
    caller = await office.dial("203", "202")
    assert office.signalling.verbs(caller) == ["reject 486"]


async def test_a_media_worker_that_fails_is_told() -> None:
    office = Office()
    office.media.refuse_ports = True
    await invite(office)
    assert now(office) == [("failed", "unreachable")]


async def test_who_hangs_up_during_the_words_has_refused() -> None:
    office = Office()
    await invite(office)
    await office.pick_up(office.rung())
    await office.bye(office.rung())
    assert now(office) == [("refused", "callee_hung_up")]


async def test_a_call_that_breaks_during_the_words_has_failed() -> None:
    office = Office()
    await invite(office)
    await office.pick_up(office.rung())
    office.runner.on_media_event(MediaLost(leg=LegId(office.rung()), seconds=30))
    await office.settle()
    assert now(office) == [("failed", "media_timeout")]


# --- refused before anybody is called ---


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("777", InviteRefusal.NUMBER_UNKNOWN),
        ("+3222903490", InviteRefusal.EXTERNAL),
        ("112", InviteRefusal.EMERGENCY),
        ("8001", InviteRefusal.NOT_A_PERSON),
        ("*43", InviteRefusal.NOT_A_PERSON),
    ],
)
async def test_s1_10_what_can_not_be_invited_is_refused_with_a_reason(
    number: str, why: InviteRefusal
) -> None:
    office = Office()
    assert office.runner.invite(BOARD, number, ANNA) is why
    assert office.runner.invitations(BOARD) == [] and office.records.opened == []


async def test_s1_08_a_conference_that_is_not_applied_invites_nobody() -> None:
    office = Office()
    refused = office.runner.invite(ConferenceId("draft"), "202", ANNA)
    assert refused is InviteRefusal.CONFERENCE_UNKNOWN


async def test_s1_10_who_is_inside_or_being_called_is_not_called_again() -> None:
    office = Office()
    await office.join("202", "8001")
    assert office.runner.invite(OPEN, "202", ANNA) is InviteRefusal.ALREADY_INSIDE
    await invite(office, "203", OPEN)
    assert office.runner.invite(OPEN, "203", ANNA) is InviteRefusal.ALREADY_INVITED
    await invite(office, "203", BOARD)
    await office.refuse(office.rung(0), 486)
    await invite(office, "203", OPEN)


async def test_s3_10_into_a_full_room_only_its_administrator_is_called() -> None:
    office = configured(access_code=None, max_participants=1, administrator=UserId("203"))
    await office.join("201", "8002")
    assert office.runner.invite(BOARD, "202", ANNA) is InviteRefusal.ROOM_FULL
    await invite(office, "203")


async def test_s3_10_who_answers_when_the_room_is_full_is_told() -> None:
    office = configured(access_code=None, max_participants=1)
    await invite(office)
    await office.join("201", "8002")
    session = await answer(office)
    assert office.media.hears(session) == "en/conference-full"
    assert now(office) == [("failed", "room_full")]
    office.media.finish(f"{session}/farewell")
    await office.settle()
    assert office.ended.end_cause is Cause.ROOM_FULL


async def test_at_most_so_many_are_called_at_a_time() -> None:
    people = [User(UserId(f"3{n:02}"), f"3{n:02}", f"User {n}") for n in range(MOST_RINGING + 1)]
    office = Office(snapshot(people))
    for person in people[:-1]:
        await invite(office, person.extension)
    assert office.runner.invite(BOARD, people[-1].extension, ANNA) is InviteRefusal.TOO_MANY
    await office.refuse(office.rung(0), 603)
    await invite(office, people[-1].extension)


async def test_a_system_that_stops_calls_nobody() -> None:
    office = Office()
    office.runner.worker_lost()
    assert office.runner.invite(BOARD, "202", ANNA) is InviteRefusal.BUSY


# --- by who runs the conference, and by others ---

GUEST_OF = Inviter("User 201", UserId("201"), moderator=False)


async def test_s3_10_who_runs_a_conference_invites_past_its_lobby_and_its_lock() -> None:
    office = configured(access_code=None, lobby=True)
    inside = await office.join("201", "8002")
    office.runner.room_act(BOARD, AdmitOrdered(LegId(inside), "admin"))
    await office.settle()
    office.runner.room_act(BOARD, LockOrdered(True, "admin"))
    await office.settle()
    await invite(office)
    session = await answer(office)
    assert office.media.members("c2") == {inside, session}


async def test_f_11_whom_a_participant_invites_needs_no_code_and_waits_in_the_lobby() -> None:
    office = configured(lobby=True)
    inside = await office.join("201", "8002")
    await office.key(inside, "4321#")
    office.runner.room_act(BOARD, AdmitOrdered(LegId(inside), "admin"))
    await office.settle()
    await invite(office, by=GUEST_OF)
    session = await answer(office)
    assert office.media.members("c2") == {inside} and now(office) == [("joined", "")]
    (room,) = office.runner.rooms()
    assert [one.in_lobby for one in room.participants] == [False, True]
    office.runner.room_act(BOARD, AdmitOrdered(LegId(session), "admin"))
    await office.settle()
    assert office.media.members("c2") == {inside, session}


async def test_f_11_a_participant_invites_nobody_into_a_locked_conference() -> None:
    office = Office()
    await office.join("201", "8001")
    office.runner.room_act(OPEN, LockOrdered(True, "admin"))
    await office.settle()
    assert office.runner.invite(OPEN, "202", GUEST_OF) is InviteRefusal.ROOM_LOCKED
    await invite(office, room=OPEN, by=OPERATOR)


async def test_f_11_who_was_removed_is_invited_again_only_by_who_runs_the_conference() -> None:
    office = Office()
    await office.join("201", "8001")
    removed = await office.join("202", "8001")
    office.runner.room_act(OPEN, EjectOrdered(LegId(removed), "admin"))
    await office.settle()
    assert office.runner.invite(OPEN, "202", GUEST_OF) is InviteRefusal.REMOVED
    await invite(office, room=OPEN, by=OPERATOR)
    session = await answer(office)
    assert session in office.media.members("c1")


# --- press 1 ---


async def test_s1_11_asked_for_a_key_one_brings_in() -> None:
    office = configured(confirm_invitees=True)
    await invite(office)
    session = office.rung()
    await office.pick_up(session)
    assert office.media.legs[session].playing[0].files == ["en/invited", "en/press-one-to-join"]
    await office.key(session, "1")
    assert office.media.members("c2") == {session} and now(office) == [("joined", "")]


async def test_s1_11_an_answering_machine_does_not_join() -> None:
    office = configured(confirm_invitees=True)
    await invite(office)
    session = office.rung()
    await office.pick_up(session)
    office.media.finish(f"{session}/welcome")
    await office.wait(9.5)
    assert now(office) == [("answered", "")]
    await office.wait(1)
    assert office.media.legs[session].playing[0].files == ["en/no-key-pressed", "en/goodbye"]
    assert now(office) == [("failed", "not_confirmed")] and office.media.members("c2") == set()
    office.media.finish(f"{session}/farewell")
    await office.settle()
    assert office.ended.end_cause is Cause.NOT_CONFIRMED and office.media.legs == {}


async def test_s1_11_another_key_has_it_said_again_and_not_for_ever() -> None:
    office = configured(confirm_invitees=True)
    await invite(office)
    session = office.rung()
    await office.pick_up(session)
    for _ in range(2):
        await office.key(session, "7")
        assert office.media.hears(session) == "en/invited"
    await office.key(session, "7")
    assert office.media.hears(session) == ""
    await office.wait(10.1)
    assert now(office) == [("failed", "not_confirmed")]


# --- somebody else decides ---


async def test_f_10_an_invitation_is_cancelled() -> None:
    office = Office()
    made = await invite(office)
    assert office.runner.cancel_invitation(BOARD, made.id)
    await office.settle()
    assert now(office) == [("cancelled", "cancelled")]
    assert office.signalling.verbs(office.rung()) == ["invite", "hang_up"]
    assert office.ended.end_cause is Cause.CANCELLED and office.media.legs == {}
    assert not office.runner.cancel_invitation(BOARD, made.id), "once"


async def test_f_10_who_has_joined_is_no_longer_an_invitation_to_cancel() -> None:
    office = Office()
    made = await invite(office)
    await answer(office)
    assert not office.runner.cancel_invitation(BOARD, made.id)
    assert not office.runner.cancel_invitation(OPEN, made.id)


async def test_an_invited_who_calls_in_himself_is_no_longer_rung() -> None:
    office = Office()
    office.register("202", "desk", "mobile")
    await invite(office, room=OPEN)
    rung = [one.session for one in office.signalling.invites()]
    session = await office.join("202", "8001")
    assert office.media.members("c1") == {session}
    assert now(office, OPEN) == [("joined", "")]
    assert [office.reasons(one) for one in rung] == [[ELSEWHERE], [ELSEWHERE]]
    assert office.ended.end_cause is Cause.ANSWERED_ELSEWHERE


async def test_g_05_an_invited_who_calls_in_himself_needs_no_code_either() -> None:
    office = Office()
    await invite(office)
    session = await office.join("202", "8002")
    assert office.media.members("c2") == {session} and now(office) == [("joined", "")]
    late = await office.join("203", "8002")
    assert office.media.hears(late) == "en/enter-access-code"
    await office.bye(session)
    again = await office.join("202", "8002")
    assert office.media.hears(again) == "en/enter-access-code", "the invitation is used up"


async def test_somebody_else_who_comes_in_changes_nothing() -> None:
    office = Office()
    await invite(office, room=OPEN)
    await office.join("203", "8001")
    assert now(office, OPEN) == [("ringing", "")]


async def test_invitations_end_with_their_meeting() -> None:
    office = Office()
    session = await office.join("201", "8001")
    await invite(office, room=OPEN)
    await office.bye(session)
    assert office.signalling.verbs(office.rung()) == ["invite", "hang_up"]
    assert office.ended.end_cause is Cause.CONFERENCE_ENDED
    assert office.ended.conference_id == OPEN and office.media.legs == {}


async def test_those_made_from_the_list_wait_for_nobody_else() -> None:
    """Called into an empty room: that the first of them leaves again does not stop the others."""
    office = Office()
    await invite(office, "202", OPEN, OPERATOR)
    await invite(office, "203", OPEN, OPERATOR)
    first = await answer(office, office.rung(0))
    await office.bye(first)
    assert [one.name for one in office.runner.invitations(OPEN)] == ["User 203"]
    assert now(office, OPEN) == [("ringing", "")]


async def test_the_end_of_a_conference_is_the_end_of_all_its_invitations() -> None:
    office = configured(access_code=None, administrator=UserId("201"), end_when_administrator_leaves=True)
    await invite(office, "203", by=OPERATOR)
    chair, other = await office.join("201", "8002"), await office.join("202", "8002")
    await office.bye(chair)
    office.media.finish("c2/announcement")
    await office.wait(20)
    assert other not in office.media.legs
    assert office.signalling.verbs(office.rung()) == ["invite", "hang_up"]


async def test_f_11_ending_a_conference_for_all_stops_every_phone_that_it_rings() -> None:
    office = Office()
    await invite(office, "203", OPEN, OPERATOR)
    await office.join("201", "8001")
    await invite(office, "204", OPEN)
    office.runner.room_act(OPEN, EndOrdered("admin"))
    await office.wait(20)
    assert [office.signalling.verbs(one.session) for one in office.signalling.invites()] == [
        ["invite", "hang_up"],
        ["invite", "hang_up"],
    ]
    assert office.media.legs == {} and office.runner.status().calls == 0


async def test_s1_08_a_conference_that_is_deleted_calls_nobody_any_more() -> None:
    office = Office()
    made = await invite(office)
    rooms = {key: room for key, room in office.directory.snapshot.conferences.items() if key != BOARD}
    office.directory.snapshot = replace(office.directory.snapshot, conferences=rooms)
    office.runner.configuration_applied()
    await office.settle()
    assert now(office) == [("cancelled", "conference_ended")]
    assert not office.runner.cancel_invitation(BOARD, made.id)


async def test_a_lost_worker_and_a_shutdown_end_invitations() -> None:
    office = Office()
    await invite(office)
    office.runner.worker_lost()
    await office.settle()
    assert now(office) == [("failed", "media_failed")]


# --- phones ---


async def test_hold_during_the_words_is_kept_in_the_room() -> None:
    office = Office()
    await invite(office, room=OPEN)
    session = office.rung()
    await office.pick_up(session)
    await office.reinvite(session, description("PCMU", direction="sendonly"))
    office.media.finish(f"{session}/welcome")
    await office.settle()
    assert office.media.members("c1") == {session} and office.media.legs[session].muted


async def test_a_phone_that_refuses_srtp_is_rung_again_without() -> None:
    office = Office()
    office.register("202", "a", secure=True)
    await invite(office)
    await office.refuse(office.rung(), 488)
    assert len(office.signalling.invites()) == 2 and now(office) == [("ringing", "")]
    assert [problem.kind for problem in office.problems.found] == ["srtp-refused"]
    await answer(office)
    assert now(office) == [("joined", "")]


async def test_the_states_reach_the_room_and_the_minutes() -> None:
    office = Office()
    inside = await office.join("201", "8001")
    await invite(office, room=OPEN)
    await answer(office)
    kept = [fact for fact in office.minutes.kept if isinstance(fact, InvitationRecord)]
    assert [one.state for one in kept] == ["ringing", "answered", "joined"]
    assert kept[0].ended_at is None and kept[-1].ended_at is not None
    (room,) = office.runner.rooms()
    assert [(one.name, one.state) for one in room.invitations] == [("User 202", "joined")]
    await office.bye(inside)
