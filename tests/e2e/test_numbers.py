"""Numbers of ours, both ways: where callers are led, in which language, and what those who are called see.

One Switchroom and one line to a provider for all of it; the provider is the tests' own.
"""

from __future__ import annotations

import asyncio
import urllib.error
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.e2e.test_calls import phones, talk
from tests.e2e.test_conference_server import HEARD, said, until_said
from tests.e2e.test_conferences import TONES, enter, until_heard
from tests.e2e.test_forwarding import forward
from tests.e2e.test_trunks import add_trunk, apply, until
from tests.harness.phone_call import PhoneCall
from tests.harness.ports import free_port
from tests.harness.provider import Provider
from tests.harness.rtp import Tone
from tests.harness.server import Server

pytestmark = pytest.mark.e2e

MAIN, DIRECT = "+12125550100", "+12125550110"
CALLER, CALLER_NAME = "+3222903490", "Zoé Peeters"
CODE, ROOM_ID, PIN = "4321", "31415", "2468"


@dataclass
class Desk:
    """A Switchroom with a line, and the numbers it has by now."""

    server: Server
    port: int
    trunk: str = ""
    ids: dict[str, str] = field(default_factory=dict)

    def number(self, e164: str, kind: str, target: str = "", **more: Any) -> str:
        """A new number, in the draft."""
        body = {"e164": e164, "destination": {"kind": kind, "target": target}, **more}
        made = self.server.api("POST", "/api/numbers", body)["number"]
        self.ids[e164] = made["id"]
        return e164

    @asynccontextmanager
    async def provider(self) -> AsyncIterator[Provider]:
        """The provider at the other end of the line."""
        line = Provider(self.server.sip)
        line.asks = False
        await line.start(self.port)
        try:
            yield line
        finally:
            for call in list(line.calls.values()):
                await call.hang_up(within=2)
            await line.stop()

    async def change(self, method: str, path: str, body: object | None = None) -> Any:
        """Change something and apply it."""
        made = await self.server.api_async(method, path, body)
        await asyncio.to_thread(apply, self.server)
        return made


@pytest.fixture(scope="module")
def desk(shared_server: Server) -> Iterator[Desk]:
    """The numbers of these tests."""
    server = shared_server
    here = Desk(server, free_port())
    here.trunk = add_trunk(server, here.port, kind="address", username=None)
    room = {"name": "Sales", "dial_in_id": ROOM_ID, "access_code": PIN}
    server.api("POST", "/api/conference-server", {"extension": "8000", "room": room})
    members = ["user-202", "user-203"]
    group = {"extension": "600", "name": "Sales", "members": members, "ring_seconds": 20}
    made = server.api("POST", "/api/ring-groups", group)
    here.number(MAIN, "ring-group", made["ring_group"]["id"])
    here.number(DIRECT, "extension", "user-201")
    server.api("PATCH", "/api/settings", {"default_number": here.ids[MAIN]})
    server.api("PATCH", "/api/users/user-201", {"outgoing_number": here.ids[DIRECT]})
    contact = {"name": CALLER_NAME, "numbers": [{"number": "+32 2 290 34 90"}]}
    server.api("POST", "/api/contacts", contact)
    apply(server)
    yield here


async def people_in(server: Server, room: str) -> int:
    """How many are in a conference."""
    rooms = await server.api_async("GET", "/api/rooms")
    return next((len(one["participants"]) for one in rooms if one["conference_id"] == room), 0)


async def test_b2_02_s1_12_s1_13_s3_01_each_kind_of_destination_is_what_its_callers_get(desk: Desk) -> None:
    server = desk.server
    unset = desk.number("+12125550101", "not-configured")
    hangs_up = desk.number("+12125550102", "hang-up")
    open_room = desk.number("+12125550103", "conference", "conference-8001")
    closed_room = desk.number("+12125550104", "conference", "conference-8002")
    at_server = desk.number("+12125550105", "conference-server")
    box = server.api("POST", "/api/mailboxes", {"name": "Orders", "extension": "700"})["mailbox"]["id"]
    to_box = desk.number("+12125550106", "voicemail", box)
    today = datetime.now(UTC).weekday()
    other_days = [day for day in range(7) if day not in (today, (today + 1) % 7)]
    to_anna = {"kind": "extension", "target": "user-201"}
    hours = [{"days": other_days, "begins": "00:00", "ends": "00:00"}]
    by_day = desk.number("+12125550107", "hang-up", schedule=hours, otherwise=to_anna)
    apply(server)
    async with desk.provider() as line, phones(server, "201", "202", "203") as (anna, bruno, claire):
        nowhere, ended = await line.call(unset), await line.call(hangs_up)
        inside = await enter(anna, "8001")
        guest = await line.call(open_room, source=Tone(TONES["204"]))
        boxed = await line.call(to_box, source=Tone(431))
        # However the provider writes a number of ours, it is that one.
        asked = await line.call(closed_room.replace("+", "00"))
        dialled_in = await line.call(at_server.removeprefix("+1"))
        # Not configured: said in words, then refused; hang up: declined at once.
        assert await ended.refused() == 603
        await until_said(nowhere, "number-unknown")
        assert await nowhere.refused(12) == 404
        # A conference without a code is entered directly, with one after it was keyed.
        await guest.answered()
        await until_heard(inside, {TONES["204"]})
        await until_heard(guest, {TONES["201"]})
        await until_said(asked, "enter-access-code")
        assert await people_in(server, "conference-8002") == 0
        await asked.media.dtmf(CODE + "#")
        # The conference server asks for the conference ID at once, then for the PIN.
        await until_said(dialled_in, "enter-conference-id")
        keyed = asyncio.get_running_loop().time()
        await dialled_in.media.dtmf(ROOM_ID + "#")
        await until_said(dialled_in, "enter-access-code", keyed)
        await dialled_in.media.dtmf(PIN + "#")
        await until(lambda: sum(len(room["participants"]) for room in server.api("GET", "/api/rooms")) == 4)
        # Voicemail takes a message.
        await until_said(boxed, "leave-a-message")
        for call in (inside, guest, asked, dialled_in, boxed):
            await call.hang_up()
        # A ring group rings its members; the caller's name is the address book's, on every phone.
        who = [("P-Asserted-Identity", f'"Somebody" <sip:{CALLER}@provider.example>')]
        call = await line.call(MAIN, source=Tone(617), headers=who)
        first, second = await asyncio.gather(bruno.incoming(), claire.incoming())
        for rung in (first, second):
            assert rung.invite_request is not None
            sender = rung.invite_request.from_
            assert (sender.display_name, CALLER in str(sender.uri)) == (CALLER_NAME, True)
        await second.answer(source=Tone(431))
        await first.ended()
        await call.answered()
        await talk(call, second, 617, 431)
        await call.hang_up()
        # Outside its hours a number leads elsewhere.
        call = await line.call(by_day)
        await (await anna.incoming()).answer()
        await call.answered()
        await call.hang_up()


async def test_g_09_a_french_number_speaks_french_from_the_first_to_the_last_word(desk: Desk) -> None:
    number = desk.number("+12125550108", "conference", "conference-8002", language="fr")
    apply(desk.server)
    async with desk.provider() as line:
        call = await line.call(number)
        await until_said_in_french(call, "enter-access-code", 0.0)
        keyed = asyncio.get_running_loop().time()
        await call.media.dtmf("1111#")
        await until_said_in_french(call, "wrong-access-code", keyed)
        keyed = asyncio.get_running_loop().time()
        await call.media.dtmf(CODE + "#")
        await until_said_in_french(call, "only-person", keyed)


async def until_said_in_french(call: PhoneCall, prompt: str, since: float) -> None:
    """A prompt is heard in French, and not in English."""
    await until_said(call, prompt, since, language="fr")
    assert said(call, prompt, since) < HEARD


async def test_s3_11_a_number_of_the_server_stands_in_the_way_of_its_end(desk: Desk) -> None:
    server, path = desk.server, "/api/conference-server"
    number = desk.number("+12125550109", "conference-server")
    apply(server)
    for conference in server.api("GET", "/api/conferences"):
        if conference["dial_in_id"] is not None:
            server.api("DELETE", f"/api/conferences/{conference['id']}")
    apply(server)
    for e164, kind in ((number, "not-configured"), ("+12125550105", "hang-up")):
        if e164 not in desk.ids:
            continue
        with pytest.raises(urllib.error.HTTPError) as refused:
            server.api("DELETE", path)
        assert refused.value.code == 409
        assert e164[-4:] in refused.value.read().decode().replace("-", "").replace(" ", "")
        destination = {"destination": {"kind": kind, "target": ""}}
        server.api("PATCH", f"/api/numbers/{desk.ids[e164]}", destination)
    apply(server)
    server.api("DELETE", path)
    apply(server)
    async with desk.provider() as line:
        call = await line.call(number)
        assert await call.refused(12) == 404


async def shown(line: Provider, call: PhoneCall) -> dict[str, str]:
    """What the provider is told of who calls; the call is refused."""
    rung = await line.incoming()
    assert rung.invite_request is not None
    headers = rung.invite_request.headers
    names = ("P-Asserted-Identity", "Privacy", "Diversion", "History-Info", "From")
    found = {name: ", ".join(headers.get_all(name)) for name in names}
    found["to"] = str(rung.invite_request.target)
    rung.reject(486)
    await call.ended(12)
    return found


async def test_b9_who_is_called_sees_the_number_that_the_rules_say(desk: Desk) -> None:
    server = desk.server
    ruled = desk.number("+12125550111", "hang-up")
    rules = [{"prefix": "+32", "number": desk.ids[ruled]}]
    await desk.change("PATCH", "/api/settings", {"outgoing_rules": rules})
    async with desk.provider() as line, phones(server, "201", "202") as (anna, bruno):

        async def asserted(phone: Any, number: str) -> str:
            return (await shown(line, await phone.call(number)))["P-Asserted-Identity"]

        assert MAIN in await asserted(bruno, "+12125550123"), "B9-01: the default number"
        assert DIRECT in await asserted(anna, "+12125550123"), "B9-02: the user's own"
        assert ruled in await asserted(bruno, CALLER), "B9-03: by the prefix that is called"
        assert DIRECT in await asserted(anna, CALLER), "B9-03: the user's own counts for more"
        await desk.change("PATCH", "/api/settings", {"rules_override_users": True})
        assert ruled in await asserted(anna, CALLER), "B9-03: unless the rules override it"
        # One call without the number; however it is typed, it is the same number (E.164).
        hidden = await shown(line, await bruno.call("*672125550123"))
        assert "anonymous" in hidden["From"] and "id" in hidden["Privacy"]
        assert MAIN in hidden["P-Asserted-Identity"] and MAIN not in hidden["From"]
        for typed in ("2125550123", "12125550123", "01112125550123"):
            assert "+12125550123@" in (await shown(line, await bruno.call(typed)))["to"]
        assert f"{CALLER}@" in (await shown(line, await bruno.call(CALLER.removeprefix("+"))))["to"]


async def test_b2_04_b9_04_a_direct_line_and_the_default_number_are_called_back(desk: Desk) -> None:
    async with desk.provider() as line, phones(desk.server, "201", "202", "203") as (anna, bruno, claire):
        out = await anna.call("+12125550123")
        rung = await line.incoming()
        assert rung.invite_request is not None
        told = rung.invite_request.headers.get("P-Asserted-Identity") or ""
        rung.reject(480)
        await out.ended(12)
        back = await line.call(DIRECT if DIRECT in told else "nobody", source=Tone(617))
        here = await anna.incoming()
        await here.answer(source=Tone(431))
        await back.answered()
        await talk(back, here, 617, 431)
        await back.hang_up()
        back = await line.call(MAIN)
        await asyncio.gather(bruno.incoming(), claire.incoming())
        assert anna.ringing == 0
        await back.cancel()
        # A number of ours that is dialled inside does not go out to come in again.
        inside = await anna.call(MAIN)
        await asyncio.gather(bruno.incoming(), claire.incoming())
        assert line.ringing == 0
        await inside.cancel()


async def test_b9_who_forwards_outside_shows_who_called_him(desk: Desk) -> None:
    mobile = {"kind": "number", "target": "+442079460000"}
    await forward(desk.server, "201", always=mobile, confirm_outside=False)
    who = [("P-Asserted-Identity", f"<sip:{CALLER}@provider.example>")]
    try:
        async with desk.provider() as line, phones(desk.server, "201") as (anna,):
            call = await line.call(DIRECT, headers=who, source=Tone(617))
            sent_on = await line.incoming()
            assert sent_on.invite_request is not None
            headers = sent_on.invite_request.headers
            assert CALLER in (headers.get("P-Asserted-Identity") or "")
            diversion = headers.get("Diversion") or ""
            assert DIRECT in diversion and "unconditional" in diversion
            await sent_on.answer(source=Tone(431))
            await call.answered()
            await talk(call, sent_on, 617, 431)
            await call.hang_up()
            await sent_on.ended()
            # Why it was sent on is told, too.
            lists = {"no_answer": [{"destination": mobile}], "busy": [{"destination": mobile}]}
            await forward(desk.server, "201", always=None, **lists)
            for status, why in ((480, "no-answer"), (486, "user-busy")):
                call = await line.call(DIRECT, headers=who)
                (await anna.incoming()).reject(status)
                assert why in (await shown(line, call))["Diversion"]
            await forward(desk.server, "201", always=mobile)
            path = f"/api/trunks/{desk.trunk}"
            for dialect, header in (("history-info", "History-Info"), ("none", "")):
                await desk.change("PATCH", path, {"forwarder": dialect})
                told = await shown(line, await line.call(DIRECT, headers=who))
                assert (CALLER if header else DIRECT) in told["P-Asserted-Identity"]
                assert not told["Diversion"] and bool(told["History-Info"]) == bool(header)
                assert not header or (DIRECT in told[header] and "index=1" in told[header])
            assert anna.ringing == 0
    finally:
        await forward(desk.server, "201", always=None, no_answer=[], busy=[])
