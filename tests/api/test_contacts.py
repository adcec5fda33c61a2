"""api/contacts.py: rights, numbers as E.164, duplicates, two editors, files."""

from __future__ import annotations

import pytest

from switchroom.api import contacts as routes
from tests.api.conftest import System
from tests.api.phones import as_user

ANNA = {"name": "Anna", "numbers": [{"label": "mobile", "number": "0032 475/12.34.57"}]}


async def test_a_contact_s_life(system: System) -> None:
    async with as_user(system, "201") as user:
        added = await user.post("/api/contacts", json={**ANNA, "note": "a\nb"})
        assert added.status_code == 201
        contact = added.json()
        assert contact["numbers"] == [
            {"label": "mobile", "e164": "+32475123457", "shown": "+32 475 12 34 57", "then": ""}
        ]
        place = f"/api/contacts/{contact['id']}"
        assert (await user.get(place)).json() == contact
        changed = (await user.patch(place, json={"company": "ACME"})).json()
        assert (changed["name"], changed["company"], changed["note"]) == ("Anna", "ACME", "a\nb")
        assert changed["numbers"] == contact["numbers"]
        page = (await user.get("/api/contacts", params={"q": "acme"})).json()
        assert page == {"contacts": [changed], "next": None}
        assert (await user.delete(place)).status_code == 204
        assert (await user.get(place)).status_code == 404
        assert (await user.delete(place)).status_code == 404
    acts = [entry.action for entry in await system.store.audit.list()]
    assert acts[:3] == ["contact removed", "contact changed", "contact added"]


@pytest.mark.parametrize(
    ("body", "field", "error_id"),
    [
        ({}, "name", "name-missing"),
        ({"name": "A", "email": "x"}, "email", "email-invalid"),
        ({"name": "A", "numbers": [{"number": "201"}]}, "numbers", "needs-country-code"),
        ({"name": "A", "numbers": [{"number": "call me"}]}, "numbers", "needs-country-code"),
        ({"name": "x" * 201}, "name", "invalid"),
        ({"name": "A", "surprise": 1}, "surprise", "invalid"),
    ],
)
async def test_g_10_refusals_name_the_field_and_the_reason(
    system: System, body: dict[str, object], field: str, error_id: str
) -> None:
    answer = await system.client.post("/api/contacts", json=body)
    assert answer.status_code == 422
    assert (answer.json()["field"], answer.json()["error_id"]) == (field, error_id)


async def test_a_number_somebody_has_already_is_told_and_can_be_added_all_the_same(system: System) -> None:
    first = (await system.client.post("/api/contacts", json=ANNA)).json()
    bruno = {"name": "Bruno", "numbers": [{"number": "+32475123457"}]}
    refused = await system.client.post("/api/contacts", json=bruno)
    assert (refused.status_code, refused.json()["error_id"]) == (409, "duplicate")
    assert refused.json()["problems"][0]["path"] == f"contacts/{first['id']}"
    assert "Anna has the number" in refused.json()["message"]
    assert (
        await system.client.post("/api/contacts", json={**bruno, "even_if_known": True})
    ).status_code == 201
    same = await system.client.patch(f"/api/contacts/{first['id']}", json={"numbers": ANNA["numbers"]})
    assert same.status_code == 200


async def test_the_second_of_two_editors_is_told(system: System) -> None:
    contact = (await system.client.post("/api/contacts", json=ANNA)).json()
    place = f"/api/contacts/{contact['id']}"
    seen = {"If-Match": contact["version"]}
    assert (await system.client.patch(place, json={"name": "Anna R."}, headers=seen)).status_code == 200
    late = await system.client.patch(place, json={"name": "Anne"}, headers=seen)
    assert (late.status_code, late.json()["error_id"]) == (409, "changed-meanwhile")
    assert late.json()["current"]["name"] == "Anna R."


async def test_files_in_and_out(system: System) -> None:
    text = "Nome;Cognome;Cellulare\nÉlodie;Rossi;+32475123457\n;;x\n=1+1;Evil;+3222903490\n"
    answer = await system.client.post(
        "/api/contacts/import", content=text.encode("cp1252"), headers={"Content-Type": "text/csv"}
    )
    done = answer.json()
    assert (done["added"], done["changed"], done["remarks"]) == (2, 0, [])
    assert [remark["line"] for remark in done["skipped"]] == [3]
    exported = await system.client.get("/api/contacts/export", params={"format": "csv"})
    assert exported.headers["content-type"] == "text/csv; charset=utf-8"
    assert "Élodie Rossi" in exported.text
    assert "\n'=1+1 Evil" in exported.text
    card = await system.client.get("/api/contacts/export", params={"format": "vcard"})
    assert card.text.count("BEGIN:VCARD") == 2
    again = await system.client.post(
        "/api/contacts/import", content=card.content, headers={"Content-Type": "text/vcard"}
    )
    assert (again.json()["added"], again.json()["unchanged"]) == (0, 2)
    assert (await system.client.get("/api/contacts/export", params={"format": "pdf"})).status_code == 422


async def test_files_that_can_not_be_read_or_are_too_large(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = await system.client.post("/api/contacts/import", content=b"Colour\nred\n")
    assert (bad.status_code, bad.json()["error_id"]) == (422, "file-unreadable")
    empty = await system.client.post("/api/contacts/import")
    assert empty.json()["error_id"] == "file-unreadable"
    monkeypatch.setattr(routes, "IMPORT_BYTES", 300_000)
    large = await system.client.post("/api/contacts/import", content=b"x" * 300_001)
    assert (large.status_code, large.json()["error_id"]) == (413, "too-large")
    # Beyond the limit of other requests; a stranger's is refused before it is read.
    taken = await system.client.post("/api/contacts/import", content=b"Name\n" + b"x\n" * 140_000)
    assert (taken.status_code, taken.json()["added"], taken.json()["unchanged"]) == (200, 1, 0)
    async with system.stranger() as stranger:
        assert (await stranger.post("/api/contacts/import", content=b"x" * 300_000)).status_code == 401


async def test_a_preview_says_what_would_become_of_each_entry_and_writes_nothing(system: System) -> None:
    await system.client.post("/api/contacts", json=ANNA)
    text = "Name,Company,Phone\nAnna,ACME,+32475123457\nBruno,,+3222903490\nAnna,,0032 475 12 34 57\n,,x\n"
    place, kind = "/api/contacts/import", {"Content-Type": "text/csv"}
    told = (await system.client.post(f"{place}?preview=true", content=text, headers=kind)).json()
    assert [(one["line"], one["what"], one["name"], one["adds"]) for one in told["planned"]] == [
        (2, "completed", "Anna", ["ACME"]),
        (3, "new", "Bruno", ["+3222903490"]),
        (4, "known", "Anna", []),
    ]
    assert [one["line"] for one in told["skipped"]] == [5]
    assert len((await system.client.get("/api/contacts")).json()["contacts"]) == 1
    assert "contacts imported" not in [entry.action for entry in await system.store.audit.list()]
    done = (await system.client.post(place, content=text, headers=kind)).json()
    assert {**done, "planned": []} == {**told, "planned": []}
    assert done["planned"] == []


async def test_duplicates_are_found_and_merged_and_nothing_is_lost(system: System) -> None:
    async def add(**card: object) -> dict[str, str]:
        return dict((await system.client.post("/api/contacts", json={**card, "even_if_known": True})).json())

    number = [{"label": "work", "number": "+3222903490"}]
    first = await add(name="Mario Rossi", company="ACME", numbers=number)
    second = await add(
        name="M. Rossi", company="Acme SA", email="mario@example.com", numbers=number, note="VIP"
    )
    third = await add(name="Rossi Mario", numbers=[{"label": "mobile", "number": "+32475123457"}])
    await add(name="Carla Bianchi", company="ACME", numbers=number)
    found = (await system.client.get("/api/contacts/duplicates")).json()
    groups = [(one["why"], [contact["name"] for contact in one["contacts"]]) for one in found["groups"]]
    assert (found["total"], groups) == (1, [("number", ["Mario Rossi", "M. Rossi"])])
    body = {"keep": first["id"], "others": [second["id"], third["id"]]}
    merged = (await system.client.post("/api/contacts/merge", json=body)).json()
    assert merged["id"] == first["id"]
    assert (merged["name"], merged["company"], merged["email"]) == (
        "Mario Rossi",
        "ACME",
        "mario@example.com",
    )
    assert [one["e164"] for one in merged["numbers"]] == ["+3222903490", "+32475123457"]
    assert merged["note"].split("\n") == ["VIP", "Name: M. Rossi", "Company: Acme SA"]
    assert (await system.client.get(f"/api/contacts/{second['id']}")).status_code == 404
    assert (await system.client.get("/api/contacts/duplicates")).json() == {"groups": [], "total": 0}
    assert (await system.client.post("/api/contacts/merge", json=body)).status_code == 404
    itself = {"keep": first["id"], "others": [first["id"]]}
    assert (await system.client.post("/api/contacts/merge", json=itself)).status_code == 422
    acts = [(entry.action, entry.detail) for entry in await system.store.audit.list()]
    assert ("contacts merged", "M. Rossi, Rossi Mario") in acts or (
        "contacts merged",
        "Rossi Mario, M. Rossi",
    ) in acts


async def test_a_contact_with_too_many_numbers_is_not_made(system: System) -> None:
    ids = []
    for name, first in (("Anna Weber", 10), ("Anna B. Weber", 40)):
        numbers = [{"number": f"+3222903{first + n:03}"} for n in range(15)]
        ids.append(
            (await system.client.post("/api/contacts", json={"name": name, "numbers": numbers})).json()["id"]
        )
    answer = await system.client.post("/api/contacts/merge", json={"keep": ids[0], "others": ids[1:]})
    assert (answer.status_code, answer.json()["error_id"]) == (409, "too-many-numbers")
    assert (await system.client.get(f"/api/contacts/{ids[1]}")).status_code == 200
