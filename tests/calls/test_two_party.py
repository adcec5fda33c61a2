"""One user calls another: ringing, answering, refusing, giving up, and how the record tells it."""

from __future__ import annotations

import pytest

from switchroom.calls.records import CallKind, Cause
from switchroom.directory.model import User, UserId
from switchroom.media.types import LegId, MediaLost
from switchroom.sip import events as sip
from switchroom.sip.events import EndCause, InfoReceived, SessionId
from switchroom.sip.headers import Reason
from tests.harness.office import Office, description, flow_of, snapshot

ELSEWHERE = Reason("SIP", 200, "Call completed elsewhere")


async def test_a_call_rings_is_answered_and_hung_up_by_the_caller() -> None:
    office = Office()
    caller = await office.dial("201", "202")
    callee = office.rung()
    assert office.signalling.verbs(caller) == []
    await office.ring(callee)
    assert office.signalling.verbs(caller) == ["provisional 180"]
    await office.wait(4)
    await office.pick_up(callee)
    assert office.signalling.verbs(caller) == ["provisional 180", "accept"]
    assert office.media.hears(caller) == f"leg {callee}"
    assert office.media.hears(callee) == f"leg {caller}"
    await office.acknowledge(caller)
    await office.wait(60)
    await office.bye(caller)
    assert office.signalling.verbs(callee) == ["invite", "hang_up"]
    assert office.media.legs == {}
    record = office.ended
    assert (record.end_cause, record.sip_status, record.kind) == (Cause.CALLER_HUNG_UP, 200, CallKind.CALL)
    assert record.answered_at is not None and record.ended_at is not None
    assert record.answered_at - record.started_at == pytest.approx(4)
    (answer,) = office.records.answers
    assert (answer.id, answer.answered_at, answer.ended_at) == (record.id, record.answered_at, None)
    assert record.ended_at - record.answered_at == pytest.approx(60)
    assert record.callee is not None and record.callee.extension == "202"
    assert [quality.party for quality in record.quality] == ["201", "202"]
    assert record.quality[0].mos == 4.2
    assert office.runner.status().calls == 0 and office.runner.status().legs == 0


async def test_the_callee_hangs_up() -> None:
    office = Office()
    caller, callee = await office.talk()
    await office.bye(callee)
    assert office.signalling.verbs(caller)[-1] == "hang_up"
    assert office.ended.end_cause is Cause.CALLEE_HUNG_UP


async def test_the_record_is_opened_at_the_start_and_finished_once() -> None:
    office = Office()
    caller = await office.dial("201", "202")
    assert [record.dialled for record in office.records.opened] == ["202"]
    assert office.records.opened[0].ended_at is None
    assert office.records.answers == []
    await office.cancel(caller)
    assert len(office.records.finished) == 1
    assert office.records.finished[0].id == office.records.opened[0].id


async def test_the_callee_is_offered_all_codecs_the_callers_first() -> None:
    office = Office()
    await office.dial("201", "202", description("G722", "PCMA"))
    offered = office.signalling.invites()[0].sdp
    assert offered is not None and b" RTP/AVP 9 8 " in offered
    assert b"opus" in offered and b"PCMU" in offered


async def test_the_caller_is_answered_with_the_codec_the_callee_chose() -> None:
    office = Office()
    caller = await office.dial("201", "202", description("G722", "PCMU", "PCMA"))
    await office.pick_up(office.rung(), description("PCMA"))
    answer = office.signalling.of(caller)[-1].sdp
    assert answer is not None and b" RTP/AVP 8 101" in answer
    media = office.media.legs[caller].media
    assert media is not None and media.codec.name == "PCMA"
    assert office.records.opened[0].codec == ""


async def test_codecs_that_differ_are_transcoded_not_refused() -> None:
    office = Office()
    caller = await office.dial("201", "202", description("PCMU"))
    callee = office.rung()
    await office.pick_up(callee, description("opus"))
    codecs = {leg: office.media.legs[leg].media for leg in (caller, callee)}
    assert [media.codec.name for media in codecs.values() if media] == ["PCMU", "opus"]
    assert office.media.hears(caller) == f"leg {callee}"


async def test_all_devices_ring_and_the_first_answer_wins() -> None:
    office = Office()
    office.register("202", "desk", "mobile", "browser")
    caller = await office.dial("201", "202")
    desk, mobile, browser = (one.session for one in office.signalling.invites())
    await office.ring(mobile)
    await office.ring(desk)
    assert office.signalling.verbs(caller) == ["provisional 180"]
    await office.pick_up(mobile)
    for loser in (desk, browser):
        assert office.signalling.verbs(loser) == ["invite", "hang_up"]
        assert office.reasons(loser) == [ELSEWHERE]
        assert loser not in office.media.legs
    assert office.media.hears(caller) == f"leg {mobile}"
    await office.refuse(desk, 487)
    await office.bye(caller)
    assert office.ended.end_cause is Cause.CALLER_HUNG_UP
    assert office.ended.callee is not None and office.ended.callee.device_id == "device-202mobile"


async def test_a_second_answer_that_crossed_is_hung_up() -> None:
    office = Office()
    office.register("202", "desk", "mobile")
    await office.dial("201", "202")
    desk, mobile = (one.session for one in office.signalling.invites())
    await office.pick_up(desk)
    await office.pick_up(mobile)
    assert office.signalling.verbs(mobile) == ["invite", "hang_up", "hang_up"]


async def test_busy_needs_every_device_to_be_busy() -> None:
    office = Office()
    office.register("202", "desk", "mobile")
    caller = await office.dial("201", "202")
    desk, mobile = (one.session for one in office.signalling.invites())
    await office.refuse(desk, 486)
    assert office.signalling.verbs(caller) == []
    await office.refuse(mobile, 486)
    assert office.signalling.verbs(caller) == ["reject 486"]
    assert office.ended.end_cause is Cause.BUSY and office.ended.sip_status == 486


async def test_a_device_that_can_not_be_reached_has_no_vote() -> None:
    office = Office()
    office.register("202", "desk", "mobile")
    caller = await office.dial("201", "202")
    desk, mobile = (one.session for one in office.signalling.invites())
    await office.refuse(desk, 408)
    await office.refuse(mobile, 486)
    assert office.signalling.verbs(caller) == ["reject 486"]


async def test_declined_on_one_device_stops_the_others() -> None:
    office = Office()
    office.register("202", "desk", "mobile")
    caller = await office.dial("201", "202")
    desk, mobile = (one.session for one in office.signalling.invites())
    await office.refuse(desk, 603)
    assert office.signalling.verbs(mobile) == ["invite", "hang_up"]
    assert office.signalling.verbs(caller) == ["reject 603"]
    assert office.ended.end_cause is Cause.DECLINED
    assert office.media.legs == {}


async def test_nobody_answers_in_the_ring_time_of_the_user() -> None:
    office = Office(snapshot([User(UserId("202"), "202", "Slow", ring_seconds=12)]))
    caller = await office.dial("201", "202")
    callee = office.rung()
    await office.ring(callee)
    await office.wait(11.9)
    assert office.signalling.verbs(callee) == ["invite"]
    await office.wait(0.2)
    assert office.signalling.verbs(callee) == ["invite", "hang_up"]
    assert office.reasons(callee)[0].cause == 480
    assert office.signalling.verbs(caller)[-1] == "reject 480"
    assert office.ended.end_cause is Cause.NO_ANSWER


async def test_the_caller_gives_up() -> None:
    office = Office()
    caller = await office.dial("201", "202")
    callee = office.rung()
    await office.ring(callee)
    await office.cancel(caller)
    assert office.signalling.verbs(callee) == ["invite", "hang_up"]
    assert office.signalling.verbs(caller) == ["provisional 180"]
    assert office.ended.end_cause is Cause.CANCELLED and office.ended.sip_status == 487
    assert office.media.legs == {}


async def test_the_caller_gives_up_before_the_ports_are_there() -> None:
    office = Office()
    request = office.request("INVITE", "201", "202")
    office.runner.on_sip_event(
        sip.IncomingInvite(SessionId("early"), request, flow_of("192.0.2.9"), description())
    )
    office.runner.on_sip_event(sip.SessionCancelled(SessionId("early"), ()))
    await office.settle()
    assert office.signalling.invites() == []
    assert office.ended.end_cause is Cause.CANCELLED
    assert office.media.legs == {} and office.runner.status().legs == 0


async def test_no_device_registered_is_told_and_then_480() -> None:
    office = Office()
    office.register("202")
    caller = await office.dial("201", "202")
    assert office.signalling.verbs(caller) == ["provisional 183"]
    assert office.media.hears(caller) == "en/person-unavailable"
    office.media.finish(f"{caller}/refusal")
    await office.settle()
    assert office.signalling.verbs(caller) == ["provisional 183", "reject 480"]
    assert office.ended.end_cause is Cause.UNREACHABLE and office.ended.kind is CallKind.REFUSED
    assert office.ended.answered_at is None


async def test_early_media_of_a_single_device_is_heard_and_the_answer_has_the_same_description() -> None:
    office = Office()
    caller = await office.dial("201", "202")
    callee = office.rung()
    await office.ring(callee, 183, description("PCMA"))
    early = office.signalling.of(caller)[-1]
    assert (early.verb, early.status) == ("provisional", 183)
    assert office.media.hears(caller) == f"leg {callee}"
    await office.ring(callee, 180)
    await office.pick_up(callee, description("PCMU"))
    accepted = office.signalling.of(caller)[-1]
    assert accepted.verb == "accept" and accepted.sdp == early.sdp
    assert office.signalling.verbs(caller) == ["provisional 183", "accept"]
    codecs = [office.media.legs[leg].media for leg in (caller, callee)]
    assert [media.codec.name for media in codecs if media] == ["PCMA", "PCMU"]


async def test_early_media_of_several_devices_is_not_heard() -> None:
    office = Office()
    office.register("202", "desk", "mobile")
    caller = await office.dial("201", "202")
    await office.ring(office.rung(0), 183, description("PCMA"))
    assert office.signalling.verbs(caller) == ["provisional 180"]
    assert office.media.hears(caller) == ""
    await office.pick_up(office.rung(0), None)
    assert office.media.hears(caller) == f"leg {office.rung(0)}"


async def test_a_caller_without_offer_gets_ours_in_the_answer() -> None:
    office = Office()
    caller = await office.dial("201", "202", None)
    callee = office.rung()
    await office.pick_up(callee, description("G722"))
    offer = office.signalling.of(caller)[-1]
    assert offer.verb == "accept" and offer.sdp is not None and b" RTP/AVP 9 " in offer.sdp
    assert office.media.hears(callee) == ""
    await office.acknowledge(caller, description("G722"))
    assert office.media.hears(callee) == f"leg {caller}"
    await office.bye(callee)
    assert office.ended.codec == "G722" and office.ended.end_cause is Cause.CALLEE_HUNG_UP


async def test_a_caller_without_offer_and_without_answer_is_hung_up() -> None:
    office = Office()
    caller = await office.dial("201", "202", None)
    await office.pick_up(office.rung())
    await office.acknowledge(caller, None)
    assert office.signalling.verbs(caller)[-1] == "hang_up"
    assert office.signalling.verbs(office.rung())[-1] == "hang_up"
    assert office.ended.end_cause is Cause.INCOMPATIBLE_MEDIA


async def test_an_offer_without_common_codec_is_488_with_a_warning_and_rings_nobody() -> None:
    office = Office()
    offer = description().replace(b"RTP/AVP 0 8 101", b"RTP/AVP 18 101")
    caller = await office.dial("201", "202", offer)
    sent = office.signalling.of(caller)[-1]
    assert (sent.verb, sent.status) == ("reject", 488)
    assert dict(sent.headers)["Warning"].startswith("305 ")
    assert office.signalling.invites() == []
    assert office.ended.end_cause is Cause.INCOMPATIBLE_MEDIA


async def test_an_answer_that_can_not_be_used_counts_as_488_of_that_device() -> None:
    office = Office()
    office.register("202", "desk", "mobile")
    caller = await office.dial("201", "202")
    desk, mobile = (one.session for one in office.signalling.invites())
    await office.pick_up(desk, b"nonsense")
    assert office.signalling.verbs(desk) == ["invite", "hang_up"]
    assert office.signalling.verbs(caller) == []
    await office.pick_up(mobile)
    assert office.media.hears(caller) == f"leg {mobile}"


async def test_call_waiting_off_makes_a_second_caller_hear_busy_b3_03() -> None:
    """B3-03: unset, a second call sees busy; being rung counts, and so does calling."""
    office = Office(snapshot([User(UserId("202"), "202", "Single", call_waiting=False)]))
    first = await office.dial("201", "202")
    second = await office.dial("203", "202")
    assert office.signalling.verbs(second) == ["reject 486"]
    assert office.ended.end_cause is Cause.BUSY
    await office.cancel(first)
    third = await office.dial("203", "202")
    assert office.signalling.verbs(third) == [] and len(office.signalling.invites()) == 2
    await office.cancel(third)
    await office.dial("202", "204")
    fourth = await office.dial("203", "202")
    assert office.signalling.verbs(fourth) == ["reject 486"]


async def test_call_waiting_on_rings_a_second_call_b3_03() -> None:
    office = Office()
    await office.talk("201", "202")
    await office.dial("203", "202")
    assert len(office.signalling.invites()) == 2


async def test_somebody_who_calls_himself_rings_his_other_devices() -> None:
    office = Office()
    office.register("201", "a", "mobile")
    await office.dial("201", "201")
    assert [one.invite.destination for one in office.signalling.invites() if one.invite] == ["201mobile"]


async def test_a_call_ends_at_its_maximum_duration() -> None:
    office = Office()
    caller, callee = await office.talk()
    await office.wait(4 * 3600 - 1)
    assert office.signalling.verbs(caller)[-1] == "accept"
    await office.wait(2)
    assert office.signalling.verbs(caller)[-1] == "hang_up"
    assert office.signalling.verbs(callee)[-1] == "hang_up"
    assert office.ended.end_cause is Cause.TIME_LIMIT


async def test_lost_media_ends_the_call_with_bye_to_both() -> None:
    office = Office()
    caller, callee = await office.talk()
    office.runner.on_media_event(MediaLost(leg=LegId(callee), seconds=30))
    await office.settle()
    assert office.signalling.verbs(caller)[-1] == office.signalling.verbs(callee)[-1] == "hang_up"
    assert office.reasons(caller)[0].text == "No media"
    assert office.ended.end_cause is Cause.MEDIA_TIMEOUT


@pytest.mark.parametrize("cause", [EndCause.ACK_MISSING, EndCause.SESSION_EXPIRED, EndCause.TRANSPORT])
async def test_lost_signalling_ends_the_call(cause: EndCause) -> None:
    office = Office()
    caller, callee = await office.talk()
    await office.bye(caller, cause)
    assert office.signalling.verbs(callee)[-1] == "hang_up"
    assert office.ended.end_cause is Cause.SIGNALLING_LOST


async def test_info_digits_are_passed_on_as_events() -> None:
    office = Office()
    caller, callee = await office.talk()
    await office.tell(
        InfoReceived(SessionId(caller), "application/dtmf-relay", b"Signal=5\r\nDuration=160\r\n")
    )
    await office.tell(InfoReceived(SessionId(callee), "application/dtmf", b"#"))
    assert office.media.legs[callee].digits_sent == "5"
    assert office.media.legs[caller].digits_sent == "#"


async def test_a_phone_registered_by_tls_is_offered_srtp_and_a_plain_caller_can_talk_to_it() -> None:
    office = Office()
    office.register("202", "desk", secure=True)
    caller = await office.dial("201", "202")
    offer = office.signalling.invites()[0].sdp
    assert offer is not None and b"RTP/SAVP" in offer and b"a=crypto:1 AES_CM_128_HMAC_SHA1_80" in offer
    keys = [line for line in offer.split(b"\r\n") if line.startswith(b"a=crypto")]
    assert len({line.split(b"inline:")[1] for line in keys}) == len(keys)
    answer = description("PCMU").replace(b"RTP/AVP", b"RTP/SAVP").replace(b"a=sendrecv", keys[0])
    await office.pick_up(office.rung(), answer)
    media = office.media.legs[office.rung()].media
    assert media is not None and media.srtp_send is not None and media.srtp_receive is not None
    plain = office.media.legs[caller].media
    assert plain is not None and plain.srtp_send is None


async def test_a_tls_phone_that_refuses_srtp_is_rung_again_without_it_and_reported() -> None:
    office = Office()
    office.register("202", "desk", secure=True)
    caller = await office.dial("201", "202")
    await office.refuse(office.rung(), 488)
    first, second = office.signalling.invites()
    assert b"RTP/SAVP" in (first.sdp or b"") and b"RTP/AVP" in (second.sdp or b"")
    assert first.session not in office.media.legs
    assert [problem.kind for problem in office.problems.found] == ["srtp-refused"]
    await office.pick_up(second.session)
    assert office.media.hears(caller) == f"leg {second.session}"
    await office.bye(caller)
    assert office.media.legs == {} and office.media.failures == []


async def test_a_tls_phone_that_refuses_both_is_488() -> None:
    office = Office()
    office.register("202", "desk", secure=True)
    caller = await office.dial("201", "202")
    await office.refuse(office.rung(), 488)
    await office.refuse(office.rung(), 488)
    assert len(office.signalling.invites()) == 2
    assert office.signalling.verbs(caller) == ["reject 488"]


async def test_max_forwards_goes_down_and_zero_is_483() -> None:
    office = Office()
    await office.dial("201", "202")
    invite = office.signalling.invites()[0].invite
    assert invite is not None and invite.max_forwards == 69
    request = office.request("INVITE", "201", "202")
    request.headers.set("Max-Forwards", "0")
    office.runner.on_sip_event(
        sip.IncomingInvite(SessionId("loop"), request, flow_of("192.0.2.9"), description())
    )
    assert office.signalling.verbs("loop") == ["reject 483"]


async def test_dialogs_at_stable_points_are_saved_a_little_later_and_forgotten_at_the_end() -> None:
    office = Office()
    caller, callee = await office.talk()
    assert office.records.dialogs == {}
    await office.wait(1.1)
    assert set(office.records.dialogs) == {caller, callee}
    await office.bye(caller)
    assert office.records.dialogs == {}


async def test_a_short_call_saves_no_dialog() -> None:
    office = Office()
    caller, _ = await office.talk()
    await office.bye(caller)
    await office.wait(2)
    assert office.signalling.exported == []
