"""Odoo as a system of customer records, version by version, on one in memory (the real one: tests/e2e)."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from switchroom.connectors import odoo_words
from switchroom.connectors.odoo import OdooConnector
from switchroom.connectors.odoo_wire import Account, OdooWire
from switchroom.connectors.outward import Outward
from switchroom.connectors.waiting import without_waiting
from switchroom.crm.connector import (
    Act,
    CallNote,
    CancelActivity,
    ChangeActivity,
    ConnectorFault,
    FaultKind,
    ForgetCall,
    LogCall,
    MarkDone,
    ScheduleCall,
)
from switchroom.directory import UserId
from tests.harness.fake_odoo import FakeOdoo, OdooError

ANNA, BEN, CARLA = UserId("anna"), UserId("ben"), UserId("carla")
TODAY = date(2026, 3, 26)
NOTE = CallNote(
    "call-1", "out", "+3222903490", "Zoë <b>", 1774533600.0, 65.4, "answered", "a <i>\nb", "reached"
)


class People:
    """Anna and Ben have keys; Carla has none."""

    accounts: dict[UserId, Account]

    def __init__(self) -> None:
        self.accounts = {ANNA: Account("anna@example.com", 7, "key-of-anna"), BEN: Account("ben", 8, "bens")}

    def account(self, who: UserId) -> Account | None:
        return self.accounts.get(who)

    def time_zone(self, who: UserId) -> str:
        return "Europe/Brussels"

    def language(self) -> str:
        return "fr"

    def country(self) -> str:
        return "BE"

    def recording_url(self, recording_id: str) -> str:
        return f"https://phone.example.com/recordings?recording={recording_id}"


async def resolve(host: str, port: int) -> Sequence[str]:
    return ["192.168.1.9"]


@pytest.fixture(params=["17.0", "18.0", "19.0"])
def odoo(request: pytest.FixtureRequest) -> FakeOdoo:
    users = {"anna@example.com": (7, "key-of-anna"), "ben": (8, "bens")}
    return FakeOdoo(request.param, users=users)


@pytest.fixture
def connector(odoo: FakeOdoo) -> OdooConnector:
    wire = OdooWire(
        Outward(resolve=resolve, transport=odoo.transport()), "https://odoo.example.com", odoo.database
    )
    return OdooConnector("odoo", "Odoo", "https://odoo.example.com/", wire, People())


def partner(odoo: FakeOdoo, **values: Any) -> list[Any]:
    """A contact, as Odoo writes it into others."""
    made = odoo.add("res.partner", **{"name": "Zoë", **values})
    odoo.one("res.partner", made)["commercial_partner_id"] = [made, "Zoë"]
    return [made, str(values.get("name", "Zoë"))]


async def test_s2_11_next_activities_are_ones_own_calls_of_this_very_day(
    odoo: FakeOdoo, connector: OdooConnector
) -> None:
    lead = odoo.add(
        "crm.lead", name="Roof", contact_name="Max", phone="0032 2 290 34 91", stage_id=[3, "New"]
    )
    task = odoo.add(
        "project.task", name="Plan", partner_id=partner(odoo, phone="02 290 34 90", email="z@x.be")
    )
    ticket = odoo.add(
        "helpdesk.ticket", name="Leak", partner_id=partner(odoo, name="Ivo", phone="+32 2 290 34 92")
    )
    late = odoo.call("crm.lead", lead, "2026-03-26", summary="15:30 Offer")
    first = odoo.call("project.task", task, "2026-03-26", summary="Dates", note="<p>a<br>b &amp; c</p>")
    early = odoo.call("helpdesk.ticket", ticket, "2026-03-26", summary="09:05 Water")
    for wrong in (
        {"day": "2026-03-25"},
        {"day": "2026-03-27"},
        {"day": "2026-03-26", "user_id": 8},
        {"day": "2026-03-26", "activity_type_id": 2},
        {"day": "2026-03-26", "active": False},
    ):
        odoo.call("crm.lead", lead, **wrong)
    calls = await connector.due_calls(ANNA, TODAY)
    assert [call.id for call in calls] == [str(early), str(late), str(first)]
    assert [call.time for call in calls] == ["09:05", "15:30", ""]
    assert [call.summary for call in calls] == ["Water", "Offer", "Dates"]
    assert calls[2].note == "a\nb & c"
    shown = [(call.contact, call.record) for call in calls]
    assert all(contact and record for contact, record in shown)
    contacts = [contact for contact, _ in shown if contact]
    assert [contact.name for contact in contacts] == ["Ivo", "Max", "Zoë"]
    numbers = [[number.e164 for number in contact.numbers] for contact in contacts]
    assert numbers == [["+3222903492"], ["+3222903491"], ["+3222903490"]]
    records = [record for _, record in shown if record]
    assert [(record.app, record.title, record.stage) for record in records] == [
        ("helpdesk", "Leak", ""),
        ("crm", "Roof", "New"),
        ("project", "Plan", ""),
    ]
    assert records[1].url == f"https://odoo.example.com/mail/view?model=crm.lead&res_id={lead}"
    assert await connector.overdue(ANNA, TODAY) == 1


async def test_a_module_that_is_not_installed_takes_nothing_else_away(
    odoo: FakeOdoo, connector: OdooConnector
) -> None:
    odoo.missing = {"helpdesk.ticket", "project.task"}
    zoe = partner(odoo, phone="+32 2 290 34 90")
    lead = odoo.add("crm.lead", name="Roof", partner_id=zoe)
    odoo.call("crm.lead", lead, "2026-03-26")
    assert len(await connector.due_calls(ANNA, TODAY)) == 1
    assert [record.title for record in (await connector.match(ANNA, "+3222903490")).records] == ["Roof"]


@pytest.mark.parametrize("written", ["+32 2 290 34 90", "0032/2.290.34.90", "02 290 34 90"])
async def test_f_03_a_number_is_found_however_it_was_written(
    odoo: FakeOdoo, connector: OdooConnector, written: str
) -> None:
    zoe = partner(odoo, phone=written, phone_sanitized="+3222903490")
    partner(odoo, name="Other", phone="+32 2 290 34 9")
    odoo.add("crm.lead", name="Roof", partner_id=zoe, stage_id=[3, "New"])
    odoo.add("crm.lead", name="Won", partner_id=zoe, over=True)
    odoo.add("crm.lead", name="By its own number", phone="+3222903490")
    odoo.add("project.task", name="Plan", partner_id=zoe, state="01_in_progress")
    odoo.add("project.task", name="Done", partner_id=zoe, state="1_done")
    odoo.add("helpdesk.ticket", name="Leak", partner_id=zoe, closed=False)
    odoo.add("helpdesk.ticket", name="Old", partner_id=zoe, closed=True)
    found = await connector.match(ANNA, "+3222903490")
    assert found.contact is not None and found.contact.name == "Zoë"
    assert [number.e164 for number in found.contact.numbers] == ["+3222903490"]
    assert [record.title for record in found.records] == ["Roof", "By its own number", "Plan", "Leak"]
    nobody = await connector.match(ANNA, "+3222903499")
    assert nobody.contact is None and not nobody.records


async def test_contacts_are_searched_by_words_and_by_numbers(
    odoo: FakeOdoo, connector: OdooConnector
) -> None:
    partner(odoo, name="Zoë Peeters", email="zoe@acme.be", phone="+32 2 290 34 90", company_name="Acme")
    partner(odoo, name="Zoë Maes")
    for text, expected in (
        ("zoë acme", ["Zoë Peeters"]),
        ("zoë", ["Zoë Peeters", "Zoë Maes"]),
        ("02 290 34", ["Zoë Peeters"]),
        ("0032 2290", ["Zoë Peeters"]),
        ("nobody", []),
        ("1", []),
        ("  ", []),
    ):
        found = await connector.search(ANNA, text, 5)
        assert [contact.name for contact in found] == expected, text
    assert (await connector.search(ANNA, "peeters", 5))[0].company == "Acme"


async def test_done_changed_and_cancelled_in_odoo(odoo: FakeOdoo, connector: OdooConnector) -> None:
    lead = odoo.add("crm.lead", name="Roof")
    done, changed, cancelled = (
        odoo.call("crm.lead", lead, "2026-03-26", summary="10:00 Offer") for _ in range(3)
    )
    await connector.act(ANNA, MarkDone(str(done), "He wants it", "reached"), "a")
    assert odoo.rows["mail.message"][0]["body"] == "Joint: He wants it"
    await connector.act(ANNA, ChangeActivity(str(changed), summary="Contract", note="1 < 2"), "b")
    row = odoo.one("mail.activity", changed)
    assert (row["summary"], row["note"], row["date_deadline"]) == (
        "10:00 Contract",
        "<p>1 &lt; 2</p>",
        "2026-03-26",
    )
    await connector.act(
        ANNA, ChangeActivity(str(changed), due=date(2026, 3, 27), time="", assigned_to=BEN), "c"
    )
    assert (row["summary"], row["date_deadline"], row["user_id"]) == ("Contract", "2026-03-27", 8)
    with pytest.raises(ConnectorFault, match="colleague"):
        await connector.act(ANNA, ChangeActivity(str(changed), assigned_to=CARLA), "d")
    for _ in range(2):
        await connector.act(ANNA, CancelActivity(str(cancelled)), "e")
    assert all(row["id"] != cancelled for row in odoo.rows["mail.activity"])
    for act in (MarkDone(str(cancelled), "x"), ChangeActivity("77777"), MarkDone("no number", "x")):
        with pytest.raises(ConnectorFault) as caught:
            await connector.act(ANNA, act, "f")
        assert caught.value.kind is FaultKind.GONE


async def test_a_call_is_planned_once_even_if_the_answer_is_lost(
    odoo: FakeOdoo, connector: OdooConnector
) -> None:
    lead = odoo.add("crm.lead", name="Roof")
    act = ScheduleCall("crm", str(lead), TODAY, "Offer", "Bring the plan", "11:15", BEN)
    odoo.lose = 1
    with pytest.raises(ConnectorFault) as caught:
        await connector.act(ANNA, act, "key")
    assert caught.value.uncertain and caught.value.passing
    await connector.act(ANNA, act, "key")
    assert odoo.did("activity_schedule") == 1
    calls = await connector.due_calls(BEN, TODAY)
    assert [(call.time, call.summary, call.note) for call in calls] == [("11:15", "Offer", "Bring the plan")]
    await connector.act(ANNA, act, "another key")
    assert len(await connector.due_calls(BEN, TODAY)) == 2


async def test_c2_10_a_finished_call_stands_in_the_chatter_once_and_safe(
    odoo: FakeOdoo, connector: OdooConnector
) -> None:
    lead = odoo.add("crm.lead", name="Roof")
    note = replace(NOTE, recording_id="rec-1")
    odoo.lose = 1
    with pytest.raises(ConnectorFault):
        await connector.act(ANNA, LogCall("crm", str(lead), note), "a")
    await connector.act(ANNA, LogCall("crm", str(lead), note), "a")
    messages = odoo.rows["mail.message"]
    assert len(messages) == 1 and messages[0]["res_id"] == lead
    assert messages[0]["body"] == (
        "<p><b>Appel à Zoë &lt;b&gt; (+32 2 290 34 90)</b><br>2026-03-26 15:00, durée 1:05</p>"
        "<p>Résultat : joint</p><p>a &lt;i&gt;<br>b</p>"
        '<p><a href="https://phone.example.com/recordings?recording=rec-1">Enregistrement</a></p>'
    )
    await connector.act(ANNA, LogCall("crm", str(lead), replace(NOTE, note="changed", outcome="")), "b")
    assert len(messages) == 1 and "changed" in messages[0]["body"] and "joint" not in messages[0]["body"]
    await connector.act(BEN, LogCall("crm", str(lead), NOTE), "c")
    assert len(messages) == 2, "somebody else's words are his own"
    for _ in range(2):
        await connector.act(ANNA, ForgetCall("crm", str(lead), "call-1"), "d")
    assert [row["author_id"] for row in odoo.rows["mail.message"]] == [8]


@pytest.mark.parametrize("kept", [False, True])
async def test_an_activity_that_was_ended_by_a_lost_try_is_not_ended_twice(
    odoo: FakeOdoo, connector: OdooConnector, kept: bool
) -> None:
    odoo.one("mail.activity.type", 1)["keep_done"] = kept
    lead = odoo.add("crm.lead", name="Roof")
    call = odoo.call("crm.lead", lead, "2026-03-26")
    odoo.lose = 1
    act = MarkDone(str(call), "He wants it", "reached")
    with pytest.raises(ConnectorFault):
        await connector.act(ANNA, act, "a")
    if odoo.major >= 19:
        await connector.act(ANNA, act, "a")
    else:  # gone there, or kept without what was said: the courier knows that the first try may have been it
        with pytest.raises(ConnectorFault) as caught:
            await connector.act(ANNA, act, "a")
        assert caught.value.kind is FaultKind.GONE
    assert odoo.did("action_feedback") == 1 and len(odoo.rows["mail.message"]) == 1


async def test_without_a_key_of_ones_own_nothing_is_asked(odoo: FakeOdoo, connector: OdooConnector) -> None:
    for asking in (
        connector.due_calls(CARLA, TODAY),
        connector.match(CARLA, "+3222903490"),
        connector.act(CARLA, MarkDone("1", ""), "a"),
    ):
        with pytest.raises(ConnectorFault) as caught:
            await asking
        assert caught.value.kind is FaultKind.KEY_MISSING
    assert odoo.asked == []


async def test_the_rights_of_odoo_hold(odoo: FakeOdoo, connector: OdooConnector) -> None:
    lead = odoo.add("crm.lead", name="Roof")
    odoo.refuse = OdooError("odoo.exceptions.AccessError", "You may not", 403)
    with pytest.raises(ConnectorFault) as caught:
        await connector.act(ANNA, LogCall("crm", str(lead), NOTE), "a")
    assert caught.value.kind is FaultKind.NOT_ALLOWED and "You may not" in caught.value.text


async def test_the_list_is_right_while_something_waits_to_be_written(
    odoo: FakeOdoo, connector: OdooConnector
) -> None:
    lead = odoo.add("crm.lead", name="Roof")
    ids = [str(odoo.call("crm.lead", lead, "2026-03-26", summary=f"{n}")) for n in range(5)]
    calls = await connector.due_calls(ANNA, TODAY)
    acts: list[Act] = [
        MarkDone(ids[0], ""),
        CancelActivity(ids[1]),
        ChangeActivity(ids[2], due=date(2026, 3, 27)),
        ChangeActivity(ids[3], summary="Other"),
        ChangeActivity("gone", summary="Other"),
    ]
    left = without_waiting(calls, acts)
    assert [(call.id, call.summary) for call in left] == [(ids[3], "Other"), (ids[4], "4")]


@pytest.mark.parametrize(
    "nonsense",
    [
        [1, "a", None],
        [{}],
        [{"id": 1}],
        [{"id": None, "res_model": "x", "res_id": [], "date_deadline": 3}],
        [{"id": 1, "res_model": "crm.lead", "res_id": 1, "date_deadline": "soon", "note": [], "summary": {}}],
        {"a": 1},
        "text",
        7,
        None,
    ],
)
async def test_answers_that_make_no_sense_break_nothing(
    odoo: FakeOdoo, connector: OdooConnector, nonsense: Any
) -> None:
    odoo.says = nonsense
    for asking in (
        lambda: connector.due_calls(ANNA, TODAY),
        lambda: connector.overdue(ANNA, TODAY),
        lambda: connector.match(ANNA, "+3222903490"),
        lambda: connector.search(ANNA, "zoë", 5),
        lambda: connector.act(ANNA, ScheduleCall("crm", "1", TODAY, "x"), "a"),
        lambda: connector.act(ANNA, MarkDone("1", "x"), "a"),
        lambda: connector.act(ANNA, LogCall("crm", "1", NOTE), "a"),
    ):
        with contextlib.suppress(ConnectorFault):
            await asking()


def test_notes_become_text_and_text_becomes_safe() -> None:
    assert (
        odoo_words.plain("<style>x{}</style><ul><li>a</li><li>b <b>c</b></li></ul>&lt;d&gt;") == "a\nb c\n<d>"
    )
    assert odoo_words.plain("<p>unclosed <b>tag") == "unclosed tag"
    assert odoo_words.paragraph('"><script>', 'x" onload="y') == (
        '<p class="x&quot; onload=&quot;y">&quot;&gt;&lt;script&gt;</p>'
    )
    assert odoo_words.without_time("09:30") == ("09:30", "")
    assert odoo_words.without_time("25:30 no") == ("", "25:30 no")
    assert set(odoo_words.WORDS) == {"en", "fr", "it"}
    missed = replace(NOTE, direction="in", seconds=None, ended="missed", note="", outcome="", name="")
    assert odoo_words.call_text(missed, "en", "UTC", "") == (
        "<p><b>Call from +32 2 290 34 90</b><br>2026-03-26 14:00, not answered</p>"
    )
