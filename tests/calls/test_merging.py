"""Two calls become one talk, a third comes in, and they part again: who hears whom, and what is left."""

from __future__ import annotations

from collections.abc import Sequence

from switchroom.calls import machine
from switchroom.calls.commands import JoinTalk, PlayMusic
from switchroom.calls.events import LegAway, LegBack
from switchroom.calls.outcomes import MergeRefusal
from switchroom.calls.records import Cause
from switchroom.calls.talks import Merging
from switchroom.directory.model import UserId
from switchroom.media.types import LegId, RoomId, TalkingChanged
from switchroom.sip.events import DialogNames, DialogPhase, FoundDialog, InfoReceived, SessionId
from tests.calls.samples import CALLER, CALLS, NOW
from tests.harness.office import Office, description

ANNA = UserId("201")
HELD = description("PCMU", direction="sendonly")
BACK = description("PCMU")


async def talks(office: Office, *others: str, owner: str = "201") -> list[tuple[str, str]]:
    """Calls of one person to others: (own session, the other's)."""
    return [await office.talk(owner, other) for other in others]


def ids(office: Office) -> list[str]:
    """The ids of the running calls."""
    return [call.id for call in office.runner.calls()]


async def merge(office: Office, names: Sequence[str] = (), user: UserId = ANNA) -> RoomId:
    """Merge calls, by default all there are; the talk's room."""
    made = office.runner.merge(user, names or ids(office))
    await office.settle()
    assert isinstance(made, Merging), made
    return made.room


def heard(office: Office, room: str) -> set[str]:
    """The legs that the room hears."""
    return {leg for leg in office.media.members(room) if not office.media.legs[leg].muted}


async def test_d1_06_two_calls_become_one_talk_and_everybody_hears_everybody() -> None:
    office = Office()
    (first, bruno), (second, carla) = await talks(office, "202", "203")
    before = len(office.media.batches)
    room = await merge(office)
    assert heard(office, room) == {first, bruno, carla}
    assert office.media.hears(second) == "", "the second line of the one who merged"
    assert len(office.media.batches) == before + 1, "one instant for the mixer"
    assert office.media.failures == []


async def test_d1_06_whoever_called_does_not_matter() -> None:
    office = Office()
    bruno, first = await office.talk("202", "201")
    _, carla = await office.talk("201", "203")
    room = await merge(office)
    assert heard(office, room) == {first, bruno, carla}


async def test_d1_06_the_held_call_is_merged_with_the_active_one_and_its_music_ends() -> None:
    office = Office()
    (first, bruno), (second, carla) = await talks(office, "202", "203")
    await office.reinvite(first, HELD)
    assert office.media.hears(bruno) == "music"
    room = await merge(office)
    assert heard(office, room) == {second, bruno, carla}
    assert {office.media.hears(leg) for leg in (second, bruno, carla)} == {f"room {room}"}
    await office.reinvite(first, BACK)
    assert heard(office, room) == {first, bruno, carla}, "the first line not held carries the voice"
    assert office.media.hears(second) == ""


async def test_d1_06_split_returns_to_two_calls_held_as_their_phone_holds_them() -> None:
    office = Office()
    (first, bruno), (second, carla) = await talks(office, "202", "203")
    room = await merge(office)
    await office.reinvite(first, HELD)
    await office.reinvite(second, HELD)
    assert heard(office, room) == {bruno, carla}, "the others go on talking, without music"
    assert office.runner.split(ANNA, room)
    await office.settle()
    assert office.media.hears(bruno) == office.media.hears(carla) == "music"
    assert room not in office.media.rooms and office.runner.rooms() == []
    await office.reinvite(second, BACK)
    assert office.media.hears(carla) == f"leg {second}" and office.media.hears(bruno) == "music"
    assert not office.runner.split(ANNA, room), "once"


async def test_d1_06_split_without_hold_is_two_calls() -> None:
    office = Office()
    (first, bruno), (second, carla) = await talks(office, "202", "203")
    room = await merge(office)
    before = len(office.media.batches)
    office.runner.split(ANNA, room)
    await office.settle()
    pairs = {leg: office.media.hears(leg) for leg in (first, bruno, second, carla)}
    assert pairs == {
        first: f"leg {bruno}", bruno: f"leg {first}", second: f"leg {carla}", carla: f"leg {second}"
    }  # fmt: skip
    assert len(office.media.batches) == before + 1
    again = await merge(office)
    assert heard(office, again) == {first, bruno, carla}


async def test_d1_06_split_while_one_of_the_others_is_on_hold_keeps_his_hold() -> None:
    office = Office()
    (first, bruno), (second, carla) = await talks(office, "202", "203")
    room = await merge(office)
    await office.reinvite(bruno, HELD)
    for line in (first, second):
        await office.reinvite(line, HELD)
    assert office.runner.split(ANNA, room)
    await office.settle()
    assert len(office.runner.calls()) == 2 and office.runner.rooms() == []
    assert office.media.hears(carla) == "music", "Anna holds her"
    assert "music" not in {office.media.hears(first), office.media.hears(bruno)}, "both hold each other"
    await office.reinvite(first, BACK)
    assert office.media.hears(first) == "music", "Bruno still holds her"
    await office.reinvite(bruno, BACK)
    assert (office.media.hears(first), office.media.hears(bruno)) == (f"leg {bruno}", f"leg {first}")
    assert office.media.hears(carla) == "music" and office.media.failures == []


async def test_d1_06_split_while_both_others_are_on_hold_is_two_calls_that_they_hold() -> None:
    office = Office()
    (first, bruno), (second, carla) = await talks(office, "202", "203")
    room = await merge(office)
    for other in (bruno, carla):
        await office.reinvite(other, HELD)
    assert heard(office, room) == {first}
    assert office.runner.split(ANNA, room)
    await office.settle()
    assert office.media.hears(first) == office.media.hears(second) == "music", (
        "from them, as in any held call"
    )
    assert {(leg.leg, leg.on_hold) for call in office.runner.calls() for leg in call.legs} == {
        (first, False), (bruno, True), (second, False), (carla, True)
    }  # fmt: skip
    for line in (first, second):
        await office.reinvite(line, HELD)
    for other in (bruno, carla):
        await office.reinvite(other, BACK)
    assert office.media.hears(bruno) == office.media.hears(carla) == "music", "two held calls"
    await office.bye(first)
    assert office.media.hears(carla) == "music" and len(office.runner.calls()) == 1
    await office.reinvite(second, BACK)
    assert office.media.hears(carla) == f"leg {second}"


async def test_c3_04_split_parts_a_third_who_was_added_too_each_line_as_its_phone_holds_it() -> None:
    office = Office()
    (first, bruno), (second, carla) = await talks(office, "202", "203")
    room = await merge(office)
    for line in (first, second):
        await office.reinvite(line, HELD)
    (third, dario) = await office.talk("201", "204")
    assert await merge(office, [room, ids(office)[-1]]) == room
    assert heard(office, room) == {third, bruno, carla, dario}
    assert office.runner.split(ANNA, room)
    await office.settle()
    assert room not in office.media.rooms and len(office.runner.calls()) == 3
    assert [office.media.hears(leg) for leg in (bruno, carla)] == ["music", "music"]
    assert (office.media.hears(third), office.media.hears(dario)) == (f"leg {dario}", f"leg {third}")
    assert [call.room for call in office.runner.calls()] == [None] * 3
    await office.bye(dario)
    assert [office.media.hears(leg) for leg in (bruno, carla)] == ["music", "music"], (
        "the others are still held"
    )
    again = await merge(office)
    assert heard(office, again) == {bruno, carla}, "merged again, they hear each other and no music"


async def test_c3_04_a_third_and_a_fourth_call_come_into_the_talk() -> None:
    office = Office()
    (first, bruno), (_, carla) = await talks(office, "202", "203")
    room = await merge(office)
    (_, dario) = await office.talk("201", "204")
    third = ids(office)[-1]
    assert await merge(office, [room, third]) == room
    assert heard(office, room) == {first, bruno, carla, dario}
    (view,) = office.runner.rooms()
    assert [one.party.extension for one in view.participants] == ["201", "202", "203", "204"]


async def test_c3_04_naming_a_merged_call_means_its_talk() -> None:
    office = Office()
    await talks(office, "202", "203")
    first = ids(office)[0]
    room = await merge(office)
    await office.talk("201", "204")
    assert await merge(office, [first, ids(office)[-1]]) == room
    assert len(heard(office, room)) == 4


async def test_d1_06_when_one_of_two_leaves_the_other_call_goes_on() -> None:
    office = Office()
    (first, bruno), (second, carla) = await talks(office, "202", "203")
    room = await merge(office)
    await office.bye(bruno)
    assert office.ended.end_cause is Cause.CALLEE_HUNG_UP
    assert office.signalling.verbs(first)[-1] == "hang_up"
    assert office.media.hears(carla) == f"leg {second}" and office.media.hears(second) == f"leg {carla}"
    assert room not in office.media.rooms and len(office.runner.calls()) == 1


async def test_c3_04_with_three_others_the_talk_goes_on_when_one_leaves() -> None:
    office = Office()
    (_, bruno), (second, carla), (_, dario) = await talks(office, "202", "203", "204")
    room = await merge(office)
    await office.bye(bruno)
    assert heard(office, room) == {second, carla, dario}


async def test_d1_07_hanging_up_both_lines_drops_both() -> None:
    office = Office()
    (first, bruno), (second, carla) = await talks(office, "202", "203")
    await merge(office)
    await office.bye(first)
    assert office.signalling.verbs(bruno)[-1] == "hang_up"
    await office.bye(second)
    assert office.signalling.verbs(carla)[-1] == "hang_up"
    assert [one.end_cause for one in office.records.finished] == [Cause.CALLER_HUNG_UP] * 2
    assert office.media.legs == {} and office.media.rooms == {}


async def test_d1_06_end_call_in_one_act_drops_everybody() -> None:
    office = Office()
    (first, bruno), (second, carla) = await talks(office, "202", "203")
    room = await merge(office)
    assert not office.runner.end_talk(UserId("202"), room), "not his"
    assert office.runner.end_talk(ANNA, room)
    await office.settle()
    for session in (first, bruno, second, carla):
        assert office.signalling.verbs(session)[-1] == "hang_up"
    assert [one.end_cause for one in office.records.finished] == [Cause.CALLER_HUNG_UP] * 2
    assert office.media.legs == {} and office.media.rooms == {} and office.runner.rooms() == []


async def test_peers_22_who_holds_a_merged_talk_plays_no_music_into_it() -> None:
    office = Office()
    (first, bruno), (_, carla) = await talks(office, "202", "203")
    room = await merge(office)
    await office.reinvite(bruno, HELD)
    assert office.media.legs[bruno].muted and heard(office, room) == {first, carla}
    await office.reinvite(bruno, BACK)
    assert heard(office, room) == {first, bruno, carla}


def test_a_page_that_is_gone_is_silent_in_its_talk_until_it_is_back() -> None:
    merged = CALLS["merged"]
    away, commands = machine.handle(merged, LegAway(CALLER, 10.0), NOW)
    (strand,) = [command.strand for command in commands if isinstance(command, JoinTalk)]
    assert strand.near_silent and not strand.far_silent
    assert not any(isinstance(command, PlayMusic) for command in commands)
    assert away is not None
    _, commands = machine.handle(away, LegBack(CALLER), NOW)
    assert [c.strand.near_silent for c in commands if isinstance(c, JoinTalk)] == [False]


async def test_the_records_tell_the_journey() -> None:
    office = Office()
    (first, _), (second, _) = await talks(office, "202", "203")
    await merge(office)
    await office.bye(first)
    await office.bye(second)
    one, other = office.records.finished
    assert one.id != other.id and one.journey == other.journey == str(one.id)


async def test_a_merged_talk_is_a_room_of_the_live_views() -> None:
    office = Office()
    (first, bruno), (second, carla) = await talks(office, "202", "203")
    room = await merge(office)
    office.runner.on_media_event(TalkingChanged(leg=LegId(bruno), room=room, talking=True))
    (view,) = office.runner.rooms()
    assert view.id == room and str(view.conference_id) == room and room.startswith("adhoc-")
    assert view.name == "User 201, User 202, User 203" and view.extension is None
    assert [(one.leg, one.administrator, one.talking) for one in view.participants] == [
        (first, True, False),
        (bruno, False, True),
        (carla, False, False),
    ]
    assert {call.room for call in office.runner.calls()} == {room}
    await office.reinvite(first, HELD)
    await office.reinvite(second, HELD)
    assert office.runner.rooms()[0].participants[0].on_hold


async def test_somebody_removed_from_a_talk_loses_his_call_and_the_owner_all() -> None:
    office = Office()
    (_, bruno), _, (_, dario) = await talks(office, "202", "203", "204")
    room = await merge(office)
    (view,) = office.runner.rooms()
    assert office.runner.eject(view.id, LegId(bruno))
    await office.settle()
    assert office.ended.end_cause is Cause.HUNG_UP_BY_OPERATOR and dario in office.media.members(room)
    assert office.runner.eject(view.id, office.runner.rooms()[0].participants[0].leg)
    await office.settle()
    assert office.media.legs == {}


async def test_calls_are_named_by_the_call_id_of_their_dialog_too() -> None:
    office = Office()
    (first, bruno), (second, carla) = await talks(office, "202", "203")
    for number, session in enumerate((first, second, bruno)):
        names = DialogNames(f"dialog{number}", "ours", "theirs")
        office.signalling.dialogs[names] = FoundDialog(SessionId(session), DialogPhase.CONFIRMED)
    assert office.runner.merge(ANNA, ["dialog0", "dialog2"]) is MergeRefusal.NO_CALL, "Bruno's, not hers"
    await merge(office, ["dialog0", "dialog1"])
    assert carla in office.media.members(office.runner.rooms()[0].id)


async def test_what_can_not_be_merged() -> None:
    office = Office()
    await office.talk("201", "202")
    mine = ids(office)[0]
    await office.talk("203", "204")
    others = ids(office)[1]
    assert office.runner.merge(ANNA, [mine, others]) is MergeRefusal.NO_CALL
    assert office.runner.merge(ANNA, [mine, "gone"]) is MergeRefusal.NO_CALL
    assert office.runner.merge(ANNA, [mine, mine]) is MergeRefusal.SAME_CALL
    await office.dial("201", "203")
    assert office.runner.merge(ANNA, [mine, ids(office)[-1]]) is MergeRefusal.NOT_ANSWERED
    await office.join("201", "8001")
    assert office.runner.merge(ANNA, [mine, ids(office)[-1]]) is MergeRefusal.NOT_A_TALK
    office.register("201", "a", "b")
    first = await office.dial("201", "201")
    await office.pick_up(office.rung())
    await office.acknowledge(first)
    assert office.runner.merge(ANNA, [mine, ids(office)[-1]]) is MergeRefusal.WITH_ONESELF
    assert office.media.rooms == {"c1": office.media.rooms["c1"]}


async def test_a_call_is_in_one_talk_at_a_time() -> None:
    office = Office()
    await talks(office, "202", "203")
    shared = ids(office)[0]
    room = await merge(office)
    await office.talk("202", "204")
    theirs = ids(office)[-1]
    assert office.runner.merge(UserId("202"), [shared, theirs]) is MergeRefusal.MERGED_ALREADY
    assert not office.runner.split(UserId("202"), room)
    assert not office.runner.split(ANNA, "adhoc-unknown")


async def test_a_talk_has_at_most_ten_calls() -> None:
    office = Office()
    for _ in range(11):
        await office.talk("201", "202")
    assert office.runner.merge(ANNA, ids(office)) is MergeRefusal.TOO_MANY
    room = await merge(office, ids(office)[:10])
    assert office.runner.merge(ANNA, [room, ids(office)[10]]) is MergeRefusal.TOO_MANY


async def test_another_device_takes_over_the_line_that_speaks() -> None:
    office = Office()
    office.register("201", "a", "b")
    (first, bruno), (second, carla) = await talks(office, "202", "203")
    room = await merge(office)
    names = DialogNames("x", "ours", "theirs")
    office.signalling.dialogs[names] = FoundDialog(SessionId(first), DialogPhase.CONFIRMED)
    new = await office.dial("201", "anything", headers=[("Replaces", "x;to-tag=ours;from-tag=theirs")])
    assert office.signalling.verbs(new) == ["accept"] and office.signalling.verbs(first)[-1] == "hang_up"
    assert heard(office, room) == {new, bruno, carla}
    await office.bye(new)
    assert office.media.hears(carla) == f"leg {second}"


async def test_a_lost_worker_ends_a_talk() -> None:
    office = Office()
    await talks(office, "202", "203")
    await merge(office)
    office.media.lost = True
    office.runner.worker_lost()
    await office.settle()
    assert [one.end_cause for one in office.records.finished] == [Cause.MEDIA_FAILED] * 2
    assert office.runner.rooms() == [] and office.runner.status().calls == 0


async def test_keys_of_who_merged_still_reach_the_other_of_their_line() -> None:
    office = Office()
    (first, bruno), (_, carla) = await talks(office, "202", "203")
    await merge(office)
    await office.tell(InfoReceived(SessionId(first), "application/dtmf-relay", b"Signal=5\r\n"))
    await office.key(first, "7")
    await office.key(carla, "9")
    assert {leg: one.digits_sent for leg, one in office.media.legs.items() if one.digits_sent} == {
        bruno: "57"
    }
