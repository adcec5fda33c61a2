"""Boards, one record and the calendar in Chromium: two people work on the same customers."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import AsyncIterator
from datetime import date, timedelta

import pytest
import pytest_asyncio
from playwright.async_api import CDPSession, Locator, Page, expect

from tests.harness.console import SLOW, Chromium, ConsolePage
from tests.harness.server import Server
from tests.harness.until import LONG

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

Pair = tuple[ConsolePage, ConsolePage]
NADIA = "+3222903490"

_SPEAK_FRENCH = """
async () => {
  const { csrf } = await (await fetch("/api/session")).json();
  const headers = { "X-CSRF-Token": csrf, "Content-Type": "application/json" };
  await fetch("/api/account", { method: "PATCH", headers, body: JSON.stringify({ language: "fr" }) });
}
"""
_FULL_DAY = "(day) => new Intl.DateTimeFormat('fr', { dateStyle: 'full' }).format(new Date(`${day}T12:00`))"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def people(chromium: Chromium, shared_server: Server) -> AsyncIterator[Pair]:
    """Anna (201), whose screens are French, and Bruno (202)."""
    whole_month = {"width": 1280, "height": 1600}
    anna, bruno = await asyncio.gather(
        *(chromium.sign_in(shared_server, name, viewport=whole_month) for name in ("201", "202"))
    )
    await anna.page.evaluate(_SPEAK_FRENCH)
    await anna.page.reload()
    await expect(anna.menu.get_by_role("link", name="Calendrier")).to_be_visible()
    yield anna, bruno
    complaints, chromium.complaints = chromium.complaints, []
    assert complaints == []


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def nadia(shared_server: Server) -> str:
    """A customer."""
    body = {"name": "Nadia Peeters", "company": "Zon", "numbers": [{"label": "work", "number": NADIA}]}
    made = await shared_server.api_async("POST", "/api/contacts", body)
    return str(made["id"])


async def add(server: Server, app: str, title: str, contact: str) -> str:
    body = {"app": app, "title": title, "contact_id": contact, "owner": "user-201"}
    return str((await server.api_async("POST", "/api/records", body))["id"])


def card(page: Page, title: str) -> Locator:
    return page.get_by_role("listitem").filter(has=page.get_by_role("link", name=title, exact=True))


def column(page: Page, stage: str) -> Locator:
    return page.get_by_role("region", name=stage, exact=True)


async def drag(page: Page, what: Locator, to: Locator) -> None:
    """By the mouse: taken up, over the place until that is seen, let go."""
    await what.scroll_into_view_if_needed()
    start = await what.bounding_box()
    assert start is not None
    await page.mouse.move(start["x"] + 24, start["y"] + 12)
    await page.mouse.down()
    await page.mouse.move(start["x"] + 40, start["y"] + 24, steps=4)
    async with asyncio.timeout(LONG):
        for step in itertools.cycle((0, 1)):
            end = await to.bounding_box()
            assert end is not None
            at = end["x"] + end["width"] / 2 + step, end["y"] + min(end["height"] - 12, 40)
            await page.mouse.move(*at, steps=8)
            if await to.get_attribute("data-over") is not None:
                break
    await page.mouse.up()


class Finger:
    """A finger on a screen."""

    def __init__(self, session: CDPSession) -> None:
        self._session = session

    async def swipe_up(self, x: float, y: float) -> None:
        """As one scrolls: all at once, without resting in between."""
        moves = [self.to(x, y - 30 * step) for step in range(1, 10)]
        await asyncio.gather(self.down(x, y), *moves, self.up())

    async def down(self, x: float, y: float) -> None:
        """Put it there."""
        await self._touch("touchStart", {"x": x, "y": y})

    async def to(self, x: float, y: float) -> None:
        """Along the screen to there."""
        await self._touch("touchMove", {"x": x, "y": y})

    async def up(self) -> None:
        """Let go."""
        await self._touch("touchEnd")

    async def _touch(self, kind: str, *points: dict[str, float]) -> None:
        await self._session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})


async def test_s2_10_green_icon_queues_the_call_red_one_with_a_minus_takes_it_out(
    people: Pair, shared_server: Server, nadia: str
) -> None:
    _, bruno = people
    page = bruno.page
    await add(shared_server, "crm", "Solar roof", nadia)
    await bruno.go("CRM")
    await expect(card(page, "Solar roof")).to_contain_text("Nadia Peeters")
    green = card(page, "Solar roof").get_by_title("Add to Next activities")
    red = card(page, "Solar roof").get_by_title("Remove from the call queue")
    await expect(red).to_have_count(0)
    await green.click()
    await page.get_by_role("heading", name="CRM").hover()
    await page.evaluate("() => document.activeElement.blur()")
    await expect(red).to_have_css("opacity", "0")
    await expect(card(page, "Solar roof")).to_contain_text("today")

    # It stands in the phone's tab, too.
    await page.get_by_role("button", name=re.compile("^Phone: ")).click()
    await page.get_by_role("tab", name=re.compile("^Next activities")).click()
    queue = page.get_by_role("tabpanel").filter(has_text="Nadia Peeters")
    await expect(queue).to_be_visible(timeout=SLOW)
    await card(page, "Solar roof").hover()
    await expect(red).to_have_css("opacity", "1")
    await red.click()
    await expect(red).to_have_count(0)
    await expect(queue).to_have_count(0)
    await page.get_by_role("button", name=re.compile("^Phone: ")).click()


async def test_s2_12_boards_are_worked_on_by_two(people: Pair, shared_server: Server, nadia: str) -> None:
    anna, bruno = people
    page = bruno.page
    await anna.visit("/records/helpdesk")
    await expect(column(anna.page, "Nouveau")).to_be_visible()
    await bruno.go("Helpdesk")
    await bruno.button("Quick add to “New”").click()
    title = page.get_by_role("textbox", name="Quick add to “New”")
    for text in ("No dial tone", "Echo on calls", "Headset squeaks"):
        await title.fill(text)
        await title.press("Enter")
        await expect(title).to_have_value("")
    await expect(column(page, "New").get_by_label("3 records")).to_be_visible()
    await expect(card(anna.page, "Headset squeaks")).to_be_visible(timeout=SLOW)  # without reloading

    # By mouse into another column, by keyboard one further, by the menu back.
    await drag(page, card(page, "No dial tone"), column(page, "In progress"))
    await expect(column(page, "In progress").get_by_role("link", name="No dial tone")).to_be_visible()
    moved = column(anna.page, "En cours").get_by_role("link", name="No dial tone")
    await expect(moved).to_be_visible(timeout=SLOW)
    handle = bruno.button("Drag “No dial tone” with the keyboard")
    await handle.focus()
    await page.keyboard.press("Space")
    taken = page.get_by_text(re.compile("“No dial tone” is (picked up|over In progress)"))
    await expect(taken).to_be_attached()
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_text("“No dial tone” is over Waiting.")).to_be_attached()
    await page.keyboard.press("Space")
    await expect(column(page, "Waiting").get_by_role("link", name="No dial tone")).to_be_visible()
    await bruno.button("Move “No dial tone” to").click()
    await page.get_by_role("menuitem", name="Solved").click()
    solved = column(anna.page, "Résolu").get_by_role("link", name="No dial tone")
    await expect(solved).to_be_visible(timeout=SLOW)

    # The same as a list: what is over is left out, sorted in the address bar.
    await page.get_by_text("List", exact=True).click()
    rows = page.get_by_role("table", name="Helpdesk").get_by_role("row")
    await expect(rows).to_have_count(3)
    await page.get_by_role("button", name="Title", exact=True).click()
    await expect(rows.nth(1)).to_contain_text("Echo on calls")
    await expect(page).to_have_url(re.compile("view=list.*sort=title"))
    await page.get_by_role("textbox", name="Search").fill("squeak")
    await expect(rows).to_have_count(2)

    # Found from anywhere; one writes, the other reads.
    await page.keyboard.press("Control+k")
    await page.get_by_placeholder("People, records, conferences, pages").fill("headset")
    await page.get_by_role("option").filter(has_text="Headset squeaks").click()
    await expect(page.get_by_role("heading", level=1, name="Headset squeaks")).to_be_visible()
    await anna.page.get_by_role("link", name="Headset squeaks").click()
    await page.get_by_label("Message", exact=True).fill("It is the\ncable.")
    await bruno.button("Send").click()
    said = anna.page.get_by_role("list", name="Ce qui a été dit et fait").get_by_role("listitem")
    await expect(said.first).to_contain_text("It is the\ncable.", timeout=SLOW)

    # Both edit: nothing is lost, and what is in nobody's way follows at once.
    await anna.page.get_by_label("Description", exact=True).fill("Nouveau câble")
    await page.get_by_role("combobox", name="Contact").fill("nadia")
    await page.get_by_role("option", name="Nadia Peeters, Zon").click()
    await page.get_by_label("Description", exact=True).fill("New cable")
    await bruno.button("Save").click()
    await expect(page.get_by_role("link", name="+32 2 290 34 90").first).to_be_visible()
    await anna.button("Enregistrer").click()
    conflict = anna.page.get_by_role("alert").filter(has_text="New cable")
    await expect(conflict).to_contain_text("Nouveau câble")
    await anna.button("Garder le mien").click()
    await anna.button("Enregistrer").click()
    await expect(page.get_by_label("Description", exact=True)).to_have_value("Nouveau câble", timeout=SLOW)
    await anna.button("En attente").click()
    await expect(bruno.button("Waiting")).to_have_attribute("aria-pressed", "true", timeout=SLOW)


async def test_s2_12_a_finger_scrolls_the_board_and_takes_a_card_along(
    chromium: Chromium, shared_server: Server, nadia: str
) -> None:
    for number in range(9):
        await add(shared_server, "project", f"Step {number}", nadia)
    screen = {"width": 390, "height": 844}
    small = await chromium.open(shared_server, "/records/project", viewport=screen, has_touch=True)
    await small.sign_in("203", shared_server.passwords["203"])
    page = small.page
    taken = card(page, "Step 4")
    await expect(taken).to_be_visible()
    finger = Finger(await page.context.new_cdp_session(page))
    lifted = page.locator("[data-lifted]")

    # Who moves at once scrolls; on a busy machine the finger may have rested on the way.
    async with asyncio.timeout(30):
        while not await page.evaluate("() => scrollY > 100"):
            await finger.swipe_up(200, 700)
    await expect(lifted).to_have_count(0)

    # Who rests first takes the card up. At the edge the board goes on, up to its last column.
    await taken.scroll_into_view_if_needed()
    box = await taken.bounding_box()
    assert box is not None
    height = box["y"] + box["height"] / 2
    await finger.down(box["x"] + 120, height)
    await expect(lifted).to_be_visible()
    target = column(page, "Done")
    async with asyncio.timeout(30):
        while ((await target.bounding_box()) or {"x": 999})["x"] > 150:
            await finger.to(384, height)
            await finger.to(386, height)
    async with asyncio.timeout(LONG):
        for step in itertools.cycle((0, 2)):
            await finger.to(250 + step, height)
            if await target.get_attribute("data-over") is not None:
                break
    await finger.up()
    await expect(target.get_by_role("link", name="Step 4")).to_be_visible(timeout=SLOW)
    await expect(column(page, "New").get_by_role("link", name="Step 4")).to_have_count(0)
    assert page.url.endswith("/records/project")
    await page.context.close()


BOOK = b"""Name,Company,Phone
Marta Silva,Silva SA,+32 475 10 20 30
SILVA  Marta,,+32 2 211 00 11
,,x
Odd Number,,12
"""


async def test_g_10_a_file_is_looked_at_taken_over_and_its_duplicates_are_merged(people: Pair) -> None:
    _, bruno = people
    page = bruno.page
    await bruno.go("Contacts")
    async with page.expect_file_chooser() as chooser:
        await bruno.button("Import").click()
    await (await chooser.value).set_files({"name": "book.csv", "mimeType": "text/csv", "buffer": BOOK})
    plan = page.get_by_role("dialog", name="Import book.csv")
    await expect(plan.get_by_role("status")).to_contain_text("New: 3. Completed: 0.")
    await expect(plan.get_by_role("row").filter(has_text="Marta Silva")).to_contain_text("New")
    wrong = plan.get_by_role("alert").get_by_role("listitem")
    await expect(wrong).to_have_count(2)
    await expect(wrong.nth(0)).to_have_text("Line 4: There is no name, company, number or e-mail address.")
    await expect(wrong.nth(1)).to_contain_text("Line 5: The number 12 was not understood")
    await expect(bruno.row("Odd Number").filter(has_text="Edit")).to_have_count(0)  # nothing is saved yet
    await bruno.button("Import 3 contacts", plan).click()
    await expect(plan).to_have_count(0)
    await expect(page.get_by_text("Added: 3, changed: 0, known already: 0")).to_be_visible()
    await expect(bruno.row("Odd Number")).to_be_visible()
    await expect(bruno.button("Import")).to_be_focused()

    await bruno.button("Find duplicates").click()
    sheet = page.get_by_role("dialog", name="Duplicates")
    await expect(sheet).to_contain_text("Same name")
    await sheet.get_by_role("radio", name="Marta Silva").check()
    await bruno.button("Merge", sheet).click()
    await expect(sheet).to_contain_text("No duplicates")
    await page.keyboard.press("Escape")
    await expect(bruno.button("Find duplicates")).to_be_focused()
    await expect(bruno.row("Marta")).to_have_count(1)
    await expect(bruno.row("Marta Silva")).to_contain_text("+32 475 10 20 30")
    await expect(bruno.row("Marta Silva")).to_contain_text("+32 2 211 00 11")


async def test_s2_13_activities_beside_the_clock_and_the_calendar(
    people: Pair, shared_server: Server, nadia: str
) -> None:
    anna, bruno = people
    record = await add(shared_server, "project", "Wiring plan", nadia)
    today = date.today()
    await bruno.visit("/calendar")
    await expect(bruno.page.get_by_role("heading", level=1, name="Calendar")).to_be_visible()
    await anna.visit(f"/records/project/{record}")
    await anna.button("Activités").click()
    sheet = anna.page.get_by_role("dialog", name="Nouvelle activité")
    await expect(sheet.get_by_label("Type d’activité")).to_have_value("call")
    await expect(sheet.get_by_label("Date d’échéance")).to_have_value(today.isoformat())
    await sheet.get_by_label("Résumé").fill("Which cable?")
    await sheet.get_by_label("Assigné à").select_option(label="Bruno Conti (202)")
    await anna.button("Enregistrer", sheet).click()
    await expect(anna.page.get_by_role("list", name="Planifié")).to_contain_text("Bruno Conti")

    # He sees it at once; the other button completes it as well, and shows the calendar.
    chip = bruno.page.get_by_role("button", name=re.compile("Nadia Peeters: Which cable"))
    await expect(chip).to_be_visible(timeout=SLOW)
    await anna.button("Activités").click()
    await sheet.get_by_label("Date d’échéance").fill((today - timedelta(days=2)).isoformat())
    await sheet.get_by_label("Résumé").fill("Too late")
    await anna.button("Ouvrir le calendrier", sheet).click()
    await expect(anna.page.get_by_role("heading", level=1, name="Calendrier")).to_be_visible()
    late = anna.page.get_by_role("region", name="En retard").get_by_role(
        "button", name=re.compile("Too late")
    )
    await expect(late).to_be_visible()

    # Overdue calls are taken to today; a day's calls to an hour of the week.
    words = await anna.page.evaluate(_FULL_DAY, today.isoformat())
    await drag(anna.page, late, anna.page.get_by_role("region", name=words, exact=True))
    await expect(anna.page.get_by_role("region", name="En retard")).to_have_count(0)
    await bruno.page.get_by_text("Week", exact=True).click()
    long = f"{today:%A}, {today:%B} {today.day}, {today.year}"
    await drag(bruno.page, chip, bruno.page.get_by_role("group", name=f"{long} 10:00"))
    at_ten = bruno.page.get_by_role("group", name=f"{long} 10:00").get_by_role("button")
    await expect(at_ten).to_contain_text("10:00 AM")
    await at_ten.click()
    opened = bruno.page.get_by_role("dialog", name="Which cable?")
    await expect(opened.get_by_role("link", name="Task: Wiring plan")).to_be_visible()
    await expect(opened.get_by_role("link", name="+32 2 290 34 90")).to_be_visible()
    await bruno.button("Mark done", opened).click()
    done = bruno.page.get_by_role("dialog", name="Mark done: Which cable?")
    await done.get_by_label("How it ended").select_option(label="Reached")
    await done.get_by_label("What came of it").fill("The blue one.")
    await bruno.button("Mark done", done).click()
    await expect(at_ten).to_contain_text("Done")

    # The chatter of the record says so.
    await anna.visit(f"/records/project/{record}")
    entries = anna.page.get_by_role("list", name="Ce qui a été dit et fait").get_by_role("listitem")
    await expect(entries.first).to_contain_text("Bruno Conti")
    await expect(entries.first).to_contain_text("Appel : fait: Which cable? · Joint")
    await expect(entries.first).to_contain_text("The blue one.")
