"""Every finished call stands on its record, once, with what was written of it (C2-08 to C2-10)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from switchroom.connectors.kept import growing_pause
from switchroom.connectors.noted_calls import MOST_TRIES
from switchroom.crm.connector import ConnectorFault, FaultKind, ForgetCall, Match
from switchroom.directory import IncomingNumber, NumberId, UserId
from switchroom.directory.outside import Destination, DestinationKind
from switchroom.happenings import CallEnded
from switchroom.store.call_notes import CallNoteRow
from tests.connectors.fakes import ADA, ANNA, BRUNO, DOWN, LEAD, NUMBER, TICKET, Bench, due_call


def on(record: tuple[str, str]) -> tuple[str, str, str]:
    return ("own", *record)


async def test_c2_10_a_call_for_an_activity_stands_on_its_record_and_the_activity_stays() -> None:
    bench = Bench()
    bench.own.calls = [due_call("1", record=TICKET)]
    bench.own.numbers[NUMBER] = Match(ADA, [LEAD, TICKET])
    await bench.desk.about_to_call(ANNA, "own", "1", NUMBER)
    ended = await bench.end(bench.call(ANNA, "0032 2 290 34 90"))
    (logged,) = bench.own.logged()
    assert (logged.app, logged.record) == (TICKET.app, TICKET.id)
    call = logged.call
    assert (call.call_id, call.direction, call.number, call.name) == (ended.id, "out", NUMBER, ADA.name)
    assert (call.seconds, call.ended, call.started_at) == (42.0, "answered", ended.started_at)
    assert bench.own.done[0][0] == ANNA
    assert bench.activities_done == [] and await bench.desk.activity(ANNA, "own", "1") is not None
    about = await bench.desk.about(ANNA, ended)
    assert about.record == TICKET and about.row.activity_id == "own/1" and about.seconds == 42.0


@pytest.mark.parametrize(
    ("talked", "cause", "said"),
    [(42.0, "", "answered"), (None, "no_answer", "missed"), (None, "declined", "refused")],
)
async def test_an_incoming_call_stands_on_the_one_open_record_of_who_called(
    talked: float | None, cause: str, said: str
) -> None:
    bench = Bench()
    bench.own.numbers[NUMBER] = Match(ADA, [LEAD])
    await bench.end(bench.call(None, "+3225550100", callee=BRUNO), talked=talked, cause=cause)
    (logged,) = bench.own.logged()
    assert (logged.call.direction, logged.call.ended, logged.call.seconds) == ("in", said, talked)
    assert bench.own.done[0][0] == BRUNO


async def test_a_call_that_a_mailbox_took_was_missed() -> None:
    bench = Bench()
    bench.own.numbers[NUMBER] = Match(ADA, [LEAD])
    bench.desk.known.leaves_message = lambda call: True
    ended = await bench.end(bench.call(None, "+3225550100", callee=BRUNO))
    (logged,) = bench.own.logged()
    assert (logged.call.ended, logged.call.seconds) == ("missed", None)
    assert (await bench.desk.about(BRUNO, ended)).ended == "missed"


async def test_a_call_that_nobody_took_stands_there_in_nobodys_name() -> None:
    bench = Bench(odoo=True)
    bench.own.numbers[NUMBER] = Match(ADA, [LEAD])
    await bench.end(bench.call(None, "+3225550100"), talked=None)
    assert [who for who, _, _ in bench.own.done] == [""] and bench.odoo.asked == []


async def test_of_two_open_records_a_person_chooses_after_the_call() -> None:
    bench = Bench()
    bench.own.numbers[NUMBER] = Match(ADA, [LEAD, TICKET])
    ended = await bench.end(bench.call(ANNA, NUMBER))
    assert bench.own.logged() == [] and bench.notes.rows == {}
    about = await bench.desk.about(ANNA, ended)
    assert about.record is None and list(about.matched.records) == [LEAD, TICKET]
    await bench.desk.write_note(ANNA, ended, on((TICKET.app, TICKET.id)), "It runs again.", "reached")
    (logged,) = bench.own.logged()
    assert (logged.record, logged.call.note, logged.call.outcome) == (TICKET.id, "It runs again.", "reached")
    await bench.desk.write_note(ANNA, ended, on((LEAD.app, LEAD.id)), "She buys.", "reached")
    assert bench.own.done[-1][1] == ForgetCall(TICKET.app, TICKET.id, ended.id)
    assert bench.own.logged()[-1].record == LEAD.id
    await bench.desk.write_note(ANNA, ended, None, "Private.", "")
    assert bench.own.done[-1][1] == ForgetCall(LEAD.app, LEAD.id, ended.id)
    about = await bench.desk.about(ANNA, ended)
    assert about.record is None and about.row.note == "Private."
    keys = [key for _, _, key in bench.own.done]
    assert len(set(keys)) == len(keys)
    with pytest.raises(ConnectorFault) as gone:
        await bench.desk.write_note(ANNA, ended, on(("crm", "record-9")), "", "")
    assert gone.value.kind is FaultKind.GONE and (await bench.desk.about(ANNA, ended)).row.note == "Private."


async def test_what_is_written_while_the_call_goes_on_stands_there_when_it_ends() -> None:
    bench = Bench()
    bench.own.calls = [due_call("1")]
    await bench.desk.about_to_call(ANNA, "own", "1", "202")
    call = bench.call(ANNA, "202")
    about = await bench.desk.about(ANNA, call)
    assert (about.record, about.ended, about.side.number, about.seconds) == (LEAD, "running", "202", None)
    await bench.desk.write_note(ANNA, call, on((LEAD.app, LEAD.id)), "So far good.", "")
    assert bench.own.logged() == []
    ended = await bench.end(replace(call, callee_user=BRUNO, callee_number="202"))
    (logged,) = bench.own.logged()
    assert (logged.record, logged.call.note, logged.call.number) == (LEAD.id, "So far good.", "202")
    assert bench.notes.rows[ended.id, ANNA].activity_id == "own/1"


async def test_who_takes_no_record_has_none() -> None:
    bench = Bench()
    bench.own.numbers[NUMBER] = Match(ADA, [LEAD])
    call = bench.call(ANNA, NUMBER)
    await bench.desk.write_note(ANNA, call, None, "", "")
    await bench.end(call)
    assert bench.own.logged() == []


async def test_conferences_and_strangers_are_not_logged() -> None:
    bench = Bench()
    bench.own.numbers[NUMBER] = Match(ADA, [LEAD])
    conference = replace(bench.call(None, "8001"), kind="conference", conference_id="conference-8001")
    await bench.end(conference)
    await bench.end(bench.call(ANNA, "+442079460000"))
    await bench.end(bench.call(ANNA, "203"))
    await bench.end(bench.call(None, "+3225550100", callee=ANNA, shown="anonymous"))
    assert bench.own.logged() == [] and bench.notes.rows == {}


async def test_a_colleague_is_a_contact_by_the_numbers_that_lead_to_him() -> None:
    bench = Bench()
    his = Destination(DestinationKind.EXTENSION, BRUNO)
    number = IncomingNumber(NumberId("n"), NUMBER, destination=his)
    bench.snapshot = replace(bench.snapshot, numbers={number.id: number})
    bench.own.numbers[NUMBER] = Match(ADA, [LEAD])
    await bench.end(bench.call(ANNA, "202"))
    (logged,) = bench.own.logged()
    assert (logged.record, logged.call.name) == (LEAD.id, "Bruno Conti")


async def test_a_database_that_fails_is_waited_for_and_the_call_is_written_once() -> None:
    bench = Bench()
    bench.own.numbers[NUMBER] = Match(ADA, [LEAD])
    bench.notes.failing = 3
    await bench.end(bench.call(ANNA, NUMBER))
    assert bench.pauses == [0, 1, 2] and len(bench.own.logged()) == 1
    assert [growing_pause(tries) for tries in (0, 1, 2, 20)] == [5.0, 10.0, 20.0, 300.0]


async def test_a_record_that_is_gone_harms_nobody() -> None:
    bench = Bench()
    bench.own.numbers[NUMBER] = Match(ADA, [LEAD])
    bench.own.fault = None
    call = bench.call(ANNA, NUMBER)
    await bench.desk.write_note(ANNA, call, on((LEAD.app, LEAD.id)), "", "")
    bench.own.fault = ConnectorFault(FaultKind.GONE, "It is gone.")
    await bench.end(call)
    assert bench.own.logged() == [] and bench.pauses == []


async def test_another_system_that_is_down_is_waited_for_and_then_done_without() -> None:
    bench = Bench(odoo=True)
    theirs = replace(LEAD, source="odoo", id="17")
    bench.own.numbers[NUMBER] = Match(ADA, [LEAD])
    bench.odoo.numbers[NUMBER] = Match(None, [theirs])
    bench.odoo.fault = DOWN
    await bench.end(bench.call(ANNA, NUMBER))
    assert bench.pauses == list(range(MOST_TRIES)) and bench.own.logged()[0].record == LEAD.id
    bench.odoo.fault, bench.own.numbers[NUMBER] = None, Match(ADA)
    ended = await bench.end(bench.call(UserId(ANNA), NUMBER))
    (logged,) = bench.odoo.logged()
    assert (logged.app, logged.record, bench.odoo.done[0][0]) == ("crm", "17", ANNA)
    about = await bench.desk.about(ANNA, ended)
    assert about.record == theirs
    assert bench.others is not None
    bench.others.later = True
    assert not await bench.desk.write_note(ANNA, ended, ("odoo", "crm", "17"), "Later.", "")


async def test_closing_tries_once_more_and_ends() -> None:
    bench = Bench()
    bench.own.numbers[NUMBER] = Match(ADA, [LEAD])
    bench.own.calls = [due_call("1")]
    await bench.desk.about_to_call(ANNA, "own", "1", NUMBER)
    call = bench.call(ANNA, NUMBER)
    bench.desk._calls.ended(replace(call, ended_at=bench.now, cause="cancelled"), None)
    await bench.desk.close()
    assert len(bench.own.logged()) == 1 and len(bench.desk._calls.waiting) == 0
    bench.call(ANNA, NUMBER)


async def test_pages_are_told_once_of_many_calls_that_were_written(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    bench.own.numbers[NUMBER] = Match(ADA, [LEAD])
    waiting: list[Callable[[], None]] = []
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(loop, "call_later", lambda seconds, act, *given: waiting.append(act))
    for number in range(5):
        bench.desk.note_again(replace(bench.call(ANNA, NUMBER), id=f"call-{number}", ended_at=bench.now))
    await bench.desk._calls.waiting.settled()
    assert len(bench.own.logged()) == 5 and bench.told == []
    (act,) = [one for one in waiting if one == bench.desk._tell_records]
    act()
    assert bench.told == [("records", None)]


async def test_after_a_crash_what_was_written_and_chosen_counts() -> None:
    bench = Bench()
    bench.own.numbers[NUMBER] = Match(ADA, [LEAD])
    call = replace(bench.call(ANNA, NUMBER), ended_at=bench.now, cause="crash")
    chosen = CallNoteRow(call.id, ANNA, "own", TICKET.app, TICKET.id, note="Cut off.")
    await bench.notes.put(chosen)
    bench.desk.note_again(call)
    await bench.desk._calls.waiting.settled()
    (logged,) = bench.own.logged()
    assert (logged.record, logged.call.note, logged.call.ended) == (TICKET.id, "Cut off.", "failed")


@pytest.mark.parametrize("failing", [0, 2])
async def test_after_a_crash_a_call_stands_on_the_record_of_the_activity_it_was_made_for(
    failing: int,
) -> None:
    bench = Bench()
    bench.own.calls = [due_call("1", record=TICKET)]
    bench.notes.failing = failing
    await bench.desk.about_to_call(ANNA, "own", "1", NUMBER)
    call = bench.call(ANNA, NUMBER)
    await bench.desk._calls.waiting.settled()
    after, cut = bench.crash(call)
    after.happenings.tell(CallEnded(cut))
    after.desk.note_again(cut)
    await after.desk._calls.waiting.settled()
    assert {(one.app, one.record) for one in after.own.logged()} == {(TICKET.app, TICKET.id)}
    assert len({key for _, _, key in after.own.done}) == 1
    about = await after.desk.about(ANNA, cut)
    assert about.record == TICKET and about.row.activity_id == "own/1"


async def test_after_a_crash_the_activity_is_known_though_it_is_on_no_record() -> None:
    bench = Bench()
    bench.own.calls = [due_call("1", record=None)]
    await bench.desk.about_to_call(ANNA, "own", "1", NUMBER)
    call = bench.call(ANNA, NUMBER)
    await bench.desk._calls.waiting.settled()
    after, cut = bench.crash(call)
    after.desk.note_again(cut)
    await after.desk._calls.waiting.settled()
    (logged,) = after.own.logged()
    assert logged.record == LEAD.id
    assert (await after.desk.about(ANNA, cut)).row.activity_id == "own/1"


async def test_what_somebody_chose_in_the_first_moment_of_a_call_is_not_overwritten() -> None:
    bench = Bench()
    bench.own.calls = [due_call("1", record=TICKET)]
    await bench.desk.about_to_call(ANNA, "own", "1", NUMBER)
    call = bench.call(ANNA, NUMBER)
    await bench.desk.write_note(ANNA, call, on((LEAD.app, LEAD.id)), "About the offer.", "")
    await bench.end(call)
    (logged,) = bench.own.logged()
    assert (logged.record, logged.call.note) == (LEAD.id, "About the offer.")
