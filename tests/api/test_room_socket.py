"""WS /api/rooms/{id}/watch: who may look, what each sees, when it ends."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from switchroom.api.ports import LiveHappening
from switchroom.api.room_access import Viewer
from switchroom.api.room_hub import MOST_OF_ONE, MOST_READERS, RoomHub, TooManyReaders
from switchroom.store import Role
from tests.api.conftest import System
from tests.api.people import browser, login_as
from tests.api.phones import token_of
from tests.api.rooms import ANNA, BRUNO, CARLA, GUEST, ROOM, open_room
from tests.api.test_rooms import Visit
from tests.api.websockets import Page
from tests.harness.until import until


async def watch(system: System, login: str | None, room: str = ROOM, token: str | None = None) -> Page:
    """A page of somebody's; None: a conference manager's."""
    system.app.state.room_hub = RoomHub(system.app.state.context, 0.01)
    if login is None:
        login = (await login_as(system, Role.CONFERENCE_MANAGER)).name
    page = Page(system.app, f"/api/rooms/{room}/watch")
    page.say("hello", token=token or await token_of(system, login))
    return page


def names(message: dict[str, Any]) -> list[str]:
    return [one["name"] for one in message["room"]["participants"]]


async def test_f_11_a_moderator_sees_everybody_and_each_change(system: System) -> None:
    room = open_room(system)
    page = await watch(system, None)
    told = await page.hear("room")
    assert names(told) == ["Anna", "Bruno", "Carla"]
    assert told["you"] is None and "remove" in told["may"] and "roll-call" not in told["may"]
    assert told["room"]["invitations"][0]["name"] == "Dora"
    assert told["room"]["participants"][1]["mos"] == 4.1
    open_room(system, ANNA, replace(BRUNO, muted_by="Anna"))
    told = await page.hear("room")
    assert [one["muted_by"] for one in told["room"]["participants"]] == [None, "Anna"]
    assert room.name == told["room"]["name"]
    system.live.rooms = list  # type: ignore[method-assign]
    assert (await page.hear("room"))["room"] is None, "a moderator waits for people to come"
    await page.leave()


async def test_f_11_who_is_inside_sees_the_others_but_not_the_lobby(system: System) -> None:
    open_room(system)
    page = await watch(system, "202")
    told = await page.hear("room")
    assert names(told) == ["Anna", "Bruno"]
    assert told["you"] == "leg-b"
    assert set(told["may"]) == {"mute", "unmute", "raise-hand", "lower-hand", "volume"}
    assert [one["mos"] for one in told["room"]["participants"]] == [None, 4.1], "the own line only"
    open_room(system, ANNA)
    assert (await page.closed())[-1] == {"type": "closed", "reason": "left"}


async def test_f_11_what_was_done_before_one_looked_is_for_who_runs_it(system: System) -> None:
    open_room(system, happened=[LiveHappening(4.0, "muted", "Bruno", "Anna")])
    for login, seen in ((None, ["muted"]), ("202", [])):
        page = await watch(system, login)
        told = await page.hear("room")
        assert [one["what"] for one in told["room"]["happened"]] == seen
        await page.leave()


async def test_f_11_who_is_made_an_administrator_may_more_at_once(system: System) -> None:
    open_room(system)
    page = await watch(system, "202")
    await page.hear("room")
    open_room(system, ANNA, replace(BRUNO, administrator=True), CARLA)
    told = await page.hear("room")
    assert names(told) == ["Anna", "Bruno", "Carla"] and {"admit", "end", "roll-call"} <= set(told["may"])
    await page.leave()


async def test_f_11_who_waits_sees_himself_only(system: System) -> None:
    open_room(system)
    page = await watch(system, "203")
    told = await page.hear("room")
    assert (names(told), told["may"], told["room"]["invitations"]) == (["Carla"], [], [])
    system.live.loudness = {"leg-a": 80}
    open_room(system, ANNA, BRUNO, replace(CARLA, waiting=False, in_lobby=False))
    told = await page.hear("room")
    assert names(told) == ["Anna", "Bruno", "Carla"]
    assert (await page.hear("levels"))["levels"] == {"leg-a": 80}
    await page.leave()


async def test_levels_are_told_while_somebody_is_loud_and_measured_while_somebody_looks(
    system: System,
) -> None:
    open_room(system)
    page = await watch(system, "202")
    await page.hear("room")
    system.live.loudness = {"leg-a": 50}
    assert (await page.hear("levels"))["levels"] == {"leg-a": 50}
    system.live.loudness = {"leg-a": 0}
    while (await page.hear("levels"))["levels"] != {"leg-a": 0}:
        pass
    await page.leave()
    await until(lambda: system.live.watched[-1] == (ROOM, False))
    assert system.live.watched[0] == (ROOM, True)


async def test_a_guest_sees_names_and_no_numbers(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    visits = {"token-1": Visit("visit-1", ROOM)}
    monkeypatch.setattr(system.store.guests, "guest_of", visits.get)
    there = [True]
    monkeypatch.setattr(system.store.guests, "visit", lambda visit: there[0] or None)
    open_room(system, ANNA, BRUNO, GUEST, CARLA)
    page = await watch(system, "202", token="token-1")
    told = await page.hear("room")
    assert names(told) == ["Anna", "Bruno", "Guest"] and told["you"] == "leg-g"
    people = told["room"]["participants"]
    assert {(one["extension"], one["user_id"], one["mos"]) for one in people} == {("", None, None)}
    assert (told["room"]["extension"], told["room"]["invitations"]) == (None, [])
    there[0] = False
    assert (await page.closed())[-1] == {"type": "closed", "reason": "visit-over"}
    other = await watch(system, "202", room="conference-8001", token="token-1")
    (refused,) = await other.closed()
    assert refused["error_id"] == "not-signed-in"


@pytest.mark.parametrize(("login", "room"), [("204", ROOM), ("202", "conference-8001"), ("202", "none")])
async def test_f_11_for_strangers_there_is_nothing_to_see(system: System, login: str, room: str) -> None:
    open_room(system)
    page = await watch(system, login, room)
    (refused,) = await page.closed()
    assert (refused["type"], refused["error_id"], page.code) == ("refused", "not-found", 1008)


async def test_our_own_pages_need_no_token(system: System) -> None:
    open_room(system)
    system.app.state.room_hub = RoomHub(system.app.state.context, 0.01)
    async with browser(system, "202") as client:
        cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        headers = {"Cookie": cookie, "Origin": "http://switchroom.test", "Host": "switchroom.test"}
        page = Page(system.app, f"/api/rooms/{ROOM}/watch", headers=headers)
        assert (await page.hear("room"))["you"] == "leg-b"
        page.say("ping")
        assert await page.hear("pong")
        assert (await client.delete("/api/session")).status_code == 204
        assert (await page.closed())[-1] == {"type": "signed_out"}


async def test_a_guest_is_a_guest_also_where_somebody_is_signed_in(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system.store.guests, "guest_of", {"token-1": Visit("visit-1", ROOM)}.get)
    monkeypatch.setattr(system.store.guests, "visit", lambda visit: visit)
    open_room(system, ANNA, BRUNO, GUEST)
    system.app.state.room_hub = RoomHub(system.app.state.context, 0.01)
    async with browser(system, "202") as client:
        cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        headers = {"Cookie": cookie, "Origin": "http://switchroom.test", "Host": "switchroom.test"}
        page = Page(system.app, f"/api/rooms/{ROOM}/watch?hello=1", headers=headers)
        page.say("hello", token="token-1")
        assert (await page.hear("room"))["you"] == "leg-g"
        await page.leave()


async def test_there_is_an_end_to_readers_and_to_those_of_one_person(system: System) -> None:
    hub = RoomHub(system.app.state.context, 0.01)
    open_room(system)
    crowd = [Viewer(f"x{n}", everywhere=True) for n in range(MOST_READERS // MOST_OF_ONE)]
    readers = [hub.reading(viewer, ROOM) for viewer in crowd for _ in range(MOST_OF_ONE)]
    for reader in readers[:MOST_OF_ONE]:
        reader.__enter__()
    with pytest.raises(TooManyReaders), hub.reading(crowd[0], "conference-8001"):
        pass
    for reader in readers[MOST_OF_ONE:]:
        reader.__enter__()
    with pytest.raises(TooManyReaders), hub.reading(Viewer("y", everywhere=True), ROOM):
        pass
    for reader in readers:
        reader.__exit__(None, None, None)
    assert len(hub) == 0
