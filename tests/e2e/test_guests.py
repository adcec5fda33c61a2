"""Guests through a whole running system: by a link, by an invitation that came by mail; and what they can not
do."""

from __future__ import annotations

import asyncio
from email import message_from_bytes, policy
from typing import Any

import httpx
import pytest
from icalendar import Calendar

from switchroom.sip.flow import Transport
from tests.e2e.test_calls import phones
from tests.e2e.test_conferences import TONES, enter, until_heard
from tests.harness.audio import share
from tests.harness.phone import Phone
from tests.harness.phone_call import PhoneCall
from tests.harness.rtp import Tone
from tests.harness.server import Server
from tests.harness.webrtc import WebRtcPeer
from tests.outbox.mailbox import mail_server

pytestmark = pytest.mark.e2e

GUEST_HZ = 700.0
OPEN, BOARD = "conference-8001", "conference-8002"


def stranger(server: Server) -> httpx.AsyncClient:
    """Somebody's browser, without an account."""
    return httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.http_port}", timeout=10)


async def link(server: Server, conference: str, **wanted: Any) -> tuple[str, str]:
    """A new link: its id and its token."""
    made = await server.api_async("POST", f"/api/conferences/{conference}/links", wanted)
    return made["id"], made["url"].rpartition("/join/")[2]


def guest_phone(server: Server, visit: dict[str, Any], **options: Any) -> Phone:
    """What the page calls with."""
    more: dict[str, Any] = {"transport": Transport.WSS, "where": ("127.0.0.1", server.https_port)} | options
    where = more.pop("where")
    username, password = visit["sip"]["username"], visit["sip"]["password"]
    return Phone(username, password, where, browser=True, codecs=("opus", "PCMU"), **more)


async def heard_by(call: PhoneCall, frequency: float, *talkers: PhoneCall) -> None:
    """The tone is heard within some seconds, as soon as tones and prompts are over."""
    for _ in range(8):
        heard = await call.media.listen(0.8, *(talker.media for talker in talkers))
        if share(heard, call.media.codec.rate, frequency) > 0.8:
            return
    raise AssertionError(f"{frequency} Hz not heard")


async def come_in(phone: Phone, visit: dict[str, Any]) -> PhoneCall:
    call = await phone.call(visit["dial"], source=Tone(GUEST_HZ, 4000))
    await call.answered(10)
    assert isinstance(call.media, WebRtcPeer)
    async with asyncio.timeout(5):
        await call.media.connected.wait()
    return call


async def test_a_guest_comes_by_a_link_hears_and_is_heard_and_can_do_nothing_else(
    shared_server: Server,
) -> None:
    link_id, token = await link(shared_server, OPEN)
    async with stranger(shared_server) as page, phones(shared_server, "201") as (desk,):
        inside = await enter(desk, "8001")
        assert (await page.get(f"/api/join/{token}")).json()["needs_code"] is False
        visit = (await page.post(f"/api/join/{token}", json={"name": "Zoë"})).json()
        async with guest_phone(shared_server, visit) as guest:
            call = await come_in(guest, visit)
            await asyncio.gather(heard_by(call, TONES["201"], inside), heard_by(inside, GUEST_HZ, call))
            (room,) = await shared_server.api_async("GET", "/api/rooms")
            shown = {one["name"]: one["device"] for one in room["participants"]}
            assert shown["Zoë"] == "guest"
            # The same credential reaches nobody else, and no other way.
            for target in ("201", "8002", "conference-8002", "9196", "+3225551234"):
                refused = await guest.call(target)
                assert await refused.refused(10) == 403, target
            assert (await guest.register()).status == 403
            desk_way = {"transport": Transport.UDP, "where": ("127.0.0.1", shared_server.sip_port)}
            async with guest_phone(shared_server, visit, **desk_way) as elsewhere:
                assert await (await elsewhere.call(visit["dial"])).refused(10) == 403
            # Revoked: who is inside stays, nobody else comes in.
            path = f"/api/conferences/{OPEN}/links/{link_id}"
            assert (await shared_server.api_async("DELETE", path))["state"] == "revoked"
            again = [await page.get(f"/api/join/{token}"), await page.get(f"/api/join/{'x' * 43}")]
            assert [one.status_code for one in again] == [404, 404] and again[0].text == again[1].text
            await heard_by(inside, GUEST_HZ, call)
            # Unless asked.
            await shared_server.api_async("DELETE", f"{path}?end=true")
            await call.ended(5)
        await until_heard(inside, set())


async def test_an_invitation_by_mail_brings_a_guest_past_the_code_where_the_room_says_so(
    shared_server: Server,
) -> None:
    configuration = await shared_server.api_async("GET", "/api/configuration")
    await shared_server.api_async("PATCH", f"/api/conferences/{BOARD}", {"links_skip_code": True})
    await shared_server.api_async(
        "POST", "/api/configuration/apply", {"base_revision": configuration["base_revision"]}
    )
    async with mail_server() as box, stranger(shared_server) as page:
        settings = {
            "host": "127.0.0.1",
            "port": box.port,
            "security": "none",
            "sender": "pbx@example.com",
            "public_url": f"http://localhost:{shared_server.http_port}",
        }
        await shared_server.api_async("PUT", "/api/mail", settings)
        assert (await shared_server.api_async("POST", "/api/mail/test", {"to": "me@example.org"}))["to"]
        wanted = {
            "title": "Board of June",
            "starts_at": "2031-06-02T09:00",
            "time_zone": "Europe/Rome",
            "attendees": [{"email": "zoe@example.org", "name": "Zoë", "language": "it"}],
        }
        await shared_server.api_async("POST", f"/api/conferences/{BOARD}/appointments", wanted)
        for _ in range(100):
            if len(box.taken) == 2:
                break
            await asyncio.sleep(0.1)
        sender, receivers, content = box.taken[-1]
        assert (sender, receivers) == ("pbx@example.com", ["zoe@example.org"])
        message: Any = message_from_bytes(content, policy=policy.default)
        assert message["Subject"].startswith("Invito: Board of June, lunedì 2 giugno 2031, 09:00")
        (entry,) = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
        event: Any = Calendar.from_ical(entry.get_content()).walk("VEVENT")[0]
        token = str(event["LOCATION"]).rpartition("/join/")[2]
        assert (await page.get(f"/api/join/{token}")).json()["name"] == "Zoë"
        visit = (await page.post(f"/api/join/{token}", json={"name": "Zoë"})).json()
        async with (
            phones(shared_server, "202") as (desk,),
            guest_phone(shared_server, visit) as guest,
        ):
            inside = await enter(desk, "8002", "4321")
            call = await come_in(guest, visit)
            await asyncio.gather(heard_by(call, TONES["202"], inside), heard_by(inside, GUEST_HZ, call))
        listed = (await shared_server.api_async("GET", "/api/mail/outbox"))["mails"]
        assert [(one["recipient"], one["state"]) for one in listed] == [("zoe@example.org", "sent")]
