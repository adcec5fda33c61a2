"""Calls that look for somebody through a whole running system: forwardings, groups, codes."""

from __future__ import annotations

import asyncio
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
