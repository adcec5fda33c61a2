"""Calls that look for somebody through a whole running system: forwardings, groups, codes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.e2e.test_calls import phones, talk
from tests.harness.audio import rms
from tests.harness.phone import Phone
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


async def silent(phone: Phone) -> None:
    """Nobody calls this phone."""
    await asyncio.sleep(1)
    assert phone.ringing == 0


async def test_b3_04_who_does_not_answer_in_his_time_is_followed_by_the_next_one(server: Server) -> None:
    user, next_one = await user_of(server, "202"), await user_of(server, "203")
    await server.api_async("PATCH", f"/api/users/{user['id']}", {"ring_seconds": 5})
    await apply(server)
    to = {"kind": "extension", "target": next_one["id"]}
    await forward(server, "202", no_answer=[{"destination": to, "seconds": 20}])
    async with phones(server, "201", "202", "203") as (one, other, third):
        call = await one.call("202", source=Tone(431))
        first = await other.incoming()
        second = await third.incoming(9)
        await first.ended()
        assert first.end_request is not None and first.end_request.method == "CANCEL"
        await second.answer(source=Tone(617))
        await call.answered()
        await talk(call, second, 431, 617)
        await call.hang_up()
        await second.ended()
    (record,) = server.call_records()
    assert (record["dialled"], record["end_cause"]) == ("202", "caller_hung_up")


async def test_d2_07_a_code_forwards_all_calls_is_read_back_and_outlives_a_crash(server: Server) -> None:
    async with phones(server, "202") as (other,):
        call = await other.call("*72203%23")
        await call.answered()
        said = await call.media.listen(1.5)
        assert rms(said) > 300
        await call.ended(20)
    server.kill()
    server.start()
    async with phones(server, "201", "202", "203") as (one, other, third):
        call = await one.call("202", source=Tone(431))
        rung = await third.incoming()
        await rung.answer(source=Tone(617))
        await call.answered()
        await talk(call, rung, 431, 617)
        await call.hang_up()
        off = await other.call("*73")
        await off.answered()
        await off.ended(20)
        call = await one.call("202")
        await (await other.incoming()).answer()
        await call.answered()
        await silent(third)


async def test_d2_04_a_group_rings_together_and_the_first_answer_wins(server: Server) -> None:
    members = [(await user_of(server, extension))["id"] for extension in ("202", "203")]
    group = {"extension": "600", "name": "Sales", "members": members, "ring_seconds": 20}
    await server.api_async("POST", "/api/ring-groups", group)
    await apply(server)
    async with phones(server, "201", "202", "203") as (one, other, third):
        call = await one.call("600", source=Tone(431))
        first, second = await asyncio.gather(other.incoming(), third.incoming())
        await second.answer(source=Tone(617))
        await first.ended()
        await call.answered()
        await talk(call, second, 431, 617)
        await second.hang_up()
        await call.ended()


@contextlib.asynccontextmanager
async def provider(server: Server) -> AsyncIterator[Phone]:
    """A provider by address: whoever is called outside rings there."""
    async with Phone("provider", "", server.sip) as outside:
        trunk = {
            "name": "Provider",
            "kind": "address",
            "host": "127.0.0.1",
            "port": outside.link.local[1],
            "check_seconds": 0,
            "countries": ["US", "BE"],
        }
        await server.api_async("POST", "/api/trunks", trunk)
        await apply(server)
        yield outside


async def test_d2_06_who_answers_outside_presses_one_or_the_next_one_is_rung(server: Server) -> None:
    third_user = await user_of(server, "203")
    mobile = {"destination": {"kind": "number", "target": "+32475123456"}, "seconds": 20}
    colleague = {"destination": {"kind": "extension", "target": third_user["id"]}, "seconds": 20}
    await forward(server, "202", follow_me=[mobile, colleague], follow_me_on=True)
    async with provider(server) as outside, phones(server, "201", "202", "203") as (one, other, third):
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


async def test_s1_10_s1_11_a_number_outside_is_invited_and_linked_into_the_conference(server: Server) -> None:
    rooms = await server.api_async("GET", "/api/conferences")
    room = next(one for one in rooms if one["extension"] == "8001")
    async with provider(server) as outside, phones(server, "201") as (one,):
        inside = await one.call("8001", source=Tone(431))
        await inside.answered()
        path = f"/api/rooms/{room['id']}/invitations"
        await server.api_async("POST", path, {"number": "+1 202 555 0143"})
        invited = await outside.incoming()
        await invited.answer(source=Tone(617))
        for _ in range(100):
            (made,) = await server.api_async("GET", path)
            if made["state"] == "joined":
                break
            await asyncio.sleep(0.1)
        assert made["state"] == "joined"
        await asyncio.sleep(1.5)  # the tone of who comes in
        await talk(inside, invited, 431, 617)
