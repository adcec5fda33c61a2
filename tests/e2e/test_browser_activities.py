"""Next activities in Chromium: two people give each other calls, call customers, the chatter shows it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Locator, expect

from tests.e2e.test_trunks import MAIN, add_number, add_trunk, apply, provider, state, until
from tests.harness import browser
from tests.harness.browser import Browser
from tests.harness.provider import Provider
from tests.harness.rtp import Tone
from tests.harness.server import Server
from tests.harness.web_user import PATIENCE, WebUser

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

SLOW = PATIENCE * 1000
NADIA, KARL = "+3222903490", "+442079460000"
ANNA_HZ, BRUNO_HZ, CUSTOMER_HZ = 605.0, 428.0, 855.0
Pair = tuple[WebUser, WebUser]

_ASK = """
async ([method, path, body]) => {
  const { csrf } = await (await fetch("/api/session")).json();
  const headers = { "X-CSRF-Token": csrf, "Content-Type": "application/json" };
  const answer = await fetch(path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.status === 204 ? null : answer.json();
}
"""


async def ask(person: WebUser, method: str, path: str, body: object = None) -> Any:
    """Somebody's own request to the API, from his page."""
    return await person.page.evaluate(_ASK, [method, path, body])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line(shared_server: Server) -> AsyncIterator[Provider]:
    """The customers' telephones: a provider whose line is ours; calls to our number ring at Anna."""
    async with provider(shared_server) as running:

        def connect() -> str:
            trunk = add_trunk(shared_server, running.port, secret=running.password)
            add_number(shared_server)
            apply(shared_server)
            return trunk

        trunk = await asyncio.to_thread(connect)
        await until(lambda: state(shared_server, trunk)["registered"])
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def people(
    shared_server: Server, line: Provider, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Pair]:
    """Anna (201) and Bruno (202) in browsers of their own."""
    if not browser.installed():
        pytest.skip("NOT TESTED in a browser: chromium is not installed (make system-test)")
    folder = tmp_path_factory.mktemp("chromium")
    async with (
        Browser(folder / "1", tone_hz=ANNA_HZ) as first,
        Browser(folder / "2", tone_hz=BRUNO_HZ) as second,
    ):
        anna, bruno = await asyncio.gather(
            WebUser.sign_in(first, shared_server, "201"), WebUser.sign_in(second, shared_server, "202")
        )
        await asyncio.gather(anna.ready(), bruno.ready())
        yield anna, bruno


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def records(people: Pair) -> dict[str, str]:
    """A record with a customer in each application, by application."""
    _, bruno = people
    made: dict[str, str] = {}
    for app, title, name, number in (
        ("crm", "Solar roof", "Nadia Peeters", NADIA),
        ("project", "Wiring plan", "Karl Marsh", KARL),
        ("helpdesk", "Inverter beeps", "Nadia Peeters", NADIA),
    ):
        known = await ask(bruno, "GET", f"/api/phone/match?number={number.replace('+', '%2B')}")
        if known["contact"] is None:
            fields = {"name": name, "company": f"{name.split()[1]} SA", "email": "them@example.com"}
            card = {**fields, "numbers": [{"label": "work", "number": number}]}
            await ask(bruno, "POST", "/api/contacts", card)
            known = await ask(bruno, "GET", f"/api/phone/match?number={number.replace('+', '%2B')}")
        body = {"app": app, "title": title, "contact_id": known["contact"]["id"], "owner": "user-201"}
        made[app] = (await ask(bruno, "POST", "/api/records", body))["id"]
    return made


async def give(person: WebUser, to: str, record: str, due: date, summary: str, **more: object) -> None:
    """Plan something for somebody."""
    body = {"type": "call", "due": due.isoformat(), "assigned_to": to, "record_id": record}
    await ask(person, "POST", "/api/activities", {**body, "summary": summary, **more})


async def todays(person: WebUser) -> date:
    """Which day it is for somebody."""
    return date.fromisoformat((await ask(person, "GET", "/api/phone/activities"))["today"])


def phone(person: WebUser) -> Locator:
    """The phone's panel, beside whatever page is open."""
    return person.page.get_by_role("dialog", name="Phone")


def cards(person: WebUser) -> Locator:
    """The calls of the tab."""
    return person.page.get_by_role("list", name="Next activities").get_by_role("listitem")


def after(person: WebUser) -> Locator:
    """The panel after a call."""
    return person.page.get_by_role("region", name=re.compile("^After the call with"))


async def answered_call(person: WebUser, line: Provider) -> None:
    """The customer answers, and both hear each other."""
    rung = await line.incoming(within=PATIENCE)
    await rung.answer(source=Tone(CUSTOMER_HZ))
    await person.talking()
    assert await person.hears(CUSTOMER_HZ)


async def chatter(person: WebUser, record: str) -> list[dict[str, Any]]:
    """What stands of calls and activities on a record, the newest first."""
    found = (await ask(person, "GET", f"/api/records/{record}/entries"))["entries"]
    return [entry for entry in found if entry["kind"] in ("call", "activity")]


async def test_s2_09_s2_11_s2_12_calls_given_by_a_colleague_are_there_at_once_and_only_todays(
    people: Pair, records: dict[str, str]
) -> None:
    anna, bruno = people
    await anna.tab("Next activities")
    await anna.sees("No calls due today")
    today = await todays(anna)
    day = timedelta(days=1)
    await give(bruno, "user-201", records["helpdesk"], today, "Third", time="16:00")
    await give(
        bruno, "user-201", records["crm"], today, "First", time="09:00", note="They asked about batteries."
    )
    await give(bruno, "user-201", records["project"], today, "Second", time="11:30")
    await give(bruno, "user-201", records["crm"], today - day, "Overdue")
    await give(bruno, "user-201", records["crm"], today + day, "Tomorrow")
    await give(bruno, "user-201", records["crm"], today, "No call", type="todo")
    await give(bruno, "user-202", records["crm"], today, "Bruno's own")
    # S2-12: of all three applications; in order; without reloading.
    await expect(cards(anna)).to_have_count(3, timeout=SLOW)
    for at, words in enumerate(
        (
            ("09:00", "Nadia Peeters", "Peeters SA", "First", "Opportunity: Solar roof"),
            ("11:30", "Karl Marsh", "Marsh SA", "Second", "Task: Wiring plan"),
            ("16:00", "Nadia Peeters", "Third", "Ticket: Inverter beeps"),
        )
    ):
        for word in words:
            await expect(cards(anna).nth(at)).to_contain_text(word)
    await expect(anna.page.get_by_role("img", name="3 calls due today")).to_be_visible()
    # G-07: what is overdue is one line, and one link away.
    await anna.button("1 overdue: open the calendar").click()
    await expect(anna.page).to_have_url(re.compile("/calendar"))
    # C2-04: the search for contacts finds no activities.
    await anna.page.get_by_role("searchbox").fill("Second")
    await anna.sees("Nobody found for “Second”")
    await anna.button("Clear").click()
    # And the other way round: Anna gives Bruno one.
    await bruno.tab("Next activities")
    await expect(cards(bruno)).to_have_count(1, timeout=SLOW)
    await give(anna, "user-202", records["crm"], today, "From Anna", time="08:00")
    await expect(cards(bruno).first).to_contain_text("From Anna", timeout=SLOW)


async def test_s2_09_c2_10_calls_of_the_list_are_made_noted_and_marked_done_and_the_chatter_shows_it(
    people: Pair, records: dict[str, str], line: Provider
) -> None:
    anna, bruno = people
    await anna.tab("Next activities")
    await cards(anna).first.get_by_role("button", name="Call Nadia Peeters").click(timeout=SLOW)
    await answered_call(anna, line)
    # C2-07: the record is a click away, and the phone stays in the call.
    await anna.page.get_by_role("button", name="Opportunity: Solar roof").click()
    await expect(anna.page).to_have_url(re.compile(f"/records/crm/{records['crm']}"))
    # A second person who is about to call the same activity is told.
    (first, *_) = (await ask(anna, "GET", "/api/phone/activities"))["calls"]
    await ask(anna, "PATCH", f"/api/phone/activities/own/{first['id']}", {"assigned_to": "user-202"})
    mine = cards(bruno).filter(has_text="First")
    await expect(mine).to_contain_text("Anna Weber is calling them", timeout=SLOW)
    await mine.get_by_role("button", name="Call Nadia Peeters").click()
    await expect(mine).to_contain_text("Anna Weber is calling them. Call anyway?", timeout=SLOW)
    await mine.get_by_role("button", name="No").click()
    assert not line.ringing
    await ask(bruno, "PATCH", f"/api/phone/activities/own/{first['id']}", {"assigned_to": "user-201"})
    await anna.hang_up()
    # After hanging up; what was typed survives a reload.
    await after(anna).get_by_label("Note", exact=True).fill("Wants an offer for 12 panels", timeout=SLOW)
    anna.page.once("dialog", lambda dialog: asyncio.ensure_future(dialog.accept()))
    await anna.page.reload()
    await anna.ready()
    icon = anna.page.get_by_role("button", name=re.compile("^Phone: "))
    await icon.click()
    panel = after(anna)
    await expect(panel.get_by_label("Note", exact=True)).to_have_value(
        "Wants an offer for 12 panels", timeout=SLOW
    )
    await panel.get_by_role("button", name="Reached").click()
    await panel.get_by_label("Mark done: First").check()
    await panel.get_by_label("Plan another call").check()
    await panel.get_by_role("button", name="In 2 days").click()
    await expect(panel).to_contain_text("Next: Karl Marsh")
    # On down the list, the next but one.
    await panel.get_by_role("button", name="Skip").click()
    await expect(panel).to_contain_text("Next: Nadia Peeters")
    await panel.get_by_role("button", name="Save, call next").click()
    await answered_call(anna, line)
    entries = await chatter(anna, records["crm"])
    assert [(entry["kind"], entry["author_name"]) for entry in entries] == [
        ("activity", "Anna Weber"),
        ("call", "Anna Weber"),
    ]
    assert entries[1]["text"] == "Wants an offer for 12 panels"
    assert (entries[1]["data"]["outcome"], entries[1]["data"]["ended"]) == ("reached", "answered")
    await anna.hang_up()
    # What was not marked done stays.
    await after(anna).get_by_role("button", name="Close").click(timeout=SLOW)
    await anna.tab("Next activities")
    await expect(cards(anna)).to_have_count(2, timeout=SLOW)
    later = (await todays(anna) + timedelta(days=2)).isoformat()
    planned = await ask(anna, "GET", f"/api/activities?record={records['crm']}&from={later}&to={later}")
    assert [(one["summary"], one["assigned_to"]) for one in planned] == [("First", "user-201")]
    # Everybody sees it in the chatter.
    await bruno.page.goto(
        f"{bruno.page.url.split('/', 3)[0]}//{bruno.page.url.split('/')[2]}/records/crm/{records['crm']}"
    )
    await bruno.sees("Wants an offer for 12 panels")


async def test_c2_03_an_activity_is_edited_cancelled_and_done_in_the_tab(
    people: Pair, records: dict[str, str]
) -> None:
    anna, bruno = people
    await anna.tab("Next activities")
    second, third = cards(anna).filter(has_text="Second"), cards(anna).filter(has_text="Third")
    await second.hover()
    for name in ("Write to Karl Marsh", "Contact Karl Marsh", "Open Wiring plan", "Plan a call"):
        await expect(second.locator(f"[aria-label='{name}']")).to_be_enabled()
    await second.get_by_role("button", name="Edit").click()
    await phone(anna).get_by_label("Summary").fill("Second, for Bruno")
    await phone(anna).get_by_label("Assigned to").select_option(label="Bruno Conti")
    await phone(anna).get_by_role("button", name="Save").click()
    await expect(cards(anna)).to_have_count(1, timeout=SLOW)
    await bruno.tab("Next activities")
    taken = cards(bruno).filter(has_text="Second, for Bruno")
    await expect(taken).to_be_visible(timeout=SLOW)
    # By keyboard: focus opens, Cancel asks.
    await taken.get_by_role("button").first.focus()
    await taken.get_by_role("button", name="Cancel the call").press("Enter")
    await expect(taken).to_contain_text("Cancel the planned call with Karl Marsh?")
    await taken.get_by_role("button", name="Cancel the call").click()
    await expect(taken).to_have_count(0, timeout=SLOW)
    await third.hover()
    await third.get_by_role("button", name="Mark done").click()
    await third.get_by_label("What came of it").fill("It was the fan")
    await third.get_by_role("button", name="Mark done").click()
    await anna.sees("No calls due today")
    (done, *_) = await chatter(anna, records["helpdesk"])
    assert (done["kind"], done["text"]) == ("activity", "It was the fan")


async def test_c2_08_while_it_rings_the_caller_and_open_records_are_offered(
    people: Pair, records: dict[str, str], line: Provider
) -> None:
    anna, _ = people
    await anna.show_phone()
    caller = [
        ("P-Called-Party-ID", f"<sip:{MAIN}@provider.example>"),
        ("P-Asserted-Identity", f"<sip:{NADIA}@provider.example>"),
    ]
    call = await line.call(line.contact_user, source=Tone(CUSTOMER_HZ), headers=caller)
    offers = anna.page.get_by_role("group", name="Who is calling")
    await expect(offers.get_by_role("button", name=re.compile("Contact: Nadia Peeters"))).to_be_visible(
        timeout=SLOW
    )
    await expect(offers.get_by_role("button", name="Opportunity: Solar roof")).to_be_visible()
    await offers.get_by_role("button", name="Ticket: Inverter beeps").click()
    await expect(anna.page).to_have_url(re.compile(f"/records/helpdesk/{records['helpdesk']}"))
    # It rings on, and is answered with the record in front.
    await anna.answer()
    await anna.talking()
    # C3-03: a record is made of the call, and the call stands on it.
    await phone(anna).get_by_role("button", name="Create a record").click()
    await phone(anna).get_by_role("menuitem", name="Task").click()
    await phone(anna).get_by_label("Title").fill("Visit on Friday")
    await phone(anna).get_by_role("button", name="Save").click()
    await expect(anna.page).to_have_url(re.compile("/records/project/"), timeout=SLOW)
    made = anna.page.url.rsplit("/", 1)[1]
    await anna.hang_up()
    await call.ended()
    await after(anna).get_by_label("Note", exact=True).fill("Friday at ten", timeout=SLOW)
    await after(anna).get_by_role("button", name="Save").click()
    await expect(after(anna)).to_have_count(0, timeout=SLOW)
    (entry,) = await chatter(anna, made)
    assert (entry["kind"], entry["text"]) == ("call", "Friday at ten")


async def test_s2_17_the_left_right_arrow_takes_a_full_number_and_leads_the_call_outside(
    people: Pair, line: Provider
) -> None:
    anna, bruno = people
    await bruno.dial("201")
    await anna.answer()
    await asyncio.gather(anna.talking(), bruno.talking())
    await phone(anna).get_by_role("button", name="Transfer").click()
    field = phone(anna).get_by_role("combobox")
    await field.fill("+44 20 7946 0000")
    await field.press("Enter")
    rung = await line.incoming(within=PATIENCE)
    await rung.answer(source=Tone(CUSTOMER_HZ))
    assert await bruno.hears(CUSTOMER_HZ)
    await anna.ready()
    await bruno.hang_up()
    await rung.ended()
