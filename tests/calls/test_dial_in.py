"""Calls to the conference server: ID, code, room; budgets of wrong IDs (S3-01, D1-01, F-09, G-01 to G-03)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from switchroom.calls.budget import Budget
from switchroom.calls.codes import Codes
from switchroom.calls.events import Verdict
from switchroom.calls.minutes import Attendance, Entrance
from switchroom.calls.receptionist import FIRST_DIGIT_SECONDS, PAUSE_SECONDS
from switchroom.calls.records import CallKind, Cause
from switchroom.calls.values import Party
from switchroom.directory.model import Conference, ConferenceId, ConferenceServer, UserId
from tests.calls.test_browsers import OFFER, take_over
from tests.harness.office import Office, description, snapshot

OPEN = Conference(ConferenceId("open"), "Open", dial_in_id="31415")
CODED = Conference(ConferenceId("coded"), "Coded", dial_in_id="27182", access_code="4321", language="it")
BOTH = Conference(ConferenceId("both"), "Both", "8004", dial_in_id="888", max_participants=2)
ROOMS = (OPEN, CODED, BOTH)


def office(server: ConferenceServer | None = None, *rooms: Conference) -> Office:
    configuration = snapshot(conferences=[*ROOMS, *rooms])
    return Office(replace(configuration, conference_server=server or ConferenceServer("8000")))


def spoken(here: Office, session: str) -> list[str]:
    """What is being said to a leg now, as files."""
    return list(here.media.legs[session].playing[0].files) if here.media.legs[session].playing else []


def inside(here: Office, session: str) -> str | None:
    """Which room the leg is in."""
    return here.media.legs[session].room


async def test_d1_01_the_server_asks_for_the_id_and_lets_in() -> None:
    here = office()
    session = await here.join("201", "8000")
    assert spoken(here, session) == ["en/enter-conference-id"]
    assert inside(here, session) is None
    await here.key(session, "31415#")
    assert inside(here, session) == "open"
    (room,) = here.runner.rooms()
    (participant,) = room.participants
    assert (room.conference_id, participant.entrance) == ("open", Entrance.SERVER)
    attendance = next(fact for fact in here.minutes.kept if isinstance(fact, Attendance))
    assert attendance.entrance is Entrance.SERVER
    await here.bye(session)
    record = here.ended
    assert (record.kind, record.conference_id, record.dialled) == (CallKind.CONFERENCE, "open", "8000")


async def test_d1_01_then_the_pin_in_the_conferences_language() -> None:
    here = office()
    session = await here.join("202", "8000")
    await here.key(session, "27182#")
    assert spoken(here, session) == ["it/enter-access-code"]
    assert inside(here, session) is None
    await here.key(session, "1111#")
    assert spoken(here, session) == ["it/wrong-access-code", "it/enter-access-code"]
    await here.key(session, "4321#")
    assert inside(here, session) == "coded"


@pytest.mark.parametrize(
    ("server", "user", "before", "after"),
    [(None, None, "en", "en"), ("fr", None, "fr", "fr"), ("fr", "it", "fr", "fr"), (None, "it", "it", "it")],
)
async def test_g_09_the_language_before_and_after_the_id(
    server: str | None, user: str | None, before: str, after: str
) -> None:
    configuration = snapshot(conferences=[replace(CODED, language=None)])
    person = replace(configuration.users[UserId("201")], language=user)
    here = Office(
        replace(
            configuration,
            users={**configuration.users, person.id: person},
            conference_server=ConferenceServer("8000", language=server),
        )
    )
    session = await here.join("201", "8000")
    assert spoken(here, session) == [f"{before}/enter-conference-id"]
    await here.key(session, "27182#")
    assert spoken(here, session) == [f"{after}/enter-access-code"]


async def test_f_09_a_pause_of_5_s_ends_the_entry_without_a_hash() -> None:
    here = office()
    session = await here.join("201", "8000")
    await here.key(session, "27182")
    await here.wait(PAUSE_SECONDS - 0.1)
    assert here.media.legs[session].playing == []
    await here.wait(0.2)
    assert spoken(here, session) == ["it/enter-access-code"]
    await here.key(session, "4321")
    await here.wait(PAUSE_SECONDS + 0.1)
    assert inside(here, session) == "coded"


async def test_f_09_three_wrong_ids_end_the_call_politely() -> None:
    here = office()
    session = await here.join("201", "8000")
    for _ in range(2):
        await here.key(session, "999#")
        assert spoken(here, session) == ["en/unknown-conference-id", "en/enter-conference-id"]
    await here.key(session, "999#")
    assert spoken(here, session) == ["en/unknown-conference-id", "en/too-many-conference-ids", "en/goodbye"]
    here.media.finish(here.media.legs[session].playing[0].play)
    await here.settle()
    assert here.signalling.verbs(session) == ["accept", "hang_up"]
    assert (here.ended.end_cause, here.ended.conference_id) == (Cause.WRONG_CODE, None)


async def test_f_09_who_keys_nothing_is_asked_three_times() -> None:
    here = office()
    session = await here.join("201", "8000")
    for _ in range(2):
        here.media.finish(here.media.legs[session].playing[0].play)
        await here.wait(FIRST_DIGIT_SECONDS + 0.1)
        assert spoken(here, session) == ["en/enter-conference-id"]
    here.media.finish(here.media.legs[session].playing[0].play)
    await here.wait(FIRST_DIGIT_SECONDS + 0.1)
    assert spoken(here, session) == ["en/no-conference-id", "en/goodbye"]


async def test_g_01_one_room_by_both_entrances() -> None:
    here = office()
    first = await here.join("201", "8004")
    second = await here.join("202", "8000")
    await here.key(second, "888#")
    assert inside(here, first) == inside(here, second) == "both"
    (room,) = here.runner.rooms()
    assert [one.entrance for one in room.participants] == [Entrance.EXTENSION, Entrance.SERVER]
    # S3-10: one more than it takes hears why, by either entrance.
    third = await here.join("203", "8000")
    await here.key(third, "888#")
    assert spoken(here, third) == ["en/conference-full", "en/goodbye"]


async def test_the_administrator_is_known_by_his_device_and_keys_no_code() -> None:
    run = Conference(
        ConferenceId("run"),
        "Run",
        access_code="4321",
        administrator=UserId("201"),
        wait_for_administrator=True,
        dial_in_id="555",
    )
    here = office(None, run)
    early = await here.join("202", "8000")
    await here.key(early, "555#4321#")
    assert inside(here, early) is None
    chief = await here.join("201", "8000")
    await here.key(chief, "555#")
    assert inside(here, chief) == inside(here, early) == "run"


async def test_d1_04_a_new_extension_counts_for_the_next_call_and_leaves_callers_alone() -> None:
    here = office()
    asked = await here.join("201", "8000")
    here.directory.snapshot = replace(here.directory.snapshot, conference_server=ConferenceServer("8100"))
    await here.key(asked, "31415#")
    assert inside(here, asked) == "open"
    assert spoken(here, await here.join("202", "8100")) == ["en/enter-conference-id"]
    gone = await here.dial("203", "8000")
    assert spoken(here, gone) == ["en/number-unknown"]


async def test_an_id_that_was_taken_away_meanwhile_is_unknown() -> None:
    here = office()
    session = await here.join("201", "8000")
    here.configure(replace(OPEN, dial_in_id="11111"))
    await here.key(session, "31415#")
    assert spoken(here, session) == ["en/unknown-conference-id", "en/enter-conference-id"]
    await here.key(session, "11111#")
    assert inside(here, session) == "open"


async def test_g_03_wrong_ids_have_a_budget_and_past_it_a_known_one_sounds_the_same() -> None:
    here = office()
    for _ in range(3):
        session = await here.join("201", "8000")
        await here.key(session, "111#222#333#")
        await here.bye(session)
    assert [problem.kind for problem in here.problems.found] == ["wrong-codes"]
    for dial_in_id in ("31415", "999"):
        session = await here.join("201", "8000")
        await here.key(session, f"{dial_in_id}#")
        assert spoken(here, session) == ["en/conference-ids-refused", "en/goodbye"]
        await here.bye(session)
    # Others are not concerned, and after a while he is let in again.
    other = await here.join("202", "8000")
    await here.key(other, "31415#")
    assert inside(here, other) == "open"
    await here.wait(121)
    session = await here.join("201", "8000")
    await here.key(session, "31415#")
    assert inside(here, session) == "open"


def test_g_03_callers_from_outside_have_one_budget_more_in_common() -> None:
    codes = Codes(caller=Budget(size=9, refill=120.0))
    rooms = {"31415": OPEN}
    problems = []
    for number in range(60):
        found, verdict, problem = codes.identify(rooms, Party(f"+3222903{number:03}"), "999", 0.0)
        assert (found, verdict) == (None, Verdict.WRONG)
        problems.append(problem)
    assert [problem for problem in problems if problem is not None] == [problems[-1]]
    assert problems[-1] is not None and problems[-1].subject == "conference server"
    stranger, colleague = Party("+3222903999"), Party("201", user_id=UserId("201"))
    assert codes.identify(rooms, stranger, "31415", 0.0) == (None, Verdict.REFUSED, None)
    assert codes.identify(rooms, colleague, "31415", 0.0) == (OPEN, Verdict.PARTICIPANT, None)
    assert codes.identify(rooms, stranger, "31415", 10.1) == (OPEN, Verdict.PARTICIPANT, None)


async def test_a_late_offer_and_a_codec_that_does_not_fit() -> None:
    here = office()
    late = await here.dial("201", "8000", None)
    await here.acknowledge(late, description())
    assert spoken(here, late) == ["en/enter-conference-id"]
    odd = await here.dial("202", "8000", description().replace(b"RTP/AVP 0 8", b"RTP/AVP 34"))
    assert here.signalling.verbs(odd) == ["reject 488"]


async def test_another_page_of_the_caller_goes_on_at_the_desk() -> None:
    here = office()
    here.register("201", "a", "b", browser="ab")
    session = await here.dial("201", "8000", OFFER, browser=True)
    await here.acknowledge(session)
    await here.key(session, "999#314")
    assert here.runner.calls()[0].state == "entering-code"
    new = await take_over(here, session, "201")
    await here.acknowledge(new)
    assert here.media.hears(new) == "en/enter-conference-id"
    await here.key(new, "31415#")
    assert inside(here, new) == "open"
