"""The mailbox by phone: who may open it, hearing and deleting, greetings and PIN (D3-05, D2-07, G-03)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from switchroom.calls.boxes import Greeting, Message, MessageId
from switchroom.calls.mailbox import KEY_SECONDS, PAUSE_SECONDS
from switchroom.calls.records import Cause
from switchroom.calls.spoken_time import said_at
from switchroom.calls.values import Party
from switchroom.directory.ids import UserId
from switchroom.directory.model import User
from tests.calls.test_voicemail import said, spoken
from tests.harness.office import Office, snapshot

ANNE = User(UserId("202"), "202", "Anne", voicemail=True)
MENU = "en/mailbox-menu"
MONDAY = 1763965800.0
"""Monday 24 November 2025, 06:30 UTC."""


def message(name: str, heard: bool = False, caller: Party | None = None) -> Message:
    """A message in Anne's mailbox."""
    who = caller or Party("+3221")
    return Message(MessageId(name), who, MONDAY, 4.0, heard, f"/voicemail/{name}.wav")


def office(*messages: Message, pin: str = "4711", asks: bool = True) -> Office:
    """An office where 202 has a mailbox."""
    here = Office(snapshot([ANNE]))
    here.boxes.messages["202"] = list(messages)
    if pin:
        here.boxes.pins["202"] = pin
    if not asks:
        here.boxes.unasked.add("202")
    return here


async def opened(here: Office) -> str:
    """Anne at the menu of her mailbox."""
    session = await here.join("202", "*98")
    await here.key(session, "4711#")
    assert spoken(here, session)[-1] == MENU
    return session


async def test_d2_07_star_98_asks_for_the_pin_and_tells_what_is_there() -> None:
    here = office(message("m1"), message("m2"), message("m3", heard=True))
    session = await here.join("202", "*98")
    assert spoken(here, session) == ["en/enter-pin"]
    await here.key(session, "4711#")
    assert spoken(here, session) == ["en/digit-2", "en/new-messages", "en/one-old-message", MENU]
    (call,) = here.runner.calls()
    assert call.state == "in-mailbox"


async def test_from_the_own_phone_no_pin_is_asked_for_where_that_is_set() -> None:
    here = office(message("m1"), asks=False)
    session = await here.join("202", "*98")
    assert spoken(here, session) == ["en/one-new-message", MENU]


async def test_d3_05_the_own_extension_opens_the_own_mailbox() -> None:
    here = office(message("m1"), asks=False)
    session = await here.join("202", "202")
    assert spoken(here, session) == ["en/one-new-message", MENU]
    here.register("201", "a", "b")
    await here.dial("201", "201")  # who has none rings his other devices
    assert len(here.signalling.invites()) == 1


async def test_d3_05_from_another_phone_extension_and_pin_always() -> None:
    here = office(message("m1"), asks=False)
    session = await here.join("201", "*98")
    assert spoken(here, session) == ["en/enter-mailbox"]
    await here.key(session, "202#")
    assert spoken(here, session) == ["en/enter-pin"]
    await here.key(session, "4711#")
    assert spoken(here, session) == ["en/one-new-message", MENU]


async def test_from_the_own_phone_star_leads_to_another_mailbox() -> None:
    here = office()
    here.boxes.pins["201"] = "8642"
    anne = replace(here.directory.snapshot.users[UserId("201")], voicemail=True)
    users = {**here.directory.snapshot.users, anne.id: anne}
    here.directory.snapshot = replace(here.directory.snapshot, users=users)
    session = await here.join("201", "*98")
    await here.key(session, "*202#4711#")
    assert spoken(here, session) == ["en/no-new-message", MENU]


@pytest.mark.parametrize(("extension", "pin"), [("999", "4711"), ("201", "4711"), ("202", "4712")])
async def test_a_mailbox_there_is_not_sounds_as_a_wrong_pin_does(extension: str, pin: str) -> None:
    here = office()
    session = await here.join("203", "*98")
    await here.key(session, f"{extension}#")
    assert spoken(here, session) == ["en/enter-pin"]
    await here.key(session, f"{pin}#")
    assert spoken(here, session) == ["en/wrong-pin", "en/enter-pin"]


async def test_a_mailbox_without_a_pin_is_opened_from_its_own_phone_only() -> None:
    here = office(message("m1"), pin="")
    session = await here.join("203", "*98")
    await here.key(session, "202#")
    for pin in ("0000", "1234"):
        await here.key(session, f"{pin}#")
        assert spoken(here, session) == ["en/wrong-pin", "en/enter-pin"]
    await here.key(session, "202#")
    assert spoken(here, session) == ["en/wrong-pin", "en/goodbye"]


async def test_g_03_three_wrong_pins_end_the_call_and_a_pause_ends_an_entry() -> None:
    here = office()
    session = await here.join("202", "*98")
    for _ in range(2):
        await here.key(session, "1111")
        await here.wait(PAUSE_SECONDS + 0.1)
        assert spoken(here, session) == ["en/wrong-pin", "en/enter-pin"]
    await here.key(session, "1111#")
    assert spoken(here, session) == ["en/wrong-pin", "en/goodbye"]
    await said(here, session)
    assert here.ended.end_cause is Cause.WRONG_CODE


async def test_g_03_who_guesses_is_refused_for_a_while_and_the_administrator_is_told() -> None:
    here = office()
    for extension in ("203", "204", "203", "204"):
        session = await here.join(extension, "*98")
        await here.key(session, "202#1111#1112#1113#")
        await here.bye(session)
    assert "wrong-pins" in {problem.kind for problem in here.problems.found}
    session = await here.join("201", "*98")  # who never guessed: it is the mailbox that takes none
    await here.key(session, "202#4711#")
    assert spoken(here, session) == ["en/pins-refused", "en/goodbye"]
    assert await opened(here)  # but not from its owner
    await here.wait(700)
    session = await here.join("201", "*98")
    await here.key(session, "202#4711#")
    assert spoken(here, session)[-1] == MENU


async def test_who_keys_nothing_is_asked_three_times() -> None:
    here = office()
    session = await here.join("202", "*98")
    for _ in range(2):
        await said(here, session)
        await here.wait(KEY_SECONDS + 0.1)
        assert spoken(here, session) == ["en/enter-pin"]
    await said(here, session)
    await here.wait(KEY_SECONDS + 0.1)
    assert spoken(here, session) == ["en/nothing-entered", "en/goodbye"]


async def test_d3_05_new_messages_with_from_whom_and_when() -> None:
    bob = Party("203", "Bob")
    here = office(message("m1"), message("m2", caller=bob), message("old", heard=True))
    session = await opened(here)
    await here.key(session, "1")
    when = "en/Monday 24 November, at 6:30"
    digits = [f"en/digit-{digit}" for digit in "3221"]
    menu = "en/message-menu"
    assert spoken(here, session) == ["en/message-from", *digits, when, "/voicemail/m1.wav", menu]
    await here.key(session, "#")
    assert spoken(here, session) == ["en/message-from", "en/Bob", when, "/voicemail/m2.wav", menu]
    await here.key(session, "#")
    assert spoken(here, session) == ["en/no-more-messages", MENU]
    assert all(one.heard for one in here.boxes.messages["202"])
    await here.key(session, "2")
    assert "/voicemail/m1.wav" in spoken(here, session)  # heard ones are old ones now


async def test_7_deletes_9_keeps_star_goes_back() -> None:
    here = office(message("m1"), message("m2"), message("m3"))
    session = await opened(here)
    await here.key(session, "1")
    await here.key(session, "7")
    assert here.boxes.dropped == ["m1"]
    assert spoken(here, session)[0] == "en/message-deleted"
    assert "/voicemail/m2.wav" in spoken(here, session)
    await here.key(session, "9")
    assert spoken(here, session)[0] == "en/message-kept"
    assert "/voicemail/m3.wav" in spoken(here, session)
    await here.key(session, "*")
    assert "/voicemail/m2.wav" in spoken(here, session)
    await here.key(session, "*")
    assert "/voicemail/m2.wav" in spoken(here, session)  # m1 is gone
    await here.key(session, "#7")
    assert spoken(here, session) == ["en/message-deleted", "en/no-more-messages", MENU]
    assert [one.id for one in here.boxes.messages["202"]] == ["m2"]


async def test_a_message_that_was_heard_to_its_end_is_no_longer_new() -> None:
    here = office(message("m1"), message("m2"))
    session = await opened(here)
    await here.key(session, "1")
    await here.bye(session)
    assert [one.heard for one in here.boxes.messages["202"]] == [False, False]
    session = await opened(here)
    await here.key(session, "1")
    await said(here, session)
    await here.bye(session)
    assert [one.heard for one in here.boxes.messages["202"]] == [True, False]


async def test_8_archives() -> None:
    here = office(message("m1"), message("m2"))
    session = await opened(here)
    await here.key(session, "18")
    assert here.boxes.archived == ["m1"]
    assert spoken(here, session)[0] == "en/message-archived"
    assert "/voicemail/m2.wav" in spoken(here, session)
    await here.key(session, "*")
    assert "/voicemail/m2.wav" in spoken(here, session)  # m1 is elsewhere now


async def test_d3_06_a_colleague_is_called_back() -> None:
    here = office(message("m1", caller=Party("203", "Bob")))
    here.register("203", "device-203")
    session = await opened(here)
    await here.key(session, "10")
    assert here.media.hears(session) == "music"
    assert here.boxes.messages["202"][0].heard
    await here.ring(here.rung())
    await here.pick_up(here.rung())
    assert here.media.hears(session) == f"leg {here.rung()}"
    await here.bye(session)
    records = here.records.finished
    assert [one.end_cause for one in records] == [Cause.TRANSFERRED, Cause.CALLER_HUNG_UP]
    assert len({one.journey for one in records}) == 1


async def test_who_is_called_back_and_does_not_answer_is_not_there_in_words() -> None:
    here = office(message("m1", caller=Party("203", "Bob")))
    here.register("203", "device-203")
    session = await opened(here)
    await here.key(session, "10")
    await here.refuse(here.rung(), 486)
    assert spoken(here, session)[-1] == "en/goodbye"
    await said(here, session)
    assert here.signalling.verbs(session)[-1] == "hang_up"


async def test_a_withheld_number_is_not_called_back() -> None:
    here = office(message("m1", caller=Party("")))
    session = await opened(here)
    await here.key(session, "10")
    assert spoken(here, session) == ["en/number-withheld", MENU]
    assert here.signalling.invites() == []


async def test_d3_05_the_first_use_asks_for_a_pin_and_a_greeting() -> None:
    here = office(pin="")
    session = await here.join("202", "*98")
    assert spoken(here, session) == ["en/mailbox-welcome", "en/new-pin"]
    await here.key(session, "1234#")
    assert spoken(here, session) == ["en/new-pin-again"]
    await here.key(session, "1234#")
    assert spoken(here, session) == ["en/pin-weak", "en/new-pin"]
    await here.key(session, "*8642#8643#")
    assert spoken(here, session) == ["en/pin-differs", "en/new-pin"]
    await here.key(session, "8642#8642#")
    assert here.boxes.pins == {"202": "8642"}
    assert spoken(here, session) == ["en/pin-set", "en/say-your-greeting", "en/tone-join"]
    await said(here, session)
    (command,) = here.media.records.values()
    assert command.one_side
    await here.key(session, "#")
    assert spoken(here, session) == ["/voicemail/greeting.wav", "en/review-greeting"]
    assert here.boxes.greetings == {}
    await here.key(session, "1")
    assert here.boxes.greetings == {"202": {Greeting.UNAVAILABLE: "/voicemail/greeting.wav"}}
    assert spoken(here, session) == ["en/greeting-kept", MENU]


@pytest.mark.parametrize(
    ("key", "kind"), [("1", Greeting.UNAVAILABLE), ("2", Greeting.NAME), ("4", Greeting.BUSY)]
)
async def test_d3_05_settings_greeting_and_name(key: str, kind: Greeting) -> None:
    here = office()
    session = await opened(here)
    await here.key(session, "5")
    assert spoken(here, session) == ["en/mailbox-settings"]
    await here.key(session, key)
    await said(here, session)
    await here.key(session, "#1")
    assert list(here.boxes.greetings["202"]) == [kind]


async def test_d3_05_settings_pin() -> None:
    here = office()
    session = await opened(here)
    await here.key(session, "53")
    await here.key(session, "90210#90210#")
    assert here.boxes.pins == {"202": "90210"}
    assert spoken(here, session) == ["en/pin-set", "en/mailbox-settings"]
    await here.key(session, "*")
    assert spoken(here, session) == [MENU]


@pytest.mark.parametrize("how", ["*", "3", "bye"])
async def test_a_greeting_that_is_not_kept_is_deleted(how: str) -> None:
    here = office()
    session = await opened(here)
    await here.key(session, "51")
    await said(here, session)
    await here.key(session, "#")
    if how == "bye":
        await here.bye(session)
    else:
        await here.key(session, how)
    assert here.boxes.dropped == ["/voicemail/greeting.wav"]
    assert here.boxes.greetings == {}


async def test_a_greeting_of_nothing_is_asked_for_again() -> None:
    here = office()
    session = await opened(here)
    await here.key(session, "51")
    await said(here, session)
    here.media.recorded_ms = 100
    await here.key(session, "#")
    assert spoken(here, session)[:2] == ["en/message-too-short", "en/say-your-greeting"]


async def test_no_place_for_a_greeting_is_told_in_words() -> None:
    here = office()
    here.boxes.writable = False
    session = await opened(here)
    await here.key(session, "51")
    await said(here, session)
    assert spoken(here, session) == ["en/message-not-recorded", MENU]


async def test_hash_at_the_menu_says_goodbye() -> None:
    here = office()
    session = await opened(here)
    await here.key(session, "#")
    assert spoken(here, session) == ["en/goodbye"]


async def test_who_is_silent_at_the_menu_is_asked_again_and_then_hung_up_on() -> None:
    here = office()
    session = await opened(here)
    for _ in range(2):
        await said(here, session)
        await here.wait(KEY_SECONDS + 0.1)
        assert spoken(here, session) == [MENU]
    await said(here, session)
    await here.wait(KEY_SECONDS + 0.1)
    assert spoken(here, session) == ["en/goodbye"]


@pytest.mark.parametrize(
    ("language", "zone", "said"),
    [
        ("en", "UTC", "Monday 24 November, at 6:30"),
        ("fr-BE", "Europe/Brussels", "lundi 24 novembre, à 7 heures 30"),
        ("it", "Europe/Rome", "lunedì 24 novembre, alle 7 e 30"),
        ("de", "nowhere", "Monday 24 November, at 6:30"),
    ],
)
def test_b7_03_when_it_was_in_words(language: str, zone: str, said: str) -> None:
    assert said_at(MONDAY, zone, language) == said


def test_a_full_hour_in_words() -> None:
    assert said_at(MONDAY + 1800, "UTC", "fr") == "lundi 24 novembre, à 7 heures"
