"""store/records.py, export.py, call_log.py: what is kept of calls."""

from __future__ import annotations

import asyncio
import csv
import io

import pytest

from switchroom.happenings import CallAnswered, CallEnded, CallStarted, Happening, Happenings
from switchroom.store import CallLog, CallRow, RecordFilter, Store, csv_chunks
from switchroom.store.export import safe_cell


def row(number: int, **fields: object) -> CallRow:
    values: dict[str, object] = {
        "id": f"call-{number:05}",
        "journey": "j",
        "kind": "call",
        "direction": "internal",
        "started_at": 1000.0 + number // 2,
        "dialled": "202",
        "caller_extension": "201",
        "callee_extension": "202",
    }
    return CallRow(**(values | fields))  # type: ignore[arg-type]


async def test_a_record_is_opened_and_finished(store: Store) -> None:
    store.records.open(row(1))
    await store.settled()
    assert await store.records.get("call-00001") == row(1)
    ended = row(
        1, answered_at=1001.5, ended_at=1010.25, end_cause="caller_hung_up", sip_status=200, codec="PCMA"
    )
    await store.records.finish(ended)
    assert await store.records.get("call-00001") == ended
    assert await store.records.get("none") is None


async def test_a_call_cut_by_a_crash_gets_its_record_at_the_next_start(store: Store) -> None:
    store.records.open(row(1))
    await store.records.finish(row(2, ended_at=1005.0, end_cause="busy"))
    (closed,) = await store.records.close_interrupted(2000.0)
    assert (closed.ended_at, closed.end_cause) == (2000.0, "crash")
    cut = await store.records.get("call-00001")
    assert cut is not None
    assert (closed.ended_at, closed.end_cause) == (2000.0, "crash")
    kept = await store.records.get("call-00002")
    assert kept is not None
    assert kept.end_cause == "busy"
    assert await store.records.close_interrupted(2000.0) == []


async def test_pages_are_complete_and_without_repeats(store: Store) -> None:
    for number in range(25):
        store.records.open(row(number))
    await store.settled()
    seen: list[str] = []
    after: str | None = None
    while True:
        rows, after = await store.records.page(RecordFilter(), 7, after)
        seen += [found.id for found in rows]
        if after is None:
            break
    assert seen == [f"call-{number:05}" for number in reversed(range(25))]
    for wrong in ("", "x", "AAAA", "WzEsMl0", "\u00e9"):
        with pytest.raises(ValueError, match="no page"):
            await store.records.page(RecordFilter(), 7, wrong)


async def test_filters(store: Store) -> None:
    store.records.open(row(1, caller_user="a"))
    store.records.open(row(2, callee_user="a", answered_at=1002.0, callee_extension="301"))
    store.records.open(row(9, kind="conference", conference_id="c", end_cause="busy"))
    await store.settled()

    async def ids(**conditions: object) -> list[str]:
        rows, _ = await store.records.page(RecordFilter(**conditions))  # type: ignore[arg-type]
        return [found.id[-1] for found in rows]

    assert await ids(user_id="a") == ["2", "1"]
    assert await ids(extension="301") == ["2"]
    assert await ids(extension="201") == ["9", "2", "1"]
    assert (
        await ids(conference_id="c") == await ids(kind="conference") == await ids(end_cause="busy") == ["9"]
    )
    assert await ids(answered=True) == ["2"]
    assert await ids(since=1001.0, until=1004.0) == ["2"]


async def test_retention(store: Store) -> None:
    for number in range(1200):
        store.records.open(row(number))
    await store.settled()
    assert await store.records.delete_before(1500.0) == 1000
    rows, _ = await store.records.page(RecordFilter(), 500)
    assert len(rows) == 200


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        (" =1", "' =1"),
        ("\uff1d1", "'\uff1d1"),
        ("+32 2 290 34 90", "+32 2 290 34 90"),
        ("Anna", "Anna"),
        ("201", "201"),
    ],
)
def test_cells_that_a_spreadsheet_would_compute_are_text(text: str, cell: str) -> None:
    assert safe_cell(text) == cell


async def test_csv(store: Store) -> None:
    store.records.open(row(1, caller_display='=HYPERLINK("http://x","y")', ended_at=1.5))
    store.records.open(row(2))
    await store.settled()
    text = "".join([chunk async for chunk in csv_chunks(store.database, store.offload, RecordFilter())])
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert [found["ID"] for found in rows] == ["call-00002", "call-00001"]
    assert rows[1]["Caller's name"] == '\'=HYPERLINK("http://x","y")'
    assert rows[1]["End"] == "1970-01-01T00:00:01.500+00:00"


@pytest.mark.parametrize(
    ("language", "some"),
    [
        ("en", {"ID": "call-00001", "Caller's extension": "201", "Result": "running"}),
        ("fr", {"Identifiant": "call-00001", "Poste de l'appelant": "201", "Résultat": "running"}),
        ("it", {"Identificativo": "call-00001", "Interno del chiamante": "201", "Esito": "running"}),
        ("de", {"ID": "call-00001", "Caller's extension": "201", "Result": "running"}),
    ],
)
async def test_csv_has_a_heading_for_every_column_in_every_language(
    store: Store, language: str, some: dict[str, str]
) -> None:
    store.records.open(row(1))
    await store.settled()
    chunks = csv_chunks(store.database, store.offload, RecordFilter(), language)
    text = "".join([chunk async for chunk in chunks])
    headings, cells = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    assert len(set(headings)) == len(cells) and all(headings)
    assert some.items() <= dict(zip(headings, cells, strict=True)).items()


async def test_hostile_text_is_kept_without_harm(store: Store) -> None:
    name = "a\x00b\ud800'; DROP TABLE call_records; --" + "x" * 400
    await store.records.finish(row(1, caller_display=name, dialled="9" * 300))
    found = await store.records.get("call-00001")
    assert found is not None and found.caller_display is not None
    assert found.caller_display.startswith("a\ufffdb\ufffd'; DROP TABLE")
    assert len(found.caller_display) == 255
    assert len(found.dialled) == 64


async def test_call_control_hands_its_records_over(store: Store) -> None:
    from switchroom.calls.records import CallKind, CallRecord, Cause
    from switchroom.calls.values import CallId, JourneyId, Party

    happenings, told = Happenings(), list[Happening]()
    happenings.listen(told.append)
    log = CallLog(store, happenings=happenings)
    record = CallRecord(
        CallId("c"), JourneyId("j"), CallKind.CALL, 10.0, Party("201", "Anna"), "202", callee=Party("202")
    )
    log.open(record)
    begun = asyncio.Event()
    log.when_open("c", begun.set)
    assert not begun.is_set(), "nobody rings before the record would outlive a crash"
    await begun.wait()
    found = await store.records.get("c")
    log.when_open("c", begun.clear)
    assert not begun.is_set(), "then nothing waits"
    assert found is not None
    assert (found.kind, found.caller_display, found.callee_extension) == ("call", "Anna", "202")
    from dataclasses import replace

    log.answered(replace(record, answered_at=11.0))
    log.answered(replace(record, kind=CallKind.REFUSED, answered_at=11.0))
    log.finish(replace(record, ended_at=12.0, end_cause=Cause.BUSY, sip_status=486))
    await store.settled()
    found = await store.records.get("c")
    assert found is not None
    assert (found.ended_at, found.end_cause, found.sip_status) == (12.0, "busy", 486)
    assert [type(one) for one in told] == [CallStarted, CallAnswered, CallEnded]
    ended = told[-1]
    assert isinstance(ended, CallEnded)
    assert (ended.call.caller_number, ended.call.caller_name, ended.call.callee_number) == (
        "201",
        "Anna",
        "202",
    )
    assert (ended.call.direction, ended.call.cause, ended.call.ended_at) == ("internal", "busy", 12.0)
