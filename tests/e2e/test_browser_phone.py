"""The phone in a real Chromium, used as people use it, with the sound of each end measured."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import time
import urllib.error
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.harness import baresip, browser
from tests.harness.audio import strongest
from tests.harness.baresip import Baresip
from tests.harness.binaries import find
from tests.harness.browser import Browser, hear
from tests.harness.ports import free_port
from tests.harness.rtp import Tone
from tests.harness.server import Server
from tests.harness.web_user import PATIENCE, WebUser

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

# Between the notes of a piano: music on hold is none of them.
ANNA_HZ, BRUNO_HZ, THIRD_HZ = 605.0, 428.0, 855.0
# Nobody is signed in at first; connections are refused while the server is away, or the network.
_EXPECTED = re.compile("401|ERR_CONNECTION|ERR_INTERNET_DISCONNECTED|WebSocket connection to")

# Resolves to the page's time (ms since 1970) at which one of its calls is connected.
_CONNECTED = """
() => new Promise((resolve) => {
  const timer = setInterval(() => {
    if (!window.__peers.some((peer) => peer.connectionState === "connected")) return;
    clearInterval(timer);
    resolve(Date.now());
  }, 10);
})
"""
_LIVE = "window.__tracks.map((track) => track.readyState === 'live')"
_SIGN_OUT = """
async () => {
  const { csrf } = await (await fetch("/api/session")).json();
  await fetch("/api/account/sessions", { method: "DELETE", headers: { "X-CSRF-Token": csrf } });
}
"""
_FITS = """
() => {
  const { scrollWidth, scrollHeight } = document.documentElement;
  return scrollWidth <= innerWidth && scrollHeight <= innerHeight;
}
"""
_HEED_EVENTS = """
() => {
  window.__events = [];
  for (const name of ["ready", "incoming", "answered", "ended"]) {
    const heed = ({ detail }) => window.__events.push([name, detail?.number].join(" ").trim());
    document.addEventListener(name, heed);
  }
}
"""


def slowness() -> float:
    """How much longer things may take here than on an idle machine: runnable processes a core, 3 to 8.

    A load average tells of the past minute and nothing of neighbours; figures are measured by `make bench`.
    """
    return min(max(os.getloadavg()[0] / (os.cpu_count() or 1), 3.0), 8.0)


@pytest.fixture(scope="module")
def site_port() -> int:
    """Of a web site that is not ours."""
    return free_port()


@pytest.fixture(scope="module")
def shared_server(site_port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests here; a page of another site may use its phone."""
    if not browser.installed():
        pytest.skip("NOT TESTED in a browser: chromium is not installed (make system-test)")
    if find("switchroom-media") is None:
        pytest.skip("NOT TESTED: switchroom-media is not built (cargo build --release)")
    server = Server(tmp_path_factory.mktemp("server"))
    options = server.data / "switchroom.toml"
    options.write_text(f'allowed_origins = ["http://localhost:{site_port}"]\n' + options.read_text())
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromiums(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Browser, Browser]]:
    """Anna's browser, and Bruno's."""
    folder = tmp_path_factory.mktemp("chromium")
    async with (
        Browser(folder / "1", tone_hz=ANNA_HZ) as first,
        Browser(folder / "2", tone_hz=BRUNO_HZ) as second,
    ):
        yield first, second


@pytest_asyncio.fixture(loop_scope="module")
async def first(shared_server: Server, chromiums: tuple[Browser, Browser]) -> AsyncIterator[Browser]:
    """Anna's browser, as new; afterwards nobody is in a call, and its pages complained of nothing."""
    yield chromiums[0]
    for call in await shared_server.api_async("GET", "/api/calls"):
        with contextlib.suppress(urllib.error.HTTPError):
            await shared_server.api_async("DELETE", f"/api/calls/{call['id']}")
    console = [text for text in chromiums[0].console if not _EXPECTED.search(text)]
    await chromiums[0].renew()
    assert not console


@pytest_asyncio.fixture(loop_scope="module")
async def second(first: Browser, chromiums: tuple[Browser, Browser]) -> AsyncIterator[Browser]:
    """Bruno's browser, as new."""
    yield chromiums[1]
    await chromiums[1].renew()


async def both(first: Browser, second: Browser, server: Server) -> tuple[WebUser, WebUser]:
    """Anna (201) and Bruno (202), signed in, with phones that are ready."""
    anna, bruno = await asyncio.gather(
        WebUser.sign_in(first, server, "201"), WebUser.sign_in(second, server, "202")
    )
    await asyncio.gather(anna.ready(), bruno.ready())
    return anna, bruno


async def hear_each_other(anna: WebUser, bruno: WebUser) -> None:
    """Sound both ways, measured."""
    assert all(await asyncio.gather(anna.hears(BRUNO_HZ), bruno.hears(ANNA_HZ)))


async def test_s2_01_s2_05_s2_06_s2_08_two_browsers_call_each_other_mute_hold_and_hang_up(
    shared_server: Server, first: Browser, second: Browser
) -> None:
    anna, bruno = await both(first, second, shared_server)
    # S2-01: the icon in the upper right corner opens the widget.
    icon = await anna.page.get_by_role("button", name=re.compile("^Phone: ")).bounding_box()
    assert icon is not None and icon["x"] > 1200 and icon["y"] < 60, icon
    await anna.dial("202")
    # S2-06: the widget opens by itself; S2-08: green and red.
    await bruno.sees("Anna Weber")
    for name, colour in (("Reject", "swp-red"), ("Answer", "swp-green")):
        assert colour in (await bruno.button(name).get_attribute("class") or "")
    await bruno.answer()
    await anna.talking()
    await bruno.talking()
    await hear_each_other(anna, bruno)
    await anna.button("Mute").click()
    assert await bruno.silent_for(ANNA_HZ)
    await anna.button("Unmute").click()
    assert await bruno.hears(ANNA_HZ)
    await bruno.button("Hold").click()
    assert await anna.silent_for(BRUNO_HZ)
    assert await bruno.silent_for(ANNA_HZ)
    await bruno.button("Resume").click()
    await hear_each_other(anna, bruno)
    await bruno.hang_up()
    await asyncio.gather(anna.ready(), bruno.ready())


async def test_f_01_the_keypad_keeps_nothing_and_calls_the_last_number_again(
    shared_server: Server, first: Browser, second: Browser
) -> None:
    anna, bruno = await both(first, second, shared_server)
    await anna.dial("202")
    await bruno.button("Reject").click()
    await anna.sees("Bruno Conti rejected the call")
    await anna.button("Close").click()
    await anna.show_phone()
    await expect(anna.number).to_have_value("")
    # Redial: Call on the empty keypad shows the last number, Call again calls it.
    await anna.sees("Press Call to redial 202")
    await anna.button("Call").click()
    await expect(anna.number).to_have_value("202")
    await anna.button("Call").click()
    await bruno.sees("Anna Weber")
    await anna.hang_up()
    await bruno.ready()
    # Another number: only that one is called.
    await anna.dial("203")
    await expect(anna.call_screen).to_contain_text("Claire Petit")
    await expect(bruno.button("Answer")).to_have_count(0)


async def test_f_04_call_waiting_two_calls_and_swap(
    shared_server: Server, first: Browser, second: Browser
) -> None:
    anna, bruno = await both(first, second, shared_server)
    await anna.dial("202")
    await bruno.answer()
    await anna.talking()
    async with shared_server.phone("206") as third:
        call = await third.call("201", source=Tone(THIRD_HZ))
        await anna.page.get_by_role("button", name="Hold this call and answer").click(timeout=PATIENCE * 1000)
        await call.answered(within=PATIENCE)
        assert await anna.hears(THIRD_HZ)
        assert await bruno.silent_for(ANNA_HZ)
        await anna.button("Swap").click()
        await hear_each_other(anna, bruno)
        assert strongest(await call.media.listen(1.0), call.media.codec.rate) not in (ANNA_HZ, BRUNO_HZ)
        await anna.button("Swap").click()
        assert await anna.hears(THIRD_HZ)
        await call.hang_up()
        # The other one is still there, held, until she takes it back.
        await anna.button("Resume").click(timeout=PATIENCE * 1000)
        await hear_each_other(anna, bruno)
        # A second one that is refused does not touch the first.
        refused = await third.call("201")
        await anna.page.get_by_role("button", name="Reject Farid").click(timeout=PATIENCE * 1000)
        assert await refused.refused() == 603
        await hear_each_other(anna, bruno)


@pytest.mark.parametrize("how", ["buttons", "keys"])
async def test_s1_14_the_code_of_a_conference_by_the_buttons_and_by_the_computers_keys(
    shared_server: Server, first: Browser, second: Browser, how: str
) -> None:
    anna, bruno = await both(first, second, shared_server)
    for person in (anna, bruno):
        await person.dial("8002")
        await person.talking()
        if how == "buttons":
            await person.press("4321#")
        else:
            await person.page.keyboard.type("4321#")
    await hear_each_other(anna, bruno)
    rooms = await shared_server.api_async("GET", "/api/rooms")
    assert [room["extension"] for room in rooms] == ["8002"]


async def test_s2_02_a_browser_and_a_desk_phone_call_each_other(
    shared_server: Server, first: Browser, tmp_path: Path
) -> None:
    if not baresip.installed():
        pytest.skip("NOT TESTED with real phones: baresip is not installed (apt-get install baresip-core)")
    desk = Baresip(tmp_path, "204", shared_server.secrets["204"], shared_server.sip, tone=int(THIRD_HZ))
    try:
        await desk.start(seconds=PATIENCE)
        anna = await WebUser.sign_in(first, shared_server, "201")
        await anna.ready()
        await anna.tab("Recent")
        # S2-03, S2-02: found by the search bar on any tab, called by a click.
        await anna.page.get_by_label("Search a name or number").fill("david")
        await anna.page.get_by_title("Call David Jones").click()
        await anna.talking()
        assert await anna.hears(THIRD_HZ)
        await asyncio.sleep(1)
        await anna.hang_up()
        await desk.event("CALL_CLOSED", seconds=PATIENCE)
        samples, rate = desk.heard()
        assert abs(strongest(samples[-rate:], rate) - ANNA_HZ) < 5
        await anna.ready()
        await desk.dial("201")
        await anna.sees("David Jones")
        await anna.answer()
        await desk.event("CALL_ESTABLISHED", seconds=PATIENCE)
        assert await anna.hears(THIRD_HZ)
    finally:
        await desk.stop()


async def test_s2_04_g_10_what_is_typed_is_said_in_full_before_it_is_dialled(
    shared_server: Server, first: Browser
) -> None:
    anna = await WebUser.sign_in(first, shared_server, "201", "/phone")
    await anna.show_phone()
    for typed, meaning in (
        ("202", "Bruno Conti"),
        ("0032 2 290 34 90", "+32 2 290 34 90"),
        ("(+32) 2-290.34.90", "Belgium"),
    ):
        await anna.number.fill(typed)
        await expect(anna.page.locator("#swp-hint")).to_contain_text(meaning)
    await anna.number.fill("2903490")
    await expect(anna.page.locator("#swp-hint")).to_contain_text("+ and the country code")
    await expect(anna.number).to_have_attribute("aria-invalid", "true")
    await anna.number.press("Enter")
    await expect(anna.call_screen).to_have_count(0)
    # Before anybody answered what it means: refused all the same, by the same rule.
    await anna.number.fill("")
    await anna.dial("2903491")
    await expect(anna.page.get_by_text("+ and the country code").first).to_be_visible()
    await expect(anna.call_screen).to_have_count(0)
    records = await shared_server.api_async("GET", "/api/call-records")
    assert not [record for record in records["records"] if "290349" in str(record)]


async def test_s2_02_s2_03_recent_calls_contacts_and_those_that_are_searched_call_back(
    shared_server: Server, first: Browser, second: Browser
) -> None:
    anna, bruno = await both(first, second, shared_server)
    await bruno.dial("201")
    await anna.sees("Bruno Conti")
    await bruno.hang_up()
    await anna.ready()
    await anna.tab("Recent")
    await anna.page.get_by_title("Call Bruno Conti").first.click(timeout=PATIENCE * 1000)
    await bruno.answer()
    await hear_each_other(anna, bruno)
    await bruno.hang_up()
    await anna.ready()
    await anna.tab("Contacts")
    row = anna.page.get_by_title("Call Bruno Conti")
    await expect(row).to_contain_text("Available")
    await row.click()
    await bruno.answer()
    await anna.talking()
    await anna.hang_up()
    await anna.ready()
    # S2-03: any contact by the search bar, from any tab.
    await anna.tab("Recent")
    await anna.page.get_by_role("searchbox").fill("conti")
    await expect(anna.page.locator(".swp-panel .swp-row")).to_have_count(1, timeout=PATIENCE * 1000)
    await row.click()
    await bruno.answer()
    await anna.talking()


async def test_the_phone_works_by_the_keyboard_alone(
    shared_server: Server, first: Browser, second: Browser
) -> None:
    anna, bruno = await both(first, second, shared_server)
    keyboard = anna.page.keyboard
    await anna.page.get_by_role("button", name="Phone: Available").focus()
    await keyboard.press("Enter")
    await expect(anna.number).to_be_focused()
    await keyboard.type("202")
    await keyboard.press("Enter")
    # S2-06: nobody touched Bruno's page either: the focus is on the screen that came up.
    await expect(bruno.button("Answer")).to_be_visible(timeout=PATIENCE * 1000)
    await bruno.page.keyboard.press("Tab")
    await expect(bruno.button("Reject")).to_be_focused()
    await bruno.page.keyboard.press("Tab")
    await expect(bruno.button("Answer")).to_be_focused()
    await bruno.page.keyboard.press("Enter")
    await anna.talking()
    await hear_each_other(anna, bruno)
    await keyboard.press("m")
    assert await bruno.silent_for(ANNA_HZ)
    await keyboard.press("m")
    assert await bruno.hears(ANNA_HZ)
    await keyboard.press("h")
    assert await anna.silent_for(BRUNO_HZ)
    await keyboard.press("h")
    await hear_each_other(anna, bruno)
    await keyboard.press("Escape")
    await anna.ready("In a call")
    await expect(
        anna.page.get_by_role("status").filter(has_text="In a call with Bruno Conti")
    ).to_be_attached()


async def test_the_echo_test_from_the_menu_and_the_level_of_the_microphone(
    shared_server: Server, first: Browser
) -> None:
    anna = await WebUser.sign_in(first, shared_server, "201")
    await anna.ready()
    await anna.show_phone()
    await anna.page.get_by_title("Status and settings").click()
    await anna.page.get_by_role("menuitem", name="Audio settings").click()
    level = anna.page.get_by_role("img", name="Level of the microphone").locator("i")
    await expect(level).not_to_have_attribute("style", "inline-size: 0%;", timeout=PATIENCE * 1000)
    await anna.button("Back").click()
    await anna.page.get_by_title("Status and settings").click()
    await anna.page.get_by_role("menuitem", name="Echo test (*43)").click()
    await anna.talking()
    assert await anna.hears(ANNA_HZ, tries=20)


async def test_the_phone_alone_on_a_small_screen(
    shared_server: Server, first: Browser, second: Browser
) -> None:
    await first.renew(viewport={"width": 360, "height": 640}, is_mobile=True, has_touch=True)
    bruno = await WebUser.sign_in(second, shared_server, "202")
    await bruno.ready()
    anna = await WebUser.sign_in(first, shared_server, "201", "/phone")
    await anna.show_phone()
    for key in "202":
        await anna.button(key).tap()
    await anna.button("Call").tap()
    await bruno.answer()
    await anna.talking()
    await hear_each_other(anna, bruno)
    await anna.button("Keypad").tap()
    # Nothing is wider than the screen or below it, and what a finger presses is large enough.
    assert await anna.page.evaluate(_FITS)
    for button in await anna.page.get_by_role("button").all():
        box = await button.bounding_box()
        assert box is not None and box["y"] + box["height"] <= 640, await button.text_content()
        assert min(box["width"], box["height"]) >= 40, (await button.text_content(), box)
    await anna.button("Hang up").tap()
    await bruno.ready()


async def registered(server: Server, extension: str) -> int:
    """How many devices of a user can be rung now."""
    found = await server.api_async("GET", "/api/registrations")
    return len([entry for entry in found if entry["user_id"] == f"user-{extension}"])


async def becomes_registered(server: Server, extension: str, count: int) -> None:
    """Wait until so many devices of a user can be rung."""
    deadline = time.monotonic() + PATIENCE
    while (now := await registered(server, extension)) != count:
        assert time.monotonic() < deadline, f"{now} devices of {extension}, not {count}"
        await asyncio.sleep(0.1)


async def test_f_08_two_tabs_one_phone_and_the_other_takes_the_call_over(
    shared_server: Server, first: Browser, second: Browser
) -> None:
    owner, bruno = await both(first, second, shared_server)
    mirror = await WebUser.open(first, shared_server)
    await mirror.ready()
    await mirror.show_phone()
    await mirror.sees("Calls are handled in another tab.")
    assert await registered(shared_server, "201") == 1
    # The mirror's commands are the owner's: it dials, mutes, and shows the same call.
    await mirror.dial("202")
    await bruno.answer()
    await mirror.talking()
    await owner.ready("In a call")
    assert all(await asyncio.gather(owner.hears(BRUNO_HZ), bruno.hears(ANNA_HZ)))
    assert not len((await hear(mirror.page, 0.2))[0])
    await mirror.button("Mute").click()
    assert await bruno.silent_for(ANNA_HZ)
    await mirror.button("Unmute").click()
    assert await bruno.hears(ANNA_HZ)
    # The owner closes: the mirror, by its own clock, is connected in its place within 2 s.
    connected = asyncio.ensure_future(mirror.page.evaluate(_CONNECTED))
    await asyncio.sleep(0.3)
    closed = time.time()
    await owner.page.close()
    took = await connected / 1000 - closed
    print(f"taken over after {took:.2f} s")
    await mirror.talking()
    await hear_each_other(mirror, bruno)
    assert took < 2.0 * slowness()
    assert await registered(shared_server, "201") == 1
    # It is the owner now, in every way.
    await mirror.button("Hold").click()
    assert await bruno.silent_for(ANNA_HZ)
    await mirror.button("Resume").click()
    await hear_each_other(mirror, bruno)
    await mirror.hang_up()
    await bruno.ready()
    (record, *_) = (await shared_server.api_async("GET", "/api/call-records"))["records"]
    assert record["end_cause"] == "caller_hung_up"


async def test_f_08_the_phone_is_used_here_by_a_click_with_the_call(
    shared_server: Server, first: Browser, second: Browser
) -> None:
    owner, bruno = await both(first, second, shared_server)
    await owner.dial("202")
    await bruno.answer()
    await owner.talking()
    mirror = await WebUser.open(first, shared_server)
    await mirror.ready("In a call")
    await mirror.page.get_by_role("button", name=re.compile("^Phone: ")).click()
    await mirror.page.get_by_title("Status and settings").click()
    await mirror.page.get_by_role("menuitem", name="Use the phone here").click()
    await hear_each_other(mirror, bruno)
    await owner.ready("In a call")
    assert not [track for track in await owner.page.evaluate(_LIVE) if track]
    await becomes_registered(shared_server, "201", 1)
    await bruno.hang_up()
    await asyncio.gather(owner.ready(), mirror.ready())


async def test_f_08_a_page_that_is_loaded_again_has_its_call_back(
    shared_server: Server, first: Browser, second: Browser
) -> None:
    anna, bruno = await both(first, second, shared_server)
    await bruno.dial("201")
    await anna.answer()
    await anna.talking()
    anna.page.on("dialog", lambda dialog: asyncio.ensure_future(dialog.accept()))
    await anna.page.reload()
    await anna.ready("In a call")
    await hear_each_other(anna, bruno)


async def test_c3_04_with_no_tab_open_nobody_is_there_and_the_caller_is_told(
    shared_server: Server, first: Browser, second: Browser
) -> None:
    anna, bruno = await both(first, second, shared_server)
    await bruno.tab("Contacts")
    row = bruno.page.get_by_title("Call Anna Weber")
    await expect(row).to_contain_text("Available")
    await anna.show_phone()
    await anna.page.get_by_title("Status and settings").click()
    await anna.sees("Calls ring only while a tab with the phone is open.")
    await anna.page.close()
    await expect(row).to_contain_text("Offline", timeout=PATIENCE * 1000)
    await becomes_registered(shared_server, "201", 0)
    await row.click()
    await bruno.sees("Anna Weber can't be reached now")


async def test_c2_13_the_phone_is_back_within_5_s_of_a_restart_of_the_server(
    shared_server: Server, first: Browser
) -> None:
    anna = await WebUser.sign_in(first, shared_server, "201")
    await anna.ready()
    await asyncio.to_thread(shared_server.stop)
    await expect(anna.page.get_by_role("button", name="Phone: Connecting")).to_be_visible(
        timeout=PATIENCE * 1000
    )
    await anna.show_phone()
    await anna.sees("The server can't be reached")
    # Longer than the page's first, quick attempts.
    await asyncio.sleep(8)
    await asyncio.to_thread(shared_server.start)
    back = time.monotonic()
    await anna.ready(seconds=30)
    took = time.monotonic() - back
    print(f"registered {took:.2f} s after the server served web pages again")
    assert took < 5.0 * slowness()
    await anna.dial("*43")
    await anna.talking()
    assert await anna.hears(ANNA_HZ, tries=20)


@pytest.mark.parametrize("how", ["sockets", "offline"])
async def test_c2_13_a_running_call_survives_a_loss_of_the_network(
    shared_server: Server, first: Browser, second: Browser, how: str
) -> None:
    anna, bruno = await both(first, second, shared_server)
    await anna.dial("202")
    await bruno.answer()
    await hear_each_other(anna, bruno)
    if how == "sockets":
        await anna.page.evaluate("window.__sockets.forEach((socket) => socket.close())")
    else:
        await first.context.set_offline(True)
        await asyncio.sleep(4)
        await first.context.set_offline(False)
    await anna.talking()
    await hear_each_other(anna, bruno)
    await becomes_registered(shared_server, "201", 1)
    # Both ways of the signalling: what she says reaches the server, and what he does reaches her.
    await anna.button("Hold").click()
    assert await bruno.silent_for(ANNA_HZ)
    await anna.button("Resume").click()
    await hear_each_other(anna, bruno)
    await bruno.hang_up()
    await anna.ready()


async def test_c2_13_a_microphone_that_is_refused_is_said_and_tried_again(
    shared_server: Server, first: Browser, second: Browser
) -> None:
    await first.renew(permissions=["notifications"])
    anna, bruno = await both(first, second, shared_server)
    await anna.dial("202")
    await anna.sees("The microphone is not allowed")
    await anna.sees("Allow it in the address bar of the browser")
    # The call was tried: not only what is known of the microphone stands there.
    await expect(anna.button("Try again")).to_be_visible()
    await expect(bruno.button("Answer")).to_have_count(0)
    await first.context.grant_permissions(["microphone", "notifications"])
    await anna.button("Try again").click()
    await bruno.answer()
    await hear_each_other(anna, bruno)


async def test_c2_13_a_microphone_that_is_missing_is_said(shared_server: Server, tmp_path: Path) -> None:
    async with Browser(tmp_path / "deaf", tone_hz=None) as chromium, shared_server.phone("206") as caller:
        anna = await WebUser.sign_in(chromium, shared_server, "201", "/phone")
        await anna.show_phone()
        await expect(anna.page.locator(".swp-status")).to_have_text("Available", timeout=PATIENCE * 1000)
        call = await caller.call("201")
        await anna.answer()
        await anna.sees("No microphone was found")
        await anna.sees("Connect a headset or microphone")
        # It still rings: she may find her headset, or reject.
        await expect(anna.button("Answer")).to_be_visible()
        await anna.button("Reject").click()
        assert await call.refused() == 603


async def test_c2_13_a_wrong_login_is_said_and_a_pasted_space_is_no_error(
    shared_server: Server, first: Browser
) -> None:
    anna = await WebUser.open(first, shared_server, "/phone")
    await anna.enter("201", "not the password")
    await anna.sees("User name or password is wrong.")
    await anna.enter(" 201", f"{shared_server.passwords['201']} ")
    await expect(anna.page.locator(".swp-status")).to_have_text("Available", timeout=PATIENCE * 1000)
    # Signed out everywhere else: the phone says so and leads back to the form.
    await anna.page.evaluate(_SIGN_OUT)
    await anna.sees("You were signed out")
    await becomes_registered(shared_server, "201", 0)
    await anna.button("Sign in again").click()
    await anna.enter("201", shared_server.passwords["201"])
    await expect(anna.page.locator(".swp-status")).to_have_text("Available", timeout=PATIENCE * 1000)


@pytest_asyncio.fixture(loop_scope="module")
async def other_site(shared_server: Server, site_port: int) -> AsyncIterator[str]:
    """A page of another origin with the element on it."""
    page = f"""<!doctype html><title>CRM</title><a href="tel:202">202</a>
      <script type="module" src="{shared_server.url}/switchroom-phone.js"></script>
      <switchroom-phone server="{shared_server.url}" links></switchroom-phone>""".encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(page)}\r\n"

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(head.encode() + b"Connection: close\r\n\r\n" + page)
            await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", site_port):
        yield f"http://localhost:{site_port}/"


async def test_f_08_the_element_on_a_page_of_another_site(
    shared_server: Server, first: Browser, second: Browser, other_site: str
) -> None:
    anna = WebUser(await first.page(other_site))
    await anna.page.evaluate(_HEED_EVENTS)
    await anna.page.get_by_role("button", name=re.compile("^Phone")).click(timeout=PATIENCE * 1000)
    await anna.enter("201", shared_server.passwords["201"])
    bruno = await WebUser.sign_in(second, shared_server, "202")
    await asyncio.gather(anna.ready(), bruno.ready())
    # A link of the page calls.
    await anna.page.get_by_role("link", name="202").click()
    await bruno.answer()
    await hear_each_other(anna, bruno)
    # A tab of our own site in the same browser is a mirror: one phone, whatever the site.
    console = await WebUser.sign_in(first, shared_server, "201")
    await console.ready("In a call")
    assert await registered(shared_server, "201") == 1
    await console.page.get_by_role("button", name="Hang up").click()
    await asyncio.gather(anna.ready(), bruno.ready())
    # And by its method; its events tell the page.
    await anna.page.evaluate("document.querySelector('switchroom-phone').call('202')")
    await bruno.button("Reject").click(timeout=PATIENCE * 1000)
    await anna.sees("Bruno Conti rejected the call")
    assert await anna.page.evaluate("window.__events") == ["ready", "answered 202", "ended 202", "ended 202"]
