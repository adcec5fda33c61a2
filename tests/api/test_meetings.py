"""Minutes: who may read which, the list, one meeting in whole, the table for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from dataclasses import replace
from zoneinfo import ZoneInfo

import httpx
import pytest

from switchroom.directory import ConferenceId, UserId
from switchroom.store import Kind, MeetingRow, Right, Role
from switchroom.store.minutes import AttendanceRow, InvitationRow
from switchroom.store.minutes_csv import MeetingFacts, minutes_csv
from switchroom.store.recordings import RecordingRow
from tests.api.conftest import System
from tests.api.people import bearer

BEGAN = 1_763_733_600.0  # 21 November 2025, 14:00 UTC
MINE = "conference-8003"
"""Of the demonstration: its administrator is 201."""
OTHER = "conference-8002"


def attendance(name: str, **fields: object) -> AttendanceRow:
    values: dict[str, object] = {
        "id": f"leg-{name}",
        "meeting": "m1",
        "conference_id": MINE,
        "call": "call",
        "extension": "202",
        "name": name,
        "user_id": "user-202",
        "guest": None,
        "entrance": "extension",
        "joined_at": BEGAN,
    }
    return AttendanceRow(**(values | fields))  # type: ignore[arg-type]


def recording(number: int, **fields: object) -> RecordingRow:
    values: dict[str, object] = {
        "id": f"m1.{number}",
        "conference_id": MINE,
        "meeting": "m1",
        "path": f"m1.{number}.wav",
        "started_at": BEGAN + 20,
        "started_by": "Anna",
    }
    return RecordingRow(**(values | fields))  # type: ignore[arg-type]


async def administrator_of(system: System, conference: str, user: str) -> None:
    """Make a user the administrator of a conference, in the applied configuration."""
    configuration = system.store.configuration
    room = (await configuration.draft()).snapshot.conferences[ConferenceId(conference)]
    await configuration.save(replace(room, administrator=UserId(user)), "test")
    await configuration.apply(configuration.applied.revision, "test")


@pytest.fixture
async def met(system: System) -> AsyncIterator[System]:
    """Two meetings: one with people, an invitation and recordings, one elsewhere that goes on."""
    store = system.store
    await administrator_of(system, MINE, "user-201")
    await administrator_of(system, OTHER, "user-205")
    store.minutes.put(MeetingRow("m1", MINE, "Weekly", BEGAN, BEGAN + 600))
    store.minutes.put(MeetingRow("m2", OTHER, "Board", BEGAN + 100))
    store.minutes.put(
        attendance(
            "Anna",
            user_id="user-201",
            extension="201",
            entered_at=BEGAN,
            left_at=BEGAN + 600,
            talk_seconds=40.5,
            administrator=True,
            reason="caller_hung_up",
        )
    )
    store.minutes.put(
        attendance(
            "=Zoë",
            user_id=None,
            guest="visit-1",
            extension="",
            entrance="link",
            joined_at=BEGAN + 30,
            entered_at=BEGAN + 90,
            left_at=BEGAN + 120,
            reason="signalling_lost",
        )
    )
    store.minutes.put(attendance("Bruno", joined_at=BEGAN + 40, left_at=BEGAN + 50))
    store.minutes.put(
        InvitationRow("i1", MINE, "m1", "203", "Carla", "Anna", "refused", BEGAN + 5, "busy", BEGAN + 9)
    )
    store.recordings.put(recording(1, ended_at=BEGAN + 600, seconds=580.0, reason="ended"))
    store.recordings.put(
        recording(
            2, attendance="leg-Anna", participant="Anna", ended_at=BEGAN + 600, seconds=580.0, reason="ended"
        )
    )
    await store.settled()
    yield system


async def person(system: System, user: str) -> dict[str, str]:
    """The header of a session of a user of the demonstration."""
    login = await system.store.logins.of_user(user)
    assert login is not None
    token, _ = await system.store.logins.sessions.issue(login, Kind.SESSION)
    return {"Authorization": f"Bearer {token}"}


async def get(system: System, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
    async with system.stranger() as client:
        return await client.get(path, headers=headers or {})


async def test_the_list_has_what_a_line_needs(met: System) -> None:
    found = (await met.client.get("/api/meetings")).json()
    assert [meeting["id"] for meeting in found["meetings"]] == ["m2", "m1"]
    assert found["next"] is None
    assert found["meetings"][1] == {
        "id": "m1",
        "conference_id": MINE,
        "name": "Weekly",
        "started_at": BEGAN,
        "ended_at": BEGAN + 600,
        "people": 2,
        "talk_seconds": 40.5,
        "recordings": 1,
    }


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (f"conference={MINE}", ["m1"]),
        ("q=zo%C3%AB", ["m1"]),
        ("q=board", ["m2"]),
        ("from=2025-11-21&to=2025-11-21", ["m2", "m1"]),
        ("from=2025-11-22", []),
        (f"to={BEGAN + 50}", ["m1"]),
        ("conference=none", []),
    ],
)
async def test_filters(met: System, query: str, expected: list[str]) -> None:
    found = (await met.client.get(f"/api/meetings?{query}")).json()
    assert [meeting["id"] for meeting in found["meetings"]] == expected


async def test_the_pages_follow_each_other(met: System) -> None:
    first = (await met.client.get("/api/meetings?limit=1")).json()
    second = (await met.client.get(f"/api/meetings?limit=1&after={first['next']}")).json()
    ids = [meeting["id"] for page in (first, second) for meeting in page["meetings"]]
    assert ids == ["m2", "m1"] and second["next"] is None
    wrong = await met.client.get("/api/meetings?after=nowhere")
    assert (wrong.status_code, wrong.json()["error_id"], wrong.json()["field"]) == (
        422,
        "page-unknown",
        "after",
    )


async def test_one_meeting_tells_who_was_there_from_when_to_when(met: System) -> None:
    found = (await met.client.get("/api/meetings/m1")).json()
    anna, guest, bruno = found["attendances"]
    assert (anna["administrator"], anna["waited_seconds"], anna["seconds"], anna["talk_seconds"]) == (
        True,
        0.0,
        600.0,
        40.5,
    )
    assert (guest["entrance"], guest["guest"], guest["waited_seconds"], guest["seconds"]) == (
        "link",
        "visit-1",
        60.0,
        30.0,
    )
    assert (bruno["entered_at"], bruno["waited_seconds"], bruno["seconds"]) == (None, 10.0, 0.0)
    (invited,) = found["invitations"]
    assert (invited["number"], invited["state"], invited["reason"], invited["invited_by"]) == (
        "203",
        "refused",
        "busy",
        "Anna",
    )
    assert [(tape["participant"], tape["seconds"]) for tape in found["tapes"]] == [
        ("", 580.0),
        ("Anna", 580.0),
    ]
    assert (found["people"], found["recordings"], found["may_listen"]) == (2, 1, True)
    assert ".wav" not in (await met.client.get("/api/meetings/m1")).text, "nobody is told where files lie"
    assert (await met.client.get("/api/meetings/none")).status_code == 404


async def test_a_rooms_administrator_reads_his_own_minutes_and_no_others(met: System) -> None:
    headers = await person(met, "user-201")
    listed = await get(met, "/api/meetings", headers)
    assert [meeting["id"] for meeting in listed.json()["meetings"]] == ["m1"]
    assert (await get(met, f"/api/meetings?conference={OTHER}", headers)).json()["meetings"] == []
    own = await get(met, "/api/meetings/m1", headers)
    assert own.status_code == 200 and own.json()["may_listen"] is True
    assert (await get(met, "/api/meetings/m2", headers)).status_code == 404
    assert (await get(met, "/api/meetings/m2/minutes.csv", headers)).status_code == 404


@pytest.mark.parametrize("user", ["user-202", None])
async def test_who_was_only_a_participant_reads_nothing(met: System, user: str | None) -> None:
    headers = await person(met, user) if user else await bearer(met, Role.USER)
    assert (await get(met, "/api/meetings", headers)).json() == {"meetings": [], "next": None}
    assert (await get(met, "/api/meetings/m1", headers)).status_code == 404
    assert (await get(met, "/api/meetings/m1/minutes.csv", headers)).status_code == 404


async def test_a_conference_manager_reads_all_and_hears_none(met: System) -> None:
    headers = await bearer(met, Role.CONFERENCE_MANAGER)
    assert len((await get(met, "/api/meetings", headers)).json()["meetings"]) == 2
    found = (await get(met, "/api/meetings/m1", headers)).json()
    assert found["may_listen"] is False and len(found["tapes"]) == 2
    granted = await bearer(met, Role.CONFERENCE_MANAGER, [Right.RECORDINGS])
    assert (await get(met, "/api/meetings/m1", granted)).json()["may_listen"] is True


def rows_of(text: str) -> list[list[str]]:
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


async def test_minutes_as_a_table_in_the_sessions_language(met: System) -> None:
    async with met.stranger() as client:
        headers = await bearer(met, Role.ADMINISTRATOR)
        await client.patch("/api/account", json={"language": "fr"}, headers=headers)
        answer = await client.get("/api/meetings/m1/minutes.csv?zone=Europe/Brussels", headers=headers)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    heading, *rows = rows_of(answer.content.decode())
    assert heading[:4] == ["Quoi", "Nom", "Numéro", "Venu par"]
    assert [row[0] for row in rows] == [
        "Réunion",
        "Participant",
        "Participant",
        "Participant",
        "Invitation",
        "Enregistrement",
        "Enregistrement",
    ]
    assert rows[1] == [
        "Participant",
        "Anna",
        "201",
        "poste",
        "oui",
        "2025-11-21T15:00:00+01:00",
        "2025-11-21T15:00:00+01:00",
        "2025-11-21T15:10:00+01:00",
        "0",
        "600",
        "40",
        "parti",
    ]
    assert rows[2][1] == "'=Zoë", "no cell is computed"
    assert rows[4][-1] == "refusée: occupé"
    audit = await met.store.audit.list(1)
    assert (audit[0].action, audit[0].subject, audit[0].detail) == ("minutes exported", "Weekly", "m1")


@pytest.mark.parametrize("language", ["en", "fr", "it", "de"])
def test_every_language_has_every_heading(language: str) -> None:
    facts = MeetingFacts(
        MeetingRow("m", "c", "Weekly", BEGAN), [attendance("Anna", reason="odd")], [], [recording(1)]
    )
    heading, meeting, person, tape = rows_of(minutes_csv(facts, language, ZoneInfo("UTC")))
    assert len(heading) == 12 and all(heading)
    assert meeting[7] == "" and person[8:10] == ["", "0"] and tape[9] == "0"
    assert person[-1] == "odd", "a reason without a word is shown as it is"
