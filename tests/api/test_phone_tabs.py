"""api/phone_tabs.py: who may speak, what is heard, what hostile pages can not do (F-08)."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from switchroom.api.context import COOKIE
from switchroom.api.phone_ports import LiveDialog, LivePlace, Presence
from switchroom.api.phone_tabs import HELLO_SECONDS, MOST_QUEUED, Connection, TabHub
from switchroom.api.tab_messages import MOST_COMMAND, MOST_STATE
from switchroom.api.tabs import SILENT_SECONDS, ConnectionId, GroupKey
from switchroom.directory import Conference, ConferenceId, Snapshot
from switchroom.directory.model import ConferenceServer
from switchroom.store import Session
from switchroom.store.sessions import Kind
from tests.api.conftest import System
from tests.api.phones import FakePhones, token_of, with_phones
from tests.api.websockets import Page

PATH = "/api/phone/tabs"
BROWSER = "Chromium 130 Linux"


def page(system: System, **options: Any) -> Page:
    return Page(system.app, PATH, **options)


async def opened(system: System, token: str, tab: str, visible: bool = False, **options: Any) -> Page:
    made = page(system, **options)
    made.say("hello", tab=tab, browser=BROWSER, visible=visible, token=token)
    return made


def hub_of(system: System) -> TabHub:
    found = system.app.state.tab_hub
    assert isinstance(found, TabHub)
    return found


def dialog(device: str, **fields: Any) -> LiveDialog:
    values = {
        "call_id": "c@page",
        "local_tag": "ours",
        "remote_tag": "theirs",
        "device_id": device,
        "call": "call-1",
        "state": "talking",
        "on_hold": False,
        "number": "8002",
        "name": "",
        "started_at": 5.0,
    }
    return LiveDialog(**{**values, **fields})


async def session_of(system: System, token: str) -> Session:
    found = await system.store.logins.sessions.find(token)
    assert found is not None
    return found


async def test_f_08_one_tab_owns_and_the_next_takes_over_with_the_calls(system: System) -> None:
    phones = with_phones(system)
    token = await token_of(system, "201")
    first = await opened(system, token, "a")
    assert (await first.hear("owner"))["you"] is True
    second = await opened(system, token, "b", visible=True)
    assert await second.hear("owner") == {
        "type": "owner",
        "you": False,
        "owner": "a",
        "tabs": 2,
        "take_over": [],
    }
    first.say("state", state={"calls": [1]})
    assert (await second.hear("state"))["state"] == {"calls": [1]}
    second.say("command", command={"do": "mute"})
    command = await first.hear("command")
    assert (command["from"], command["command"]) == ("b", {"do": "mute"})
    device = system.store.browsers.device_id((await session_of(system, token)).id, "a")
    phones.calls = [dialog(device), dialog("another")]
    await first.leave()
    told = await second.hear("owner")
    assert (told["you"], told["tabs"]) == (True, 1)
    (call,) = told["take_over"]
    assert (call["call_id"], call["local_tag"], call["remote_tag"]) == ("c@page", "ours", "theirs")
    assert (call["number"], call["name"]) == ("8002", "Board")
    await second.leave()
    assert len(hub_of(system)) == 0


async def test_users_networks_and_browsers_are_apart(system: System) -> None:
    with_phones(system)
    anna, bruno = await token_of(system, "201"), await token_of(system, "202")
    pages = [
        await opened(system, anna, "a"),
        await opened(system, bruno, "a"),
        await opened(system, anna, "b", address="198.51.100.7"),
    ]
    for one in pages:
        assert (await one.hear("owner"))["you"] is True
    pages[0].say("state", state="secret")
    pages[0].say("ping")
    await pages[0].hear("pong")
    await pages[0].leave()
    for other in pages[1:]:
        other.say("ping")
        assert (await other.hear("pong"))["type"] == "pong"
        await other.leave()
    assert len(hub_of(system)) == 0


async def test_presence_comes_whole_and_then_by_changes(system: System) -> None:
    phones = with_phones(system)
    phones.present = {"user-202": Presence.AVAILABLE}
    anna = await opened(system, await token_of(system, "201"), "a")
    first = (await anna.hear("presence"))["presence"]
    assert first["user-202"] == "available"
    assert first["user-203"] == "offline"
    phones.present = {"user-203": Presence.RINGING}
    hub_of(system).tick()
    hub_of(system).tick()
    assert (await anna.hear("presence"))["presence"] == {"user-203": "ringing", "user-202": "offline"}
    anna.say("ping")
    assert (await anna.hear("pong")) == {"type": "pong"}
    await anna.leave()


async def test_s2_09_pages_are_told_of_what_changed_and_of_nothing_that_is_not_theirs(system: System) -> None:
    with_phones(system)
    anna = await opened(system, await token_of(system, "201"), "a")
    bruno = await opened(system, await token_of(system, "202"), "b")
    for page in (anna, bruno):
        await page.hear("presence")
    hub_of(system).changed("activities", ["user-201", "user-999"])
    hub_of(system).changed("records")
    assert await anna.hear("changed") == {"type": "changed", "what": "activities"}
    assert await anna.hear("changed") == {"type": "changed", "what": "records"}
    assert await bruno.hear("changed") == {"type": "changed", "what": "records"}
    await anna.leave()
    await bruno.leave()


async def test_s1_10_a_page_is_told_which_of_its_calls_is_in_which_conference(system: System) -> None:
    phones = with_phones(system)
    phones.held = {"user-201": [LivePlace("c@page", "call-1")], "user-202": [LivePlace("d@page", "call-2")]}
    anna = await opened(system, await token_of(system, "201"), "a")
    call = {"dialog": "c@page", "call": "call-1", "conference_id": None, "participant": None}
    assert (await anna.hear("places"))["places"] == [call | {"dial": None, "then": ""}]
    phones.held["user-201"] = [LivePlace("c@page", "call-1", "conference-8002", "leg-1")]
    hub_of(system).tick()
    hub_of(system).tick()
    inside = call | {"conference_id": "conference-8002", "participant": "leg-1"}
    assert (await anna.hear("places"))["places"] == [inside | {"dial": "8002", "then": ""}]
    del phones.held["user-201"]
    hub_of(system).tick()
    assert (await anna.hear("places"))["places"] == []
    await anna.leave()


def test_s3_12_the_way_back_behind_the_conference_server_is_its_extension_and_the_id() -> None:
    server = ConferenceServer("8000")
    hidden = Conference(ConferenceId("c"), "Hidden", None, dial_in_id="4711")
    snapshot = Snapshot(conferences={hidden.id: hidden}, conference_server=server)
    hub = TabHub(FakePhones(), lambda: snapshot)
    told = json.loads(hub.write_places([LivePlace("d", "1", "c", "p"), LivePlace("e", "2", "adhoc-1", "q")]))
    assert [(place["dial"], place["then"]) for place in told["places"]] == [("8000", "4711#"), (None, "")]


async def test_signing_out_is_told_at_once_and_ends_the_socket(system: System) -> None:
    with_phones(system)
    token = await token_of(system, "201")
    session = await session_of(system, token)
    made = await system.store.browsers.issue(session.id, session.user_id, "201", "a")  # type: ignore[arg-type]
    anna = await opened(system, token, "a")
    await anna.hear("presence")
    await system.store.logins.sessions.end(session.id, session.login.id)
    heard = await anna.closed()
    assert heard[-1] == {"type": "signed_out"}
    assert anna.code == 4001
    assert system.live.dropped == [made.device.id]


@pytest.mark.parametrize(
    ("hello", "error_id", "code"),
    [
        ('{"type":"hello","tab":"a","browser":"x","token":"wrong"}', "not-signed-in", 4001),
        ('{"type":"hello","tab":"a","browser":"x"}', "not-signed-in", 4001),
        ('{"type":"ping"}', "hello-first", 4003),
        ('{"type":"hello","tab":"a b","browser":"x"}', "message-unknown", 4003),
        ('{"type":"hello"}', "message-unknown", 4003),
        ("nonsense", "message-unknown", 4003),
        ("", "message-unknown", 4003),
        ("[" * 60_000, "message-unknown", 4003),
        ("x" * 70_000, "too-large", 4003),
    ],
)
async def test_who_is_not_signed_in_hears_nothing(
    system: System, hello: str, error_id: str, code: int
) -> None:
    with_phones(system)
    stranger = page(system)
    stranger.say_text(hello)
    heard = await stranger.closed()
    assert [(message["type"], message["error_id"]) for message in heard] == [("refused", error_id)]
    assert stranger.code == code


async def test_a_cookie_counts_only_on_a_page_of_ours(system: System) -> None:
    with_phones(system)
    login = await system.store.logins.find("201")
    assert login is not None
    value, _ = await system.store.logins.sessions.issue(login, Kind.COOKIE)
    cookie = {"cookie": f"{COOKIE}={value}"}
    ours = page(system, headers={**cookie, "origin": "http://switchroom.test"})
    ours.say("hello", tab="a", browser="x")
    assert (await ours.hear("owner"))["you"] is True
    foreign = page(system, headers={**cookie, "origin": "http://evil.example"})
    foreign.say("hello", tab="b", browser="x")
    assert (await foreign.closed())[0]["error_id"] == "foreign-origin"
    await ours.leave()


async def test_a_login_without_an_extension_is_told(system: System) -> None:
    with_phones(system)
    admin = await opened(system, await token_of(system, "admin"), "a")
    assert (await admin.closed())[0]["error_id"] == "no-extension"


async def test_what_a_page_says_is_bounded(system: System) -> None:
    with_phones(system)
    anna = await opened(system, await token_of(system, "201"), "a")
    await anna.hear("presence")
    for kind, most in (("state", MOST_STATE), ("command", MOST_COMMAND)):
        anna.say(kind, **{kind: "x" * most})
        assert (await anna.hear("refused"))["error_id"] == "too-large"
    anna.say("hello", tab="a", browser="x")
    assert (await anna.hear("refused"))["error_id"] == "hello-twice"
    for _ in range(100):
        anna.say("ping")
    heard = await anna.closed()
    assert heard[-1]["error_id"] == "too-many-messages"
    assert anna.code == 4029


async def test_a_page_that_does_not_read_is_closed() -> None:
    connection = Connection(ConnectionId(1), "user-201")
    for _ in range(MOST_QUEUED + 1):
        connection.send(b"{}")
    assert connection.closing
    assert connection.outbox.qsize() == 1
    assert connection.outbox.get_nowait() == 1013


class HandClock:
    """Moves when told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


async def test_f_08_silent_tabs_are_found_and_forgotten(system: System) -> None:
    clock = HandClock()
    hub = TabHub(FakePhones(), lambda: system.store.configuration.applied, clock)
    group = GroupKey(BROWSER, "192.0.2.1")
    silent = hub.join("user-201", "a", "device-a", group, False)
    clock.now += 10
    other = hub.join("user-201", "b", "device-b", group, False)
    clock.now += SILENT_SECONDS - 10
    hub.tick()
    assert silent.closing
    told = [json.loads(item) for item in iter_queue(other)]
    assert [message["you"] for message in told if message["type"] == "owner"] == [False, True]
    hub.leave(silent)
    hub.leave(other)
    clock.now += 100
    hub.tick()
    assert hub._users == {}


def iter_queue(connection: Connection) -> list[bytes]:
    found = []
    while not connection.outbox.empty():
        item = connection.outbox.get_nowait()
        assert isinstance(item, bytes)
        found.append(item)
    return found


async def test_sockets_that_say_nothing_are_few_and_short(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_phones(system)
    assert HELLO_SECONDS <= 10
    monkeypatch.setattr("switchroom.api.phone_tabs.HELLO_SECONDS", 0.05)
    quiet = page(system)
    assert (await quiet.closed())[0]["error_id"] == "hello-first"
    monkeypatch.setattr("switchroom.api.phone_tabs.MOST_WAITING", 0)
    refused = page(system)
    assert await refused.closed() == []
    assert refused.code == 1013
    await asyncio.sleep(0)
    assert hub_of(system).waiting == 0
