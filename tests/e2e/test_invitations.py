"""Calling people into a conference, and merging calls, through a whole system: what is rung, said, heard."""

from __future__ import annotations

import asyncio
import urllib.error
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from switchroom.sip.flow import Transport
from tests.e2e.test_calls import phones
from tests.e2e.test_conferences import TONES, enter, heard_tones, until_heard
from tests.e2e.test_real_phones import need_baresip, need_linphone
from tests.harness.audio import gaps, rms, tones_heard
from tests.harness.baresip import Baresip
from tests.harness.linphone import Linphone
from tests.harness.phone_call import PhoneCall
from tests.harness.rtp import PUNCTUAL, Silence, Tone
from tests.harness.server import Server
from tests.harness.webrtc import WebRtcPeer

pytestmark = pytest.mark.e2e

INVITATIONS = "/api/rooms/conference-8002/invitations"
LONGEST_GAP = 0.04


async def until_state(server: Server, number: str, state: str, seconds: float = 10.0) -> dict[str, Any]:
    """Wait until the newest invitation of a number is in a state; the invitation."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while True:
        found = [one for one in await server.api_async("GET", INVITATIONS) if one["number"] == number]
        if found and found[-1]["state"] == state:
            return dict(found[-1])
        assert loop.time() < end, f"{number} is {found}, not {state}"
        await asyncio.sleep(0.1)


async def test_s1_11_invited_people_answer_hear_what_it_is_and_are_in(server: Server) -> None:
    async with phones(server, "201", "202", "203", "204") as (anna, bruno, carla, dario):
        host = await enter(anna, "8002", "4321")
        for number in ("202", "203", "204"):
            made = await server.api_async("POST", INVITATIONS, {"number": number})
            assert made["state"] == "ringing"
        invited, refusing, cancelled = [await phone.incoming() for phone in (bruno, carla, dario)]
        request = invited.invite_request
        assert request is not None and "(invited by admin)" in (request.headers.get("From") or "")
        assert "sip:8002@" in (request.headers.get("From") or "")
        invited.ring()
        refusing.reject(603)
        await until_state(server, "203", "refused")
        waiting = await until_state(server, "204", "ringing")
        await server.api_async("DELETE", f"{INVITATIONS}/{waiting['id']}")
        await cancelled.ended()
        assert cancelled.end_request is not None and cancelled.end_request.method == "CANCEL"
        await invited.answer(source=Tone(TONES["202"], 4000))
        words, meanwhile = await asyncio.gather(invited.media.listen(0.8), host.media.listen(0.8))
        assert rms(words) > 200, "the announcement"
        assert TONES["202"] not in tones_heard(meanwhile, 8000, TONES.values(), 2500), "not in yet"
        await until_heard(invited, {TONES["201"]})
        await until_heard(host, {TONES["202"]})
        await until_state(server, "202", "joined")
        with pytest.raises(urllib.error.HTTPError) as refused:
            await server.api_async("POST", INVITATIONS, {"number": "202"})
        assert refused.value.code == 409
        await invited.hang_up()
        await host.hang_up()
    rows = {row["dialled"]: row for row in server.call_records() if row["callee_extension"] is not None}
    assert {number: row["end_cause"] for number, row in rows.items()} == {
        "202": "callee_hung_up",
        "203": "declined",
        "204": "cancelled",
    }
    assert {row["kind"] for row in rows.values()} == {"conference"}


async def test_g_05_an_invited_waits_for_the_administrator_like_everyone(shared_server: Server) -> None:
    async with phones(shared_server, "201", "202") as (anna, bruno):
        path = "/api/rooms/conference-8003/invitations"
        await shared_server.api_async("POST", path, {"number": "202"})
        invited = await bruno.incoming()
        await invited.answer(source=Tone(TONES["202"], 4000))
        await asyncio.sleep(8.0)
        assert rms(await invited.media.listen(1.5)) > 100, "music while waiting"
        host = await enter(anna, "8003")
        await until_heard(invited, {TONES["201"]})
        await until_heard(host, {TONES["202"]})


def _as(server: Server, extension: str) -> str:
    login = {"name": extension, "password": server.passwords[extension]}
    return str(server.api("POST", "/api/login", login, token="")["token"])


def longest(call: PhoneCall, since: float, frequency: float) -> float:
    """The longest gap in a tone that a phone has heard since a loop time, in seconds."""
    samples = call.media.heard(since)
    assert len(samples) > call.media.codec.rate, "nothing was heard"
    found = gaps(samples, call.media.codec.rate, frequency)
    return max((gap.length for gap in found), default=0.0)


class Moves:
    """Two who talk, while their media is moved: the longest gap in what each hears of the other.

    Only of moves during which this process sent in time: what it holds up itself no server can fill.
    """

    def __init__(self, one: PhoneCall, other: PhoneCall) -> None:
        self.ends = ((one, TONES["202"]), (other, TONES["201"]))
        self.punctual: dict[str, list[float]] = {}
        self.all: dict[str, list[float]] = {}

    async def during(self, name: str, act: Callable[[], Any]) -> Any:
        """Move their media; what `act` gives."""
        begin = asyncio.get_running_loop().time()
        await asyncio.sleep(0.8)
        done = await asyncio.to_thread(act)
        await asyncio.sleep(0.8)
        gap = max(longest(call, begin, tone) for call, tone in self.ends)
        self.all.setdefault(name, []).append(gap)
        if max(call.media.lateness(begin) for call, _ in self.ends) < PUNCTUAL:
            self.punctual.setdefault(name, []).append(gap)
        return done

    def worst(self, name: str) -> float:
        """The longest gap of all these moves that count; of none of them, the best of the others."""
        return max(self.punctual.get(name) or [min(self.all[name])])


@pytest.mark.parametrize("kind", ["PCMU", "opus", "browser"])
async def test_d1_06_calls_are_merged_and_parted_without_a_gap(shared_server: Server, kind: str) -> None:
    server = shared_server
    own: dict[str, Any] = {"codecs": (kind,)}
    if kind == "browser":
        where = ("127.0.0.1", server.http_port)
        own = {"codecs": ("opus", "PCMU"), "transport": Transport.WS, "where": where, "browser": True}
    token = await asyncio.to_thread(_as, server, "201")
    async with phones(server, "201", **own) as (anna,), phones(server, "202", "203") as (b, c):
        first = await anna.call("202", source=Tone(TONES["201"], 4000))
        bruno = await (await b.incoming()).answer(source=Tone(TONES["202"], 4000))
        await first.answered()
        second = await anna.call("203", source=Tone(TONES["204"], 4000))
        carla = await (await c.incoming()).answer(source=Silence())
        await second.answered()
        for line in (first, second):
            if isinstance(line.media, WebRtcPeer):
                async with asyncio.timeout(5):
                    await line.media.connected.wait()
        await asyncio.sleep(0.5)
        moves = Moves(first, bruno)
        body = {"calls": [first.call_id, second.call_id]}
        for attempt in range(5):
            made = await moves.during(
                "merge", lambda: server.api("POST", "/api/phone/calls/merge", body, token=token)
            )
            room = made["room"]
            if not attempt:
                await until_heard(carla, {TONES["201"], TONES["202"]})
                assert rms(await second.media.listen(0.5)) < 50, "the second line hears nothing"
                rooms = await server.api_async("GET", "/api/rooms")
                (found,) = [one for one in rooms if one["conference_id"] == room]
                assert [one["extension"] for one in found["participants"]] == ["201", "202", "203"]
            await moves.during(
                "split", partial(server.api, "POST", f"/api/phone/calls/{room}/split", token=token)
            )
            if not attempt:
                await until_heard(carla, {TONES["204"]})
        assert moves.worst("merge") <= LONGEST_GAP, moves.all
        assert moves.worst("split") <= LONGEST_GAP, moves.all
        print(kind, moves.all, moves.punctual)


async def test_s1_11_real_phones_are_invited_and_press_1(server: Server, tmp_path: Path) -> None:
    """A baresip that answers by itself presses no key and does not join; a linphone whose user does is in."""
    need_baresip()
    need_linphone()
    await server.api_async("PATCH", "/api/conferences/conference-8001", {"confirm_invitees": True})
    review = await server.api_async("GET", "/api/configuration")
    await server.api_async("POST", "/api/configuration/apply", {"base_revision": review["base_revision"]})
    machine = Baresip(tmp_path / "202", "202", server.secrets["202"], server.sip, tone=617, codecs=("PCMU",))
    person = Linphone(tmp_path / "203", "203", server.secrets["203"], server.sip, tone_hz=853, codec="opus")
    (tmp_path / "203").mkdir()
    rooms = "/api/rooms/conference-8001/invitations"
    async with phones(server, "201") as (anna,):
        host = await enter(anna, "8001")
        try:
            await machine.start()
            await person.start()
            for number in ("202", "203"):
                await server.api_async("POST", rooms, {"number": number})
            await person.printed(r"LinphoneCallIncomingReceived|Receiving new incoming call")
            await person.command("answer")
            await person.printed(r"LinphoneCallStreamsRunning", seconds=10)
            await asyncio.sleep(2.0)
            await person.digits("1")
            await until_heard(host, {TONES["203"]})
            await asyncio.sleep(16.0)
            states = {
                one["number"]: (one["state"], one["reason"]) for one in await server.api_async("GET", rooms)
            }
            assert states == {"202": ("failed", "not_confirmed"), "203": ("joined", "")}
            assert await heard_tones(host) == {TONES["203"]}
        finally:
            await asyncio.gather(machine.stop(), person.stop())
    samples, rate = person.heard()
    assert tones_heard(samples[-4 * rate : -2 * rate], rate, TONES.values()) == {TONES["201"]}
