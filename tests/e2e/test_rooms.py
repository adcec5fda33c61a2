"""Moderated conferences through a whole running system, by what phones hear (F-11, F-12)."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from websockets.asyncio.client import connect

from tests.e2e.test_calls import phones
from tests.e2e.test_conferences import TONES, enter, heard_tones, until_heard
from tests.harness.audio import rms, tones_heard
from tests.harness.phone_call import PhoneCall
from tests.harness.rtp import Silence
from tests.harness.server import Server

pytestmark = pytest.mark.e2e

ROOM = "conference-8001"


async def configure(server: Server, **fields: object) -> None:
    """Change the open room, and apply it."""
    saved = await server.api_async("PATCH", f"/api/conferences/{ROOM}", fields)
    body = {"base_revision": saved["pending"]["base_revision"]}
    await server.api_async("POST", "/api/configuration/apply", body)


async def people(server: Server) -> dict[str, dict[str, Any]]:
    """Who is in the room or waits for it, by extension."""
    room = await server.api_async("GET", f"/api/rooms/{ROOM}")
    return {one["extension"]: one for one in room["participants"]}


async def act(server: Server, act: str, extension: str = "", **values: object) -> None:
    """A moderator's button."""
    place = f"/api/rooms/{ROOM}"
    if extension:
        place += f"/participants/{(await people(server))[extension]['id']}"
    await server.api_async("POST", f"{place}/{act}", values)


def tones(*extensions: str) -> set[float]:
    return {TONES[extension] for extension in extensions}


async def voices(call: PhoneCall) -> set[float]:
    """The others' tones in what a phone hears, which may be music: that has such tones too, but softer."""
    return tones_heard(await call.media.listen(1.0), call.media.codec.rate, TONES.values(), floor=1500)


async def loudest(call: PhoneCall, seconds: float = 1.0) -> float:
    """How loud anything is that a phone hears."""
    return rms(await call.media.listen(seconds))


async def test_f_11_muted_by_a_moderator_is_inaudible_and_star_1_speaks_again(shared_server: Server) -> None:
    await configure(shared_server, administrator="user-201", lobby=False)
    async with phones(shared_server, "201", "202", "203") as three:
        chair, bruno, carla = [await enter(phone, "8001") for phone in three]
        await until_heard(chair, tones("202", "203"))
        await act(shared_server, "mute", "202")
        await until_heard(chair, tones("203"))
        await until_heard(bruno, tones("201", "203"))
        assert (await people(shared_server))["202"]["muted_by"] == "admin"
        await bruno.media.dtmf("*1")
        await until_heard(chair, tones("202", "203"))
        # Nobody but who keyed it is told: the others hear the voices and nothing over them.
        await bruno.media.dtmf("*1")
        await asyncio.sleep(0.4)
        confirming = asyncio.create_task(heard_tones(bruno, 0.5))
        assert await heard_tones(carla, 0.5) == tones("201")
        await confirming
        await act(shared_server, "mute-all")
        await asyncio.sleep(0.3)
        await until_heard(carla, tones("201"))
        await chair.media.dtmf("*1")
        await asyncio.sleep(3.0)
        assert await loudest(carla) < 30, "all are muted: silence"
        for call in (bruno, carla):
            await call.media.dtmf("*1")
        await until_heard(chair, tones("202", "203"))


async def test_f_11_the_lobby_hears_nobody_and_nobody_hears_it(shared_server: Server) -> None:
    await configure(shared_server, administrator="user-201", lobby=True)
    async with phones(shared_server, "201", "202", "203") as three:
        chair, bruno, carla = [await enter(phone, "8001") for phone in three]
        await asyncio.sleep(3.0)
        for waiting in (bruno, carla):
            assert await voices(waiting) == set()
            assert await loudest(waiting) > 100, "music"
        assert await voices(chair) == set()
        await act(shared_server, "admit", "202")
        await until_heard(chair, tones("202"))
        await until_heard(bruno, tones("201"))
        assert await voices(carla) == set()
        await act(shared_server, "refuse", "203")
        await carla.ended(15)
        again = await three[2].call("8001")
        assert await again.refused(15) == 403
    await configure(shared_server, lobby=False)


async def test_f_11_who_was_removed_is_told_and_can_not_call_again_at_once(shared_server: Server) -> None:
    await configure(shared_server, administrator="user-201", lobby=False)
    async with phones(shared_server, "201", "204") as (one, other):
        chair, dora = await enter(one, "8001"), await enter(other, "8001")
        await until_heard(chair, tones("204"))
        await act(shared_server, "remove", "204")
        await dora.ended(15)
        again = await other.call("8001")
        assert await again.refused(15) == 403
        assert set(await people(shared_server)) == {"201"}


async def test_peers_22_hold_plays_no_music_into_the_room(shared_server: Server) -> None:
    await configure(shared_server, administrator="user-201", lobby=False)
    async with phones(shared_server, "201", "202", "203") as three:
        chair, bruno, carla = [await enter(phone, "8001") for phone in three]
        await until_heard(chair, tones("202", "203"))
        # The phone goes on sending, as those do that play music of their own to whom they hold.
        await bruno.hold()
        await until_heard(chair, tones("203"))
        await until_heard(carla, tones("201"))
        assert (await people(shared_server))["202"]["on_hold"]
        await bruno.resume()
        await until_heard(carla, tones("201", "202"))


async def test_a_name_said_at_the_door_is_heard_inside(shared_server: Server) -> None:
    await configure(shared_server, administrator="user-201", lobby=False, names="recorded", tones=False)
    async with phones(shared_server, "201", "203") as (one, other):
        chair = await enter(one, "8001")
        await asyncio.sleep(4.5)
        await chair.media.dtmf("#")
        await asyncio.sleep(2.5)
        carla = await enter(other, "8001")
        # The question, then her tone is the name that she says.
        while not (await people(shared_server)).get("203"):
            if await loudest(carla, 0.3) < 30:
                await asyncio.sleep(1.0)
                await carla.media.dtmf("#")
        listened = [await heard_tones(chair, 0.4) for _ in range(8)]
        assert tones("203") in listened
    await configure(shared_server, names="none", tones=True)


async def test_f_11_who_talks_how_loud_and_on_how_good_a_line_is_seen_live(shared_server: Server) -> None:
    await configure(shared_server, administrator="user-201", lobby=False)
    async with phones(shared_server, "201", "204") as (one, other):
        chair = await enter(one, "8001")
        dora = await other.call("8001", source=Silence())
        await dora.answered(10)
        await until_heard(dora, tones("201"))
        token = await asyncio.to_thread(shared_server.token)
        url = shared_server.url.replace("http", "ws", 1) + f"/api/rooms/{ROOM}/watch"
        rooms, levels = list[Any](), list[dict[str, int]]()
        async with connect(url) as socket, asyncio.timeout(20):
            await socket.send(json.dumps({"type": "hello", "token": token}))
            while len(levels) < 20 or not rooms[-1]["participants"][0]["mos"]:
                said = json.loads(await socket.recv())
                if said["type"] == "room":
                    rooms.append(said["room"])
                else:
                    levels.append(said["levels"])
        anna, quiet = rooms[-1]["participants"]
        assert (anna["talking"], quiet["talking"]) == (True, False) and anna["mos"] > 3.5
        last = levels[-1]
        assert last[anna["id"]] > 50 > 5 > last.get(quiet["id"], 0)
        assert chair.state == "up"


async def test_a_configured_name_is_spoken_when_somebody_comes(shared_server: Server) -> None:
    await configure(shared_server, administrator="user-201", lobby=False, names="spoken", tones=False)
    async with phones(shared_server, "201", "204") as (one, other):
        chair = await enter(one, "8001")
        await asyncio.sleep(1.0)
        dora = await other.call("8001", source=Silence())
        await dora.answered(10)
        levels = [await loudest(chair, 0.5) for _ in range(14)]
        assert max(levels) > 300, "the name"
        assert levels[-1] < 30, "and silence, since nobody says anything"
    await configure(shared_server, names="none", tones=True)


async def test_who_was_cut_off_by_a_restart_comes_back_as_he_was(server: Server) -> None:
    await configure(server, access_code="4321")
    async with phones(server, "201", "202") as (one, other):
        anna, bruno = await enter(one, "8001", "4321"), await enter(other, "8001", "4321")
        await until_heard(anna, tones("202"))
        await act(server, "mute", "202")
        await act(server, "hand-over", "202")
        await until_heard(bruno, tones("201"))
        await asyncio.sleep(0.3)
        server.kill()
        await asyncio.to_thread(server.start)
        for phone in (one, other):
            await phone.register()
        again, back = await enter(one, "8001"), await enter(other, "8001")
        # Without a code; and whoever was muted still is.
        await until_heard(back, tones("201"))
        assert not await voices(again) & tones("202")
        found = (await people(server))["202"]
        assert (found["administrator"], found["muted_by"]) == (True, "admin")
