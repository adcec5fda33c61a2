"""api/hold_music.py: WAV and MP3 are taken, anything else refused; what is played is not deleted (B8-05,
D3-09)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from switchroom.sounds.convert import SoundMaker
from switchroom.sounds.prompts import Prompts, Sound
from tests.api.conftest import System
from tests.api.people import browser
from tests.sounds.test_convert import made

PLACE = "/api/hold-music"


@pytest.mark.parametrize("kind", ["mp3", "wav"])
async def test_b8_05_music_is_uploaded_heard_chosen_and_deleted(system: System, kind: str) -> None:
    system.app.state.sound_maker = SoundMaker()
    client, configuration = system.client, system.store.configuration
    answer = await client.put(PLACE, params={"name": " Bach \n suite"}, content=made(kind))
    assert answer.status_code == 201, answer.text
    music = answer.json()
    assert (music["name"], music["seconds"]) == ("Bach suite", pytest.approx(2.0, abs=0.1))
    assert (await client.get(PLACE)).json() == [music]
    sound = await client.get(f"{PLACE}/{music['id']}/audio", headers={"Range": "bytes=0-3"})
    assert (sound.status_code, sound.content) == (206, b"RIFF")

    changed = await client.patch("/api/settings", json={"hold_music": music["id"]})
    assert changed.status_code == 200, changed.text
    kept = system.store.hold_music
    assert kept.played(configuration.applied.settings.hold_music) == ""  # not applied yet
    gone = await client.delete(f"{PLACE}/{music['id']}")
    assert (gone.status_code, gone.json()["error_id"]) == (409, "in-use")
    await configuration.apply(configuration.applied.revision, "test")
    assert kept.played(configuration.applied.settings.hold_music) == str(kept.path(music["id"]))

    await configuration.save(replace(configuration.applied.settings, hold_music=None), "test")
    assert (await client.delete(f"{PLACE}/{music['id']}")).status_code == 409
    await configuration.apply(configuration.applied.revision, "test")
    room = (await client.get("/api/conferences")).json()[0]
    of_its_own = await client.patch(f"/api/conferences/{room['id']}", json={"hold_music": music["id"]})
    assert of_its_own.json()["conference"]["hold_music"] == music["id"]
    assert (await client.delete(f"{PLACE}/{music['id']}")).status_code == 409
    assert kept.played(None, "nothing", music["id"]) == str(kept.path(music["id"]))
    await client.post("/api/configuration/discard")
    assert (await client.delete(f"{PLACE}/{music['id']}")).status_code == 204
    assert (await client.get(PLACE)).json() == []
    assert list(kept.folder.iterdir()) == []


async def test_b8_05_anything_else_is_refused(system: System) -> None:
    system.app.state.sound_maker = SoundMaker()
    for data, status, error_id in (
        (b"<html>", 422, "not-a-sound"),
        (made("webm", rate=48000), 422, "not-a-sound"),
        (bytes(5 * 1024 * 1024 + 1), 413, "too-large"),
    ):
        answer = await system.client.put(PLACE, content=data)
        assert (answer.status_code, answer.json()["error_id"]) == (status, error_id)
    assert (await system.client.get(PLACE)).json() == []


async def test_only_who_has_the_settings_uploads_or_hears_it(system: System) -> None:
    async with browser(system, "201") as client:
        for answer in (
            await client.get(PLACE),
            await client.put(PLACE, content=b"x"),
            await client.get(f"{PLACE}/music-aaaaaaaaaaaa/audio"),
            await client.delete(f"{PLACE}/music-aaaaaaaaaaaa"),
        ):
            assert answer.status_code == 403
    for name in ("nothing", "music-aaaaaaaaaaaa", "..~key"):
        assert (await system.client.get(f"{PLACE}/{name}/audio")).status_code == 404


def test_music_that_is_gone_gives_way_to_the_delivered_one(system: System) -> None:
    prompts = Prompts(
        system.store.hold_music.folder, {"music": Sound("music.wav", "own", "", 16000, 1.0, 0.0)}
    )
    delivered = prompts.music()
    prompts.chosen = lambda own: system.store.hold_music.played("music-aaaaaaaaaaaa")
    assert prompts.music() == delivered
    prompts.chosen = lambda own: "/music/own.wav"
    assert prompts.music() == "/music/own.wav"
