"""Invitations by mail by the API: who gets what, when a date is planned, moved, cancelled (S3-05)."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import httpx
import pytest
from icalendar import Calendar

from switchroom.store.mail import Mail, MailKind, MailServer, Security
from tests.api.conftest import System

BOARD = "conference-8002"
PATH = f"/api/conferences/{BOARD}/appointments"
SERVER = MailServer(
    "mail.example.com", 587, Security.STARTTLS, sender="pbx@example.com", public_url="https://pbx.example.com"
)
ANNA = {"email": "anna@example.org", "name": "Anna", "language": "en"}
LUC = {"email": "luc@example.org", "name": "Luc <b>", "language": "fr"}
WANTED: dict[str, Any] = {
    "title": "Budget & <plans>",
    "starts_at": "2031-03-26T14:30",
    "minutes": 45,
    "time_zone": "Europe/Paris",
    "note": "Bring the figures",
    "attendees": [ANNA, LUC],
}


async def plan(system: System, **changed: Any) -> dict[str, Any]:
    await system.store.mail.set_server(SERVER)
    answer = await system.client.post(PATH, json=WANTED | changed)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def waiting(system: System) -> list[tuple[Mail, EmailMessage]]:
    """What is to be sent, and as sent."""
    found = []
    for mail, content in await system.store.mail.due(100):
        message = message_from_bytes(content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        found.append((mail, message))
        await system.store.mail.sent(mail.id)
    return sorted(found, key=lambda pair: pair[0].recipient)


def part(message: EmailMessage, kind: str) -> str:
    return str(next(one for one in message.walk() if one.get_content_type() == kind).get_content())


def event(message: EmailMessage) -> tuple[str, Any]:
    calendar = Calendar.from_ical(part(message, "text/calendar"))
    return str(calendar["METHOD"]), calendar.walk("VEVENT")[0]


async def opens(system: System, message: EmailMessage) -> httpx.Response:
    """What the link of a mail leads to."""
    _, _, rest = part(message, "text/plain").replace("=\n", "").partition("https://pbx.example.com")
    async with system.stranger() as guest:
        return await guest.get(f"/api{rest.split()[0]}")


async def test_everybody_gets_an_invitation_with_a_link_of_his_own(system: System) -> None:
    planned = await plan(system)
    assert [one["mail"] for one in planned["attendees"]] == ["waiting", "waiting"]
    (first, anna), (_, luc) = await waiting(system)
    assert first.kind is MailKind.INVITATION and anna["From"] and anna["To"].addresses[0].username == "anna"
    assert anna["Subject"] == "Invitation: Budget & <plans>, Wednesday 26 March 2031, 14:30"
    assert luc["Subject"].startswith("Invitation : Budget & <plans>, mercredi 26 mars 2031")
    links = [(await opens(system, one)).json() for one in (anna, luc)]
    assert [(one["name"], one["language"]) for one in links] == [("Anna", "en"), ("Luc <b>", "fr")]
    method, entry = event(anna)
    assert (method, int(entry["SEQUENCE"])) == ("REQUEST", 0)
    assert str(entry["LOCATION"]).startswith("https://pbx.example.com/join/")
    assert entry["ATTENDEE"] == "mailto:anna@example.org" and "luc" not in part(anna, "text/calendar")
    html = part(luc, "text/html")
    assert "Budget &amp; &lt;plans&gt;" in html and "<plans>" not in html
    shown = (await system.client.get(PATH)).json()[0]
    assert [one["mail"] for one in shown["attendees"]] == ["sent", "sent"]
    listed = (await system.client.get(f"/api/conferences/{BOARD}/links")).json()
    assert {(one["name"], one["invitation"]) for one in listed} == {("Anna", True), ("Luc <b>", True)}


async def test_the_code_and_the_extension_stand_in_it_for_who_comes_by_phone(system: System) -> None:
    store = system.store.configuration
    await store.edit("conferences", BOARD, {"access_code": "471199"}, "test")
    await store.apply(store.applied.revision, "test")
    await plan(system)
    for _, message in await waiting(system):
        for kind in ("text/plain", "text/html"):
            assert "471199" in part(message, kind) and "8002" in part(message, kind)


async def test_who_stays_gets_the_change_who_goes_a_cancellation_who_is_new_an_invitation(
    system: System,
) -> None:
    planned = await plan(system)
    before = dict(zip(("anna", "luc"), [message for _, message in await waiting(system)], strict=True))
    zoe = {"email": "zoe@example.org", "name": "Zoë", "language": "it"}
    body = {"starts_at": "2031-11-26T10:00", "attendees": [ANNA, zoe]}
    answer = await system.client.patch(f"{PATH}/{planned['id']}", json=body)
    assert answer.status_code == 200, answer.text
    (_, anna), (_, luc), (_, new) = await waiting(system)
    found = {name: event(one) for name, one in (("anna", anna), ("luc", luc), ("zoe", new))}
    assert [(method, int(entry["SEQUENCE"])) for method, entry in found.values()] == [
        ("REQUEST", 1), ("CANCEL", 1), ("REQUEST", 1),
    ]  # fmt: skip
    assert {str(entry["UID"]) for _, entry in found.values()} == {str(event(before["anna"])[1]["UID"])}
    assert found["anna"][1]["DTSTART"].dt.utcoffset().total_seconds() == 3600  # winter time
    assert event(before["anna"])[1]["DTSTART"].dt.utcoffset().total_seconds() == 3600
    # Who stays keeps his link; the other one's is worth nothing.
    assert event(before["anna"])[1]["LOCATION"] == found["anna"][1]["LOCATION"]
    assert (await opens(system, before["anna"])).status_code == 200
    assert (await opens(system, before["luc"])).status_code == 404
    assert new["Subject"].startswith("Invito: ")


async def test_only_who_is_new_is_told_when_somebody_is_added(system: System) -> None:
    planned = await plan(system, attendees=[ANNA])
    await waiting(system)
    await system.client.patch(f"{PATH}/{planned['id']}", json={"attendees": [ANNA, LUC]})
    assert [mail.recipient for mail, _ in await waiting(system)] == ["luc@example.org"]
    await system.client.patch(f"{PATH}/{planned['id']}", json={"title": WANTED["title"]})
    assert await waiting(system) == []
    await system.client.patch(f"{PATH}/{planned['id']}", json={"send_again": True})
    assert [int(event(message)[1]["SEQUENCE"]) for _, message in await waiting(system)] == [1, 1]


async def test_a_cancelled_date_is_told_and_its_links_are_over(system: System) -> None:
    planned = await plan(system)
    (_, anna), _ = await waiting(system)
    answer = await system.client.delete(f"{PATH}/{planned['id']}", headers={"If-Match": planned["version"]})
    assert answer.status_code == 204
    for _, message in await waiting(system):
        method, entry = event(message)
        assert (method, str(entry["STATUS"]), int(entry["SEQUENCE"])) == ("CANCEL", "CANCELLED", 1)
        assert "/join/" not in part(message, "text/plain") + part(message, "text/calendar")
    assert (await opens(system, anna)).status_code == 404
    assert (await system.client.get(PATH)).json()[0]["cancelled"] is True
    again = await system.client.delete(f"{PATH}/{planned['id']}")
    assert (again.status_code, again.json()["error_id"]) == (409, "cancelled")


async def test_what_was_not_sent_yet_is_replaced_by_what_is_true_now(system: System) -> None:
    planned = await plan(system, attendees=[ANNA])
    await system.client.patch(f"{PATH}/{planned['id']}", json={"minutes": 30})
    mails = await waiting(system)
    assert [(mail.kind, mail.recipient) for mail, _ in mails] == [(MailKind.UPDATE, "anna@example.org")]
    outbox = (await system.client.get("/api/mail/outbox")).json()["mails"]
    assert sorted(one["state"] for one in outbox) == ["replaced", "sent"]


async def test_two_who_change_the_same_date(system: System) -> None:
    planned = await plan(system)
    path, seen = f"{PATH}/{planned['id']}", {"If-Match": planned["version"]}
    assert (await system.client.patch(path, json={"minutes": 30}, headers=seen)).status_code == 200
    late = await system.client.patch(path, json={"minutes": 90}, headers=seen)
    assert (late.status_code, late.json()["error_id"]) == (409, "changed-meanwhile")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"starts_at": "2031-03-30T02:30"}, "starts_at"),  # clocks are put forward
        ({"starts_at": "2020-01-01T10:00"}, "starts_at"),
        ({"starts_at": "tomorrow"}, "starts_at"),
        ({"starts_at": "2031-03-26T14:30+01:00"}, "starts_at"),
        ({"time_zone": "Europe/Nowhere"}, "time_zone"),
        ({"time_zone": "../../etc/passwd"}, "time_zone"),
        ({"minutes": 1}, "minutes"),
        ({"title": "  "}, "title"),
        ({"title": "a\r\nBcc: x@example.com"}, "title"),
        ({"attendees": [{"email": "nobody"}]}, "attendees"),
        ({"attendees": [{"email": "a@example.com\r\nRCPT TO:<b@example.com>"}]}, "email"),
        ({"attendees": [{"email": "a@example.com", "name": "x\r\nBcc: y@example.com"}]}, "name"),
        ({"attendees": [{"email": "a@example.com>,<b@example.com"}]}, "attendees"),
    ],
)
async def test_what_can_not_be_planned_is_refused_at_its_field(
    system: System, changed: dict[str, Any], field: str
) -> None:
    await system.store.mail.set_server(SERVER)
    answer = await system.client.post(PATH, json=WANTED | changed)
    assert (answer.status_code, answer.json()["field"]) == (422, field), answer.text
    assert await waiting(system) == []


async def test_without_a_mail_server_nobody_is_invited_by_mail(system: System) -> None:
    answer = await system.client.post(PATH, json=WANTED)
    assert (answer.status_code, answer.json()["error_id"]) == (409, "mail-not-set")
    alone = await system.client.post(PATH, json=WANTED | {"attendees": []})
    assert alone.status_code == 201
    assert len((await system.client.get(PATH)).json()) == 1
