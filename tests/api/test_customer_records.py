"""Customer records over the API: boards, the chatter, calls queued by one click (S2-10, S2-12)."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from tests.api.conftest import System
from tests.api.phones import as_user, token_of, with_phones
from tests.api.websockets import Page

HOSTILE = (
    "👩‍💻 Zoë 🇮🇹",
    "x" * 200,
    "\u202egnp.exe\u2066 ok",
    "<img src=x onerror=alert(1)>",
    "=cmd|' /C calc'!A0",
    "Robert'); DROP TABLE records;--",
    "a\x00b\x1b[31m",
)


async def add(client: httpx.AsyncClient, title: str = "Roof", **fields: Any) -> dict[str, Any]:
    answer = await client.post("/api/records", json={"app": "crm", "title": title, **fields})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def zoe(client: httpx.AsyncClient) -> str:
    body = {"name": "Zoë", "company": "ACME", "numbers": [{"label": "mobile", "number": "+32475123457"}]}
    return str((await client.post("/api/contacts", json=body)).json()["id"])


async def opened(system: System, login: str) -> Page:
    page = Page(system.app, "/api/phone/tabs")
    page.say("hello", tab="a", browser="x", visible=True, token=await token_of(system, login))
    await page.hear("presence")
    return page


async def test_s2_12_one_model_for_opportunities_tasks_and_tickets(system: System) -> None:
    async with as_user(system, "201") as anna:
        contact = await zoe(anna)
        for app in ("crm", "project", "helpdesk"):
            fields = {"contact_id": contact, "owner": "user-202", "description": " One\r\ntwo "}
            made = await add(anna, f"In {app}", app=app, **fields)
            assert (made["number"], made["description"], made["owner_name"]) == (1, "One\ntwo", "Bruno Conti")
            assert made["contact"] == {
                "id": contact,
                "name": "Zoë",
                "company": "ACME",
                "email": "",
                "numbers": [
                    {"label": "mobile", "e164": "+32475123457", "shown": "+32 475 12 34 57", "then": ""}
                ],
            }
            place = f"/api/records/{made['id']}"
            assert (await anna.get(place)).json() == made
            board = (await anna.get("/api/records/board", params={"app": app})).json()
            stages = (await anna.get("/api/records/stages", params={"app": app})).json()
            assert board == {
                "stages": stages,
                "records": [made],
                "counts": {stage["id"]: int(stage["id"] == made["stage_id"]) for stage in stages},
            }
            last = stages[-1]["id"]
            moved = (await anna.post(f"{place}/move", json={"stage_id": last, "before": None})).json()
            assert moved["stage_id"] == last
            changed = (await anna.patch(place, json={"owner": None, "contact_id": None})).json()
            assert (changed["owner"], changed["owner_name"], changed["contact"]) == (None, None, None)
            assert changed["title"] == f"In {app}"
            listed = (await anna.get("/api/records", params={"app": app, "open": False})).json()
            assert listed == {"records": [changed], "next": None}
            assert (await anna.get("/api/records", params={"app": app, "open": True})).json()["records"] == []
            said = await anna.post(f"{place}/messages", json={"text": "Call them back"})
            assert (said.status_code, said.json()["author_name"]) == (201, "Anna Weber")
            entries = (await anna.get(f"{place}/entries", params={"limit": 2})).json()
            assert entries["entries"][0] == said.json()
            older = await anna.get(f"{place}/entries", params={"after": entries["next"]})
            fields_told = {entry["data"].get("field") for entry in older.json()["entries"]}
            assert fields_told <= {"created", "stage", "owner", "contact"}
            assert (await anna.delete(place)).status_code == 204
            assert (await anna.get(place)).status_code == 404
        people = (await anna.get("/api/records/people")).json()
        assert people[0] == {"id": "user-201", "name": "Anna Weber", "extension": "201"}
    acts = [(entry.who, entry.action, entry.subject) for entry in await system.store.audit.list()]
    assert ("201", "record deleted", "helpdesk #1: In helpdesk") in acts


async def test_s2_10_a_click_adds_my_call_of_today_and_another_takes_it_out(system: System) -> None:
    async with as_user(system, "201") as anna, as_user(system, "202") as bruno:
        record = await add(anna, contact_id=await zoe(anna))
        place = f"/api/records/{record['id']}"
        assert (await anna.delete(f"{place}/call")).status_code == 404
        first = await anna.post(f"{place}/call")
        again = await anna.post(f"{place}/call")
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json() == again.json()
        call = first.json()
        assert (call["type"], call["assigned_to"], call["state"]) == ("call", "user-201", "planned")
        assert (call["record"]["title"], call["contact"]["name"]) == ("Roof", "Zoë")
        shown = (await anna.get(place)).json()["next_call"]
        hers = {"id": call["id"], "due": call["due"], "assigned_name": "Anna Weber", "overdue": False}
        assert shown == hers | {"mine": True}
        for colleague in (bruno, system.client):
            assert (await colleague.get(place)).json()["next_call"] == hers | {"mine": False}
        later = {"type": "call", "due": "2031-05-06", "assigned_to": "user-202", "record_id": record["id"]}
        planned = (await bruno.post("/api/activities", json=later)).json()
        shown = (await bruno.get(place)).json()["next_call"]
        assert (shown["id"], shown["mine"], shown["assigned_name"]) == (planned["id"], True, "Bruno Conti")
        await bruno.delete(f"/api/activities/{planned['id']}")
        assert (await anna.delete(f"{place}/call")).status_code == 204
        assert (await anna.get(place)).json()["next_call"] is None
        assert (await anna.get("/api/activities", params={"state": "all"})).json() == []
        assert (await anna.post("/api/records/none/call")).status_code == 404
    nobody = await system.client.post(f"{place}/call")
    assert (nobody.status_code, nobody.json()["error_id"]) == (409, "no-extension")
    assert (await system.client.get(place)).json()["next_call"] is None
    written = await system.client.post(f"{place}/messages", json={"text": "From the office"})
    assert (written.json()["author"], written.json()["author_name"]) == (None, "admin")


async def test_s2_09_pages_are_told_of_records_and_of_calls_that_concern_them(system: System) -> None:
    with_phones(system)
    bruno = await opened(system, "202")
    async with as_user(system, "201") as anna:
        record = await add(anna)
        assert await bruno.hear("changed") == {"type": "changed", "what": "records"}
        body = {"type": "call", "due": "2026-11-22", "assigned_to": "user-203", "record_id": record["id"]}
        call = (await anna.post("/api/activities", json=body)).json()
        assert (await bruno.hear("changed"))["what"] == "records"
        for to in ("user-202", "user-203"):
            answer = await anna.patch(f"/api/activities/{call['id']}", json={"assigned_to": to})
            assert answer.json()["assigned_to"] == to
            told = [(await bruno.hear("changed"))["what"] for _ in range(2)]
            assert told == ["activities", "records"], "who gets it, and who had it"
        free = {"type": "todo", "due": "2026-11-22", "assigned_to": "user-203"}
        await anna.post("/api/activities", json=free)
        await anna.delete(f"/api/records/{record['id']}")
        told = [(await bruno.hear("changed"))["what"] for _ in range(2)]
        assert told == ["records", "activities"], "nothing of the to-do of another one"
    await bruno.leave()


async def test_the_second_of_two_editors_of_a_record_is_told(system: System) -> None:
    async with as_user(system, "201") as anna:
        record = await add(anna)
        place, seen = f"/api/records/{record['id']}", {"If-Match": record["version"]}
        answers = await asyncio.gather(
            *(anna.patch(place, json={"title": title}, headers=seen) for title in ("A", "B"))
        )
        (late,) = [answer for answer in answers if answer.status_code == 409]
        (first,) = [answer for answer in answers if answer.status_code == 200]
        assert late.json()["error_id"] == "changed-meanwhile"
        assert late.json()["current"] == first.json()


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "field", "error_id"),
    [
        ("POST", "", {"app": "crm", "title": " \u200b "}, 422, "title", "title-missing"),
        ("POST", "", {"app": "crm", "title": "x" * 201}, 422, "title", "invalid"),
        ("POST", "", {"app": "erp", "title": "x"}, 422, "app", "invalid"),
        ("POST", "", {"app": "crm", "title": "x", "owner": "user-999"}, 422, "owner", "user-unknown"),
        ("POST", "", {"app": "crm", "title": "x", "contact_id": "no"}, 422, "contact_id", "contact-unknown"),
        ("POST", "", {"app": "crm", "title": "x", "stage_id": "no"}, 422, "stage_id", "stage-unknown"),
        ("PATCH", "/{record}", {"title": ""}, 422, "title", "title-missing"),
        ("PATCH", "/{record}", {"stage_id": "stage-project-todo"}, 422, "stage_id", "stage-unknown"),
        ("PATCH", "/{record}", {"surprise": 1}, 422, "surprise", "invalid"),
        ("POST", "/{record}/move", {"stage_id": "stage-project-done"}, 422, "stage_id", "stage-unknown"),
        ("POST", "/{record}/messages", {"text": " \n "}, 422, "text", "text-missing"),
        ("GET", "?after=nonsense", None, 422, "after", "page-unknown"),
        ("GET", "?sort=title&after=nonsense", None, 422, "after", "page-unknown"),
        ("GET", "?sort=weather", None, 422, "sort", "invalid"),
        ("GET", "/{record}/entries?after=nonsense", None, 422, "after", "page-unknown"),
        ("GET", "/none/entries", None, 404, None, "not-found"),
        ("POST", "/stages", {"app": "crm", "name": " "}, 422, "name", "name-missing"),
        ("DELETE", "/stages/stage-crm-new", None, 409, None, "stage-in-use"),
        ("DELETE", "/stages/none", None, 404, None, "not-found"),
    ],
)
async def test_s2_12_refusals_name_the_field_and_the_reason(
    system: System, method: str, path: str, body: Any, status: int, field: str | None, error_id: str
) -> None:
    record = await add(system.client)
    await system.client.get("/api/records/stages")
    place = "/api/records" + path.replace("{record}", record["id"])
    answer = await system.client.request(method, place, json=body)
    assert (answer.status_code, answer.json()["field"], answer.json()["error_id"]) == (
        status,
        field,
        error_id,
    ), answer.text
    assert (await system.client.get(f"/api/records/{record['id']}")).json() == record


async def test_a_list_is_sorted_and_goes_on_where_a_page_ended(system: System) -> None:
    for title in ("Roof", "attic", "Cellar"):
        await add(system.client, title)
    asked: dict[str, str | int] = {"app": "crm", "sort": "-title", "limit": 2}
    first = (await system.client.get("/api/records", params=asked)).json()
    rest = (await system.client.get("/api/records", params={**asked, "after": first["next"]})).json()
    shown = [record["title"] for record in (*first["records"], *rest["records"])]
    assert (shown, rest["next"]) == (["Roof", "Cellar", "attic"], None)


async def test_a_stage_is_named_moved_and_removed_by_administrators(system: System) -> None:
    client = system.client
    made = await client.post("/api/records/stages", json={"app": "crm", "name": " Waiting  for <b> "})
    stage = made.json()
    assert (made.status_code, stage["name"], stage["key"]) == (201, "Waiting for <b>", "")
    place = f"/api/records/stages/{stage['id']}"
    changed = (await client.patch(place, json={"position": 0, "closing": True})).json()
    assert (changed["position"], changed["closing"], changed["name"]) == (0, True, "Waiting for <b>")
    assert (await client.patch(place, json={"name": ""})).json()["error_id"] == "name-missing"
    renamed = await client.patch("/api/records/stages/stage-crm-new", json={"name": "Fresh"})
    assert renamed.json()["name"] == "Fresh"
    back = await client.patch("/api/records/stages/stage-crm-new", json={"name": ""})
    assert (back.json()["name"], back.json()["key"]) == ("", "new")
    assert (await client.delete(place)).status_code == 204
    shown = (await client.get("/api/records/stages", params={"app": "crm"})).json()
    assert [one["key"] for one in shown] == ["new", "qualified", "proposition", "won", "lost"]
    acts = [entry.action for entry in await system.store.audit.list()]
    assert acts[:2] == ["stage removed", "stage changed"]


@pytest.mark.parametrize("text", HOSTILE)
async def test_s2_12_any_text_is_kept_shown_and_found_as_text(system: System, text: str) -> None:
    async with as_user(system, "201") as anna:
        record = await add(anna, text, description=text)
        place = f"/api/records/{record['id']}"
        assert (await anna.post(f"{place}/messages", json={"text": text})).status_code == 201
        body = {"type": "call", "due": "2026-11-22", "assigned_to": "user-201", "record_id": record["id"]}
        planned = await anna.post("/api/activities", json={**body, "summary": text, "note": text})
        assert planned.status_code == 201
        done = f"/api/activities/{planned.json()['id']}/done"
        assert (await anna.post(done, json={"feedback": text})).status_code == 200
        entries = (await anna.get(f"{place}/entries")).json()["entries"]
        for shown in (record["title"], planned.json()["summary"], entries[0]["text"]):
            assert shown
            assert not set(shown) & set("\x00\x1b\n")
        assert not set(record["title"]) & set("\u202e\u2066")
        if text.isprintable() and "\u202e" not in text:
            assert record["title"] == text
        found = (await anna.get("/api/records", params={"q": text[:200]})).json()["records"]
        assert record["id"] in {one["id"] for one in found}
        board = await anna.get("/api/records/board", params={"app": "crm", "q": text[:200]})
        assert board.status_code == 200
