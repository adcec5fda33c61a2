"""Calls that move, through a whole running system: transfers, parked calls, lamps; the sound is measured."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path
from typing import Any

import pytest

from switchroom.sip.headers import NameAddr
from switchroom.sip.message import Request
from tests.e2e.test_calls import phones, talk
from tests.e2e.test_forwarding import apply, user_of
from tests.e2e.test_real_phones import need_baresip, need_linphone
from tests.harness.audio import rms, share, tones_heard
from tests.harness.baresip import Baresip
from tests.harness.linphone import Linphone
from tests.harness.phone import Phone, token
from tests.harness.phone_call import PhoneCall
from tests.harness.rtp import Tone
from tests.harness.server import Server

pytestmark = pytest.mark.e2e

ANNA, BRUNO, CARLA, DARIO = 431, 617, 853, 1109
"""What each of them says, Hz."""


def told(phone: Phone) -> list[bytes]:
    """The bodies of the NOTIFYs that a phone got, without repetitions."""
    found = {
        (message.call_id, message.cseq.number): message.body
        for direction, message in phone.log
        if direction == "received" and isinstance(message, Request) and message.method == "NOTIFY"
    }
    return list(found.values())


def connected_to(phone: Phone) -> list[str]:
    """Whom the server said a phone is connected to, after a transfer."""
    return [
        NameAddr.parse(message.headers.get("P-Asserted-Identity") or "").display_name
        for direction, message in phone.log
        if direction == "received" and isinstance(message, Request) and message.method == "UPDATE"
    ]


async def answered(
    caller: Phone, to: str, callee: Phone, hz: tuple[float, float]
) -> tuple[PhoneCall, PhoneCall]:
    """A call between two."""
    call = await caller.call(to, source=Tone(hz[0]))
    rung = await callee.incoming(10)
    await rung.answer(source=Tone(hz[1]))
    await call.answered()
    return call, rung


def login(server: Server, extension: str) -> str:
    """A user's bearer token."""
    body = {"name": extension, "password": server.passwords[extension]}
    return str(server.api("POST", "/api/login", body, token="")["token"])


async def transfer(server: Server, user: str, body: dict[str, str], path: str = "") -> None:
    """What the widget does with the one call that this user has, or the first of two."""
    own = [one["id"] for one in await running(server)]
    body = {key: own[-1] if value == "the other" else value for key, value in body.items()}
    where = f"/api/phone/calls/{own[0]}/transfer{path}"
    await asyncio.to_thread(server.api, "POST", where, body, token=login(server, user))


async def running(server: Server) -> list[dict[str, Any]]:
    """The running calls, the oldest first."""
    answer = await server.api_async("GET", "/api/calls")
    found: list[dict[str, Any]] = answer if isinstance(answer, list) else answer["calls"]
    return sorted(found, key=lambda one: str(one["id"]))


async def quiet(server: Server) -> None:
    """Nothing runs any more."""
    for _ in range(50):
        if await running(server) == []:
            return
        await asyncio.sleep(0.1)
    raise AssertionError("a call is still there")


@pytest.mark.parametrize("codec", ["PCMU", "G722", "opus"])
async def test_s2_15_a_phone_leads_a_call_to_an_extension(shared_server: Server, codec: str) -> None:
    async with (
        phones(shared_server, "201", "202", codecs=("PCMU",)) as (anna, bruno),
        phones(shared_server, "203", codecs=(codec,)) as (carla,),
    ):
        call, rung = await answered(bruno, "201", anna, (BRUNO, ANNA))
        assert await rung.refer("203") == 202
        await rung.ended()
        at_carla = await carla.incoming(10)
        assert "202" in str(carla.caller_name(at_carla.invite_request).uri)  # type: ignore[arg-type]
        music = await call.media.listen(0.8)
        assert rms(music) > 20, "who waits hears music"
        await at_carla.answer(source=Tone(CARLA))
        await talk(call, at_carla, BRUNO, CARLA)
        assert b"SIP/2.0 200 OK" in told(anna)[-1] and connected_to(bruno)[-1] != ""
        await call.hang_up()
        await at_carla.ended()
    await quiet(shared_server)


async def test_f_06_asked_first_with_hold_then_both_hear_each_other(shared_server: Server) -> None:
    async with (
        phones(shared_server, "201", "202", codecs=("PCMA",)) as (anna, bruno),
        phones(shared_server, "203", codecs=("opus",)) as (carla,),
    ):
        call, first = await answered(bruno, "201", anna, (BRUNO, ANNA))
        await first.hold()
        second, at_carla = await answered(anna, "203", carla, (ANNA, CARLA))
        await talk(second, at_carla, ANNA, CARLA)
        assert await first.refer("203", replaces=second) == 202
        await asyncio.gather(first.ended(), second.ended())
        await talk(call, at_carla, BRUNO, CARLA)
        assert [body for body in told(anna) if b"200 OK" in body]
        await at_carla.hang_up()
        await call.ended()
    await quiet(shared_server)
    records = shared_server.call_records()[:3]
    assert len({record["journey"] for record in records}) == 1
    assert sorted(record["end_cause"] for record in records)[1:] == ["transferred", "transferred"]


async def test_c3_05_the_widget_leads_a_call_on_and_completes_one(shared_server: Server) -> None:
    async with phones(shared_server, "201", "202", "203", codecs=("PCMU",)) as (anna, bruno, carla):
        call, rung = await answered(bruno, "201", anna, (BRUNO, ANNA))
        await transfer(shared_server, "201", {"to": "203"})
        await rung.ended()
        at_carla = await carla.incoming(10)
        await at_carla.answer(source=Tone(CARLA))
        await talk(call, at_carla, BRUNO, CARLA)
        second, at_anna = await answered(carla, "201", anna, (CARLA, ANNA))
        await transfer(shared_server, "203", {"with": "the other"}, "/complete")
        await asyncio.gather(at_carla.ended(), second.ended())
        await talk(call, at_anna, BRUNO, ANNA)
        await call.hang_up()
        await at_anna.ended()
    await quiet(shared_server)


async def test_a_call_that_nobody_takes_comes_back(shared_server: Server) -> None:
    async with phones(shared_server, "201", "202", "203", codecs=("PCMU",)) as (anna, bruno, carla):
        call, rung = await answered(bruno, "201", anna, (BRUNO, ANNA))
        assert await rung.refer("203") == 202
        (await carla.incoming(10)).reject(486)
        again = await anna.incoming(10)
        assert "202" in str(anna.caller_name(again.invite_request).uri)  # type: ignore[arg-type]
        await asyncio.sleep(0.3)
        assert b"SIP/2.0 486" in told(anna)[-1]
        await again.answer(source=Tone(ANNA))
        await talk(call, again, BRUNO, ANNA)
        await call.hang_up()
        await again.ended()
    await quiet(shared_server)


async def test_a_refer_to_what_may_not_be_called_leaves_the_call_as_it_is(shared_server: Server) -> None:
    async with phones(shared_server, "201", "202", codecs=("PCMU",)) as (anna, bruno):
        call, rung = await answered(bruno, "201", anna, (BRUNO, ANNA))
        assert await rung.refer("112") == 403
        assert await rung.refer("299") == 603
        assert await rung.refer("202") == 603
        await talk(call, rung, BRUNO, ANNA)
        await call.hang_up()
        await rung.ended()
    await quiet(shared_server)


async def subscribe(phone: Phone, number: str) -> None:
    """A lamp of a phone, for somebody or for a place where calls are parked (RFC 4235)."""
    name, tag, numbers = token(), token(6), itertools.count(1)

    def build() -> Request:
        request = phone.new_request(
            "SUBSCRIBE",
            phone.uri(number),
            call_id=name,
            cseq=next(numbers),
            from_=f"<{phone.uri(phone.extension)}>;tag={tag}",
            to=f"<{phone.uri(number)}>",
        )
        for header in (("Contact", phone.contact), ("Event", "dialog"), ("Expires", "60")):
            request.headers.add(*header)
        request.headers.add("Accept", "application/dialog-info+xml")
        phone.authorize(request)
        return request

    _, response = await phone.authenticated(build)
    assert response.status == 200


async def lamp(phone: Phone, number: str, state: str) -> None:
    """A lamp of this phone is as it should be, before long: off, early or confirmed."""
    async with asyncio.timeout(5):
        while True:
            bodies = [
                body for body in told(phone) if f"sip:{number}@".encode() in body[: body.find(b"<dialog ")]
            ]
            found = bodies[-1].split(b"<state>")[-1].split(b"<")[0].decode() if bodies else ""
            if bodies and (found if b"<state>" in bodies[-1] else "off") == state:
                return
            await asyncio.sleep(0.05)


async def test_d2_07_park_with_its_lamps_taken_elsewhere_and_back_again(shared_server: Server) -> None:
    await shared_server.api_async("PATCH", "/api/settings", {"first_orbit": "701", "parked_seconds": 10})
    await apply(shared_server)
    async with phones(shared_server, "201", "202", "203", codecs=("PCMU",)) as (anna, bruno, carla):
        await subscribe(carla, "701")
        await lamp(carla, "701", "off")
        call, rung = await answered(bruno, "201", anna, (BRUNO, ANNA))
        assert await rung.refer("*85") == 202
        assert rms(await rung.media.listen(2.0)) > 100, "who parks is told where"
        assert rms(await call.media.listen(0.8)) > 20, "who waits hears music"
        await lamp(carla, "701", "confirmed")
        taken = await carla.call("701", source=Tone(CARLA))
        await taken.answered()
        await talk(call, taken, BRUNO, CARLA)
        await lamp(carla, "701", "off")
        assert await taken.refer("701") == 202, "the lamp's key parks there"
        await lamp(carla, "701", "confirmed")
        again = await carla.incoming(20)  # nobody takes it: it comes back to who parked it last
        assert "202" in str(carla.caller_name(again.invite_request).uri)  # type: ignore[arg-type]
        await lamp(carla, "701", "off")
        await again.answer(source=Tone(CARLA))
        await talk(call, again, BRUNO, CARLA)
        await call.hang_up()
        await again.ended()
    await quiet(shared_server)


async def test_d2_07_pickup_lamps_call_waiting_and_do_not_disturb(shared_server: Server) -> None:
    users = [await user_of(shared_server, extension) for extension in ("201", "203")]
    group = {"name": "Desk", "members": [user["id"] for user in users], "pickup": True}
    await shared_server.api_async("POST", "/api/groups", group)
    await shared_server.api_async("PATCH", f"/api/users/{users[0]['id']}", {"call_waiting": False})
    await apply(shared_server)
    async with phones(shared_server, "201", "202", "203", "204", codecs=("PCMU",)) as (
        anna,
        bruno,
        carla,
        dario,
    ):
        await subscribe(carla, "201")
        for code in ("*8", "*8201"):
            call = await bruno.call("201", source=Tone(BRUNO))
            rung = await anna.incoming(10)
            await lamp(carla, "201", "early")
            assert await (await dario.call(code)).refused(15) == 480, "not of the group: he is told so"
            taken = await carla.call(code, source=Tone(CARLA))
            await asyncio.gather(taken.answered(), rung.ended())
            await call.answered()
            await talk(call, taken, BRUNO, CARLA)
            assert connected_to(bruno)[-1] != ""
            await lamp(carla, "201", "off")
            await taken.hang_up()
            await call.ended()
        call, rung = await answered(bruno, "201", anna, (BRUNO, ANNA))
        await lamp(carla, "201", "confirmed")
        assert await (await carla.call("201")).refused(10) == 486, "no call waiting: one call at a time"
        await call.hang_up()
        await rung.ended()
        for code, status in (("*78", 486), ("*79", None)):
            said = await anna.call(code)
            await said.answered()
            await said.ended(15)
            again = await bruno.call("201")
            if status is not None:
                assert await again.refused(10) == status
            else:
                rung = await anna.incoming(10)
                await again.cancel()
    await quiet(shared_server)


async def test_real_phones_ask_first_and_lead_on(shared_server: Server, tmp_path: Path) -> None:
    """linphone asks first (REFER with Replaces) and hands over to baresip 1.0, which can not take Replaces:
    the server joins the legs itself. Then each of them leads the call on blindly (S2-15, D2-10, F-07)."""
    need_baresip()
    need_linphone()
    secrets, where = shared_server.secrets, shared_server.sip
    (tmp_path / "201").mkdir()
    linphone = Linphone(tmp_path / "201", "201", secrets["201"], where, tone_hz=ANNA, codec="PCMU")
    baresip = Baresip(tmp_path / "203", "203", secrets["203"], where, tone=CARLA)
    try:
        await asyncio.gather(linphone.start(), baresip.start())
        async with phones(shared_server, "202", "204", codecs=("PCMU",)) as (bruno, dario):
            call = await bruno.call("201", source=Tone(BRUNO))
            await linphone.answer()
            await call.answered()
            await linphone.hold()
            await linphone.dial("203")
            await linphone.command("transfer 1 --to-call 2")
            await linphone.printed(r"to LinphoneCallReleased\b", times=2)
            await hears(call, CARLA)
            await baresip.command("transfer", linphone.uri("201"))
            await linphone.answer(calls=2)
            await baresip.event("CALL_CLOSED")
            await hears(call, ANNA)
            await linphone.command(f"transfer {linphone.uri('204')}")
            at_dario = await dario.incoming(10)
            await at_dario.answer(source=Tone(DARIO))
            await talk(call, at_dario, BRUNO, DARIO)
            await call.hang_up()
            await at_dario.ended()
    finally:
        await asyncio.gather(linphone.stop(), baresip.stop())
    for phone in (linphone, baresip):
        assert BRUNO in tones_heard(*phone.heard(), [float(BRUNO), 2 * float(BRUNO)])
    await quiet(shared_server)


async def hears(call: PhoneCall, hz: float) -> None:
    """A caller hears this and nothing else, before long."""
    async with asyncio.timeout(10):
        while share(await call.media.listen(0.5), call.media.codec.rate, hz) < 0.98:
            pass
