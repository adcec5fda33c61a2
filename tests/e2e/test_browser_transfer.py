"""Transfer and voicemail as people use them in the phone of a real Chromium; the sound is measured."""

from __future__ import annotations

import asyncio
import contextlib
import urllib.error
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.harness import browser
from tests.harness.audio import strongest
from tests.harness.browser import Browser
from tests.harness.phone_call import PhoneCall
from tests.harness.rtp import Tone
from tests.harness.server import Server
from tests.harness.web_user import PATIENCE, WebUser

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

ANNA_HZ, BRUNO_HZ, THIRD_HZ = 605.0, 428.0, 855.0
Pair = tuple[WebUser, WebUser]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromiums(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Browser, Browser]]:
    """Anna's browser, and Bruno's."""
    if not browser.installed():
        pytest.skip("NOT TESTED in a browser: chromium is not installed (make system-test)")
    folder = tmp_path_factory.mktemp("chromium")
    async with (
        Browser(folder / "1", tone_hz=ANNA_HZ) as first,
        Browser(folder / "2", tone_hz=BRUNO_HZ) as second,
    ):
        yield first, second


@pytest_asyncio.fixture(loop_scope="module")
async def talking(shared_server: Server, chromiums: tuple[Browser, Browser]) -> AsyncIterator[Pair]:
    """Bruno (202) called Anna (201), and they hear each other. Afterwards nobody is in a call."""
    anna, bruno = await asyncio.gather(
        WebUser.sign_in(chromiums[0], shared_server, "201"),
        WebUser.sign_in(chromiums[1], shared_server, "202"),
    )
    await asyncio.gather(anna.ready(), bruno.ready())
    await bruno.dial("201")
    # S2-14: before anybody answers there is nothing to transfer.
    arrow = bruno.button("Transfer")
    await expect(arrow).to_have_attribute("aria-disabled", "true", timeout=PATIENCE * 1000)
    await anna.answer()
    await asyncio.gather(anna.talking(), bruno.talking())
    await hear_each_other(anna, bruno)
    yield anna, bruno
    for call in await shared_server.api_async("GET", "/api/calls"):
        with contextlib.suppress(urllib.error.HTTPError):
            await shared_server.api_async("DELETE", f"/api/calls/{call['id']}")
    await asyncio.gather(*(one.renew() for one in chromiums))


async def hear_each_other(anna: WebUser, bruno: WebUser) -> None:
    """Sound both ways, measured."""
    assert all(await asyncio.gather(anna.hears(BRUNO_HZ), bruno.hears(ANNA_HZ)))


async def choose(anna: WebUser, text: str) -> None:
    """The left-right arrow, then the field."""
    await anna.button("Transfer").click()
    await anna.page.get_by_role("combobox").fill(text)


async def joined(bruno: WebUser, call: PhoneCall) -> None:
    """Bruno and who has him now hear each other."""
    assert await bruno.hears(THIRD_HZ)
    samples = await call.media.listen(1.0)
    assert abs(strongest(samples, call.media.codec.rate) - BRUNO_HZ) < 5


async def test_s2_14_s2_15_transferred_at_once_by_name_and_keyboard(
    shared_server: Server, talking: Pair
) -> None:
    anna, bruno = talking
    async with shared_server.phone("206") as third:
        await third.register()
        await anna.page.keyboard.press("t")
        field = anna.page.get_by_role("combobox")
        await expect(field).to_be_focused()
        await expect(anna.page.get_by_role("option").filter(has_text="203")).to_be_visible()
        await field.fill("farid")
        await expect(anna.page.get_by_role("option")).to_have_count(1, timeout=PATIENCE * 1000)
        await field.press("Enter")
        await field.press("Enter")
        rung = await third.incoming()
        await anna.sees("Transferred to Farid")
        await rung.answer(source=Tone(THIRD_HZ))
        await joined(bruno, rung)
        await anna.ready()
        await bruno.hang_up()
        await rung.ended()


async def test_c3_05_asked_first_then_completed(shared_server: Server, talking: Pair) -> None:
    anna, bruno = talking
    async with shared_server.phone("206") as third:
        await third.register()
        await choose(anna, "206")
        await anna.button("Ask first").click()
        rung = await third.incoming()
        await rung.answer(source=Tone(THIRD_HZ))
        await anna.sees("Bruno Conti is on hold.")
        assert await anna.hears(THIRD_HZ)
        assert await bruno.silent_for(ANNA_HZ)
        await anna.button("Complete").click()
        await joined(bruno, rung)
        await anna.ready()
        await bruno.hang_up()
        await rung.ended()


async def test_c3_05_asked_first_then_cancelled(shared_server: Server, talking: Pair) -> None:
    anna, bruno = talking
    async with shared_server.phone("206") as third:
        await third.register()
        await choose(anna, "206")
        await anna.button("Ask first").click()
        rung = await third.incoming()
        await rung.answer(source=Tone(THIRD_HZ))
        await anna.sees("Bruno Conti is on hold.")
        await anna.button("Cancel").click()
        await rung.ended()
        await anna.talking()
        await hear_each_other(anna, bruno)


async def test_s2_15_what_nobody_takes_comes_back_and_says_so(shared_server: Server, talking: Pair) -> None:
    anna, bruno = talking
    async with shared_server.phone("205") as third:
        await third.register()
        await choose(anna, "205")
        await anna.page.get_by_role("combobox").press("Enter")
        rung = await third.incoming()
        await anna.sees("Transferred to Elena")
        rung.reject(486)
        await anna.sees("The call is back.")
        await anna.answer()
        await anna.talking()
        await hear_each_other(anna, bruno)


async def open_message(anna: WebUser, button: str, play: str) -> None:
    """From the envelope to the message that plays."""
    await anna.button(button).click(timeout=PATIENCE * 1000)
    await anna.button(play).click(timeout=PATIENCE * 1000)


async def test_b7_01_d3_05_d3_06_greeting_recorded_here_message_played_called_back_archived_deleted(
    shared_server: Server, chromiums: tuple[Browser, Browser]
) -> None:
    await shared_server.api_async("PATCH", "/api/users/user-201", {"voicemail": True})
    base = (await shared_server.api_async("GET", "/api/configuration"))["base_revision"]
    await shared_server.api_async("POST", "/api/configuration/apply", {"base_revision": base})
    anna, bruno = await asyncio.gather(
        WebUser.sign_in(chromiums[0], shared_server, "201"),
        WebUser.sign_in(chromiums[1], shared_server, "202"),
    )
    await asyncio.gather(anna.ready(), bruno.ready())
    # The greeting is what Anna's microphone hears while she records.
    await anna.show_phone()
    await anna.button("Voicemail").click(timeout=PATIENCE * 1000)
    await anna.button("Greetings, PIN").click()
    greeting = anna.page.get_by_role("group", name="When you do not answer")
    await greeting.get_by_role("button", name="Record").click(timeout=PATIENCE * 1000)
    await expect(greeting.get_by_role("status")).to_contain_text("speak now", timeout=PATIENCE * 1000)
    await anna.page.wait_for_timeout(6000)
    await greeting.get_by_role("button", name="Stop and use").click()
    await expect(greeting.get_by_role("status")).to_contain_text("Recorded, 00:0", timeout=PATIENCE * 1000)
    await anna.button("Back").click()
    # Who is led to the mailbox hears it, and leaves a message.
    await bruno.dial("**201")
    await bruno.talking()
    assert await bruno.hears(ANNA_HZ)
    await bruno.press("#")
    await bruno.page.wait_for_timeout(3000)
    await bruno.hang_up()
    # It is counted at once; playing it makes it heard.
    await open_message(anna, "Voicemail: 1 new message", "Play the new message of Bruno Conti")
    await expect(anna.button("Voicemail")).to_be_visible(timeout=PATIENCE * 1000)
    await anna.button("Call back").click()
    await bruno.answer()
    await asyncio.gather(anna.talking(), bruno.talking())
    await hear_each_other(anna, bruno)
    await anna.hang_up()
    await asyncio.gather(anna.ready(), bruno.ready())
    await open_message(anna, "Voicemail", "Play the message of Bruno Conti")
    await anna.button("Archive").click(timeout=PATIENCE * 1000)
    await anna.sees("No messages")
    await anna.button("Archived").click()
    await anna.button("Play the message of Bruno Conti").click(timeout=PATIENCE * 1000)
    await anna.button("Delete").click()
    await anna.button("Delete the message of Bruno Conti").click()
    await anna.sees("Nothing is archived")
    await asyncio.gather(*(one.renew() for one in chromiums))
