"""What is refused, what fails, and how the rest goes on."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from switchroom.calls import machine
from switchroom.calls.records import CallKind, Cause
from switchroom.media.types import DtmfReceived, LegFailed, LegId, PlayEnded, PlayId
from switchroom.sip import events as sip
from switchroom.sip.message import Headers, Request
from tests.harness.office import HOST, WORKER, Office, description, flow_of
from tests.harness.until import LONG


async def invite(
    office: Office, request: Request, session: str = "x", address: str = "192.0.2.9"
) -> list[str]:
    """An INVITE arrives; what was done with it."""
    event = sip.IncomingInvite(sip.SessionId(session), request, flow_of(address), description())
    office.runner.on_sip_event(event)
    await office.settle()
    return office.signalling.verbs(session)


async def test_a_stranger_is_challenged_and_leaves_no_record() -> None:
    office = Office()
    assert await invite(office, office.anonymous("INVITE", "201", "202")) == ["reject 401"]
    assert office.records.opened == office.records.finished == []
    assert office.media.batches == []


async def test_an_unknown_host_is_404_without_a_challenge_and_listed() -> None:
    office = Office()
    request = office.anonymous("INVITE", "100", "00442078", host="203.0.113.7")
    assert await invite(office, request) == ["reject 404"]
    assert [problem.kind for problem in office.problems.found] == ["unknown-host"]
    assert office.records.finished == []


async def test_an_unknown_number_is_told_by_voice_and_then_404() -> None:
    office = Office()
    session = await office.dial("201", "777")
    assert office.signalling.verbs(session) == ["provisional 183"]
    assert office.media.hears(session) == "en/number-unknown"
    office.media.finish(f"{session}/refusal")
    await office.settle()
    assert office.signalling.verbs(session) == ["provisional 183", "reject 404"]
    assert office.ended.end_cause is Cause.UNKNOWN_NUMBER and office.ended.kind is CallKind.REFUSED


async def test_a_refusal_that_never_ends_is_ended() -> None:
    office = Office()
    session = await office.dial("201", "777")
    await office.wait(20.1)
    assert office.signalling.verbs(session)[-1] == "reject 404"


async def test_a_refused_caller_may_hang_up_early() -> None:
    office = Office()
    session = await office.dial("201", "777")
    await office.cancel(session)
    assert office.signalling.verbs(session) == ["provisional 183"]
    assert office.media.legs == {} and len(office.records.finished) == 1


@pytest.mark.parametrize(
    ("number", "prompt"), [("112", "emergency-impossible"), ("+3222903490", "outside-calls-impossible")]
)
async def test_what_can_not_be_called_yet_says_so(number: str, prompt: str) -> None:
    office = Office()
    session = await office.dial("201", number)
    assert office.media.hears(session) == f"en/{prompt}"


async def test_a_refusal_without_offer_is_final_at_once() -> None:
    office = Office()
    session = await office.dial("201", "777", None)
    assert office.signalling.verbs(session) == ["reject 404"]
    assert len(office.records.finished) == 1


async def test_while_draining_new_calls_get_503_with_retry_after_and_running_ones_go_on() -> None:
    office = Office()
    caller, callee = await office.talk()
    draining = asyncio.create_task(office.runner.drain(5))
    await office.settle()
    refused = await office.dial("203", "204")
    sent = office.signalling.of(refused)[0]
    assert sent.status == 503 and dict(sent.headers)["Retry-After"] == "5"
    assert office.media.hears(caller) == f"leg {callee}"
    await office.bye(caller)
    async with asyncio.timeout(LONG):
        await draining
    assert office.ended.end_cause is Cause.CALLER_HUNG_UP


async def test_drain_hangs_up_what_is_left_with_a_reason() -> None:
    office = Office()
    caller, callee = await office.talk()
    room = await office.join("203")
    ringing = await office.dial("201", "204")
    await office.runner.drain(0)
    assert office.signalling.verbs(caller)[-1] == office.signalling.verbs(callee)[-1] == "hang_up"
    assert office.signalling.verbs(room)[-1] == "hang_up"
    assert office.signalling.verbs(ringing)[-1] == "reject 503"
    assert {record.end_cause for record in office.records.finished} == {Cause.SHUTDOWN}
    assert office.media.legs == {} and office.runner.status().calls == 0


async def test_the_worker_dies_every_call_ends_with_a_reason_and_new_ones_work_when_it_is_back() -> None:
    office = Office()
    caller, callee = await office.talk()
    room = await office.join("203")
    ringing = await office.dial("204", "201")
    office.media.lost = True
    office.runner.worker_lost()
    await office.settle()
    for session in (caller, callee, room):
        assert office.signalling.verbs(session)[-1] == "hang_up"
        assert office.reasons(session)[0].text == "Media server failed"
    assert office.signalling.verbs(ringing)[-1] == "reject 503"
    assert {record.end_cause for record in office.records.finished} == {Cause.MEDIA_FAILED}
    assert len(office.records.finished) == 3
    assert office.runner.rooms() == [] and office.runner.status().legs == 0
    refused = await office.dial("201", "202")
    assert office.signalling.verbs(refused) == ["reject 503"]
    office.media.lost, office.media.legs, office.media.rooms = False, {}, {}
    office.runner.worker_ready(WORKER)
    again = await office.join("201")
    assert office.media.members("c1") == {again}


async def test_a_worker_that_dies_while_a_leg_is_opened() -> None:
    office = Office()
    office.media.lost = True
    session = await office.dial("201", "202")
    assert office.signalling.verbs(session) == ["reject 503"]
    assert office.ended.end_cause is Cause.MEDIA_FAILED


async def test_a_leg_the_worker_gives_up_ends_its_call_only() -> None:
    office = Office()
    caller, _ = await office.talk()
    room = await office.join("203")
    office.runner.on_media_event(LegFailed(leg=LegId(caller), reason="bug"))
    await office.settle()
    assert office.ended.end_cause is Cause.MEDIA_FAILED
    assert office.signalling.verbs(room) == ["accept"]


async def test_a_mistake_of_ours_costs_one_call_a_bye_and_a_record(monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office()
    caller, callee = await office.talk()
    room = await office.join("203")
    handle = machine.handle

    def broken(state: Any, event: Any, now: float) -> Any:
        if isinstance(event, sip.InfoReceived):
            raise ZeroDivisionError
        return handle(state, event, now)

    monkeypatch.setattr(machine, "handle", broken)
    await office.tell(sip.InfoReceived(sip.SessionId(caller), "application/dtmf", b"1"))
    assert office.signalling.verbs(caller)[-1] == office.signalling.verbs(callee)[-1] == "hang_up"
    assert office.ended.end_cause is Cause.INTERNAL_ERROR
    assert set(office.media.legs) == {room} and office.runner.status().calls == 1
    assert [problem.kind for problem in office.problems.found] == ["call-failed"]
    await office.bye(room)
    assert office.records.finished[-1].end_cause is Cause.CALLER_HUNG_UP


async def test_a_mistake_before_the_answer_is_500(monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office()
    session = await office.dial("201", "202")
    monkeypatch.setattr(machine, "handle", lambda *_: 1 / 0)
    await office.ring(office.rung())
    assert office.signalling.verbs(session) == ["reject 500"]
    assert office.signalling.verbs(office.rung()) == ["invite", "hang_up"]
    assert len(office.records.finished) == 1 and office.runner.status().calls == 0


async def test_a_broken_directory_is_500_and_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office()
    request = office.request("INVITE", "201", "202")
    monkeypatch.setattr(office.registrations, "lookup", lambda _: 1 / 0)
    assert await invite(office, request) == ["reject 500"]
    assert office.runner.status().calls == 0


async def test_events_of_unknown_legs_are_ignored() -> None:
    office = Office()
    await office.tell(sip.SessionEnded(sip.SessionId("nobody"), sip.EndCause.REMOTE_BYE))
    await office.tell(sip.OfferReceived(sip.SessionId("nobody"), description()))
    office.runner.on_media_event(DtmfReceived(leg=LegId("nobody"), digit="1"))
    office.runner.on_media_event(PlayEnded(play=PlayId("nobody/x"), reason="gone"))
    assert office.signalling.sent == [] and office.records.finished == []


async def test_the_console_hangs_up_a_call() -> None:
    office = Office()
    caller, callee = await office.talk()
    (call,) = office.runner.calls()
    assert (call.state, call.dialled, call.caller.extension) == ("talking", "202", "201")
    assert office.runner.hang_up(call.id)
    await office.settle()
    assert office.ended.end_cause is Cause.HUNG_UP_BY_OPERATOR
    assert office.signalling.verbs(callee)[-1] == "hang_up"
    assert not office.runner.hang_up(call.id)
    assert office.runner.calls() == [] and caller not in office.media.legs


async def test_too_many_calls_are_refused_with_503() -> None:
    office = Office(max_calls=1)
    await office.join("201")
    assert office.signalling.verbs(await office.dial("202", "8001")) == ["reject 503"]
    assert office.runner.status().refused_busy == 1


async def test_register_is_answered_when_it_is_durable() -> None:
    office = Office()
    request = office.request("REGISTER", "201", "")
    office.runner.on_sip_event(sip.IncomingRequest(sip.TransactionId("t1"), request, flow_of("192.0.2.9")))
    await office.settle()
    assert office.registrar.requests[0][1].device_id == "device-201"
    assert office.signalling.of("t1") == []
    office.registrar.gate.set()
    await office.settle()
    sent = office.signalling.of("t1")[0]
    assert sent.status == 200 and sent.headers[0][0] == "Contact"


@pytest.mark.parametrize(
    ("method", "status"),
    [("SUBSCRIBE", 489), ("REFER", 403), ("MESSAGE", 405), ("PUBLISH", 489), ("NOTIFY", 481)],
)
async def test_methods_outside_a_dialog_are_authenticated_and_refused(method: str, status: int) -> None:
    office = Office()
    flow = flow_of("192.0.2.9")
    stranger = office.anonymous(method, "201", "202")
    office.runner.on_sip_event(sip.IncomingRequest(sip.TransactionId("a"), stranger, flow))
    known = office.request(method, "201", "202")
    office.runner.on_sip_event(sip.IncomingRequest(sip.TransactionId("b"), known, flow))
    assert [office.signalling.of(one)[0].status for one in "ab"] == [401, status]


async def test_refer_within_a_call_is_declined_until_transfer_is_there() -> None:
    office = Office()
    caller, callee = await office.talk()
    request = Request("REFER", f"sip:switchroom@{HOST}", Headers([]))
    await office.tell(sip.DialogRequest(sip.SessionId(caller), sip.TransactionId("r"), request))
    assert office.signalling.verbs("r") == ["respond 603"]
    assert office.media.hears(caller) == f"leg {callee}"


async def test_an_ipv6_caller_gets_an_ipv6_media_address() -> None:
    office = Office()
    session = await office.dial("201", "8001", description(address="2001:db8::9"), address="2001:db8::9")
    answer = office.signalling.of(session)[0].sdp
    assert answer is not None and b"c=IN IP6 2001:db8::1" in answer
    media = office.media.legs[session].media
    assert media is not None and media.remote == "[2001:db8::9]:4000"
    assert media.signalling_ip == "2001:db8::9"


async def test_a_registered_callers_dialog_goes_by_its_registration_not_its_connection() -> None:
    office = Office()
    session = await office.dial("201", "202")
    assert office.signalling.bound == {session: "201a"}
    office.register("203")
    assert await office.dial("203", "202") not in office.signalling.bound


async def test_an_invite_with_a_malformed_contact_is_400_and_no_call() -> None:
    office = Office()
    request = office.request("INVITE", "201", "202")
    request.headers.set("Contact", "<sip:")
    assert await invite(office, request) == ["reject 400"]
    assert office.runner.status().calls == 0 and office.records.opened == []


async def test_the_end_of_a_large_conference_lets_others_in_between() -> None:
    """Hundreds of calls that end at once are taken some at a time; all are ended, with a record each."""
    office = Office()
    sessions = [await office.join("202") for _ in range(150)]
    before = len(office.records.finished)
    ended = asyncio.create_task(office.runner.drain(0))
    await office.settle()
    first = sum(office.signalling.verbs(session)[-1] == "hang_up" for session in sessions)
    assert 0 < first < 150
    await office.wait(0)
    async with asyncio.timeout(LONG):
        await ended
    assert len(office.records.finished) - before == 150
    assert office.media.legs == {} and office.media.rooms == {}
