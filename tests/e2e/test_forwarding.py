"""Calls that look for somebody through a whole running system: forwardings, groups, codes."""

from __future__ import annotations

import asyncio
import contextlib
import urllib.error
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from switchroom.sip.message import Request
from tests.e2e.test_calls import phones, talk, talked
from tests.e2e.test_conference_server import until_said
from tests.e2e.test_real_phones import need_baresip
from tests.harness.audio import rms
from tests.harness.baresip import Baresip
from tests.harness.phone import Phone
from tests.harness.phone_call import PhoneCall
from tests.harness.ports import free_port
from tests.harness.rtp import Tone
from tests.harness.server import Server

pytestmark = pytest.mark.e2e


async def user_of(server: Server, extension: str) -> dict[str, Any]:
    users = await server.api_async("GET", "/api/users")
    return next(dict(user) for user in users if user["extension"] == extension)


async def apply(server: Server) -> None:
    review = await server.api_async("GET", "/api/configuration")
    await server.api_async("POST", "/api/configuration/apply", {"base_revision": review["base_revision"]})


async def forward(server: Server, extension: str, **changes: Any) -> None:
    """Set a user's forwardings."""
    user = await user_of(server, extension)
    path = f"/api/users/{user['id']}/forwardings"
    settings = await server.api_async("GET", path)
    for derived in ("user", "voicemail"):
        settings.pop(derived, None)
    await server.api_async("PUT", path, {**settings, **changes})


UNSET = {
    **dict.fromkeys(("always",)),
    **dict.fromkeys(("follow_me", "no_answer", "busy"), ()),
    **dict.fromkeys(("follow_me_on", "no_answer_voicemail", "busy_voicemail", "do_not_disturb"), False),
}
"""Nothing is forwarded."""
MOBILE = {"kind": "number", "target": "+32475123456"}


def to(extension: str, seconds: int = 20) -> dict[str, Any]:
    """A colleague, as an entry of a list."""
    return {"destination": {"kind": "extension", "target": f"user-{extension}"}, "seconds": seconds}


@pytest.fixture(scope="module")
def line(shared_server: Server) -> Iterator[int]:
    """The port of a provider, to which there is a trunk."""
    server, port = shared_server, free_port()
    trunk = {"name": "Provider", "kind": "address", "host": "127.0.0.1", "port": port, "check_seconds": 0}
    server.api("POST", "/api/trunks", {**trunk, "countries": ["US", "BE"]})
    server.api("PATCH", "/api/users/user-202", {"ring_seconds": 5, "voicemail": True})
    base = server.api("GET", "/api/configuration")["base_revision"]
    server.api("POST", "/api/configuration/apply", {"base_revision": base})
    yield port


@contextlib.asynccontextmanager
async def provider(server: Server, port: int) -> AsyncIterator[Phone]:
    """Whoever is called outside rings there."""
    outside = Phone("provider", "", server.sip)
    await outside.start(port)
    try:
        yield outside
    finally:
        for call in list(outside.calls.values()):
            await call.hang_up(within=2)
        await outside.stop()


@contextlib.asynccontextmanager
async def forwarded(server: Server, **users: dict[str, Any]) -> AsyncIterator[None]:
    """Forwardings of users (`u202={...}`), and none any more afterwards."""
    for user, settings in users.items():
        await forward(server, user[1:], **{**UNSET, **settings})
    try:
        yield
    finally:
        for user in users:
            await forward(server, user[1:], **UNSET)


async def test_b3_04_b3_05_no_answer_and_busy_are_two_lists_with_the_mailbox_at_their_ends(
    shared_server: Server, line: int
) -> None:
    server = shared_server
    lists = {
        "no_answer": [to("203", 5)],
        "no_answer_voicemail": True,
        "busy": [to("204")],
        "busy_voicemail": True,
    }
    async with (
        forwarded(server, u202=lists),
        phones(server, "201", "202", "203", "204") as (one, other, third, fourth),
    ):
        # His own phone for its time, the next one for its own, then his mailbox.
        call = await one.call("202", source=Tone(431))
        first = await other.incoming()
        second = await third.incoming(9)
        await first.ended()
        assert first.end_request is not None and first.end_request.method == "CANCEL"
        await second.ended(9)
        await call.answered()
        await until_said(call, "leave-a-message")
        await call.hang_up()
        assert fourth.ringing == 0
        # Who is busy has the other list; who declines there leaves it to the mailbox.
        call = await one.call("202", source=Tone(431))
        (await other.incoming()).reject(486)
        rung = await fourth.incoming()
        await rung.answer(source=Tone(617))
        await call.answered()
        await talk(call, rung, 431, 617)
        await call.hang_up()
        await rung.ended()
        assert third.ringing == 0
        call = await one.call("202")
        (await other.incoming()).reject(486)
        (await fourth.incoming()).reject(603)
        await call.answered()
        await call.hang_up()
    records = server.call_records()
    assert {(record["dialled"], record["end_cause"]) for record in records} == {("202", "caller_hung_up")}


async def test_s2_18_circles_are_found_before_anybody_rings(shared_server: Server, line: int) -> None:
    server = shared_server
    to_202, to_203 = to("202")["destination"], to("203")["destination"]
    users = ("201", "202", "203")
    async with forwarded(server, u202={"always": to_203}), phones(server, *users) as (one, other, third):
        with pytest.raises(urllib.error.HTTPError) as refused:
            await forward(server, "203", **{**UNSET, "always": to_202})
        assert "destination-loop" in refused.value.read().decode()
        code = await third.call("*72202")
        await until_said(code, "forwarding-in-circles")
        await code.ended(12)
        # A group that leads back to itself is not saved at all.
        group = {"extension": "601", "name": "Circle", "members": ["user-203"]}
        made = (await server.api_async("POST", "/api/ring-groups", group))["ring_group"]
        back = {"otherwise": {"kind": "ring-group", "target": made["id"]}}
        with pytest.raises(urllib.error.HTTPError) as refused:
            await server.api_async("PATCH", f"/api/ring-groups/{made['id']}", back)
        assert "destination-loop" in refused.value.read().decode()
        await server.api_async("POST", "/api/configuration/discard")
        # "Always" goes past his own phones at once.
        call = await one.call("202")
        await (await third.incoming()).answer()
        await call.answered()
        assert other.ringing == 0
        await call.hang_up()


async def test_d2_08_a_desk_phone_sends_its_calls_on_by_the_rights_of_its_user_and_in_no_circle(
    shared_server: Server, line: int
) -> None:
    server, premium = shared_server, "+19005551234"

    def leads(to: str) -> Callable[[PhoneCall], Awaitable[None]]:
        async def moved(call: PhoneCall) -> None:
            call.send_on(to)

        return moved

    async with (
        forwarded(server, u202={}),
        provider(server, line) as outside,
        phones(server, "201", "202", "203") as (one, other, third),
    ):
        other.on_invite = leads("203")
        await talked(one, "202", third)
        # Outside it is a call of his: he may, and who answers there presses one.
        other.on_invite = leads(MOBILE["target"])
        call = await one.call("202", source=Tone(431))
        rung = await outside.incoming()
        await rung.answer(source=Tone(617))
        assert rms(await rung.media.listen(1.5)) > 300  # the question
        assert call.final is None
        await rung.media.dtmf("1")
        await call.answered()
        await talk(call, rung, 431, 617)
        await call.hang_up()
        await rung.ended()
        other.on_invite = leads(premium)
        call = await one.call("202")
        assert await call.refused(12) == 480 and outside.ringing == 0
        problems = await server.api_async("GET", "/api/problems")
        refused = next(one for one in problems if one["kind"] == "outside-premium-not-allowed")
        assert refused["subject"] == "202" and premium in refused["text"], "his rights, not the caller's"
        # Two that send calls to each other: each is asked, and then the caller is told.
        other.on_invite, third.on_invite = leads("203"), leads("202")
        before = invitations(other), invitations(third)
        call = await one.call("202")
        assert await call.refused(12) == 480
        assert (invitations(other) - before[0], invitations(third) - before[1]) == (2, 1)


def invitations(phone: Phone) -> int:
    """How many calls came to a phone."""
    invites = (one for way, one in phone.log if way == "received" and isinstance(one, Request))
    return len({one.call_id for one in invites if one.method == "INVITE"})


async def test_d2_07_a_real_phone_forwards_all_calls_by_a_code_hears_it_and_it_outlives_a_crash(
    shared_server: Server, line: int, tmp_path: Path
) -> None:
    need_baresip()
    server, path = shared_server, "/api/users/user-202/forwardings"
    real = Baresip(tmp_path, "202", server.secrets["202"], server.sip, tone=660)
    try:
        await real.start()
        await real.dial("*72203")
        await real.event("CALL_ESTABLISHED")
        await real.event("CALL_CLOSED", seconds=20)
        assert (await server.api_async("GET", path))["always"] == to("203")["destination"]
        said, _ = real.heard()
        assert rms(said) > 300, "where calls go is read back"
        server.kill()
        await asyncio.to_thread(server.start)
        async with phones(server, "201", "203") as (one, third):
            await talked(one, "202", third)
            await real.dial("*73")
            await real.event("CALL_ESTABLISHED")
            await real.event("CALL_CLOSED", seconds=20)
            assert (await server.api_async("GET", path))["always"] is None
            call = await one.call("202")
            await call.answered()
            assert third.ringing == 0
            await call.hang_up()
    finally:
        await real.stop()


async def test_d2_04_a_group_rings_those_who_may_be_rung_together_or_in_turn(
    shared_server: Server, line: int
) -> None:
    server = shared_server
    members = [f"user-{extension}" for extension in ("202", "203", "204", "205")]
    box = {"kind": "voicemail", "target": "user-202"}
    group = {"extension": "600", "name": "Sales", "members": members, "ring_seconds": 5, "otherwise": box}
    made = (await server.api_async("POST", "/api/ring-groups", group))["ring_group"]
    await server.api_async("PATCH", "/api/users/user-204", {"call_waiting": False})
    await apply(server)
    # A member's own forwardings do not count in a group: his phones ring, and the group goes on by itself.
    off = {"do_not_disturb": True}
    away = {"always": to("206")["destination"], "no_answer": [to("206")]}
    async with (
        forwarded(server, u202=away, u205=off),
        phones(server, "201", "202", "203", "204", "205", "206") as people,
    ):
        one, other, third, fourth, fifth, sixth = people
        talking = await fourth.call("*43")  # busy, and takes no second call
        await talking.answered()
        call = await one.call("600", source=Tone(431))
        first, second = await asyncio.gather(other.incoming(), third.incoming())
        await second.answer(source=Tone(617))
        await first.ended()
        await call.answered()
        await talk(call, second, 431, 617)
        await second.hang_up()
        await call.ended()
        await server.api_async("PATCH", f"/api/ring-groups/{made['id']}", {"in_turn": True})
        await apply(server)
        call = await one.call("600")
        first = await other.incoming()
        assert third.ringing == 0
        first.reject(603)
        second = await third.incoming()
        await second.ended(9)
        await call.answered()
        await until_said(call, "leave-a-message")
        await call.hang_up()
        await talking.hang_up()
        assert fourth.ringing == fifth.ringing == sixth.ringing == 0


async def test_d2_06_who_answers_outside_presses_one_or_the_next_one_is_rung(
    shared_server: Server, line: int
) -> None:
    server = shared_server
    follow = {"follow_me": [{"destination": MOBILE, "seconds": 20}, to("203")], "follow_me_on": True}
    async with (
        forwarded(server, u202=follow),
        provider(server, line) as outside,
        phones(server, "201", "202", "203") as (one, other, third),
    ):
        call = await one.call("202", source=Tone(431))
        mobile_call = await outside.incoming()
        assert "+32475123456" in str(mobile_call.invite_request.uri)  # type: ignore[union-attr]
        await mobile_call.answer(source=Tone(617))
        assert rms(await mobile_call.media.listen(1.5)) > 300  # the question
        assert call.final is None and other.ringing == 0
        await mobile_call.media.dtmf("1")
        await call.answered()
        await talk(call, mobile_call, 431, 617)
        await call.hang_up()
        await mobile_call.ended()
        # A machine that answers there presses nothing: it does not swallow the call.
        call = await one.call("202", source=Tone(431))
        machine = await outside.incoming()
        await machine.answer(source=Tone(617))
        rung = await third.incoming(20)
        await machine.ended()
        await rung.answer(source=Tone(523))
        await call.answered()
        await talk(call, rung, 431, 523)
        await rung.hang_up()
        await call.ended()
        assert other.ringing == 0, "with Follow Me the own phone is silent"


async def test_s1_10_s1_11_a_number_outside_is_invited_and_linked_into_the_conference(
    shared_server: Server, line: int
) -> None:
    server, path = shared_server, "/api/rooms/conference-8001/invitations"

    async def invite() -> dict[str, Any]:
        """Invite somebody outside; he rings at once."""
        made: dict[str, Any] = await server.api_async("POST", path, {"number": "+1 202 555 0143"})
        return made

    async def until_state(made: dict[str, Any], state: str, reason: str = "") -> None:
        """Wait until an invitation is in a state."""
        for _ in range(100):
            found = await server.api_async("GET", path)
            now = next(one for one in found if one["id"] == made["id"])
            if now["state"] == state:
                break
            await asyncio.sleep(0.1)
        assert (now["state"], now["reason"]) == (state, reason)

    async with provider(server, line) as outside, phones(server, "201") as (one,):
        inside = await one.call("8001", source=Tone(431))
        await inside.answered()
        for status, reason in ((486, "busy"), (603, "declined"), (480, "unreachable")):
            made = await invite()
            (await outside.incoming()).reject(status)
            await until_state(made, "refused" if status == 603 else "failed", reason)
        made = await invite()
        rung = await outside.incoming()
        await server.api_async("DELETE", f"{path}/{made['id']}")
        await rung.ended()
        assert rung.end_request is not None and rung.end_request.method == "CANCEL"
        await until_state(made, "cancelled", "cancelled")
        made = await invite()
        invited = await outside.incoming()
        await invited.answer(source=Tone(617))
        await until_state(made, "joined")
        await asyncio.sleep(1.5)  # the tone of who comes in
        await talk(inside, invited, 431, 617)
        await inside.hang_up()
