"""The calls of today from several systems, and who is about to call which (S2-09 to S2-13, G-07)."""

from __future__ import annotations

import asyncio

import pytest

from switchroom.connectors import lists
from switchroom.crm.connector import (
    CancelActivity,
    ChangeActivity,
    ConnectorFault,
    FaultKind,
    MarkDone,
    Match,
)
from tests.connectors.fakes import ADA, ANNA, BRUNO, DOWN, LEAD, NUMBER, TODAY, Bench, due_call


async def test_s2_12_the_calls_of_all_systems_ours_first() -> None:
    bench = Bench(odoo=True)
    bench.own.calls, bench.own.late = [due_call("1"), due_call("2")], 3
    bench.odoo.calls = [due_call("9", "odoo")]
    own, odoo = await bench.desk.due(ANNA, TODAY)
    assert [call.id for call in own.calls] == ["1", "2"] and own.overdue == 3 and own.as_of == bench.now
    assert [call.id for call in odoo.calls] == ["9"] and odoo.problem is None and odoo.name == "Odoo"


async def test_a_system_that_fails_never_holds_the_others_and_its_last_list_is_shown() -> None:
    bench = Bench(odoo=True)
    bench.odoo.calls = [due_call("9", "odoo")]
    said = bench.now
    await bench.desk.due(ANNA, TODAY)
    bench.now += lists.FRESH_SECONDS
    bench.odoo.fault = ConnectorFault(FaultKind.KEY_REFUSED, "The key is refused.")
    bench.own.calls = [due_call("1")]
    own, odoo = await bench.desk.due(ANNA, TODAY)
    assert [call.id for call in own.calls] == ["1"] and own.problem is None
    assert [call.id for call in odoo.calls] == ["9"] and odoo.as_of == said
    assert odoo.problem is not None and odoo.problem.kind is FaultKind.KEY_REFUSED
    tomorrow = TODAY.replace(day=TODAY.day + 1)
    bench.now += lists.AGAIN_SECONDS
    _, odoo = await bench.desk.due(ANNA, tomorrow)
    assert not odoo.calls and odoo.as_of is None and odoo.problem is not None


async def test_without_the_database_the_other_systems_are_shown() -> None:
    bench = Bench(odoo=True)
    assert bench.others is not None
    bench.odoo.calls, bench.others.away = [due_call("9", "odoo")], True
    bench.own.fault = DOWN
    own, odoo = await bench.desk.due(ANNA, TODAY)
    assert own.problem is DOWN and [call.id for call in odoo.calls] == ["9"]


async def test_a_slow_system_is_waited_for_a_little_and_its_pages_are_told_when_it_comes() -> None:
    bench = Bench(odoo=True)
    bench.desk._lists._patience = 0.01
    bench.odoo.gate = asyncio.Event()
    bench.odoo.calls = [due_call("9", "odoo")]
    _, odoo = await bench.desk.due(ANNA, TODAY)
    assert not odoo.calls and odoo.problem is not None and "takes long" in odoo.problem.text
    await bench.desk.due(ANNA, TODAY, fresh=True)
    assert bench.odoo.asked == ["due_calls"], "who asks again waits for the same answer"
    bench.now += 3.0
    bench.odoo.gate.set()
    await asyncio.wait(bench.desk._lists._tasks)
    assert bench.told == [("activities", {ANNA})]
    _, odoo = await bench.desk.due(ANNA, TODAY)
    assert [call.id for call in odoo.calls] == ["9"] and odoo.problem is None
    assert bench.odoo.asked == ["due_calls"]


async def test_another_system_is_not_asked_for_every_page_and_at_once_when_wanted() -> None:
    bench = Bench(odoo=True)
    for _ in range(3):
        await bench.desk.due(ANNA, TODAY)
    assert bench.own.asked == ["due_calls"] * 3 and bench.odoo.asked == ["due_calls"]
    await bench.desk.due(ANNA, TODAY, fresh=True)
    assert bench.odoo.asked == ["due_calls"], "at most once a second"
    bench.now += lists.FRESH_LEAST
    await bench.desk.due(ANNA, TODAY, fresh=True)
    assert bench.odoo.asked == ["due_calls"] * 2
    await bench.desk.act(ANNA, "odoo", MarkDone("9", "Said yes."))
    await bench.desk.due(ANNA, TODAY)
    assert bench.odoo.asked == ["due_calls"] * 2 + ["act", "due_calls"], "what was done is seen at once"


async def test_a_second_person_is_told_who_calls_and_may_call_even_so() -> None:
    bench = Bench()
    bench.own.calls = [due_call("1")]
    await bench.desk.due(ANNA, TODAY)
    await bench.desk.due(BRUNO, TODAY)
    assert await bench.desk.about_to_call(ANNA, "own", "1", NUMBER) is None
    assert bench.told.pop() == ("activities", {ANNA, BRUNO})
    other = await bench.desk.about_to_call(BRUNO, "own", "1", NUMBER)
    assert other is not None and (other.user, other.name) == (ANNA, "Anna Weber")
    shown = bench.desk.called_by(BRUNO)
    assert shown["own", "1"].since == bench.now and bench.desk.called_by(ANNA) == {}
    assert await bench.desk.about_to_call(BRUNO, "own", "1", NUMBER, even_if=True) is None
    assert bench.desk.called_by(ANNA)["own", "1"].user == BRUNO


async def test_an_intent_lasts_a_minute_and_then_as_long_as_its_call() -> None:
    bench = Bench()
    bench.own.calls = [due_call("1")]
    await bench.desk.due(BRUNO, TODAY)
    await bench.desk.about_to_call(ANNA, "own", "1", NUMBER)
    bench.now += 60.0
    assert bench.desk.called_by(BRUNO) == {}
    late = bench.call(ANNA, NUMBER)
    assert bench.desk._intents.of_call(late.id) is None
    await bench.desk.about_to_call(ANNA, "own", "1", NUMBER)
    bench.told.clear()
    elsewhere = bench.call(ANNA, "+442079460000")
    assert bench.desk._intents.of_call(elsewhere.id) is None
    running = bench.call(ANNA, "02 290 34 90")
    assert bench.told == [("activities", {BRUNO})]
    bench.now += 3600.0
    assert bench.desk.called_by(BRUNO)["own", "1"].user == ANNA
    await bench.end(running)
    assert bench.desk.called_by(BRUNO) == {} and ("activities", {BRUNO}) in bench.told[1:]


async def test_a_call_that_is_no_longer_planned_is_refused() -> None:
    bench = Bench()
    with pytest.raises(ConnectorFault) as gone:
        await bench.desk.about_to_call(ANNA, "own", "1", NUMBER)
    assert gone.value.kind is FaultKind.GONE


async def test_s2_13_whoever_is_assigned_a_call_is_told_at_once() -> None:
    bench = Bench()
    bench.own.calls = [due_call("1")]
    await bench.desk.due(ANNA, TODAY)
    assert await bench.desk.act(ANNA, "own", ChangeActivity("1", assigned_to=BRUNO))
    assert bench.told == [("activities", {ANNA, BRUNO}), ("records", None)]
    await bench.desk.act(BRUNO, "own", CancelActivity("1"))
    assert bench.own.done[-1][:2] == (BRUNO, CancelActivity("1"))


async def test_c2_10_mark_done_is_told_to_the_world_with_its_record() -> None:
    bench = Bench(odoo=True)
    bench.own.calls = [due_call("1")]
    await bench.desk.act(ANNA, "own", MarkDone("1", "She buys.", "reached"))
    done = bench.activities_done.pop()
    assert (done.source, done.activity_id, done.type, done.summary) == ("own", "1", "call", "Call 1")
    assert (done.by, done.feedback, done.outcome) == (ANNA, "She buys.", "reached")
    assert (done.app, done.record_id, done.at) == (LEAD.app, LEAD.id, bench.now)
    assert bench.others is not None
    bench.others.later = True
    bench.odoo.calls = [due_call("8", "odoo"), due_call("9", "odoo")]
    assert not await bench.desk.act(ANNA, "odoo", MarkDone("9", "")), "it waits for the other system"
    own, odoo = await bench.desk.due(ANNA, TODAY)
    assert [call.id for call in odoo.calls] == ["8"] and (odoo.waiting, own.waiting) == (1, 0)
    bench.others.later, bench.odoo.calls = False, [due_call("8", "odoo")]
    bench.told.clear()
    bench.desk.written(ANNA)
    _, odoo = await bench.desk.due(ANNA, TODAY)
    assert [call.id for call in odoo.calls] == ["8"] and bench.told == [("activities", {ANNA})]
    bench.odoo.fault = ConnectorFault(FaultKind.NOT_ALLOWED, "You may not.")
    bench.activities_done.clear()
    with pytest.raises(ConnectorFault):
        await bench.desk.act(ANNA, "odoo", MarkDone("9", ""))
    assert bench.activities_done == []


async def test_a_call_is_found_by_the_name_of_its_dialog_after_its_end() -> None:
    bench = Bench()
    bench.named[ANNA] = {"x7Fd@192.0.2.1": "another"}
    facts = bench.call(ANNA, NUMBER)
    bench.named[ANNA] = {"a84b@192.0.2.1": facts.id, facts.id: facts.id}
    assert bench.desk.known.id_of(ANNA, "a84b@192.0.2.1") == facts.id
    await bench.end(facts)
    bench.named.clear()
    assert bench.desk.known.id_of(ANNA, "a84b@192.0.2.1") == facts.id
    assert bench.desk.known.id_of(BRUNO, "a84b@192.0.2.1") is None
    assert bench.desk.known.id_of(ANNA, "x7Fd@192.0.2.1") is None


async def test_f_03_every_form_of_a_number_finds_its_contact_and_a_system_that_is_down_nobody_misses() -> (
    None
):
    bench = Bench(odoo=True)
    bench.own.numbers[NUMBER] = Match(ADA, [LEAD])
    bench.odoo.fault = DOWN
    for form in ("+3222903490", "0032 2 290 34 90", "02 290 34 90", "tel:+32-2-290-34-90", "*67022903490"):
        found = await bench.desk.match(ANNA, form)
        assert found.contact == ADA and list(found.records) == [LEAD] and len(found.failed) == 1, form
    for nobody in ("", "anonymous", "*98", "8001", "112", "+442079460000"):
        assert (await bench.desk.match(ANNA, nobody)).contact is None, nobody
    colleague = (await bench.desk.match(ANNA, "202")).contact
    assert colleague is not None and (colleague.source, colleague.id, colleague.name) == (
        "users",
        BRUNO,
        "Bruno Conti",
    )
