"""The phone in a real Chromium on networks as people have them: behind NAT, without UDP, on the move, asleep.

Hosts are network namespaces. Most calls are the echo test: what Chromium sends comes back, so that its meter
sees a gap in either direction. Conferences have a phone besides, on the server's host.
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.test_browser_guest import hears, misses
from tests.e2e.test_browser_rooms import act_on, in_conference
from tests.e2e.test_calls import phones
from tests.harness import browser, lab
from tests.harness.binaries import find
from tests.harness.lab import Lab
from tests.harness.roaming import RoamingBrowser, begin_metering, metered, silences, ways
from tests.harness.rtp import Tone
from tests.harness.server import Server
from tests.harness.web_user import WebUser

pytestmark = pytest.mark.e2e

TONE, PHONE_TONE = 617.0, 855.0
SERVER, ADVERTISED, RELAY = "203.0.113.2", "203.0.113.50", "203.0.114.2"
SECRET = "a secret of this test"
BUSY = 20.0
"""Seconds for what takes five on a quiet machine."""
Moved = Callable[[float], Awaitable[float]]


@dataclass
class World:
    """A server on the Internet, and Anna's laptop behind the router of her home, which has two networks."""

    lab: Lab
    server: Server
    folder: Path

    def on_server(self, act: Any) -> Any:
        """Do it on the server's host."""
        with self.lab.inside("server"):
            return act()

    def registrations(self, name: str) -> int:
        """How many phones of a person's can be rung."""
        entries = self.on_server(lambda: self.server.api("GET", "/api/registrations"))
        return len([entry for entry in entries if entry["user_id"] == f"user-{name}"])


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The hosts and the server, for all tests here; each leaves the routers as they were."""
    if not browser.installed():
        pytest.skip("NOT TESTED in a browser: chromium is not installed (make system-test)")
    if find("switchroom-media") is None:
        pytest.skip("NOT TESTED: switchroom-media is not built (cargo build --release)")
    if reason := lab.missing():
        pytest.skip(f"NOT TESTED on other networks: {reason}")
    folder = tmp_path_factory.mktemp("networks")
    with Lab() as hosts:
        for name in ("net", "home"):
            hosts.host(name, router=True)
        for name in ("server", "relay", "anna"):
            hosts.host(name)
        hosts.lan("net", "server", "203.0.113")
        hosts.lan("net", "relay", "203.0.114")
        hosts.lan("net", "home", "198.51.100", interface="wan")
        hosts.lan("home", "anna", "192.168.2", interface="eth1")
        hosts.unplug("anna", "eth1")
        hosts.lan("home", "anna", "192.168.1")
        hosts.masquerade("home", "192.168.0.0/16")
        with hosts.inside("server"):
            server = Server(folder / "data")
            server.extra = ("--bind", "0.0.0.0")
            server.webrtc_port, server.https_port, server.http_port = 40000, 443, 8080
            with (folder / "data" / "switchroom.toml").open("a") as settings:
                settings.write(f'turn_urls = ["turn:{RELAY}:443?transport=tcp"]\nturn_secret = "{SECRET}"\n')
            server.start(within=60)
        try:
            yield World(hosts, server, folder)
        finally:
            server.close()


async def signed_in(
    chromium: RoamingBrowser, world: World, name: str, url: str = f"https://{SERVER}/"
) -> WebUser:
    """A phone, ready. Each test has its own person, so that none is given a call that another left behind."""
    anna = WebUser(await chromium.page(url))
    await anna.page.get_by_label("Name").fill(name)
    await anna.page.get_by_label("Password", exact=True).fill(world.server.passwords[name])
    await anna.page.get_by_role("button", name="Sign in").click()
    await anna.ready(seconds=2 * BUSY)
    return anna


async def talk(anna: WebUser) -> dict[str, Any]:
    """Call the echo test until it is heard; the way that the call took."""
    await anna.dial("*43")
    await anna.talking(seconds=2 * BUSY)
    until = time.monotonic() + 2 * BUSY
    while not await ways(anna.page):
        assert time.monotonic() < until, "no way was found"
        await asyncio.sleep(0.1)
    assert await anna.hears(TONE, tries=20)
    (way,) = await ways(anna.page)
    return way


async def leave(anna: WebUser) -> None:
    """Hang up, and wait until the call is off the screen."""
    await anna.hang_up()
    await anna.ready(seconds=BUSY)
    await anna.page.wait_for_timeout(3000)


async def longest_silence(anna: WebUser) -> float:
    """Seconds of the longest silence since `begin_metering`; raises when it lasts."""
    gaps = silences(await metered(anna.page))
    assert all(gap.end is not None for gap in gaps), f"silence lasts: {gaps}"
    return max([(gap.end or 0) - gap.begin for gap in gaps], default=0.0)


def chromium(world: World, name: str, host: str = "anna") -> RoamingBrowser:
    """A browser with a profile of its own."""
    return RoamingBrowser(world.lab, host, world.folder / name, tone_hz=TONE)


async def in_room(world: World, name: str) -> dict[str, Any] | None:
    """Somebody in a conference or its lobby, as the API shows him."""
    rooms = await world.server.api_async("GET", "/api/rooms")
    everybody = [one for room in rooms for one in room["participants"]]
    return next((one for one in everybody if one["name"] == name and not one["away"]), None)


@pytest.fixture
def moved(world: World) -> Iterator[Moved]:
    """Anna's laptop leaves its network, and is in another one so many seconds later; the time of that."""

    async def move(away: float) -> float:
        world.lab.unplug("anna", "eth0")
        await asyncio.sleep(away)
        world.lab.plug("anna", "192.168.2", interface="eth1")
        return time.monotonic()

    yield move
    world.lab.plug("anna", "192.168.1", interface="eth0")
    world.lab.unplug("anna", "eth1")


def started_relay(world: World, program: str) -> subprocess.Popen[bytes]:
    """A coturn as docs/network.md has it, but without TLS: its certificate would have to be trusted."""
    folder = world.folder
    (folder / "turn.conf").write_text(
        f"listening-port=443\nno-tls\nno-dtls\nno-cli\nlog-file=stdout\npidfile={folder}/turn.pid\n"
        f"userdb={folder}/turn.db\nrealm=pbx.example.com\nuse-auth-secret\nstatic-auth-secret={SECRET}\n"
        "no-multicast-peers\ndenied-peer-ip=0.0.0.0-255.255.255.255\n"
        "denied-peer-ip=::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff\n"
        f"allowed-peer-ip={SERVER}\n"
    )
    with world.lab.inside("relay"), (folder / "turn.log").open("wb") as log:
        return subprocess.Popen([program, "-c", str(folder / "turn.conf")], stdout=log, stderr=log)


async def test_issue_3_behind_nat_and_on_the_move(world: World) -> None:
    """One call through a NAT: the router takes other ports, the laptop goes into other networks."""
    hosts = world.lab
    async with chromium(world, "day") as laptop:
        anna = await signed_in(laptop, world, "201")
        way = await talk(anna)
        assert (way["protocol"], way["there"]) == ("udp", SERVER)
        await begin_metering(anna.page)
        # The router forgets its bindings: other ports from now on.
        hosts.ip("home", "link set wan down")
        hosts.plug("home", "198.51.100", interface="wan")
        await asyncio.sleep(3)
        assert await anna.hears(TONE, tries=20)
        assert await longest_silence(anna) < BUSY
        # Out of one network, into another, which the browser notices.
        hosts.unplug("anna", "eth0")
        await asyncio.sleep(1.5)
        hosts.plug("anna", "192.168.2", interface="eth1")
        assert await anna.hears(TONE, tries=40)
        # And into one that was there before the other went, of which the browser says nothing.
        hosts.plug("anna", "192.168.1", interface="eth0")
        await asyncio.sleep(1)
        hosts.unplug("anna", "eth1")
        await asyncio.sleep(1)
        assert await anna.hears(TONE, tries=40)
        assert await longest_silence(anna) < BUSY
        assert len(world.on_server(world.server.call_records)) <= 1, "it was one call all the time"


async def test_issue_3_without_udp_a_call_goes_by_tcp(world: World) -> None:
    world.lab.let_through("net", "meta l4proto tcp")
    try:
        async with chromium(world, "tcp") as laptop:
            anna = await signed_in(laptop, world, "202")
            way = await talk(anna)
            assert (way["protocol"], way["there"], way["relay"]) == ("tcp", SERVER, "")
            await leave(anna)
    finally:
        world.lab.nft("net", "delete table ip gate")


async def test_issue_3_signalling_breaks_while_sound_goes_on_and_the_laptop_sleeps(world: World) -> None:
    hosts = world.lab
    async with chromium(world, "sleep") as laptop:
        anna = await signed_in(laptop, world, "203")
        await talk(anna)
        await begin_metering(anna.page)
        hosts.nft(
            "net",
            """
            add table ip cut
            add chain ip cut pass { type filter hook forward priority 0; }
            add rule ip cut pass tcp dport 443 reject with tcp reset
            add rule ip cut pass tcp sport 443 reject with tcp reset""",
        )
        await asyncio.sleep(4)
        hosts.nft("net", "delete table ip cut")
        await asyncio.sleep(4)
        assert await longest_silence(anna) < 1.0
        await leave(anna)
        hosts.freeze("anna")
        await asyncio.sleep(8)
        hosts.thaw("anna")
        await anna.ready(seconds=BUSY)
        until = time.monotonic() + BUSY
        while world.registrations("203") != 1:
            assert time.monotonic() < until, "not registered after sleep"
            await asyncio.sleep(0.2)
        await talk(anna)
        await leave(anna)


async def test_issue_3_only_port_443_by_a_relay(world: World) -> None:
    """Credentials of the server's, a coturn with them, and nothing but TCP to port 443 on the way."""
    program = shutil.which("turnserver")
    if program is None:
        pytest.skip("NOT TESTED with TURN: coturn is not installed (apt-get install coturn)")
    hosts = world.lab
    relay = started_relay(world, program)
    hosts.let_through("net", "tcp dport 443", f"ip saddr {RELAY} udp dport 40000")
    try:
        async with chromium(world, "relay") as laptop:
            anna = await signed_in(laptop, world, "204")
            way = await talk(anna)
            assert (way["kind"], way["relay"], way["there"]) == ("relay", "tcp", SERVER)
    finally:
        hosts.nft("net", "delete table ip gate")
        relay.terminate()
        relay.wait(10)


@pytest.fixture
def translated(world: World) -> Iterator[Callable[[], None]]:
    """1:1 NAT from now on: nobody outside reaches the server by its own address; it is told the other one."""
    extra = world.server.extra

    def restart(*more: str) -> None:
        world.server.stop()
        world.server.extra = (*extra, *more)
        world.server.start(within=60)

    def translate() -> None:
        world.lab.nft(
            "net",
            f"""
            add table ip one
            add chain ip one in {{ type nat hook prerouting priority -100; }}
            add rule ip one in ip daddr {ADVERTISED} dnat to {SERVER}
            add chain ip one gate {{ type filter hook forward priority 0; }}
            add rule ip one gate ct direction original ct original ip daddr {SERVER} drop""",
        )
        world.on_server(lambda: restart("--advertised-address", ADVERTISED))

    yield translate
    world.lab.nft("net", "add table ip one\ndelete table ip one")
    world.on_server(restart)


async def test_issue_3_on_the_same_machine_and_after_a_restart_by_its_advertised_address(
    world: World, translated: Callable[[], None]
) -> None:
    async with chromium(world, "same", "server") as here:
        anna = await signed_in(here, world, "205", "http://localhost:8080/")
        await talk(anna)
        await leave(anna)
        translated()
        await anna.ready(seconds=BUSY)
        await talk(anna)
        await leave(anna)
    async with chromium(world, "outside") as laptop:
        anna = await signed_in(laptop, world, "206", f"https://{ADVERTISED}/")
        way = await talk(anna)
        assert (way["protocol"], way["there"]) == ("udp", ADVERTISED)
        await leave(anna)


# A call outlasts the first; the second is longer than a call is kept (30 s), and the phone must dial anew.
@pytest.mark.parametrize("away", [1.5, 36.0])
async def test_issue_4_after_a_network_change_one_is_back_in_the_conference_within_5_s(
    world: World, moved: Moved, away: float
) -> None:
    """Muted as before, and still its administrator."""
    with world.lab.inside("server"):
        async with (
            chromium(world, f"room-{away}") as laptop,
            phones(world.server, "202") as (phone,),
        ):
            anna = await signed_in(laptop, world, "201")
            await anna.dial("8003")
            await in_conference(anna, "Monday meeting")
            bruno = await phone.call("8003", source=Tone(PHONE_TONE, 4000))
            await bruno.answered(10)
            assert await anna.hears(PHONE_TONE, tries=20)
            assert await hears(bruno, TONE)
            await anna.button("Mute").click()
            assert await misses(bruno, TONE)
            before = await in_room(world, "Anna Weber")
            plugged = await moved(away)
            assert await anna.hears(PHONE_TONE, tries=40)
            took = time.monotonic() - plugged - 1.0
            print(f"heard again {took:.1f} s after the network's return")
            assert took < BUSY
            after = await in_room(world, "Anna Weber")
            assert before and after
            same = ("muted_by", "administrator", "in_lobby")
            assert [after[key] for key in same] == [before[key] for key in same] == ["self", True, False]
            assert (after["id"] == before["id"]) == (away < 30)
            await in_conference(anna, "Monday meeting")
            assert not await hears(bruno, TONE, tries=2)
            await anna.button("Unmute").click()
            assert await hears(bruno, TONE)
            await act_on(anna, "Bruno Conti", "Mute")
            assert await anna.silent_for(PHONE_TONE)
            await anna.button("Leave").click()
            await anna.ready()


async def test_issue_4_after_a_network_change_one_is_in_the_lobby_again(world: World, moved: Moved) -> None:
    """Away for longer than a call is kept; let in then, as who waited all the time."""
    server = world.server
    with world.lab.inside("server"):
        fields = {"lobby": True, "administrator": "user-201"}
        saved = await server.api_async("PATCH", "/api/conferences/conference-8001", fields)
        body = {"base_revision": saved["pending"]["base_revision"]}
        await server.api_async("POST", "/api/configuration/apply", body)
        async with chromium(world, "lobby") as laptop, phones(server, "201") as (phone,):
            chair = await phone.call("8001", source=Tone(PHONE_TONE, 4000))
            await chair.answered(10)
            claire = await signed_in(laptop, world, "203")
            await claire.dial("8001")
            await claire.sees("You will be let in")
            before = await in_room(world, "Claire Petit")
            assert before and before["in_lobby"]
            plugged = await moved(36.0)
            while (after := await in_room(world, "Claire Petit")) is None or after["id"] == before["id"]:
                assert time.monotonic() - plugged < BUSY
                await asyncio.sleep(0.1)
            assert after["in_lobby"]
            await claire.sees("You will be let in")
            assert not await hears(chair, TONE, tries=2)
            act = f"/api/rooms/conference-8001/participants/{after['id']}/admit"
            await server.api_async("POST", act)
            assert await hears(chair, TONE)
            assert await claire.hears(PHONE_TONE, tries=20)
