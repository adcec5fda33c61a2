"""Hold and other re-INVITEs in a two-party call: answered at the leg, with music for the other side."""

from __future__ import annotations

import pytest

from switchroom.calls.records import Cause
from switchroom.media.types import LegId, MediaLost
from switchroom.sip.events import AnswerReceived, SessionId
from tests.harness.office import Office, description

HOLDS = {
    "sendonly": description(direction="sendonly"),
    "inactive": description(direction="inactive"),
    "zero address": description(address="0.0.0.0"),
}


@pytest.mark.parametrize("offer", HOLDS.values(), ids=HOLDS)
async def test_hold_gives_music_to_the_other_side_and_resume_takes_it_away(offer: bytes) -> None:
    office = Office()
    caller, callee = await office.talk()
    await office.reinvite(caller, offer)
    answered = office.signalling.of(caller)[-1]
    assert answered.verb == "answer" and answered.sdp is not None
    assert b"a=recvonly" in answered.sdp or b"a=inactive" in answered.sdp
    assert office.media.hears(callee) == "music"
    assert office.signalling.verbs(callee) == ["invite"], "a re-INVITE never crosses"
    await office.reinvite(caller, description())
    assert office.media.hears(callee) == f"leg {caller}"
    assert b"a=sendrecv" in (office.signalling.of(caller)[-1].sdp or b"")


async def test_both_on_hold_nobody_hears_music_until_one_comes_back() -> None:
    office = Office()
    caller, callee = await office.talk()
    await office.reinvite(caller, HOLDS["sendonly"])
    await office.reinvite(callee, HOLDS["sendonly"])
    assert office.media.hears(callee) == f"leg {caller}"
    assert office.media.hears(caller) == f"leg {callee}"
    await office.reinvite(caller, description())
    assert office.media.hears(caller) == "music"
    await office.reinvite(callee, description())
    assert office.media.hears(caller) == f"leg {callee}"


async def test_a_phone_that_holds_may_be_silent() -> None:
    office = Office()
    caller, _ = await office.talk()
    await office.reinvite(caller, HOLDS["sendonly"])
    office.runner.on_media_event(MediaLost(leg=LegId(caller), seconds=30))
    await office.settle()
    assert office.records.finished == []
    await office.reinvite(caller, description())
    office.runner.on_media_event(MediaLost(leg=LegId(caller), seconds=30))
    await office.settle()
    assert office.ended.end_cause is Cause.MEDIA_TIMEOUT


async def test_hold_is_shown() -> None:
    office = Office()
    caller, _ = await office.talk()
    await office.reinvite(caller, HOLDS["inactive"])
    (call,) = office.runner.calls()
    assert [leg.on_hold for leg in call.legs] == [True, False]


async def test_a_reinvite_with_another_codec_is_followed() -> None:
    office = Office()
    caller, callee = await office.talk()
    await office.reinvite(caller, description("G722"))
    changed, kept = office.media.legs[caller].media, office.media.legs[callee].media
    assert changed is not None and changed.codec.name == "G722"
    assert kept is not None and kept.codec.name == "PCMU"


async def test_a_reinvite_that_repeats_the_offer_keeps_the_codec_and_the_version() -> None:
    office = Office()
    caller, callee = await office.talk()
    before = office.signalling.of(caller)[-1].sdp
    await office.reinvite(caller, description())
    assert office.signalling.of(caller)[-1].sdp == before
    assert office.media.hears(callee) == f"leg {caller}"


async def test_a_reinvite_without_offer_gets_ours_and_its_answer_counts() -> None:
    office = Office()
    caller, callee = await office.talk()
    await office.reinvite(caller, None)
    offer = office.signalling.of(caller)[-1]
    assert offer.verb == "answer" and offer.sdp is not None and b" RTP/AVP 0 " in offer.sdp
    await office.tell(AnswerReceived(SessionId(caller), description("PCMU", port=4444)))
    media = office.media.legs[caller].media
    assert media is not None and media.remote.endswith(":4444")
    assert office.media.hears(callee) == f"leg {caller}"


async def test_an_offer_nobody_can_use_is_refused_and_the_call_goes_on() -> None:
    office = Office()
    caller, callee = await office.talk()
    await office.reinvite(caller, description().replace(b"RTP/AVP 0 8 101", b"RTP/AVP 18"))
    assert office.signalling.verbs(caller)[-1] == "refuse_offer 488"
    assert office.media.hears(callee) == f"leg {caller}"
    await office.bye(callee)
    assert len(office.records.finished) == 1


async def test_a_new_media_address_is_followed_and_the_port_of_ours_stays() -> None:
    office = Office()
    caller, _ = await office.talk()
    port = office.media.legs[caller].port
    await office.reinvite(caller, description(port=5555, address="198.51.100.7"))
    media = office.media.legs[caller].media
    assert media is not None and media.remote == "198.51.100.7:5555"
    answer = office.signalling.of(caller)[-1].sdp
    assert answer is not None and f"m=audio {port} ".encode() in answer


async def test_the_caller_moves_early_media_by_update() -> None:
    office = Office()
    caller = await office.dial("201", "202")
    await office.ring(office.rung(), 183, description("PCMU"))
    await office.reinvite(caller, description(port=5555))
    assert office.signalling.verbs(caller)[-1] == "answer"
    media = office.media.legs[caller].media
    assert media is not None and media.remote.endswith(":5555")
