"""The console's other pages in Chromium: live, call log, audit, system; hostile names, labels, contrast."""

from __future__ import annotations

import asyncio
import csv
import io
import re
import statistics
import time
from datetime import date, timedelta

import pytest
from playwright.async_api import Route, expect

from tests.e2e.test_calls import phones
from tests.harness.console import SLOW, Chromium, ConsolePage
from tests.harness.rtp import Tone
from tests.harness.server import Server

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

PAGES = (
    "/",
    "/users",
    "/groups",
    "/conferences",
    "/conferences/server",
    "/numbers",
    "/ring-groups",
    "/voicemails",
    "/hold-music",
    "/trunks",
    "/extensions",
    "/live",
    "/live/conference-8001",
    "/calls",
    "/meetings",
    "/recordings",
    "/contacts",
    "/records/crm",
    "/records/crm?view=list",
    "/calendar",
    "/calendar?view=week",
    "/audit",
    "/history",
    "/system",
    "/account",
)
SHEETS = (
    "/users?add=1",
    "/users?edit=user-201&tab=forwardings",
    "/users?edit=user-201&tab=rights",
    "/groups?add=1",
    "/numbers?add=1",
    "/ring-groups?add=1",
    "/voicemails?add=1",
    "/trunks?add=1",
    "/system?edit=outside",
    "/conferences?add=1",
    "/conferences?invite=conference-8001",
    "/conferences?links=conference-8001",
    "/conferences?appointments=conference-8001",
    "/conferences/server?setup=1",
    "/system?edit=mail",
    "/records/crm?add=1",
    "/records/crm?stages=1",
    "/calendar?add=2026-11-22",
)
MARKUP = "<img src=x onerror=window.__hacked=1>"
HOSTILE = (MARKUP, "\u202eevil\u202c العربية", "=HYPERLINK(1)", "N" * 80)
MOST = 80
"""Characters that a name may have."""


async def test_live_page_shows_calls_and_rooms_as_they_come_and_hangs_up(
    admin: ConsolePage, shared_server: Server
) -> None:
    await admin.go("Live")
    async with phones(shared_server, "203", "204") as (one, other):
        took = []
        for _ in range(3):
            call = await one.call("204", source=Tone(431))
            rung = await other.incoming()
            begin = time.monotonic()
            await expect(admin.row("David Jones")).to_be_visible()
            took.append(time.monotonic() - begin)
            await expect(admin.row("David Jones")).to_contain_text("Ringing")
            await rung.answer(source=Tone(617))
            await call.answered()
            await expect(admin.row("David Jones")).to_contain_text("In a call")
            await admin.button("Hang up").click()
            question = admin.page.get_by_role("alertdialog")
            await expect(question).to_contain_text("Claire Petit and David Jones")
            await admin.button("Hang up", question).click()
            await call.ended()
            await rung.ended()
            await expect(admin.page.get_by_text("No calls right now")).to_be_visible()
        print(f"\na call is shown after {', '.join(f'{seconds:.2f}' for seconds in took)} s")
        assert statistics.median(took) < 5.0, "not by asking anew now and then"

        await admin.page.get_by_role("tab", name="Conferences").click()
        visit = await one.call("8001")
        await visit.answered()
        room = admin.page.get_by_role("region", name="Open room")
        await expect(room).to_contain_text("Claire Petit")
        await admin.button("Remove Claire Petit").click()
        await admin.button("Remove", admin.page.get_by_role("alertdialog")).click()
        await visit.ended(within=15)
        await expect(room).to_have_count(0)


async def test_call_log_filters_and_exports_what_no_spreadsheet_computes(
    admin: ConsolePage, shared_server: Server
) -> None:
    await shared_server.api_async("PATCH", "/api/users/user-205", {"name": "=HYPERLINK(1)"})
    await admin.go("Users")
    await admin.apply()
    async with phones(shared_server, "205", "202") as (one, other):
        call = await one.call("202")
        rung = await other.incoming()
        await rung.answer()
        await call.answered()
        await call.hang_up()
        await rung.ended()
        missed = await other.call("205")
        await one.incoming()
        await missed.cancel()
    await admin.go("Call log")
    table = admin.page.get_by_role("table", name="Call log")
    await expect(table.get_by_role("row").filter(has_text="=HYPERLINK(1)").first).to_be_visible()
    await admin.page.get_by_label("Result", exact=True).select_option("missed")
    await expect(table.get_by_role("row").filter(has_text="Answered")).to_have_count(0)
    await expect(table.get_by_role("row").filter(has_text="Missed").first).to_be_visible()
    await admin.page.get_by_role("textbox", name="Search").fill("bruno")
    await expect(table.get_by_role("row").filter(has_text="Bruno Conti").first).to_be_visible()
    await expect(admin.page).to_have_url(re.compile("state=missed.*q=bruno"))
    await admin.page.get_by_role("textbox", name="Search").fill("nobody of this name")
    await expect(admin.page.get_by_text("No calls").first).to_be_visible()
    await admin.page.get_by_role("textbox", name="Search").fill("")
    await admin.page.get_by_label("Result", exact=True).select_option("")
    await expect(table.get_by_role("row").filter(has_text="=HYPERLINK(1)").first).to_be_visible()
    rows = await exported(admin)
    names = {cell for row in rows for cell in row.values() if "HYPERLINK" in (cell or "")}
    assert names == {"'=HYPERLINK(1)"}
    await admin.go("Users")
    assert "'=HYPERLINK(1)" in {row["Name"] for row in await exported(admin)}


async def exported(console: ConsolePage) -> list[dict[str, str]]:
    """The rows of the file behind the page's button "CSV"."""
    async with console.page.expect_download() as caught:
        await console.page.get_by_text("CSV", exact=True).first.click()
    path = await (await caught.value).path()
    text = await asyncio.to_thread(path.read_text, "utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


async def test_audit_says_who_did_what_and_system_says_how_it_is(
    admin: ConsolePage, shared_server: Server
) -> None:
    await shared_server.api_async("PATCH", "/api/conferences/conference-8002", {"name": "Boardroom"})
    await admin.go("Audit")
    row = admin.page.get_by_role("row").filter(has_text="Saved a conference").first
    await expect(row).to_contain_text("admin")
    await expect(row).to_contain_text("Boardroom")
    await admin.page.get_by_role("textbox", name="Search").fill("signed in")
    await expect(admin.page.get_by_role("row").filter(has_text="Saved a conference")).to_have_count(0)
    await expect(admin.page.get_by_role("row").filter(has_text="Signed in").first).to_be_visible()

    await admin.go("System")
    main = admin.page.locator("main")
    for text in (
        str(shared_server.sip_port),
        str(shared_server.https_port),
        "Media worker",
        "French",
        "0.1.0",
    ):
        await expect(main.get_by_text(text).first).to_be_visible(timeout=SLOW)
    async with admin.page.expect_download() as caught:
        await admin.page.get_by_text("Get the authority’s certificate", exact=True).first.click()
    pem = await (await caught.value).path()
    assert pem.read_bytes() == (shared_server.data / "tls" / "authority.pem").read_bytes()
    await admin.button("Edit").click()
    await admin.field("Ringing time in seconds").fill("3")
    await admin.button("Save", admin.dialog).click()
    assert "5 to 600" in await admin.error_of("Ringing time in seconds")
    await admin.field("Ringing time in seconds").fill("25")
    await admin.save()
    await expect(main).to_contain_text("Not applied yet")
    assert "25" in await admin.apply()


async def test_hostile_names_are_text_on_every_page(admin: ConsolePage, shared_server: Server) -> None:
    for number, name in enumerate(HOSTILE):
        await shared_server.api_async("POST", "/api/users", {"extension": f"26{number}", "name": name})
        await shared_server.api_async("POST", "/api/conferences", {"extension": f"826{number}", "name": name})
        contact = {"name": name, "company": MARKUP}
        made = await shared_server.api_async("POST", "/api/contacts", contact)
        await add_record(shared_server, name, made["id"])
    await admin.go("Users")
    await admin.button("Add a user").click()
    await admin.field("Name").fill("W" * 300)
    assert len(await admin.field("Name").input_value()) == MOST
    await admin.button("Cancel", admin.dialog).click()
    await admin.apply()
    for path in (*PAGES, await a_record(shared_server)):
        await admin.turn_to(path)
        if path in ("/users", "/conferences", "/contacts", "/history", "/records/crm", "/calendar"):
            await expect(admin.page.get_by_text(MARKUP).filter(visible=True).first).to_be_visible()
        await expect_harmless(admin, path)
    await admin.visit("/users")
    await admin.button(f"Delete {MARKUP}").click()
    await expect(admin.page.get_by_role("alertdialog")).to_contain_text(MARKUP)
    await expect_harmless(admin, "a question")


async def add_record(server: Server, text: str, contact: str) -> str:
    """An opportunity with all that its page shows; its address."""
    fields = {"app": "crm", "title": text, "contact_id": contact, "owner": "user-201", "description": text}
    record = (await server.api_async("POST", "/api/records", fields))["id"]
    await server.api_async("POST", f"/api/records/{record}/messages", {"text": text})
    plan = {"type": "call", "summary": text, "note": text, "assigned_to": "user-201", "record_id": record}
    for due in (date.today(), date.today() - timedelta(days=1)):
        await server.api_async("POST", "/api/activities", {**plan, "due": due.isoformat()})
    done = await server.api_async("POST", "/api/activities", {**plan, "due": date.today().isoformat()})
    await server.api_async("POST", f"/api/activities/{done['id']}/done", {"feedback": text})
    return f"/records/crm/{record}"


async def a_record(server: Server) -> str:
    """The page of an opportunity."""
    known = (await server.api_async("GET", "/api/records?app=crm&sort=number"))["records"]
    if known:
        return f"/records/crm/{known[0]['id']}"
    contact = await server.api_async("POST", "/api/contacts", {"name": "Nadia Peeters"})
    return await add_record(server, "Solar roof", contact["id"])


async def expect_harmless(console: ConsolePage, where: str) -> None:
    found = await console.page.evaluate(
        "() => [window.__hacked ?? 0, document.querySelectorAll('img[src=x]').length,"
        " document.documentElement.scrollWidth - innerWidth]"
    )
    assert found[:2] == [0, 0], where
    assert found[2] <= 0, f"{where} is {found[2]} px wider than the window"


_UNNAMED = """
() => {
  const named = (element) => element.labels?.length || element.getAttribute("aria-label")
    || element.getAttribute("aria-labelledby") || element.title || element.textContent.trim();
  const shown = (element) => element.checkVisibility() && element.type !== "hidden";
  return [...document.querySelectorAll("input, select, textarea, button, a[href], [role=button]")]
    .filter((element) => shown(element) && !named(element)).map((element) => element.outerHTML.slice(0, 200));
}
"""

# Contrast by WCAG 2: of every visible text with the first opaque background beneath it.
_FAINT = """
() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => {
    const linear = (v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    const [x, y, z] = [r, g, b].map((v) => linear(v / 255));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const over = (front, back) => front.map((v, i) =>
    i === 3 ? 255 : v * front[3] / 255 + back[i] * (1 - front[3] / 255));
  const ground = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      const colour = rgba(getComputedStyle(at).backgroundColor);
      if (colour[3] > 0) layers.push(colour);
      if (colour[3] === 255) break;
    }
    let found = [255, 255, 255, 255];
    for (const layer of layers.reverse()) found = over(layer, found);
    return found;
  };
  const faint = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const text = walker.currentNode.data.trim();
    if (!text || !element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    if (element.closest("[disabled], [data-disabled], [aria-hidden=true], script, style")) continue;
    const style = getComputedStyle(element);
    const back = ground(element);
    const front = over(rgba(style.color), back);
    const [high, low] = [light(front), light(back)].sort((a, b) => b - a);
    const ratio = (high + 0.05) / (low + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.6 && style.fontWeight >= 700);
    const told = `${ratio.toFixed(2)} ${text.slice(0, 40)} ${style.color} ${back}`;
    if (ratio < (large ? 3 : 4.5)) faint.push(told);
  }
  return [...new Set(faint)];
}
"""


async def test_every_page_has_names_for_its_controls_and_contrast_in_light_and_dark(
    admin: ConsolePage, shared_server: Server
) -> None:
    grounds = []
    for scheme in ("light", "dark"):
        await admin.visit("/account")
        await admin.page.get_by_text(scheme.title(), exact=True).last.click()
        await expect(admin.page.locator("html")).to_have_attribute("data-mantine-color-scheme", scheme)
        await admin.page.reload()
        await expect(admin.page.locator("html")).to_have_attribute("data-mantine-color-scheme", scheme)
        grounds.append(await admin.style(admin.page.locator("body"), "backgroundColor"))
    assert grounds[0] != grounds[1]
    faults = []
    for path in (*PAGES, await a_record(shared_server), *SHEETS):
        await admin.turn_to(path)
        if path in SHEETS:
            await expect(admin.page.locator("[role=dialog], form").last).to_be_visible()
        faults += [f"{path}: no name: {one}" for one in await admin.page.evaluate(_UNNAMED)]
        for scheme in ("light", "dark"):
            await admin.show_in(scheme)
            await admin.quiet()
            faults += [f"{path}: {scheme}: {one}" for one in await admin.page.evaluate(_FAINT)]
    assert faults == []


async def test_a_phones_screen_has_the_menu_and_nothing_sticks_out(
    chromium: Chromium, shared_server: Server
) -> None:
    small = await chromium.open(shared_server, viewport={"width": 375, "height": 720})
    await small.sign_in("admin", shared_server.passwords["admin"])
    await small.button("Menu").click()
    await small.page.get_by_role("dialog").get_by_role("link", name="Conferences", exact=True).click()
    await expect(small.page.get_by_role("heading", level=1, name="Conferences")).to_be_visible(timeout=SLOW)
    for path in (*PAGES, await a_record(shared_server)):
        await small.visit(path)
        await small.quiet()
        await expect_harmless(small, f"{path} on a phone's screen")
    await small.page.context.close()
    complaints, chromium.complaints = chromium.complaints, []
    assert complaints == []


async def test_a_page_whose_parts_are_lost_on_the_way_is_shown_all_the_same(
    shared_server: Server, chromium: Chromium
) -> None:
    """A browser drops all that it loads when the network changes: of each file, the first request."""
    context = await chromium.profile(locale="fr-FR")
    page = await context.new_page()
    lost: set[str] = set()

    async def lose(route: Route) -> None:
        if route.request.url in lost:
            await route.continue_()
        else:
            lost.add(route.request.url)
            await route.abort("internetdisconnected")

    await page.route("**/assets/**", lose)
    await page.goto(shared_server.url)
    await expect(page.get_by_role("button", name="Se connecter")).to_be_visible(timeout=4 * SLOW)
    assert len(lost) > 10
    await context.close()
