"""Our add-on in a real Odoo, in Chromium: the phone in the systray, numbers that call, calls for today.

Skipped, loudly, where no Odoo can be had: see tests/harness/odoo.py.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.e2e.test_trunks import MAIN, add_number, add_trunk, apply, provider
from tests.e2e.test_trunks import state as trunk_state
from tests.e2e.test_trunks import until as trunks_until
from tests.harness import browser
from tests.harness.binaries import ROOT
from tests.harness.browser import Browser
from tests.harness.console import SLOW
from tests.harness.odoo import Odoo, running_odoo, wait_for_odoo
from tests.harness.provider import Provider
from tests.harness.rtp import Tone
from tests.harness.server import Server
from tests.harness.talking import both_hear

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

ZONE = "Europe/Brussels"
ADD_ONS = ROOT / "integrations" / "odoo"
NUMBER, WRITTEN = "+3222903491", "+32 2 290 34 91"
SHOTS = os.environ.get("SWITCHROOM_SHOTS")
"""A folder for images of what is seen, to be looked at."""


async def look(page: Page, name: str) -> None:
    if SHOTS:
        await page.screenshot(path=str(Path(SHOTS) / f"{name}.png"))


@pytest.fixture(scope="module")
def installed_odoo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Odoo]:
    """Odoo with the add-on."""
    missing = "chromium is not installed" if not browser.installed() else wait_for_odoo()
    if missing is not None:
        pytest.skip(f"NOT TESTED with Odoo: {missing}")
    with running_odoo(tmp_path_factory.mktemp("odoo"), add_ons=[ADD_ONS], modules=["switchroom"]) as odoo:
        yield odoo


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def odoo(installed_odoo: Odoo, shared_server: Server) -> Odoo:
    """It is set up: Anna of Odoo has the extension 202, and her key is given for Next activities."""
    odoo, server = installed_odoo, shared_server
    site = await server.api_async("POST", "/api/sites", {"origin": odoo.url})
    for key, value in {"server": server.url, "secret": site["secret"]}.items():
        await odoo.rpc("ir.config_parameter", "set_param", f"switchroom.{key}", value)
    await odoo.rpc("res.users", "write", [anna_of(odoo)], {"switchroom_extension": "202"})
    place = {"url": odoo.url, "database": odoo.database}
    await server.api_async("PUT", "/api/connectors/odoo", place)
    login = {"name": "202", "password": server.passwords["202"]}
    token = (await asyncio.to_thread(server.api, "POST", "/api/login", login, token=""))["token"]
    mine = {"login": "anna", "key": odoo.people["anna"][1]}
    await asyncio.to_thread(server.api, "PATCH", "/api/account", {"time_zone": ZONE}, token=token)
    given = await asyncio.to_thread(server.api, "PUT", "/api/phone/connectors/odoo/key", mine, token=token)
    assert given["state"] == "good"
    return odoo


def anna_of(odoo: Odoo) -> int:
    return odoo.people["anna"][0]


async def signed_in(chromium: Browser, odoo: Odoo, login: str) -> Page:
    """Somebody's Odoo."""
    page = await chromium.page(f"{odoo.url}/web/login")
    page.set_default_timeout(60_000)
    await page.fill("input[name=login]", login)
    await page.fill("input[name=password]", login)
    await page.click("button[type=submit]")
    await page.wait_for_selector(".o_menu_systray")
    return page


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def page(odoo: Odoo, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Page]:
    """Anna's Odoo, with the phone connected."""
    async with Browser(tmp_path_factory.mktemp("chromium")) as chromium:
        # Odoo would tell that push notifications do not work here.
        await chromium.context.clear_permissions()
        await chromium.context.grant_permissions(["microphone"])
        page = await signed_in(chromium, odoo, "anna")
        await available(page)
        yield page


async def available(page: Page) -> None:
    """The phone in the systray is registered."""
    phone = page.locator(".o_menu_systray switchroom-phone button").first
    await expect(phone).to_have_attribute("aria-label", re.compile("Available"), timeout=60_000)


async def record(odoo: Odoo, model: str, **values: Any) -> int:
    """A new record's id."""
    found = await odoo.rpc(model, "create", [values])
    return int(found[0])


async def test_s2_01_the_phone_in_odoos_systray_is_signed_in_by_odoo(
    page: Page, odoo: Odoo, shared_server: Server
) -> None:
    found = await shared_server.api_async("GET", "/api/registrations")
    assert [one["user_id"] for one in found] == ["user-202"]
    assert (await shared_server.api_async("GET", "/api/sites"))[0]["used_at"] is not None
    await page.locator(".o_menu_systray switchroom-phone button").first.click()
    await expect(page.get_by_role("dialog", name="Phone")).to_be_visible()
    await look(page, "odoo-phone")
    # A reload goes on with the same session: the phone is there again at once.
    await page.reload()
    await available(page)
    audit = await shared_server.api_async("GET", "/api/audit?action=signed%20in")
    assert len([entry for entry in audit["entries"] if entry["detail"] == odoo.url]) == 1


async def test_c2_09_a_click_on_a_phone_field_and_on_a_number_in_the_chatter_calls(
    page: Page, odoo: Odoo, shared_server: Server
) -> None:
    partner = await record(odoo, "res.partner", name="Anna Desk", phone="201")
    await odoo.rpc("res.partner", "message_post", [partner], body=f"Call me at {WRITTEN}, order 20261122.")
    async with shared_server.phone("201") as desk:
        await desk.register()
        await page.goto(f"{odoo.url}/odoo/res.partner/{partner}")
        await page.locator(".o_field_phone").first.hover()
        await page.locator(".o_field_phone a[href='tel:201']").first.click()
        call = await desk.incoming(within=20)
        await call.answer()
        await expect(page.locator("switchroom-phone")).to_contain_text("Anna")
        await look(page, "odoo-call")
        await call.hang_up()
    link = page.locator(".o-mail-Message-body a[href^='tel:']")
    await expect(link).to_have_count(1)
    await expect(link).to_have_text(WRITTEN)
    await expect(link).to_have_attribute("href", f"tel:{NUMBER}")


async def in_next_activities(page: Page, text: str) -> None:
    """The phone's tab shows it; then the phone is closed."""
    phone = page.locator("switchroom-phone")
    await phone.locator("button").first.click()
    await phone.get_by_role("tab", name="Next activities").click()
    await expect(phone.get_by_role("dialog", name="Phone")).to_contain_text(text, timeout=20_000)
    await look(page, "odoo-next-activities")
    await phone.locator("button").first.click()


async def test_s2_10_s2_12_the_icons_of_a_card_plan_and_cancel_a_call_for_today(
    page: Page, odoo: Odoo
) -> None:
    anna = anna_of(odoo)
    boards = {
        "crm.lead": (
            await record(odoo, "crm.lead", name="Ten chairs", type="opportunity", user_id=anna),
            "crm.crm_lead_action_pipeline",
        ),
        "project.task": (
            await record(odoo, "project.task", name="Deliver chairs", user_ids=[anna]),
            "project.action_view_my_task",
        ),
        "helpdesk.ticket": (
            await record(odoo, "helpdesk.ticket", name="A chair broke", description="-", user_id=anna),
            "helpdesk_mgmt.helpdesk_ticket_action",
        ),
    }
    for model, (found, action) in boards.items():
        wanted = [["res_model", "=", model], ["res_id", "=", found], ["user_id", "=", anna]]
        await page.goto(f"{odoo.url}/odoo/action-{action}?view_type=kanban")
        title = await odoo.rpc(model, "read", [found], ["name"])
        card = page.locator(".o_kanban_record", has_text=title[0]["name"])
        await card.get_by_title("Add to Next activities").click()
        await card.hover()
        await expect(card.get_by_title("Remove from the call queue")).to_be_visible()
        planned = await odoo.rpc("mail.activity", "search_read", wanted, ["activity_category", "state"])
        assert [(one["activity_category"], one["state"]) for one in planned] == [("phonecall", "today")]
        await look(page, f"odoo-{model}")
        if model == "crm.lead":
            await in_next_activities(page, "Ten chairs")
        await card.get_by_title("Remove from the call queue").click()
        await expect(card.get_by_title("Add to Next activities")).to_be_visible()
        assert await odoo.rpc("mail.activity", "search_count", wanted) == 0
    # What somebody else plans for me is on the card at once.
    lead = boards["crm.lead"][0]
    await page.goto(f"{odoo.url}/odoo/action-crm.crm_lead_action_pipeline?view_type=kanban")
    card = page.locator(".o_kanban_record", has_text="Ten chairs")
    await expect(card.get_by_title("Add to Next activities")).to_be_visible()
    values = {"summary": "Ask for chairs", "user_id": anna}
    await odoo.rpc("crm.lead", "activity_schedule", [lead], "mail.mail_activity_data_call", **values)
    await expect(card.get_by_title("Remove from the call queue")).to_have_count(1, timeout=20_000)


@asynccontextmanager
async def outside_line(server: Server) -> AsyncIterator[Provider]:
    """A provider whose calls to a number of ours ring with Anna."""
    async with provider(server) as line:
        trunk = await asyncio.to_thread(add_trunk, server, line.port, secret=line.password)
        await asyncio.to_thread(add_number, server, target="user-202")
        await asyncio.to_thread(apply, server)
        await trunks_until(lambda: trunk_state(server, trunk)["registered"])
        yield line


async def test_screen_pop_the_opportunity_of_who_calls_is_opened(
    page: Page, odoo: Odoo, shared_server: Server
) -> None:
    partner = await record(odoo, "res.partner", name="Zoë Peeters", phone=WRITTEN)
    lead = await record(odoo, "crm.lead", name="Twenty desks", type="opportunity", partner_id=partner)
    assert await odoo.rpc("res.partner", "switchroom_match", NUMBER) == {
        "model": "crm.lead",
        "id": lead,
        "name": "Twenty desks",
    }
    for nobody in ("+3222909999", "201", "", "%", None):
        assert await odoo.rpc("res.partner", "switchroom_match", nobody) is False
    await page.goto(f"{odoo.url}/odoo/action-base.action_partner_form")
    await available(page)
    async with outside_line(shared_server) as line:
        who = [
            ("P-Called-Party-ID", f"<sip:{MAIN}@provider.example>"),
            ("P-Asserted-Identity", f"<sip:{NUMBER}@provider.example>"),
        ]
        call = await line.call(line.contact_user, source=Tone(617), headers=who)
        pop = page.locator(".o_notification")
        await expect(pop).to_contain_text("Twenty desks", timeout=SLOW)
        await call.ringing()
        assert call.status is None, "it rings, and nobody answered yet"
        await look(page, "odoo-ringing")
        await page.locator("switchroom-phone").get_by_role("button", name="Answer", exact=True).click()
        await call.answered(20)
        title = page.locator(".o_form_view .o_field_widget[name=name] textarea")
        await expect(title).to_have_value("Twenty desks", timeout=SLOW)
        await expect(pop).to_have_count(0)
        await both_hear(page, call, of_page=440, of_phone=617)
        # Nothing of Odoo's page covers the phone.
        await (
            page.locator("switchroom-phone").get_by_text(WRITTEN, exact=True).click(trial=True, timeout=SLOW)
        )
        await look(page, "odoo-answered")
        await call.hang_up()


async def test_s2_16_the_extension_stands_under_preferences_voip_for_administrators(
    odoo: Odoo, tmp_path: Path
) -> None:
    async with Browser(tmp_path) as chromium:
        await administrator_looks(await signed_in(chromium, odoo, "admin"), odoo)
    # Somebody without the right sees neither.
    agent, key = odoo.people["anna"]
    shown = await odoo.rpc("res.users", "fields_get", ["switchroom_extension"])
    assert "switchroom_extension" in shown
    assert await odoo.rpc_as(agent, key, "res.users", "fields_get", ["switchroom_extension"]) == {}


async def administrator_looks(page: Page, odoo: Odoo) -> None:
    await page.goto(f"{odoo.url}/odoo/action-base.action_res_users/{anna_of(odoo)}")
    await page.get_by_role("tab", name="Preferences").click()
    field = page.get_by_label("VoIP username / Extension number")
    await expect(field).to_have_value("202")
    await expect(page.locator(".o_horizontal_separator", has_text="VOIP")).to_be_visible()
    await look(page, "odoo-preferences")
    await page.goto(f"{odoo.url}/odoo/settings")
    await expect(page.locator("#switchroom input").first).to_have_value(re.compile("^http://127"))
    assert await page.locator("#switchroom input").nth(1).get_attribute("type") == "password"
