"""A conference from nothing to its minutes, as people meet it: the server is set up in the console, one is
invited by phone and one by link, the meeting is run and recorded, and its minutes are read."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.e2e.test_calls import phones
from tests.harness import browser
from tests.harness.audio import share
from tests.harness.browser import Browser, hear
from tests.harness.console import SLOW, ConsolePage
from tests.harness.phone_call import PhoneCall
from tests.harness.rtp import Tone
from tests.harness.server import Server

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

PHONE_HZ, GUEST_HZ = 605.0, 855.0


@pytest_asyncio.fixture(loop_scope="module")
async def guest(tmp_path: Path) -> AsyncIterator[Browser]:
    """The browser of somebody outside: its microphone is a tone."""
    if not browser.installed():
        pytest.skip("NOT TESTED in a browser: chromium is not installed (make system-test)")
    async with Browser(tmp_path / "guest", tone_hz=GUEST_HZ) as running:
        yield running


async def set_up(admin: ConsolePage) -> None:
    """S3-02, S3-03: the server's extension, then the first room. Saving is enough (S3-06)."""
    await admin.go("Conferences")
    await admin.page.get_by_role("link", name="Conference server").last.click()
    await (
        admin.page.get_by_role("button", name="Setup conference", exact=True)
        .or_(admin.page.get_by_role("button", name="Setup Conference Server"))
        .first.click()
    )
    start = admin.page.get_by_role("button", name="Setup Conference Server")
    extension = admin.page.get_by_label("Extension number")
    await expect(start.or_(extension).first).to_be_visible(timeout=SLOW)
    if await start.is_visible():
        await start.click()
    await extension.fill("8000")
    await admin.button("Next").click()
    await admin.page.get_by_label("Name", exact=True).fill("Weekly")
    await admin.page.get_by_label("Conference ID", exact=True).fill("12345")
    await admin.button("Save").click()
    await expect(admin.row("Weekly")).to_contain_text("12345")


async def invite(admin: ConsolePage, number: str) -> None:
    """S1-10: the one field and the green button."""
    await admin.button("Invite to Weekly").click()
    label = "Please enter the phone number of the person you want to invite"
    await admin.field(label).fill(number)
    await admin.button("Invite", admin.dialog).click()


async def make_link(admin: ConsolePage) -> str:
    """A guest link of the room, as it is shown once."""
    await admin.button("More for Weekly").click()
    await admin.page.get_by_role("menuitem", name="Guest links").click()
    await admin.button("Make a link", admin.dialog).click()
    return await admin.dialog.get_by_text(re.compile("/join/")).inner_text()


async def heard(call: PhoneCall, frequency: float) -> None:
    """The tone is heard within some seconds, as soon as tones and prompts are over."""
    for _ in range(15):
        samples = await call.media.listen(0.8)
        if share(samples, call.media.codec.rate, frequency) > 0.05:
            return
    raise AssertionError(f"{frequency} Hz not heard")


async def test_s3_02_s1_10_s1_11_s3_06_a_conference_from_its_setup_to_its_minutes(
    admin: ConsolePage, guest: Browser, shared_server: Server
) -> None:
    await set_up(admin)
    await admin.go("Conferences")
    async with phones(shared_server, "203", "204") as (invited, caller):
        # One is invited by phone: his phone rings, he answers, and is in (S1-11).
        await invite(admin, "203")
        call = await invited.incoming()
        await expect(admin.dialog.get_by_role("listitem").first).to_contain_text(re.compile("ring", re.I))
        await call.answer(source=Tone(PHONE_HZ, 1500))
        await expect(admin.dialog.get_by_role("listitem").first).to_contain_text(
            re.compile("in the conference|joined", re.I), timeout=SLOW
        )
        await admin.button("Close", admin.dialog).click()

        # One comes by the link, without an account.
        url = await make_link(admin)
        await admin.button("Close", admin.dialog).click()
        page = await guest.page(url)
        await page.get_by_label("Your name").fill("Greta Guest")
        await page.get_by_role("button", name="Join", exact=True).click()
        await expect(page.get_by_text("people are here")).to_be_visible(timeout=SLOW)

        # And one calls the server and keys the ID (S3-06).
        third = await caller.call("8000")
        await third.answered()
        await third.media.dtmf("12345#")
        for listener, tone in ((third, PHONE_HZ), (third, GUEST_HZ), (call, GUEST_HZ)):
            await heard(listener, tone)
        samples, rate = await hear(page, 2.0)
        assert share(samples, rate, PHONE_HZ) > 0.1

        # The meeting is watched, recorded, moderated.
        room = next(
            one["id"] for one in shared_server.api("GET", "/api/conferences") if one["name"] == "Weekly"
        )
        await admin.visit(f"/live/{room}")
        for name in ("Greta Guest", "203", "204"):
            await expect(admin.page.get_by_role("main")).to_contain_text(name, timeout=SLOW)
        await admin.button("Record").click()
        await expect(page.get_by_text("This conference is being recorded.")).to_be_visible(timeout=SLOW)
        await admin.button("Mute Greta Guest").click()
        await expect(page.get_by_text(re.compile("muted you"))).to_be_visible(timeout=SLOW)
        samples = await call.media.listen(1.5)
        assert share(samples, call.media.codec.rate, GUEST_HZ) < 0.02

        # It is over for all.
        await admin.button("End for all").click()
        await admin.button("End for all", admin.page.get_by_role("alertdialog")).click()
        await call.ended(within=20)
        await third.ended(within=20)
        await expect(page.get_by_text("The conference has ended")).to_be_visible(timeout=SLOW)

    # The minutes say who was there, who was invited, and what was recorded.
    await admin.go("Meetings")
    await admin.page.get_by_role("link", name=re.compile("Weekly")).first.click()
    minutes = admin.page.get_by_role("main")
    for words in ("Greta Guest", "Guest link", "Conference server", "Invitation", "203", "204"):
        await expect(minutes).to_contain_text(words, timeout=SLOW)
    await admin.go("Recordings")
    await expect(admin.page.get_by_role("main")).to_contain_text("Weekly", timeout=SLOW)
