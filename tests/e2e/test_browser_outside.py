"""The console's pages of the world outside in Chromium: numbers, the conference server's, forwardings."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from playwright.async_api import expect

from switchroom.certificates import ensure, server_context
from tests.harness.console import SLOW, ConsolePage
from tests.harness.fake_odoo import FakeOdoo
from tests.harness.server import Server

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

TYPE = "Destination type for voice call"
KINDS = [
    "Not configured",
    "Extension",
    "Conference",
    "Conference server",
    "Ring group",
    "Voicemail",
    "Hang up",
]
SHOWN = "+32 2 290 34 90"


async def pending(server: Server) -> int:
    """How many changes wait to be applied."""
    state = await server.api_async("GET", "/api/configuration")
    return len(state["changes"])


async def test_s1_12_and_b2_02_a_number_is_led_to_a_conference_and_applied(
    admin: ConsolePage, shared_server: Server
) -> None:
    await admin.go("Incoming numbers")
    await admin.button("Add a number").click()
    await admin.field("Number").fill("02 290")
    await admin.button("Save", admin.dialog).click()
    assert "+" in await admin.error_of("Number")
    await admin.field("Number").fill(SHOWN)
    await admin.save()
    row = admin.row(SHOWN)
    await expect(row).to_contain_text("Not configured")
    await expect(row).to_contain_text("Not applied yet")
    edit = row.get_by_role("button").last
    await expect(edit).to_have_text("Edit")  # at the far right
    await edit.click()
    await expect(admin.dialog.locator("form label").first).to_have_text(TYPE)
    kind = admin.field(TYPE)
    assert await kind.locator("option").all_inner_texts() == KINDS
    await kind.select_option(label="Conference")
    await admin.choose("Conference", "8001")
    await admin.save()
    await expect(row).to_contain_text("Conference: 8001 Open room")
    said = await admin.apply()
    assert "Incoming number" in said
    await expect(row).not_to_contain_text("Not applied yet")
    assert await pending(shared_server) == 0
    (number,) = await shared_server.api_async("GET", "/api/numbers")
    assert number["e164"] == "+3222903490"
    assert number["destination"] == {"kind": "conference", "target": "conference-8001"}


async def test_s3_11_the_conference_servers_number_keeps_it_until_it_leads_elsewhere(
    admin: ConsolePage, shared_server: Server
) -> None:
    room = {"name": "Sales", "dial_in_id": "31415"}
    made = await shared_server.api_async(
        "POST", "/api/conference-server", {"extension": "8000", "room": room}
    )
    assert made["applied"]
    await shared_server.api_async("POST", "/api/numbers", {"e164": "+3222903491"})
    await admin.visit("/conferences/server")
    await admin.page.get_by_role("combobox", name="Map a free number").click()
    await admin.page.get_by_role("option", name="+32 2 290 34 91").click()
    await admin.button("Map").click()
    numbers = admin.page.get_by_role("table", name="Numbers of the conference server")
    await expect(numbers).to_contain_text("+32 2 290 34 91")
    await expect(numbers).to_contain_text("Not applied yet")
    await admin.go("Extensions")
    await admin.button("Delete 8000: Conference server").click()
    for blocker in ("Sales", "+3222903491"):
        await expect(admin.dialog.get_by_role("link", name=re.compile(re.escape(blocker)))).to_be_visible()
    await admin.button("Close", admin.dialog).last.click()
    await admin.visit("/conferences/server")
    await admin.button("Set +32 2 290 34 91 to “Not configured”").click()
    await expect(admin.page.get_by_text("No number leads here yet")).to_be_visible()
    found = {one["e164"]: one for one in await shared_server.api_async("GET", "/api/numbers")}
    assert found["+3222903491"]["destination"]["kind"] == "not-configured"


async def test_s2_16_s2_18_b3_04_to_b3_07_forwardings_of_a_user_act_at_once(
    admin: ConsolePage, shared_server: Server
) -> None:
    before = await pending(shared_server)
    await admin.go("Users")
    await admin.button("Edit Anna Weber").click()
    await expect(admin.dialog.get_by_text("VoIP username / Extension number")).to_be_visible()  # S2-16
    await admin.dialog.get_by_role("tab", name="Forwardings").click()
    unanswered = admin.dialog.get_by_role("region", name="Forwarding on no answer")
    await admin.button("Add a destination", unanswered).click()
    await unanswered.get_by_role("combobox", name="Extension").click()
    await admin.page.get_by_role("option", name=re.compile("^202 ")).click()
    await unanswered.get_by_role("slider").press("ArrowRight")
    await admin.button("Add a destination", unanswered).click()
    await unanswered.get_by_label("Where to").nth(1).select_option(label="Phone number")
    await unanswered.get_by_label("Phone number", exact=True).fill("12")
    await admin.button("Save", admin.dialog).click()
    await expect(unanswered.get_by_role("alert")).to_contain_text("country code")
    await unanswered.get_by_label("Phone number", exact=True).fill("+32 470 12 34 56")
    await admin.save()
    kept = await shared_server.api_async("GET", "/api/users/user-201/forwardings")
    assert kept["no_answer"] == [
        {"destination": {"kind": "extension", "target": "user-202"}, "seconds": 25},
        {"destination": {"kind": "number", "target": "+32470123456"}, "seconds": 20},
    ]
    assert kept["busy"] == [] and not kept["follow_me_on"]
    assert await pending(shared_server) == before  # in no revision
    await admin.visit("/users?edit=user-201&tab=forwardings")
    await expect(unanswered.get_by_role("listitem")).to_have_count(2)


async def test_an_odoo_with_its_own_certificate_authority_works_once_that_is_entered(
    admin: ConsolePage, tmp_path: Path
) -> None:
    files = ensure(tmp_path, ["localhost"], dt.datetime.now(dt.UTC))
    assert files.authority is not None
    async with FakeOdoo().served(server_context(files)) as port:
        await admin.visit("/integrations")
        await admin.button("Connect Odoo").click()
        await admin.field("Address").fill(f"https://localhost:{port}")
        await admin.field("Database").fill("prod")
        await admin.button("Test", admin.dialog).click()
        step = admin.dialog.locator("[data-step=tls]")
        await expect(step).to_have_attribute("data-state", "failed", timeout=SLOW)
        await expect(step).to_contain_text("With a certificate of your own, enter its authority")
        await admin.dialog.locator("summary", has_text="Certificate").click()
        authority = admin.field("Own certificate authority")
        await authority.fill("-----BEGIN CERTIFICATE-----")
        await admin.button("Test", admin.dialog).click()
        assert await admin.error_of("Own certificate authority") == "This is no certificate in PEM format."
        await authority.fill(files.authority.read_text())
        await admin.button("Test", admin.dialog).click()
        await expect(admin.dialog).to_contain_text("It works: Odoo 19.0.", timeout=SLOW)
        await expect(step).to_have_attribute("data-state", "ok")
