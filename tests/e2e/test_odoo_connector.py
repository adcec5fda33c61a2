"""Next activities from a real Odoo 19: seen, called, done, kept while Odoo is down, written once.

The same connector over JSON-RPC, as with Odoo 17 and 18, is tried on it, too. See tests/harness/odoo.py.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from playwright.async_api import expect

from switchroom.connectors.odoo import OdooConnector
from switchroom.connectors.odoo_wire import Account, OdooFault, OdooWire, Version
from switchroom.connectors.outward import Outward
from switchroom.crm.connector import (
    CallNote,
    CancelActivity,
    ChangeActivity,
    ForgetCall,
    LogCall,
    MarkDone,
    ScheduleCall,
)
from switchroom.directory import UserId
from tests.harness import browser
from tests.harness.browser import Browser
from tests.harness.console import SLOW, Chromium
from tests.harness.odoo import ADMINISTRATOR, Odoo, running_odoo, wait_for_odoo
from tests.harness.rtp import Tone
from tests.harness.server import Server
from tests.harness.talking import both_hear

pytestmark = pytest.mark.e2e

ZONE = "Europe/Brussels"
ANNA, BEN = "201", "202"
"""Our extensions of who are anna and ben in Odoo."""


@pytest.fixture(scope="module")
def odoo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Odoo]:
    reason = wait_for_odoo()
    if reason is not None:
        pytest.skip(f"NOT TESTED with a real Odoo: {reason}")
    with running_odoo(tmp_path_factory.mktemp("odoo")) as running:
        yield running


@asynccontextmanager
async def signed_in(server: Server, name: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the API."""
    token = server.token()
    if name != "admin":
        body = {"name": name, "password": server.passwords[name]}
        token = (await asyncio.to_thread(server.api, "POST", "/api/login", body, token=""))["token"]
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=30) as client:
        yield client


async def activities(client: httpx.AsyncClient, *, fresh: bool = False) -> dict[str, Any]:
    found: dict[str, Any] = (
        await client.get("/api/phone/activities", params={"fresh": "true"} if fresh else {})
    ).json()
    return found


async def summaries(client: httpx.AsyncClient) -> list[str]:
    return [call["summary"] for call in (await activities(client, fresh=True))["calls"]]


async def of_odoo(client: httpx.AsyncClient) -> dict[str, Any]:
    """What is known of Odoo's list."""
    sources = (await activities(client))["sources"]
    return next(source for source in sources if source["id"] == "odoo")


async def until(wanted: Any, seconds: float = 60) -> None:
    """Ask again until it is so."""
    async with asyncio.timeout(seconds):
        while not await wanted():  # noqa: ASYNC110
            await asyncio.sleep(0.5)


async def planned(odoo: Odoo, login: str, model: str, record: int, day: date, summary: str) -> int:
    """A call that somebody planned in Odoo itself."""
    uid, _ = odoo.people[login]
    values = {"date_deadline": day.isoformat(), "summary": summary, "user_id": uid}
    made = await odoo.rpc(
        model, "activity_schedule", [record], act_type_xmlid="mail.mail_activity_data_call", **values
    )
    return int(made[0] if isinstance(made, list) else made)


async def chatter(odoo: Odoo, model: str, record: int, text: str) -> list[str]:
    """Entries of a record that have a text in them."""
    where = [["model", "=", model], ["res_id", "=", record], ["body", "ilike", text]]
    return [row["body"] for row in await odoo.rpc("mail.message", "search_read", where, ["body"])]


async def connected(server: Server, odoo: Odoo) -> None:
    """Odoo is set up and tested; Anna and Ben gave their keys."""
    place = {"url": odoo.url, "database": odoo.database}
    async with signed_in(server, "admin") as admin:
        login, (_, key) = "anna", odoo.people["anna"]
        test = await admin.post("/api/connectors/odoo/test", json=place | {"login": login, "key": key})
        steps = {step["step"]: step["state"] for step in test.json()["steps"]}
        assert steps.pop("tls") == "missing" and set(steps.values()) == {"ok"}, test.text
        wrong = await admin.post("/api/connectors/odoo/test", json=place | {"login": login, "key": "x" * 40})
        assert [s["step"] for s in wrong.json()["steps"] if s["state"] == "failed"] == ["key"]
        wrong = await admin.post("/api/connectors/odoo/test", json=place | {"database": "other"})
        assert [s["step"] for s in wrong.json()["steps"] if s["state"] == "failed"] == ["database"]
        assert (await admin.put("/api/connectors/odoo", json=place)).status_code == 200
    for extension, login in ((ANNA, "anna"), (BEN, "ben")):
        async with signed_in(server, extension) as client:
            await client.patch("/api/account", json={"time_zone": ZONE})
            mine = {"login": login, "key": odoo.people[login][1]}
            given = await client.put("/api/phone/connectors/odoo/key", json=mine)
            assert given.json()["state"] == "good", given.text


async def test_odoo_is_connected_in_the_console_and_a_key_given_in_my_account(
    shared_server: Server, odoo: Odoo, tmp_path: Path
) -> None:
    if not browser.installed():
        pytest.skip("NOT TESTED in a browser: chromium is not installed (make system-test)")
    async with Chromium() as chromium:
        admin = await chromium.sign_in(shared_server, "admin", path="/integrations")
        await admin.button("Connect Odoo").click()
        await admin.field("Address").fill(odoo.url)
        await admin.field("Database").fill("another")
        await admin.button("Test", admin.dialog).click()
        step = admin.dialog.locator("[data-step=database]")
        await expect(step).to_have_attribute("data-state", "failed", timeout=SLOW)
        await expect(step).to_contain_text("no database of this name")
        await expect(admin.dialog.locator("[data-step=key]")).to_have_attribute("data-state", "skipped")
        await admin.field("Database").fill(odoo.database)
        await admin.button("Test", admin.dialog).click()
        await expect(admin.dialog).to_contain_text("It works: Odoo 19.0.", timeout=SLOW)
        await admin.page.screenshot(path=str(tmp_path / "connector.png"))
        await admin.button("Save", admin.dialog).click()
        await expect(admin.page.get_by_text("0 people gave a key")).to_be_visible()

        anna = await chromium.sign_in(shared_server, ANNA, path="/account")
        await anna.button("Give a key").click()
        await anna.field("Login in Odoo").fill("anna")
        await anna.field("API key").fill(odoo.people["ben"][1])
        await anna.button("Try and save", anna.dialog).click()
        await expect(anna.dialog).to_contain_text("This key belongs to another login.", timeout=SLOW)
        await anna.page.screenshot(path=str(tmp_path / "key.png"))
        await anna.field("API key").fill(odoo.people["anna"][1])
        await anna.button("Try and save", anna.dialog).click()
        await expect(anna.page.get_by_text("You are anna there.")).to_be_visible(timeout=SLOW)
        await expect(anna.page.get_by_text("Works", exact=True)).to_be_visible(timeout=SLOW)
        await anna.page.screenshot(path=str(tmp_path / "account.png"))
        assert chromium.complaints == []


async def test_s2_11_s2_12_the_calls_of_today_in_odoo_are_worked_through_in_the_phone(
    shared_server: Server, odoo: Odoo
) -> None:
    await connected(shared_server, odoo)
    today = datetime.now(ZoneInfo(ZONE)).date()
    partner = await odoo.rpc(
        "res.partner", "create", {"name": "Zoë", "phone": "0032 2 290 34 90", "email": "zoe@example.com"}
    )
    lead = await odoo.rpc(
        "crm.lead", "create", {"name": "Roof", "phone": "+32 2 290 34 91", "type": "opportunity"}
    )
    task = await odoo.rpc("project.task", "create", {"name": "Plan", "partner_id": partner})
    ticket = await odoo.rpc(
        "helpdesk.ticket", "create", {"name": "Leak", "description": "-", "partner_id": partner}
    )
    for model, record, summary in (
        ("crm.lead", lead, "Offer"),
        ("project.task", task, "Dates"),
        ("helpdesk.ticket", ticket, "Water"),
        ("res.partner", partner, "Birthday"),
    ):
        await planned(odoo, "anna", model, record, today, summary)
    await planned(odoo, "anna", "crm.lead", lead, today - timedelta(1), "Yesterday")
    await planned(odoo, "anna", "crm.lead", lead, today + timedelta(1), "Tomorrow")
    await planned(odoo, "ben", "crm.lead", lead, today, "Ben's")
    async with signed_in(shared_server, ANNA) as anna, signed_in(shared_server, BEN) as ben:
        found = await activities(anna, fresh=True)
        calls = {call["summary"]: call for call in found["calls"]}
        assert list(calls) == ["Offer", "Dates", "Water", "Birthday"] and found["overdue"] == 1
        apps = [call["record"]["app"] for call in calls.values()]
        assert apps == ["crm", "project", "helpdesk", "contacts"]
        numbers = {name: [number["e164"] for number in call["numbers"]] for name, call in calls.items()}
        assert numbers["Offer"] == ["+3222903491"] and numbers["Water"] == ["+3222903490"]
        assert calls["Water"]["name"] == "Zoë" and calls["Water"]["email"] == "zoe@example.com"
        assert f"res_id={ticket}" in calls["Water"]["record"]["url"]

        match = (await anna.get("/api/phone/match", params={"number": "+3222903490"})).json()
        assert match["contact"]["name"] == "Zoë"
        assert {record["title"] for record in match["records"]} == {"Plan", "Leak"}

        place = "/api/phone/activities/odoo"
        body = {"feedback": "He wants <two>", "outcome": "reached"}
        assert (await anna.post(f"{place}/{calls['Offer']['id']}/done", json=body)).status_code == 204
        assert len(await chatter(odoo, "crm.lead", lead, "He wants &lt;two&gt;")) == 1
        changed = {"summary": "New dates", "time": "15:45"}
        assert (await anna.patch(f"{place}/{calls['Dates']['id']}", json=changed)).status_code == 204
        assert (await anna.delete(f"{place}/{calls['Birthday']['id']}")).status_code == 204
        given = {"assigned_to": f"user-{BEN}"}
        assert (await anna.patch(f"{place}/{calls['Water']['id']}", json=given)).status_code == 204
        left = (await activities(anna))["calls"]
        assert [(call["time"], call["summary"]) for call in left] == [("15:45", "New dates")]
        assert sorted(await summaries(ben)) == ["Ben's", "Water"]
        assert (await anna.post(f"{place}/999999/done", json=body)).status_code == 404


async def test_odoo_down_or_slow_holds_nobody_up_and_what_is_written_later_is_there_once(
    shared_server: Server, odoo: Odoo
) -> None:
    if await asyncio.to_thread(shared_server.api, "GET", "/api/connectors") == []:
        await connected(shared_server, odoo)
    today = datetime.now(ZoneInfo(ZONE)).date()
    lead = await odoo.rpc("crm.lead", "create", {"name": "Garden", "type": "opportunity"})
    slow = await planned(odoo, "anna", "crm.lead", lead, today, "Slow")
    down = await planned(odoo, "anna", "crm.lead", lead, today, "Down")
    loop = asyncio.get_running_loop()
    async with signed_in(shared_server, ANNA) as anna:
        assert {"Slow", "Down"} <= set(await summaries(anna))
        place = "/api/phone/activities/odoo"
        with odoo.frozen():
            begun = loop.time()
            body = {"feedback": "while it was slow", "outcome": ""}
            assert (await anna.post(f"{place}/{slow}/done", json=body)).status_code == 202
            shown = [call["summary"] for call in (await activities(anna))["calls"]]
            assert "Slow" not in shown and "Down" in shown
            assert (await of_odoo(anna))["waiting"] == 1
            assert loop.time() - begun < 9.5, "the phone does not wait for Odoo"

        async def written() -> bool:
            return bool((await of_odoo(anna))["waiting"] == 0)

        await until(written, 200)
        assert len(await chatter(odoo, "crm.lead", lead, "while it was slow")) == 1

        await asyncio.to_thread(odoo.stop)
        body = {"feedback": "while it was down", "outcome": "no_answer"}
        assert (await anna.post(f"{place}/{down}/done", json=body)).status_code == 202
        assert (await anna.post(f"{place}/{down}/done", json=body)).status_code in (202, 404)
        assert "Down" not in [call["summary"] for call in (await activities(anna, fresh=True))["calls"]]
        problem = (await of_odoo(anna))["problem"]
        assert problem is not None and problem["error_id"] == "unreachable"
        acts = (await anna.get("/api/phone/connectors/odoo/acts")).json()
        assert acts[0]["kind"] == "done" and "Nothing listens" in acts[0]["problem"]
        await asyncio.to_thread(odoo.start)
        await until(written)
        assert len(await chatter(odoo, "crm.lead", lead, "while it was down")) == 1


class People:
    """Whom the connector asks about in this process."""

    def __init__(self, odoo: Odoo) -> None:
        self._odoo = odoo

    def account(self, who: UserId) -> Account | None:
        uid, key = self._odoo.people[who]
        return Account(who, uid, key)

    def time_zone(self, who: UserId) -> str:
        return ZONE

    def language(self) -> str:
        return "en"

    def country(self) -> str:
        return "BE"

    def recording_url(self, recording_id: str) -> str:
        return f"https://phone.example.com/recordings?recording={recording_id}"


@pytest.mark.parametrize("interface", ["/json/2", "JSON-RPC"])
async def test_c2_10_every_act_over_both_interfaces_of_a_real_odoo(odoo: Odoo, interface: str) -> None:
    outward = Outward()
    wire = OdooWire(outward, odoo.url, odoo.database)
    assert (await wire.version()).major == 19
    if interface == "JSON-RPC":
        wire.believe(Version("18.0", 18))
    login = UserId("anna")
    await wire.find_database()
    with pytest.raises(OdooFault, match="does not have the database"):
        other = OdooWire(outward, odoo.url, "other")
        other.believe(await wire.version())
        await other.find_database()
    assert await wire.sign_in(login, odoo.people[login][1]) == odoo.people[login][0]
    connector = OdooConnector("odoo", "Odoo", odoo.url, wire, People(odoo))
    day = date(2031, 5, 6)
    lead = str(await odoo.rpc("crm.lead", "create", {"name": interface, "type": "opportunity"}))
    plan = ScheduleCall("crm", lead, day, "Offer", "a <b>\nnote", "09:15")
    for _ in range(2):
        await connector.act(login, plan, f"{interface} a")
    await connector.act(login, ScheduleCall("crm", lead, day, "Again"), f"{interface} b")
    first, second = await connector.due_calls(login, day)
    assert (first.time, first.summary, first.note) == ("09:15", "Offer", "a <b>\nnote")
    await connector.act(login, ChangeActivity(second.id, summary="Once more", assigned_to=UserId("ben")), "c")
    assert [call.summary for call in await connector.due_calls(UserId("ben"), day)] == ["Once more"]
    for _ in range(2):
        await connector.act(login, MarkDone(first.id, "<fine>", "reached"), "d")
    assert len(await chatter(odoo, "crm.lead", int(lead), "Reached: &lt;fine&gt;")) == 1
    note = CallNote("call-1", "in", "+3222903490", "Zoë", 1e9, 65, "answered", "<i>hello</i>", "", "rec-1")
    for _ in range(2):
        await connector.act(login, LogCall("crm", lead, note), "e")
    (entry,) = await chatter(odoo, "crm.lead", int(lead), "Call from")
    assert "&lt;i&gt;hello&lt;/i&gt;" in entry and 'recordings?recording=rec-1"' in entry and "1:05" in entry
    for _ in range(2):
        await connector.act(login, ForgetCall("crm", lead, "call-1"), "f")
        await connector.act(login, CancelActivity(second.id), "g")
    assert await chatter(odoo, "crm.lead", int(lead), "Call from") == []
    assert await connector.due_calls(UserId("ben"), day) == []
    await outward.close()


async def test_the_open_phone_of_odoo_calls_and_is_called(
    shared_server: Server, odoo: Odoo, tmp_path: Path
) -> None:
    """The add-on voip_oca (SIP.js), set up as docs/odoo.md says."""
    if not browser.installed():
        pytest.skip("NOT TESTED in a browser: chromium is not installed (make system-test)")
    websocket = f"ws://127.0.0.1:{shared_server.http_port}/sip"
    pbx = {"name": "Switchroom", "domain": "127.0.0.1", "ws_server": websocket, "mode": "prod"}
    account = {"voip_username": BEN, "voip_password": shared_server.secrets[BEN]}
    account["voip_pbx_id"] = await odoo.rpc("voip.pbx", "create", pbx)
    await odoo.rpc("res.users", "write", [ADMINISTRATOR], account)
    async with Browser(tmp_path, tone_hz=617) as chromium, shared_server.phone(ANNA) as desk:
        await desk.register()
        page = await chromium.page(f"{odoo.url}/web/login")
        page.set_default_timeout(60_000)
        await page.fill("input[name=login]", "admin")
        await page.fill("input[name=password]", "admin")
        await page.click("button[type=submit]")
        await page.wait_for_selector("button[title=Softphone].o_voip_connected")
        call = await desk.call(BEN, source=Tone(853))
        await page.click("button[title=Accept]")
        await call.answered(20)
        await both_hear(page, call, of_page=617, of_phone=853)
        await call.hang_up()
        # Out of Odoo, by its keypad.
        await page.reload()
        await page.click("button[title=Softphone].o_voip_connected")
        await page.click(".o_voip_softphone_footer .fa-keyboard-o")
        await page.fill(".o_numpad_input", ANNA)
        await page.click(".o_voip_softphone_footer .fa-phone")
        rung = await desk.incoming(20)
        await rung.answer(source=Tone(853))
        await both_hear(page, rung, of_page=617, of_phone=853)
        await rung.hang_up()
