"""Leaving a message: greeting, tone, keys, what happens when the call breaks off (B7, D3-04, D3-05)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from switchroom.calls.boxes import Greeting, Message
from switchroom.calls.records import Cause
from switchroom.calls.voicemail import LONGEST_MESSAGE, SILENCE
from switchroom.directory.ids import MailboxId, UserId
from switchroom.directory.model import User
from switchroom.directory.outside import Mailbox
from switchroom.directory.personal import Personal
from switchroom.sip import events as sip
from tests.harness.office import Office, snapshot

ANNE = User(UserId("202"), "202", "Anne", voicemail=True)
SALES = Mailbox(MailboxId("sales"), "Sales", "600", language="fr")
STANDARD = ["en/Anne", "en/is-unavailable", "en/leave-a-message", "en/tone-join"]


def office(**boxes: object) -> Office:
    """An office where 202 and the sales team have mailboxes."""
    configuration = replace(snapshot([ANNE]), mailboxes={SALES.id: SALES})
    here = Office(configuration)
    for name, value in boxes.items():
        setattr(here.boxes, name, value)
    return here


def spoken(here: Office, session: str) -> list[str]:
    """What is being said to a leg now, as files."""
    return list(here.media.legs[session].playing[0].files) if here.media.legs[session].playing else []


async def said(here: Office, session: str) -> None:
    """What is being said comes to its end."""
    here.media.finish(here.media.legs[session].playing[0].play)
    await here.settle()


async def recording(here: Office, target: str = "**202", caller: str = "201") -> tuple[str, str]:
    """A caller who speaks after the tone: his session and the recorder."""
    session = await here.join(caller, target)
    await said(here, session)
    (record,) = here.media.records
    return session, record


async def end_record(here: Office, record: str, seconds: float, reason: str = "finished") -> None:
    """The file is complete."""
    here.media.end_record(record, reason, int(seconds * 1000))
    await here.settle()


def messages(here: Office, box: str = "202") -> list[Message]:
    """What is in a mailbox."""
    return here.boxes.messages.get(box, [])


async def test_whoever_is_told_of_the_answer_can_see_that_it_is_a_mailbox(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here = office()
    seen = list[bool]()
    monkeypatch.setattr(
        here.records, "answered", lambda record: seen.append(here.runner.leaves_message(record.id))
    )
    await here.join("201", "**202")
    await here.talk("201", "203")
    assert seen == [True, False] and not here.runner.leaves_message("nothing")


async def test_b7_01_who_hangs_up_has_left_a_message() -> None:
    here = office()
    session = await here.join("201", "**202")
    assert spoken(here, session) == STANDARD
    assert here.media.records == {}
    await said(here, session)
    (command,) = here.media.records.values()
    (begun,) = here.boxes.begun.values()
    assert command.one_side
    assert command.path == f"/voicemail/{begun.id}.wav"
    assert (begun.mailbox, begun.caller.extension) == ("202", "201")
    here.media.recorded_ms = 12500  # the worker has the last word about its length
    await here.bye(session)
    (message,) = messages(here)
    assert (message.caller.name, message.heard) == ("User 201", False)
    assert here.boxes.lengths[message.id] == 12.5
    assert here.ended.end_cause is Cause.CALLER_HUNG_UP


async def test_what_the_caller_says_at_once_is_there_from_the_first_moment() -> None:
    here = office()
    _, record = await recording(here)
    assert len(here.boxes.begun) == 1
    here.runner.worker_lost()
    await here.settle()
    (length,) = here.boxes.lengths.values()
    assert length is None  # as long as the file
    assert here.media.records.keys() == {record}


@pytest.mark.parametrize("seconds", [0.0, 0.9])
async def test_who_says_nothing_leaves_nothing(seconds: float) -> None:
    here = office()
    session, _ = await recording(here)
    here.media.recorded_ms = int(seconds * 1000)
    await here.bye(session)
    assert (messages(here), len(here.boxes.lengths)) == ([], 1)


async def test_d3_04_hash_reviews_and_1_sends() -> None:
    here = office()
    session, record = await recording(here)
    await here.key(session, "#")
    assert spoken(here, session) == ["en/review-message"]
    assert record not in here.media.records
    await here.key(session, "2")
    assert spoken(here, session)[0].startswith("/voicemail/message-")
    assert messages(here) == []
    await here.key(session, "1")
    assert spoken(here, session) == ["en/message-sent", "en/goodbye"]
    assert len(messages(here)) == 1
    await said(here, session)
    assert here.signalling.verbs(session)[-1] == "hang_up"


async def test_3_records_it_again_and_the_first_try_is_gone() -> None:
    here = office()
    session, _ = await recording(here)
    await here.key(session, "#3")
    assert spoken(here, session) == ["en/tone-join"]
    assert len(here.boxes.dropped) == 1
    await said(here, session)
    here.media.recorded_ms = 3000
    await here.bye(session)
    assert [one.seconds for one in messages(here)] == [3.0]
    assert messages(here)[0].id not in here.boxes.dropped


async def test_what_was_too_short_is_asked_for_again() -> None:
    here = office()
    session, _ = await recording(here)
    here.media.recorded_ms = 400
    await here.key(session, "#")
    assert spoken(here, session) == ["en/message-too-short", "en/tone-join"]
    await said(here, session)
    assert len(here.media.records) == 1


async def test_who_does_not_choose_has_sent_it() -> None:
    here = office()
    session, _ = await recording(here)
    await here.key(session, "#")
    await said(here, session)
    await here.wait(10.1)
    assert spoken(here, session) == ["en/review-message"]
    await said(here, session)
    await here.wait(10.1)
    assert spoken(here, session) == ["en/message-sent", "en/goodbye"]
    assert len(messages(here)) == 1


@pytest.mark.parametrize("how", ["bye", "away", "order"])
async def test_who_breaks_off_while_he_reviews_has_sent_it(how: str) -> None:
    here = office()
    session, _ = await recording(here)
    await here.key(session, "#")
    match how:
        case "bye":
            await here.bye(session)
        case "away":
            await here.bye(session, sip.EndCause.SESSION_EXPIRED)
        case "order":
            await here.runner.drain(0)
    await here.settle()
    assert len(messages(here)) == 1


async def test_a_message_ends_after_three_minutes() -> None:
    here = office()
    session, record = await recording(here)
    await here.wait(LONGEST_MESSAGE - 1)
    assert record in here.media.records
    await here.wait(1.1)
    assert spoken(here, session) == ["en/review-message"]


async def test_b7_silence_ends_a_message_and_nothing_of_it_is_lost() -> None:
    here = office()
    session, record = await recording(here)
    assert here.media.records[record].silence == SILENCE * 1000
    await end_record(here, record, 14.2)
    assert spoken(here, session) == ["en/review-message"]
    assert messages(here) == []  # he may still record it again
    await said(here, session)
    await here.wait(10.1)
    await said(here, session)
    await here.wait(10.1)
    assert [one.seconds for one in messages(here)] == [14.2]
    assert spoken(here, session) == ["en/message-sent", "en/goodbye"]


async def test_a_full_disk_is_told_in_words_and_what_was_said_stays() -> None:
    here = office()
    session, record = await recording(here)
    await end_record(here, record, 7, "disk")
    assert spoken(here, session) == ["en/message-not-recorded", "en/goodbye"]
    assert [one.seconds for one in messages(here)] == [7.0]
    assert [problem.kind for problem in here.problems.found] == ["recording-failed"]


async def test_no_place_for_messages_is_told_in_words() -> None:
    here = office(writable=False)
    session = await here.join("201", "**202")
    await said(here, session)
    assert spoken(here, session) == ["en/message-not-recorded", "en/goodbye"]


async def test_a_full_mailbox_says_so() -> None:
    here = office(full=True)
    session = await here.join("201", "**202")
    assert spoken(here, session) == ["en/voicemail-full", "en/goodbye"]
    assert here.boxes.begun == {}


async def test_d3_05_the_greeting_that_was_made_is_heard_in_place_of_the_standard_one() -> None:
    made = {Greeting.UNAVAILABLE: "/g.wav", Greeting.NAME: "/n.wav"}
    here = office(greetings={"202": made})
    session = await here.join("201", "**202")
    assert spoken(here, session) == ["/g.wav", "en/tone-join"]
    del made[Greeting.UNAVAILABLE]
    session = await here.join("203", "**202")
    assert spoken(here, session) == ["/n.wav", "en/is-unavailable", "en/leave-a-message", "en/tone-join"]


async def test_without_synthesis_the_extension_is_said() -> None:
    here = office()
    here.names.able = False
    session = await here.join("201", "**202")
    digits = ["en/digit-2", "en/digit-0", "en/digit-2"]
    assert spoken(here, session) == ["en/part-extension", *digits, *STANDARD[1:]]


async def test_b7_01_a_box_of_its_own_speaks_its_language() -> None:
    here = office()
    session = await here.join("201", "**600")
    assert spoken(here, session)[:2] == ["fr/Sales", "fr/is-unavailable"]
    await said(here, session)
    (begun,) = here.boxes.begun.values()
    assert begun.mailbox == "sales"


async def test_hash_goes_on_to_the_tone() -> None:
    here = office()
    session = await here.join("201", "**202")
    await here.key(session, "#")
    assert spoken(here, session) == ["en/tone-join"]
    await said(here, session)
    assert len(here.media.records) == 1


async def test_d3_05_star_during_the_greeting_and_the_pin_open_the_box() -> None:
    here = office(pins={"202": "4711"})
    session = await here.join("201", "**202")
    await here.key(session, "*")
    assert spoken(here, session) == ["en/enter-pin"]
    assert here.boxes.begun == {}
    await here.key(session, "4711#")
    assert spoken(here, session)[0] == "en/no-new-message"


async def test_who_gives_up_before_the_greeting_leaves_nothing() -> None:
    here = office()
    session = await here.dial("201", "**202")
    await here.bye(session)
    assert here.boxes.begun == {}
    assert here.ended.end_cause is Cause.CALLER_HUNG_UP


async def test_b3_05_who_is_not_answered_leaves_a_message_as_a_last_resort() -> None:
    here = office()
    here.personal.known[UserId("202")] = Personal(no_answer_voicemail=True, busy_voicemail=True)
    session = await here.dial("201", "202")
    await here.ring(here.rung())
    await here.wait(31)
    assert here.signalling.verbs(session)[-1] == "accept"
    await here.acknowledge(session)
    assert spoken(here, session) == STANDARD
    await said(here, session)
    await here.bye(session)
    assert len(messages(here)) == 1
    session = await here.dial("203", "202")
    await here.refuse(here.rung(), 486)
    await here.acknowledge(session)
    assert spoken(here, session) == ["en/Anne", "en/is-on-the-phone", *STANDARD[2:]]


async def test_d2_07_a_talk_is_led_to_a_mailbox_and_the_message_is_the_one_s_who_was_moved() -> None:
    here = office()
    caller, _ = await here.talk("201", "203")
    (call,) = here.runner.calls()
    assert here.runner.moving.transfer(UserId("203"), call.id, "**202") is None
    await here.settle()
    assert spoken(here, caller) == STANDARD
    await said(here, caller)
    await here.bye(caller)
    (message,) = messages(here)
    assert message.caller.extension == "201"
