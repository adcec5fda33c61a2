"""Trunks, incoming numbers, groups and mailboxes by the API: edits of the draft, rights, what blocks what."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from switchroom.directory import Destination, DestinationKind, TrunkId
from switchroom.store import Kind, Right, Role
from tests.api.conftest import System
from tests.api.people import bearer
from tests.api.phones import as_user

TRUNK = {"name": "Provider", "kind": "registration", "host": "sip.provider.example", "username": "4711"}


def ok(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


def refused(answer: httpx.Response, status: int, error_id: str) -> Any:
    told = ok(answer, status)
    assert told["error_id"] == error_id, told
    return told


async def add_number(system: System, e164: str = "+3222903490", **more: Any) -> dict[str, Any]:
    saved: dict[str, Any] = ok(await system.client.post("/api/numbers", json={"e164": e164, **more}), 201)
    return dict(saved["number"])


async def apply(system: System) -> None:
    base = ok(await system.client.get("/api/configuration"))["base_revision"]
    ok(await system.client.post("/api/configuration/apply", json={"base_revision": base}))


async def test_a_trunk_is_added_changed_applied_and_removed(system: System) -> None:
    made = ok(await system.client.post("/api/trunks", json=TRUNK), 201)["trunk"]
    assert (made["pending"], made["transport"], made["codecs"]) == (True, "udp", ["PCMA", "PCMU", "G722"])
    path = f"/api/trunks/{made['id']}"
    change = {"transport": "tls", "srtp": True, "countries": ["US", "BE", "GB"], "codecs": ["opus", "PCMA"]}
    saved = ok(await system.client.patch(path, json=change, headers={"If-Match": made["version"]}))["trunk"]
    assert {name: saved[name] for name in change} == change
    assert ok(await system.client.get("/api/trunks")) == [saved]
    refused(
        await system.client.patch(path, json={"name": "Late"}, headers={"If-Match": made["version"]}),
        409,
        "changed-meanwhile",
    )
    await apply(system)
    (applied,) = system.store.configuration.applied.trunks.values()
    assert (applied.countries, applied.codecs, applied.srtp) == (("US", "BE", "GB"), ("opus", "PCMA"), True)
    ok(await system.client.delete(path))
    refused(await system.client.get(path), 404, "not-found")


@pytest.mark.parametrize(
    ("change", "field", "error_id"),
    [
        ({"srtp": True}, "srtp", "srtp-needs-tls"),
        ({"host": "sip:provider"}, "host", "host-invalid"),
        ({"username": None}, "username", "username-missing"),
        ({"kind": "pigeon"}, "kind", "invalid"),
        ({"secret": "geheim"}, "secret", "invalid"),
    ],
)
async def test_what_a_trunk_may_not_be(
    system: System, change: dict[str, Any], field: str, error_id: str
) -> None:
    assert (
        refused(await system.client.post("/api/trunks", json=TRUNK | change), 422, error_id)["field"] == field
    )


async def test_a_trunks_password_is_written_and_never_read(system: System) -> None:
    trunk = ok(await system.client.post("/api/trunks", json=TRUNK), 201)["trunk"]
    path = f"/api/trunks/{trunk['id']}"
    assert trunk["has_secret"] is False
    answer = await system.client.put(f"{path}/secret", json={"secret": "geheim"})
    assert ok(answer)["has_secret"] is True
    assert system.store.trunk_secrets.of(TrunkId(trunk["id"])) == "geheim"
    await apply(system)
    for shown in ("/api/trunks", path, "/api/configuration/revisions", "/api/audit"):
        assert "geheim" not in (await system.client.get(shown)).text
    assert ok(await system.client.put(f"{path}/secret", json={"secret": None}))["has_secret"] is False
    refused(await system.client.put("/api/trunks/none/secret", json={"secret": "x"}), 404, "not-found")


async def test_s1_12_a_number_is_led_to_a_conference(system: System) -> None:
    number = await add_number(system, "+32 2 290 34 90", label="Main")
    assert (number["e164"], number["shown"]) == ("+3222903490", "+32 2 290 34 90")
    assert number["destination"] == {"kind": "not-configured", "target": ""}
    board = {"kind": "conference", "target": "conference-8002"}
    hours = {"days": [0, 1], "begins": "08:30", "ends": "18:00"}
    change = {"destination": board, "schedule": [hours], "otherwise": {"kind": "hang-up"}}
    saved = ok(await system.client.patch(f"/api/numbers/{number['id']}", json=change))["number"]
    assert (saved["destination"], saved["schedule"]) == (board, [hours])
    assert saved["otherwise"] == {"kind": "hang-up", "target": ""}
    await apply(system)
    applied = system.store.configuration.applied.by_number["+3222903490"]
    assert applied.destination == Destination(DestinationKind.CONFERENCE, "conference-8002")
    told = refused(await system.client.delete("/api/conferences/conference-8002?inside=stay"), 409, "in-use")
    assert told["blocked_by"] == [{"kind": "number", "id": number["id"], "name": "+3222903490"}]
    assert "incoming number +3222903490" in told["message"]


async def test_a_number_is_refused_in_words(system: System) -> None:
    await add_number(system)
    twice = await system.client.post("/api/numbers", json={"e164": "0032 2 290 34 90"})
    assert refused(twice, 422, "number-taken")["field"] == "e164"
    refused(await system.client.post("/api/numbers", json={"e164": "201"}), 422, "number-not-e164")
    empty = {"e164": "+3222903491", "destination": {}}
    refused(await system.client.post("/api/numbers", json=empty), 422, "invalid")
    gone = {"e164": "+3222903491", "destination": {"kind": "extension", "target": "gone"}}
    refused(await system.client.post("/api/numbers", json=gone), 422, "reference-unknown")


async def test_s3_11_rooms_then_numbers_go_before_the_server(system: System) -> None:
    room = {"name": "Sales", "dial_in_id": "31415"}
    ok(await system.client.post("/api/conference-server", json={"extension": "8000", "room": room}), 201)
    number = await add_number(system, destination={"kind": "conference-server"})
    told = refused(await system.client.delete("/api/conference-server"), 409, "server-in-use")
    assert [blocker["kind"] for blocker in told["blocked_by"]] == ["conference", "number"]
    rooms = ok(await system.client.get("/api/conference-server/conferences"))
    ok(await system.client.delete(f"/api/conference-server/conferences/{rooms[0]['id']}"))
    told = refused(await system.client.delete("/api/conference-server"), 409, "server-in-use")
    assert told["blocked_by"] == [{"kind": "number", "id": number["id"], "name": "+3222903490"}]
    change = {"destination": {"kind": "not-configured"}}
    ok(await system.client.patch(f"/api/numbers/{number['id']}", json=change))
    await apply(system)
    ok(await system.client.delete("/api/conference-server"))


async def test_d2_04_a_ring_group_and_a_mailbox_among_the_extensions(system: System) -> None:
    box = ok(await system.client.post("/api/mailboxes", json={"name": "Sales", "extension": "390"}), 201)
    target = {"kind": "voicemail", "target": box["mailbox"]["id"]}
    body = {"extension": "300", "name": "Sales", "members": ["user-201", "user-202"], "otherwise": target}
    group = ok(await system.client.post("/api/ring-groups", json=body), 201)["ring_group"]
    assert {name: group[name] for name in body} == body
    rows = {row["extension"]: row for row in ok(await system.client.get("/api/extensions"))}
    assert (rows["300"]["kind"], rows["390"]["kind"]) == ("ring_group", "mailbox")
    used = [{"kind": "ring_group", "id": group["id"], "name": "Sales"}]
    assert (rows["201"]["blocked_by"], rows["390"]["blocked_by"], rows["300"]["blocked_by"]) == (
        used,
        used,
        [],
    )
    refused(await system.client.delete("/api/users/user-201"), 409, "in-use")
    refused(await system.client.delete(f"/api/extensions/mailbox/{rows['390']['id']}"), 409, "in-use")
    ok(await system.client.delete(f"/api/extensions/ring_group/{group['id']}"))
    ok(await system.client.delete(f"/api/extensions/mailbox/{rows['390']['id']}"))
    taken = await system.client.post("/api/ring-groups", json=body | {"extension": "8002", "otherwise": None})
    refused(taken, 422, "extension-taken")


async def test_b5_01_a_group_has_members_and_rights(system: System) -> None:
    body = {"name": "Team", "members": ["user-201"], "rights": {"countries": ["BE"]}, "pickup": True}
    group = ok(await system.client.post("/api/groups", json=body), 201)["group"]
    assert group["rights"] == {"national": True, "mobile": True, "countries": ["BE"], "premium": False}
    path = f"/api/groups/{group['id']}"
    changed = ok(await system.client.patch(path, json={"members": ["user-201", "user-202"]}))["group"]
    assert changed["members"] == ["user-201", "user-202"]
    assert ok(await system.client.get("/api/groups")) == [changed]
    ok(await system.client.delete(path))
    assert ok(await system.client.get("/api/groups")) == []


async def test_b7_01_a_users_mailbox_is_there_with_voicemail_and_goes_with_him(system: System) -> None:
    assert ok(await system.client.get("/api/mailboxes")) == []
    ok(
        await system.client.patch(
            "/api/users/user-203", json={"voicemail": True, "email": "c@company.example"}
        )
    )
    (box,) = ok(await system.client.get("/api/mailboxes"))
    assert (box["id"], box["user"], box["email"]) == ("user-203", "user-203", "c@company.example")
    changed = ok(await system.client.patch("/api/mailboxes/user-203", json={"attach": False}))["mailbox"]
    assert changed["attach"] is False
    assert ok(await system.client.get("/api/mailboxes/user-203"))["email"] == "c@company.example"
    refused(await system.client.patch("/api/mailboxes/user-204", json={"attach": False}), 404, "not-found")
    refused(
        await system.client.patch("/api/mailboxes/user-203", json={"user": "user-201"}),
        422,
        "mailbox-of-user",
    )
    ok(await system.client.delete("/api/users/user-203"))
    assert ok(await system.client.get("/api/mailboxes")) == []
    assert ok(await system.client.get("/api/configuration"))["problems"] == []


async def test_b7_01_a_teams_box_has_a_reader_whose_phone_shows_it(system: System) -> None:
    body = {"name": "Sales", "user": "user-201"}
    box = ok(await system.client.post("/api/mailboxes", json=body), 201)["mailbox"]
    assert box["user"] == "user-201"
    refused(await system.client.delete("/api/users/user-201"), 409, "in-use")
    refused(
        await system.client.post("/api/mailboxes", json={**body, "user": "nobody"}), 422, "reference-unknown"
    )
    await apply(system)
    async with as_user(system, "201") as anna, as_user(system, "202") as bruno:
        (seen,) = [one for one in ok(await anna.get("/api/phone/mailboxes")) if one["id"] == box["id"]]
        assert seen["name"] == "Sales"
        assert box["id"] not in [one["id"] for one in ok(await bruno.get("/api/phone/mailboxes"))]
    ok(await system.client.patch(f"/api/mailboxes/{box['id']}", json={"user": None}))
    await apply(system)
    async with as_user(system, "201") as anna:
        assert box["id"] not in [one["id"] for one in ok(await anna.get("/api/phone/mailboxes"))]


async def test_users_and_settings_of_the_outside(system: System) -> None:
    number = await add_number(system)
    change = {
        "mobile": "+32470123456",
        "outgoing_number": number["id"],
        "rights": {"countries": ["BE", "GB"], "premium": False},
        "concurrent_outside": 1,
    }
    user = ok(await system.client.patch("/api/users/user-201", json=change))["user"]
    assert user["rights"] == {"national": True, "mobile": True, "countries": ["BE", "GB"], "premium": False}
    listed = next(row for row in ok(await system.client.get("/api/users")) if row["id"] == "user-201")
    assert listed["rights"] == user["rights"]
    rules = {"default_number": number["id"], "outgoing_rules": [{"prefix": "+33", "number": number["id"]}]}
    night = {"night": {"days": [0], "begins": "20:00", "ends": "06:00"}, "night_countries": ["FR"]}
    settings = ok(await system.client.patch("/api/settings", json=rules | night))["settings"]
    assert {name: settings[name] for name in rules | night} == rules | night
    told = refused(await system.client.delete(f"/api/numbers/{number['id']}"), 409, "in-use")
    assert [blocker["kind"] for blocker in told["blocked_by"]] == ["user", "settings"]
    await apply(system)
    applied = system.store.configuration.applied
    assert applied.settings.outgoing_rules[0].prefix == "+33"
    assert [user.rights.countries for user in applied.users.values() if user.extension == "201"] == [
        ("BE", "GB")
    ]


OUTSIDE = {"kind": "number", "target": "+32 470 12 34 56"}


async def test_b3_04_a_user_sets_his_own_forwardings_at_once(system: System) -> None:
    async with system.stranger() as client:
        headers = await own(system, "user-203")
        empty = ok(await client.get("/api/phone/forwardings", headers=headers))
        assert (empty["always"], empty["user"], empty["voicemail"]) == (None, "user-203", False)
        body = {
            "no_answer": [
                {"destination": {"kind": "extension", "target": "user-201"}, "seconds": 10},
                {"destination": OUTSIDE},
            ],
            "do_not_disturb": True,
        }
        saved = ok(await client.put("/api/phone/forwardings", json=body, headers=headers))
        assert saved["no_answer"][1] == {
            "destination": {"kind": "number", "target": "+32470123456"},
            "seconds": 20,
        }
        assert saved["do_not_disturb"] is True
        loop = {"always": {"kind": "extension", "target": "user-203"}}
        refused(
            await client.put("/api/phone/forwardings", json=loop, headers=headers), 422, "destination-loop"
        )
        mail = {"busy_voicemail": True}
        refused(
            await client.put("/api/phone/forwardings", json=mail, headers=headers), 422, "voicemail-missing"
        )
    assert ok(await system.client.get("/api/users/user-203/forwardings")) == saved
    assert ok(await system.client.get("/api/configuration"))["changes"] == []


async def test_an_administrator_sets_them_for_a_user_and_it_is_written_down(system: System) -> None:
    path = "/api/users/user-204/forwardings"
    body = {"follow_me": [{"destination": OUTSIDE, "seconds": 30}], "follow_me_on": True}
    assert ok(await system.client.put(path, json=body))["follow_me_on"] is True
    entry = (await system.store.audit.list(1))[0]
    assert (entry.who, entry.action, entry.subject) == ("admin", "personal settings saved", "users/user-204")
    refused(await system.client.put("/api/users/none/forwardings", json={}), 404, "not-found")
    assert ok(await system.client.put(path, json={}))["follow_me"] == []


async def own(system: System, user_id: str) -> dict[str, str]:
    """The header of a new session of a person."""
    login = await system.store.logins.of_user(user_id)
    assert login is not None
    token, _ = await system.store.logins.sessions.issue(login, Kind.SESSION)
    return {"Authorization": f"Bearer {token}"}


async def test_b6_02_trunks_and_numbers_are_rights_of_their_own(system: System) -> None:
    async with system.stranger() as client:
        trunks = await bearer(system, Role.USER, [Right.TRUNKS])
        numbers = await bearer(system, Role.USER, [Right.NUMBERS])
        assert (await client.post("/api/trunks", json=TRUNK, headers=trunks)).status_code == 201
        assert (await client.post("/api/trunks", json=TRUNK, headers=numbers)).status_code == 403
        body = {"e164": "+3222903490"}
        assert (await client.post("/api/numbers", json=body, headers=numbers)).status_code == 201
        assert (await client.post("/api/numbers", json=body, headers=trunks)).status_code == 403
        assert (await client.get("/api/trunks", headers=numbers)).status_code == 200


async def test_nobody_leads_away_the_calls_of_who_may_do_more(system: System) -> None:
    body = {"always": OUTSIDE}
    async with system.stranger() as client:
        headers = await bearer(system, Role.USER, [Right.USERS])
        ok(await client.put("/api/users/user-204/forwardings", json=body, headers=headers))
        manager = await client.put("/api/users/user-206/forwardings", json=body, headers=headers)
        refused(manager, 403, "not-allowed")
