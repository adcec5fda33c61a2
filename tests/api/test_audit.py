"""Who changed what, when: listed, filtered, as CSV."""

from __future__ import annotations

import csv
import io

import pytest

from tests.api.conftest import System


async def test_saves_and_acts_are_listed_with_who_and_what(system: System) -> None:
    await system.client.patch("/api/conferences/conference-8002", json={"access_code": "2468"})
    await system.client.post("/api/configuration/apply", json={"base_revision": 1})
    await system.client.delete("/api/calls/call-1")
    found = (await system.client.get("/api/audit", params={"limit": 3})).json()
    assert [(entry["who"], entry["action"]) for entry in found["entries"]] == [
        ("admin", "call ended"),
        ("admin", "configuration applied"),
        ("admin", "conference saved"),
    ]
    saved = found["entries"][2]
    assert saved["subject"] == "conferences/conference-8002"
    assert saved["detail"] == "Conference Board: access code changed"
    assert "2468" not in (await system.client.get("/api/audit.csv")).text


async def test_pages_and_filters(system: System) -> None:
    for number in range(7):
        await system.store.audit.note(f"who{number % 2}", "tested", f"subject/{number}", "100% <b>=1+1</b>")
    query: dict[str, str | int] = {"action": "tested", "limit": 3}
    seen = []
    while True:
        page = (await system.client.get("/api/audit", params=query)).json()
        seen += [entry["subject"] for entry in page["entries"]]
        if page["next"] is None:
            break
        query["after"] = page["next"]
    assert seen == [f"subject/{number}" for number in reversed(range(7))]
    mine = (await system.client.get("/api/audit", params={"who": "who1"})).json()["entries"]
    assert len(mine) == 3
    for text, count in (("SUBJECT/3", 1), ("100%", 7), ("1_1", 0)):
        got = (await system.client.get("/api/audit", params={"q": text, "action": "tested"})).json()
        assert len(got["entries"]) == count
    early = (await system.client.get("/api/audit", params={"to": "2020-01-01"})).json()
    assert early == {"entries": [], "next": None}
    assert (await system.client.get("/api/audit", params={"from": "2020-01-01"})).json()["entries"]


@pytest.mark.parametrize("query", ["limit=0", "after=x", "from=never", "after=0"])
async def test_bad_queries_are_refused(system: System, query: str) -> None:
    answer = await system.client.get(f"/api/audit?{query}")
    assert (answer.status_code, answer.json()["field"]) == (422, query.split("=")[0])


@pytest.mark.parametrize(
    "text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", " =1", "|x"]
)
async def test_no_cell_is_a_formula(system: System, text: str) -> None:
    await system.store.audit.note(text, "tested", 'a "quoted", name', text)
    answer = await system.client.get("/api/audit.csv", params={"action": "tested"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    (row,) = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"), newline="")))
    assert row["who"] == row["detail"] == "'" + text
    assert row["subject"] == 'a "quoted", name'
    assert "T" in row["time"]
