"""Recordings: who may hear which, the sound in parts, its picture, deleting; no word of where they lie."""

from __future__ import annotations

import wave
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from switchroom.store import MeetingRow, Right, Role
from tests.api.conftest import System
from tests.api.people import bearer
from tests.api.test_meetings import BEGAN, MINE, OTHER, administrator_of, get, person, recording


def sound(path: Path, seconds: float = 1.0) -> bytes:
    """A WAV file and what is in it."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(b"\x00\x10\x00\xf0" * round(seconds * 8000))
    return path.read_bytes()


@pytest.fixture
async def taped(system: System) -> AsyncIterator[System]:
    """Recordings of two rooms: of both whole and, of one, a participant; one is still running."""
    store = system.store
    await administrator_of(system, MINE, "user-201")
    await administrator_of(system, OTHER, "user-205")
    store.recordings.prepare()
    store.minutes.put(MeetingRow("m1", MINE, "Weekly: plans/secrets", BEGAN, BEGAN + 600))
    done = {"ended_at": BEGAN + 600, "seconds": 1.0, "reason": "ended"}
    store.recordings.put(recording(1, **done))
    store.recordings.put(recording(2, attendance="leg-Anna", participant="Anna", **done))
    store.recordings.put(recording(3, started_at=BEGAN + 30))
    store.recordings.put(recording(4, conference_id=OTHER, meeting="m2", started_at=BEGAN + 40, **done))
    for number in (1, 2, 3, 4):
        sound(store.recordings.folder / f"m1.{number}.wav")
    await store.settled()
    yield system


def left(system: System) -> list[str]:
    """The files in the folder."""
    return sorted(entry.name for entry in system.store.recordings.folder.iterdir())


async def test_the_list_and_its_filters(taped: System) -> None:
    async def ids(query: str = "") -> list[str]:
        found = (await taped.client.get(f"/api/recordings?{query}")).json()
        return [item["id"] for item in found["recordings"]]

    assert await ids() == ["m1.4", "m1.3", "m1.2", "m1.1"]
    assert await ids(f"conference={OTHER}") == ["m1.4"]
    assert await ids("meeting=m1&whole=true") == ["m1.3", "m1.1"]
    assert await ids("whole=false") == ["m1.2"]
    assert await ids(f"from={BEGAN + 35}") == ["m1.4"]
    first = (await taped.client.get("/api/recordings?limit=3")).json()
    assert await ids(f"limit=3&after={first['next']}") == ["m1.1"]
    wrong = await taped.client.get("/api/recordings?after=nowhere")
    assert (wrong.status_code, wrong.json()["error_id"]) == (422, "page-unknown")


async def test_a_recording_tells_what_it_is_but_not_where_it_lies(taped: System) -> None:
    found = (await taped.client.get("/api/recordings/m1.2")).json()
    assert found == {
        "id": "m1.2",
        "conference_id": MINE,
        "conference": "Weekly: plans/secrets",
        "meeting": "m1",
        "started_at": BEGAN + 20,
        "started_by": "Anna",
        "attendance": "leg-Anna",
        "participant": "Anna",
        "ended_at": BEGAN + 600,
        "seconds": 1.0,
        "reason": "ended",
    }
    everything = (await taped.client.get("/api/recordings")).text
    assert ".wav" not in everything and str(taped.store.recordings.folder) not in everything
    assert (await taped.client.get("/api/recordings/none")).status_code == 404


async def test_the_sound_comes_whole_or_in_parts(taped: System) -> None:
    content = sound(taped.store.recordings.folder / "m1.1.wav")
    whole = await taped.client.get("/api/recordings/m1.1/audio")
    assert (whole.status_code, whole.content) == (200, content)
    assert whole.headers["content-type"] == "audio/wav" and whole.headers["accept-ranges"] == "bytes"
    assert whole.headers["content-disposition"].startswith("inline")
    assert str(taped.store.recordings.folder) not in str(whole.headers)
    part = await taped.client.get("/api/recordings/m1.1/audio", headers={"Range": "bytes=44-1043"})
    assert (part.status_code, part.content) == (206, content[44:1044])
    assert part.headers["content-range"] == f"bytes 44-1043/{len(content)}"
    last = await taped.client.get("/api/recordings/m1.1/audio", headers={"Range": "bytes=-100"})
    assert (last.status_code, last.content) == (206, content[-100:])
    beyond = await taped.client.get("/api/recordings/m1.1/audio", headers={"Range": "bytes=99999999-"})
    assert beyond.status_code == 416


async def test_a_download_has_a_name_that_says_what_it_is(taped: System) -> None:
    answer = await taped.client.get("/api/recordings/m1.2/audio?download=true")
    name = unquote(answer.headers["content-disposition"])
    assert name.startswith("attachment") and "Weekly_ plans_secrets Anna 2025-11-21 14.00.wav" in name


async def test_who_heard_what_is_in_the_audit_log_once_an_hour(taped: System) -> None:
    for extra in ({}, {}, {"Range": "bytes=0-"}, {"Range": "bytes=5000-"}):
        await taped.client.get("/api/recordings/m1.1/audio", headers=extra)
    await taped.client.get("/api/recordings/m1.1/audio?download=true")
    acts = [(entry.action, entry.detail) for entry in await taped.store.audit.list(20)]
    assert [act for act in acts if act[0].startswith("recording")] == [
        ("recording downloaded", "m1.1"),
        ("recording heard", "m1.1"),
    ]


async def test_what_is_still_being_recorded_can_not_be_heard_nor_deleted(taped: System) -> None:
    for method, path in (("GET", "/audio"), ("GET", "/peaks"), ("DELETE", "")):
        answer = await taped.client.request(method, f"/api/recordings/m1.3{path}")
        assert (answer.status_code, answer.json()["error_id"]) == (409, "recording-running"), path
    assert "m1.3.wav" in left(taped)


async def test_the_picture_of_a_recording(taped: System) -> None:
    found = (await taped.client.get("/api/recordings/m1.1/peaks")).json()
    assert (found["seconds"], found["peaks"]) == (1.0, [13] * 1000)
    (taped.store.recordings.folder / "m1.2.wav").write_bytes(b"no sound")
    assert (await taped.client.get("/api/recordings/m1.2/peaks")).json()["peaks"] == []


async def test_a_file_that_is_gone_is_said_to_be_gone(taped: System) -> None:
    (taped.store.recordings.folder / "m1.1.wav").unlink()
    for path in ("audio", "peaks"):
        answer = await taped.client.get(f"/api/recordings/m1.1/{path}")
        assert (answer.status_code, answer.json()["error_id"]) == (404, "recording-gone")
    assert (await taped.client.delete("/api/recordings/m1.1")).status_code == 204


async def test_deleting_takes_file_and_row_and_is_audited(taped: System) -> None:
    await taped.client.get("/api/recordings/m1.2/peaks")
    assert "m1.2.wav.peaks" in left(taped)
    assert (await taped.client.delete("/api/recordings/m1.2")).status_code == 204
    assert left(taped) == ["m1.1.wav", "m1.3.wav", "m1.4.wav"]
    assert (await taped.client.get("/api/recordings/m1.2")).status_code == 404
    audit = (await taped.store.audit.list(1))[0]
    assert (audit.action, audit.subject, audit.detail) == (
        "recording deleted",
        "Weekly: plans/secrets",
        "m1.2, Anna",
    )


async def test_a_rooms_administrator_hears_his_own_and_no_others(taped: System) -> None:
    headers = await person(taped, "user-201")
    listed = (await get(taped, "/api/recordings", headers)).json()["recordings"]
    assert [item["id"] for item in listed] == ["m1.3", "m1.2", "m1.1"]
    assert (await get(taped, f"/api/recordings?conference={OTHER}", headers)).json()["recordings"] == []
    assert (await get(taped, "/api/recordings/m1.1/audio", headers)).status_code == 200
    for path in ("", "/audio", "/peaks"):
        assert (await get(taped, f"/api/recordings/m1.4{path}", headers)).status_code == 404
    async with taped.stranger() as client:
        answer = await client.delete("/api/recordings/m1.1", headers=headers)
    assert (answer.status_code, answer.json()["error_id"]) == (403, "not-allowed")


@pytest.mark.parametrize("role", [Role.USER, Role.CONFERENCE_MANAGER])
async def test_others_hear_nothing_without_the_right(taped: System, role: Role) -> None:
    headers = await bearer(taped, role)
    assert (await get(taped, "/api/recordings", headers)).json() == {"recordings": [], "next": None}
    assert (await get(taped, "/api/recordings/m1.1", headers)).status_code == 404
    assert (await get(taped, "/api/recordings/m1.1/audio", headers)).status_code == 404
    granted = await bearer(taped, role, [Right.RECORDINGS])
    assert len((await get(taped, "/api/recordings", granted)).json()["recordings"]) == 4
    assert (await get(taped, "/api/recordings/m1.1/audio", granted)).status_code == 200
    async with taped.stranger() as client:
        assert (await client.delete("/api/recordings/m1.1", headers=granted)).status_code == 204


@pytest.mark.parametrize("path", ["..%2Fkey", "m1.1%2F..%2F..%2Fkey", "..", "m1.1.wav", "%00"])
async def test_no_id_leads_out_of_the_folder(taped: System, path: str) -> None:
    answer = await taped.client.get(f"/api/recordings/{path}/audio")
    assert answer.status_code in (404, 422)
