"""Browsers in calls: offers of their own kind, pages that go and come back, take-over by Replaces."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from switchroom.calls.records import CallKind, Cause
from switchroom.directory.model import Conference, ConferenceId, UserId
from switchroom.media import types as m
from switchroom.sip import events as sip
from switchroom.sip.flow import BindingRef
from tests.harness.office import WORKER, Office, description, flow_of

RECORDED = Path(__file__).parent.parent / "media" / "recorded"
OFFER = (RECORDED / "jssip-3.13-chromium.sdp").read_bytes()
OTHER = (RECORDED / "sipjs-0.21-chromium.sdp").read_bytes()
ANSWER = (
    OFFER.replace(b"SAVPF 111 63 9 0 8 13 110 126", b"SAVPF 96 9 0 8 100 101")
    .replace(b":111 opus", b":96 opus")
    .replace(b":110 telephone", b":100 telephone")
    .replace(b"setup:actpass", b"setup:active")
)


def opened(office: Office, leg: str) -> m.OpenLeg:
    """The command that opened a leg."""
    return next(
        command
        for batch in office.media.batches
        for command in batch
        if isinstance(command, m.OpenLeg) and command.leg == leg
    )


def name_dialog(office: Office, session: str, phase: sip.DialogPhase = sip.DialogPhase.CONFIRMED) -> str:
    """Let signalling know a session's dialog; the Replaces that means it."""
    names = sip.DialogNames(f"call-{session}", f"ours-{session}", f"theirs-{session}")
    office.signalling.dialogs[names] = sip.FoundDialog(sip.SessionId(session), phase)
    return f"{names.call_id};to-tag={names.local_tag};from-tag={names.remote_tag}"


async def media(office: Office, event: m.WorkerEvent) -> None:
    """The worker tells something."""
    office.runner.on_media_event(event)
    await office.settle()


async def from_browser(office: Office, callee: str = "202") -> tuple[str, str]:
    """The browser of 201 talks to a desk phone: both sessions."""
    office.register("201", "a", browser="a")
    caller = await office.dial("201", callee, OFFER, browser=True)
    called = office.rung()
    await office.pick_up(called)
    await office.acknowledge(caller)
    await media(office, m.MediaFound(leg=m.LegId(caller), source="192.0.2.9:1"))
    return caller, called


async def take_over(
    office: Office, session: str, extension: str = "201", sdp: bytes | None = OTHER, **more: str
) -> str:
    """Another page of a user takes a session's place."""
    text = name_dialog(office, session) + more.get("extra", "")
    return await office.dial(extension, extension, sdp, browser=True, headers=[("Replaces", text)])


# --- offers and answers ---


async def test_a_browser_s_call_gets_a_leg_without_ports_and_an_answer_with_ice() -> None:
    office = Office()
    caller, called = await from_browser(office)
    command = opened(office, caller)
    assert (command.webrtc, command.lost_after) == (True, 5)
    assert not opened(office, called).webrtc and opened(office, called).lost_after == 30
    (answer,) = [one.sdp for one in office.signalling.of(caller) if one.verb == "accept"]
    assert answer is not None and b"m=audio 40000 UDP/TLS/RTP/SAVPF 0 126" in answer
    assert WORKER.fingerprint.encode() in answer and b"a=ice-lite" in answer
    agreed = office.media.legs[caller].media
    assert agreed is not None and agreed.webrtc is not None and agreed.webrtc.remote_ufrag == "aa1n"
    assert agreed.codec.name == "PCMU"  # the desk phone's: relayed, not transcoded
    assert office.media.hears(caller) == f"leg {called}"


async def test_a_desk_phone_and_a_browser_ring_together_each_with_an_offer_of_its_own() -> None:
    office = Office()
    office.register("202", "a", "b", browser="b")
    await office.dial("201", "202")
    desk, browser = (one.sdp or b"" for one in office.signalling.invites())
    assert b"RTP/AVP 0 8" in desk and b"ice-ufrag" not in desk
    assert b"m=audio 40000 UDP/TLS/RTP/SAVPF 96 0 8" in browser and b"setup:actpass" in browser
    first, second = (one.session for one in office.signalling.invites())
    await office.pick_up(second, ANSWER)
    assert office.signalling.verbs(first)[-1] == "hang_up"
    agreed = office.media.legs[second].media
    assert agreed is not None and agreed.webrtc is not None and agreed.webrtc.role == "passive"
    assert agreed.codec.name == "opus"


async def test_browser_to_browser_relays_opus() -> None:
    office = Office()
    office.register("201", "a", browser="a")
    office.register("202", "a", browser="a")
    caller = await office.dial("201", "202", OFFER, browser=True)
    await office.pick_up(office.rung(), ANSWER)
    codecs = {leg: found.media and found.media.codec.name for leg, found in office.media.legs.items()}
    assert codecs == {caller: "opus", office.rung(): "opus"}
    ufrags = {
        found.media.webrtc.local_ufrag
        for found in office.media.legs.values()
        if found.media and found.media.webrtc
    }
    assert len(ufrags) == 2


async def test_a_browser_on_tls_is_not_offered_sdes() -> None:
    office = Office()
    office.register("202", "a", secure=True, browser="a")
    await office.dial("201", "202")
    assert b"a=crypto" not in (office.signalling.invites()[0].sdp or b"")


async def test_without_a_port_for_browsers_they_are_offered_plain_media_and_refused_dtls() -> None:
    office = Office()
    office.runner.worker_ready(m.HelloResult(version=1, epoch="f", pid=2))
    office.register("202", "a", browser="a")
    await office.dial("201", "202")
    assert b"RTP/AVP" in (office.signalling.invites()[0].sdp or b"")
    refused = await office.dial("201", "8001", OFFER, browser=True)
    (sent,) = office.signalling.of(refused)
    assert sent.status == 488 and "switched off" in dict(sent.headers)["Warning"]


async def test_after_a_restart_of_the_worker_its_new_certificate_is_offered() -> None:
    office = Office()
    office.register("202", "a", browser="a")
    fingerprint = WORKER.fingerprint.replace("5A", "C3")
    office.runner.worker_lost()
    office.runner.worker_ready(
        m.HelloResult(version=1, epoch="f", pid=2, webrtc_port=41000, fingerprint=fingerprint)
    )
    await office.dial("201", "202")
    offer = office.signalling.invites()[0].sdp or b""
    assert f"a=fingerprint:{fingerprint}\r\n".encode() in offer and b"m=audio 41000 " in offer


@pytest.mark.parametrize("number", ["202", "8001", "*43"])
async def test_an_offer_that_can_not_be_taken_is_488_with_the_reason(number: str) -> None:
    office = Office()
    refused = await office.dial("201", number, OFFER.replace(b"a=rtcp-mux\r\n", b""), browser=True)
    (sent,) = office.signalling.of(refused)
    assert sent.status == 488 and "rtcp-mux" in dict(sent.headers)["Warning"]
    assert office.media.legs == {}


async def test_a_late_offer_of_a_browser_gets_an_offer_for_browsers() -> None:
    office = Office()
    session = await office.dial("201", "8001", None, browser=True)
    (accepted,) = office.signalling.of(session)
    assert accepted.sdp is not None and b"UDP/TLS/RTP/SAVPF" in accepted.sdp
    assert opened(office, session).webrtc
    await office.acknowledge(session, ANSWER)
    assert office.media.members("c1") == {session}


async def test_an_ice_restart_in_a_re_invite_reaches_the_worker_on_the_same_leg() -> None:
    office = Office()
    caller, _ = await from_browser(office)
    before = office.media.legs[caller].media
    restarted = OFFER.replace(b"ice-ufrag:aa1n", b"ice-ufrag:bb2o")
    await office.reinvite(caller, restarted)
    after = office.media.legs[caller].media
    assert before is not None and before.webrtc is not None and after is not None and after.webrtc is not None
    assert after.webrtc.remote_ufrag == "bb2o" and after.webrtc.local_ufrag != before.webrtc.local_ufrag
    answer = office.signalling.of(caller)[-1]
    assert answer.verb == "answer" and after.webrtc.local_ufrag.encode() in (answer.sdp or b"")


async def test_plain_media_is_refused_within_a_browser_s_call() -> None:
    office = Office()
    caller, called = await from_browser(office)
    await office.reinvite(caller, description())
    assert office.signalling.verbs(caller)[-1] == "refuse_offer 488"
    await office.reinvite(called, OFFER)
    assert office.signalling.verbs(called)[-1] == "refuse_offer 488"
    assert office.media.hears(called) == f"leg {caller}"


# --- pages that go and come back ---


async def test_f_08_a_page_that_says_goodbye_is_held_for_ten_seconds_with_music() -> None:
    office = Office()
    caller, called = await from_browser(office)
    await media(office, m.MediaClosed(leg=m.LegId(caller)))
    assert office.media.hears(called) == "music"
    (call,) = office.runner.calls()
    assert [leg.away for leg in call.legs] == [True, False]
    await office.wait(9.9)
    assert office.media.hears(called) == "music"
    await office.wait(0.2)
    assert office.signalling.verbs(called)[-1] == "hang_up"
    assert office.reasons(called)[0].text == "The other phone is gone"
    assert office.ended.end_cause is Cause.SIGNALLING_LOST


@pytest.mark.parametrize("how", ["media", "re-invite"])
async def test_f_08_a_page_that_comes_back_goes_on(how: str) -> None:
    office = Office()
    caller, called = await from_browser(office)
    await media(office, m.MediaClosed(leg=m.LegId(caller)))
    await office.wait(5)
    if how == "media":
        await media(office, m.MediaFound(leg=m.LegId(caller), source="192.0.2.9:2"))
    else:
        await office.reinvite(caller, OTHER)
    assert office.media.hears(called) == f"leg {caller}"
    await office.wait(20)
    assert len(office.runner.calls()) == 1


async def test_a_closed_websocket_alone_disturbs_nobody() -> None:
    office = Office()
    caller, called = await from_browser(office)
    office.runner.flow_closed([BindingRef("201a")])
    await office.wait(60)
    assert office.media.hears(called) == f"leg {caller}" and len(office.runner.calls()) == 1


async def test_a_closed_websocket_and_no_media_is_a_page_that_is_gone() -> None:
    for closed_first in (True, False):
        office = Office()
        caller, called = await from_browser(office)
        if closed_first:
            office.runner.flow_closed([BindingRef("201a")])
        await media(office, m.MediaLost(leg=m.LegId(caller), seconds=5))
        if not closed_first:
            office.runner.flow_closed([BindingRef("201a")])
            await office.settle()
        assert office.media.hears(called) == "music"
        await office.wait(10.1)
        assert office.ended.end_cause is Cause.SIGNALLING_LOST


async def test_no_media_with_the_websocket_open_is_given_as_long_as_any_phone() -> None:
    office = Office()
    caller, called = await from_browser(office)
    await media(office, m.MediaLost(leg=m.LegId(caller), seconds=5))
    assert office.media.hears(called) == "music"
    await office.wait(24)
    assert len(office.runner.calls()) == 1
    await office.wait(2)
    assert office.ended.end_cause is Cause.SIGNALLING_LOST


async def test_a_called_browser_is_held_too_and_both_may_be_away() -> None:
    office = Office()
    office.register("201", "a", browser="a")
    office.register("202", "a", browser="a")
    caller = await office.dial("201", "202", OFFER, browser=True)
    called = office.rung()
    await office.pick_up(called, ANSWER)
    await media(office, m.MediaClosed(leg=m.LegId(called)))
    assert office.media.hears(caller) == "music"
    await media(office, m.MediaClosed(leg=m.LegId(caller)))
    assert office.media.hears(called) == f"leg {caller}"
    await media(office, m.MediaFound(leg=m.LegId(caller), source="192.0.2.9:2"))
    assert office.media.hears(caller) == "music"
    await media(office, m.MediaFound(leg=m.LegId(called), source="192.0.2.9:2"))
    await office.wait(30)
    assert office.media.hears(caller) == f"leg {called}" and len(office.runner.calls()) == 1


async def test_a_page_that_is_gone_leaves_its_room_after_ten_seconds_and_the_others_hear_nothing_of_it() -> (
    None
):
    office = Office()
    office.register("201", "a", browser="a")
    browser = await office.join("201", "8001", OFFER)
    other, third = await office.join("202"), await office.join("203")
    played = list(office.media.room_files("c1"))
    await media(office, m.MediaClosed(leg=m.LegId(browser)))
    await office.wait(9)
    assert office.media.members("c1") == {browser, other, third}
    assert office.media.room_files("c1") == played
    await office.wait(2)
    assert office.media.members("c1") == {other, third}
    assert office.ended.end_cause is Cause.SIGNALLING_LOST


async def test_a_caller_whose_page_is_gone_while_it_rings_stops_ringing() -> None:
    office = Office()
    office.register("201", "a", browser="a")
    caller = await office.dial("201", "202", OFFER, browser=True)
    await office.ring(office.rung())
    office.runner.flow_closed([BindingRef("201a")])
    await office.wait(9)
    assert office.signalling.verbs(office.rung()) == ["invite"]
    await office.wait(2)
    assert office.signalling.verbs(office.rung())[-1] == "hang_up"
    assert office.signalling.verbs(caller)[-1] == "reject 480"


async def test_a_caller_who_registers_again_while_it_rings_goes_on() -> None:
    office = Office()
    office.register("201", "a", browser="a")
    await office.dial("201", "202", OFFER, browser=True)
    office.runner.flow_closed([BindingRef("201a")])
    await office.wait(3)
    office.registrar.gate.set()
    request = office.request("REGISTER", "201", "")
    await office.tell(sip.IncomingRequest(sip.TransactionId("r"), request, flow_of("192.0.2.9")))
    await office.wait(20)
    assert office.signalling.verbs(office.rung()) == ["invite"]


# --- taking over ---


@pytest.mark.parametrize("side", ["caller", "callee"])
async def test_f_08_another_page_takes_a_call_over_and_the_other_party_stays(side: str) -> None:
    office = Office()
    office.register("201", "a", browser="a")
    if side == "caller":
        old, other = await from_browser(office)
    else:
        other = await office.dial("202", "201")
        old = office.rung()
        await office.pick_up(old, ANSWER)
        await office.acknowledge(other)
    answered_at = office.runner.calls()[0].answered_at
    await office.wait(30)
    await media(office, m.MediaClosed(leg=m.LegId(old)))
    new = await take_over(office, old)
    assert office.signalling.verbs(new) == ["accept"]
    assert office.media.hears(other) == f"leg {new}" and office.media.hears(new) == f"leg {other}"
    assert office.signalling.verbs(old)[-1] == "hang_up"
    assert office.reasons(old)[0].text == "Call taken over"
    assert old not in office.media.legs
    (call,) = office.runner.calls()
    assert {leg.leg for leg in call.legs} == {new, other}
    assert call.answered_at == answered_at
    await office.acknowledge(new)
    await office.bye(old)  # the old page's session is over: no business of the call's
    await office.wait(60)
    assert len(office.runner.calls()) == 1 and office.records.finished == []
    await office.bye(new)
    assert office.signalling.verbs(other)[-1] == "hang_up"
    assert len(office.records.opened) == len(office.records.finished) == 1
    ended = {"caller": Cause.CALLER_HUNG_UP, "callee": Cause.CALLEE_HUNG_UP}[side]
    assert office.ended.end_cause is ended and office.ended.answered_at == answered_at


async def test_the_one_who_takes_over_gets_the_codec_in_use() -> None:
    office = Office()
    old, other = await from_browser(office)
    new = await take_over(office, old)
    used = {leg: found.media.codec.name for leg, found in office.media.legs.items() if found.media}
    assert used == {new: "PCMU", other: "PCMU"}


async def test_a_held_call_is_taken_over_with_its_music() -> None:
    office = Office()
    old, other = await from_browser(office)
    await office.reinvite(old, OFFER.replace(b"a=sendrecv", b"a=sendonly"))
    assert office.media.hears(other) == "music"
    new = await take_over(office, old, sdp=OTHER.replace(b"a=sendrecv", b"a=sendonly"))
    assert office.media.hears(other) == "music"
    await office.reinvite(new, OTHER)
    assert office.media.hears(other) == f"leg {new}"


async def test_g_04_an_administrator_takes_the_own_place_in_a_room_and_no_tone_is_heard() -> None:
    room = Conference(
        ConferenceId("c9"), "Led", "8009", administrator=UserId("201"), end_when_administrator_leaves=True
    )
    office = Office()
    office.configure(room)
    old = await office.join("201", "8009", OFFER)
    other = await office.join("202", "8009")
    before = office.runner.rooms()[0]
    played = list(office.media.room_files("c9"))
    await office.wait(30)
    new = await take_over(office, old)
    await office.acknowledge(new)
    assert office.media.members("c9") == {new, other}
    after = office.runner.rooms()[0]
    assert after.participants == (
        replace(before.participants[0], leg=m.LegId(new), party=after.participants[0].party),
        before.participants[1],
    )
    assert office.media.room_files("c9") == played and after.state == "open"
    assert office.signalling.verbs(old)[-1] == "hang_up"
    await office.bye(new)
    assert office.runner.rooms()[0].state == "ending"  # it is still the administrator's leg


async def test_who_waits_for_the_administrator_waits_on_at_the_new_page() -> None:
    office = Office()
    old = await office.join("202", "8003", OFFER)
    assert office.media.hears(old) == "en/waiting-for-administrator"
    new = await take_over(office, old, "202")
    assert office.media.hears(new) == "music"
    await office.join("201", "8003")
    assert new in office.media.members("c3")


async def test_the_receptionist_asks_the_new_page_with_as_many_tries_left() -> None:
    office = Office()
    old = await office.join("201", "8002", OFFER)
    await office.key(old, "11#")
    await office.key(old, "22#")
    new = await take_over(office, old)
    await office.acknowledge(new)
    assert office.media.hears(new) == "en/enter-access-code"
    await office.key(new, "33#")
    assert office.media.hears(new) == "en/wrong-access-code"
    await office.wait(1)
    assert office.media.legs[new].playing[0].files[-1] == "en/goodbye"


async def test_alone_in_a_room_the_new_page_hears_the_music() -> None:
    office = Office()
    old = await office.join("201", "8001", OFFER)
    new = await take_over(office, old)
    assert office.media.hears(new) == "music" and office.media.members("c1") == {new}
    await office.join("202")
    assert office.media.hears(new) == "room c1"


async def test_a_ringing_call_is_picked_up_at_another_device_of_the_same_user() -> None:
    office = Office()
    office.register("202", "a", "b", browser="b")
    caller = await office.dial("201", "202")
    desk, page = (one.session for one in office.signalling.invites())
    text = name_dialog(office, desk, sip.DialogPhase.RINGING)
    new = await office.dial("202", "202", OTHER, browser=True, headers=[("Replaces", text + ";early-only")])
    assert office.signalling.verbs(new) == ["accept"]
    assert office.signalling.verbs(caller)[-1] == "accept"
    assert [office.signalling.verbs(one)[-1] for one in (desk, page)] == ["hang_up", "hang_up"]
    assert office.media.hears(caller) == f"leg {new}"


@pytest.mark.parametrize(
    ("phase", "extension", "extra", "status"),
    [
        (sip.DialogPhase.CONFIRMED, "203", "", 403),
        (sip.DialogPhase.CONFIRMED, "201", ";early-only", 486),
        (sip.DialogPhase.ENDED, "201", "", 603),
        (sip.DialogPhase.CALLING, "201", "", 481),
    ],
)
async def test_rfc_3891_what_can_not_be_replaced(
    phase: sip.DialogPhase, extension: str, extra: str, status: int
) -> None:
    office = Office()
    old, other = await from_browser(office)
    text = name_dialog(office, old, phase) + extra
    refused = await office.dial(extension, extension, OTHER, browser=True, headers=[("Replaces", text)])
    assert office.signalling.verbs(refused) == [f"reject {status}"]
    assert office.media.hears(other) == f"leg {old}" and len(office.runner.calls()) == 1


async def test_rfc_3891_unknown_malformed_and_repeated_replaces() -> None:
    office = Office()
    old, _ = await from_browser(office)
    good = name_dialog(office, old)
    for headers, status in (
        ([("Replaces", "x;to-tag=y;from-tag=z")], 481),
        ([("Replaces", "x;to-tag=y")], 400),
        ([("Replaces", good), ("Replaces", good)], 400),
    ):
        refused = await office.dial("201", "201", OTHER, browser=True, headers=headers)
        assert office.signalling.verbs(refused) == [f"reject {status}"]


async def test_a_call_that_ends_before_the_port_is_there_can_not_be_taken_over() -> None:
    office = Office()
    old, other = await from_browser(office)
    text = name_dialog(office, old)
    request = office.request("INVITE", "201", "201")
    request.headers.add("Replaces", text)
    flow = flow_of("192.0.2.9")
    office.runner.on_sip_event(sip.IncomingInvite(sip.SessionId("late"), request, flow, OTHER))
    office.runner.on_sip_event(sip.SessionEnded(sip.SessionId(other), sip.EndCause.REMOTE_BYE))
    await office.settle()
    assert office.signalling.verbs("late") == ["reject 603"]
    assert office.media.legs == {} and office.runner.status().legs == 0


async def test_who_gives_a_take_over_up_leaves_the_call_as_it_was() -> None:
    office = Office()
    old, other = await from_browser(office)
    office.media.refuse_ports = True
    refused = await take_over(office, old)
    assert office.signalling.verbs(refused) == ["reject 503"]
    assert (await take_over(office, old, sdp=None)) and office.media.hears(other) == f"leg {old}"
    bad = await take_over(office, old, sdp=OTHER.replace(b"a=rtcp-mux\r\n", b""))
    assert office.signalling.verbs(bad) == ["reject 488"]
    assert office.media.hears(other) == f"leg {old}" and len(office.runner.calls()) == 1


# --- the echo test, and what the console sees ---


async def test_the_echo_test_says_what_to_do_and_then_echoes() -> None:
    office = Office()
    caller = await office.dial("201", "*43", OFFER, browser=True)
    assert office.signalling.verbs(caller) == ["accept"]
    await office.acknowledge(caller)
    assert office.media.hears(caller) == "en/echo-test"
    office.media.finish(f"{caller}/echo")
    await office.settle()
    assert office.media.hears(caller) == f"leg {caller}"
    assert [call.state for call in office.runner.calls()] == ["echo"]
    await office.bye(caller)
    assert (office.ended.kind, office.ended.end_cause) == (CallKind.ECHO, Cause.CALLER_HUNG_UP)
    assert office.media.legs == {}


async def test_the_echo_test_is_for_plain_phones_too_with_and_without_an_offer() -> None:
    office = Office()
    caller = await office.dial("202", "*43", None)
    await office.acknowledge(caller, description("PCMA"))
    office.media.finish(f"{caller}/echo")
    assert office.media.hears(caller) == f"leg {caller}"
    await office.reinvite(caller, description("PCMA", direction="sendonly"))
    assert office.signalling.verbs(caller)[-1] == "answer"
    await office.wait(4 * 3600)
    assert office.ended.end_cause is Cause.TIME_LIMIT


async def test_the_console_sees_what_another_page_has_to_name() -> None:
    office = Office()
    caller, called = await from_browser(office)
    name_dialog(office, caller)
    name_dialog(office, called)
    (call,) = office.runner.calls()
    mine, theirs = call.legs
    assert mine.browser and mine.device_id == "device-201"
    assert mine.dialog == sip.DialogNames(f"call-{caller}", f"ours-{caller}", f"theirs-{caller}")
    assert not theirs.browser and theirs.dialog is None


async def test_the_quality_of_a_running_call_is_told_when_asked() -> None:
    office = Office()
    caller, called = await from_browser(office)
    (call,) = office.runner.calls()
    office.media.stats[caller] = m.LegStats(leg=m.LegId(caller), codec="opus", packets_received=50, mos=4.0)
    found = await office.runner.quality(call.id)
    assert {one.leg: one.mos for one in found} == {caller: 4.0, called: 0.0}
    await office.bye(caller)
    assert await office.runner.quality(call.id) == []
