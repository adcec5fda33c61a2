"""api/voicemails.py: one's own messages, greetings and PIN, and nobody else's (B7, D3-04 to D3-06)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from switchroom.api.tabs import GroupKey
from switchroom.directory import Mailbox, MailboxId, UserId
from switchroom.sounds.convert import SoundMaker
from switchroom.sounds.synthesis import find_synthesiser
from switchroom.store.voicemails import GreetingKind, Voicemail
from tests.api.conftest import System
from tests.api.people import browser
from tests.sounds.test_convert import made
from tests.store.test_recordings import tone

ANNA, BRUNO = UserId("user-201"), UserId("user-202")
SALES = Mailbox(MailboxId("sales"), "Sales", "600")


async def configure(system: System) -> None:
    """Two people and the sales team have mailboxes."""
    configuration = system.store.configuration
    for user in (ANNA, BRUNO):
        await configuration.save(replace(configuration.applied.users[user], voicemail=True), "test")
    await configuration.save(SALES, "test")
    await configuration.apply(configuration.applied.revision, "test")


def leave(system: System, number: int, mailbox: str = ANNA, **values: object) -> None:
    """Somebody leaves a message."""
    message = Voicemail(
        f"m{number}", mailbox, "call", "+3221234", "Bob", None, f"m{number}.wav", 1000.0 + number
    )
    system.store.voicemails.prepare()
    tone(system.store.voicemails.folder / message.path, 2.0)
    system.store.voicemails.begin(replace(message, **values))  # type: ignore[arg-type]
    system.store.voicemails.finish(message.id, 2.0)


@pytest.fixture
async def anna(system: System) -> AsyncIterator[httpx.AsyncClient]:
    await configure(system)
    system.app.state.sound_maker = SoundMaker()
    async with browser(system, "201") as client:
        yield client


async def test_d3_06_the_list_hear_archive_delete(system: System, anna: httpx.AsyncClient) -> None:
    for number in (1, 2, 3):
        leave(system, number)
    first = (await anna.get("/api/phone/voicemails", params={"limit": 2})).json()
    assert [one["id"] for one in first["messages"]] == ["m3", "m2"]
    assert (first["new"], first["old"]) == (3, 0)
    message = first["messages"][0]
    assert "path" not in message
    assert (message["caller_number"], message["caller_name"], message["heard_at"]) == (
        "+3221234",
        "Bob",
        None,
    )
    rest = (await anna.get("/api/phone/voicemails", params={"after": first["next"]})).json()
    assert ([one["id"] for one in rest["messages"]], rest["next"]) == (["m1"], None)
    changed = await anna.patch("/api/phone/voicemails/m3", json={"heard": True, "archived": True})
    assert changed.json()["heard_at"] is not None
    archived = (await anna.get("/api/phone/voicemails", params={"archived": True})).json()
    assert [one["id"] for one in archived["messages"]] == ["m3"]
    assert (archived["new"], archived["old"]) == (2, 0)
    again = await anna.patch("/api/phone/voicemails/m3", json={"heard": False, "archived": False})
    assert (again.json()["heard_at"], again.json()["archived_at"]) == (None, None)
    assert (await anna.delete("/api/phone/voicemails/m3")).status_code == 204
    assert (await anna.get("/api/phone/voicemails/m3")).status_code == 404
    assert not (system.store.voicemails.folder / "m3.wav").exists()
    assert (await anna.get("/api/phone/voicemails", params={"after": "nonsense"})).status_code == 422


async def test_the_sound_in_parts_and_its_shape(system: System, anna: httpx.AsyncClient) -> None:
    leave(system, 1)
    whole = (system.store.voicemails.folder / "m1.wav").read_bytes()
    answer = await anna.get("/api/phone/voicemails/m1/audio")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/wav")
    assert answer.content == whole
    part = await anna.get("/api/phone/voicemails/m1/audio", headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, whole[100:200])
    saved = await anna.get("/api/phone/voicemails/m1/audio", params={"download": True})
    assert "attachment" in saved.headers["content-disposition"]
    shape = (await anna.get("/api/phone/voicemails/m1/peaks")).json()
    assert max(shape["peaks"]) > 40
    (system.store.voicemails.folder / "m1.wav").unlink()
    gone = await anna.get("/api/phone/voicemails/m1/audio")
    assert (gone.status_code, gone.json()["error_id"]) == (404, "recording-gone")


async def test_b7_nobody_sees_another_s_messages(system: System, anna: httpx.AsyncClient) -> None:
    """Neither a colleague nor an administrator; nor one that is still being recorded."""
    leave(system, 1, BRUNO)
    leave(system, 2, SALES.id)
    system.store.voicemails.begin(Voicemail("m9", ANNA, "c", "1", "", None, "m9.wav", 1.0))
    for client in (anna, system.client):
        for message in ("m1", "m2", "m9"):
            for path in ("", "/audio", "/peaks"):
                answer = await client.get(f"/api/phone/voicemails/{message}{path}")
                assert answer.status_code in (404, 409), answer.text
            assert (await client.delete(f"/api/phone/voicemails/{message}")).status_code in (404, 409)
            patched = await client.patch(f"/api/phone/voicemails/{message}", json={"heard": True})
            assert patched.status_code in (404, 409)
    for path in ("voicemails", "mailbox", "mailbox/greetings/busy/audio"):
        for box in (BRUNO, "sales", "nobody"):
            assert (await anna.get(f"/api/phone/{path}", params={"mailbox": box})).status_code == 404
    pin = await anna.put("/api/phone/mailbox/pin", params={"mailbox": BRUNO}, json={"pin": "4711"})
    assert pin.status_code == 404
    assert system.store.voicemails.counts(BRUNO).new == 1


async def test_who_has_no_mailbox_is_told(system: System) -> None:
    async with browser(system, "203") as client:
        answer = await client.get("/api/phone/voicemails")
        assert (answer.status_code, answer.json()["error_id"]) == (409, "no-mailbox")
        assert (await client.get("/api/phone/mailboxes")).json() == []


async def test_a_box_of_a_team_is_its_keeper_s(system: System, anna: httpx.AsyncClient) -> None:
    configuration = system.store.configuration
    await configuration.save(replace(SALES, user=ANNA), "test")
    await configuration.apply(configuration.applied.revision, "test")
    leave(system, 1, SALES.id)
    listed = (await anna.get("/api/phone/voicemails", params={"mailbox": "sales"})).json()
    assert [one["id"] for one in listed["messages"]] == ["m1"]
    assert (await anna.get("/api/phone/voicemails")).json()["messages"] == []
    boxes = (await anna.get("/api/phone/mailboxes")).json()
    assert [(one["id"], one["new"]) for one in boxes] == [(ANNA, 0), ("sales", 1)]


async def test_d3_04_a_pin_of_4_to_8_digits(system: System, anna: httpx.AsyncClient) -> None:
    assert (await anna.get("/api/phone/mailbox")).json()["has_pin"] is False
    for pin in ("1234", "201", "0201", "12", "123456789", "abcd"):
        answer = await anna.put("/api/phone/mailbox/pin", json={"pin": pin})
        assert (answer.status_code, answer.json()["error_id"]) == (422, "pin-weak"), pin
    assert (await anna.put("/api/phone/mailbox/pin", json={"pin": "4711"})).status_code == 204
    assert await system.store.voicemails.pin_is(ANNA, "4711")
    changed = (await anna.patch("/api/phone/mailbox", json={"ask_pin": False})).json()
    assert (changed["has_pin"], changed["ask_pin"]) == (True, False)
    noted = [(one.who, one.action) for one in await system.store.audit.list(5)]
    assert ("201", "voicemail PIN set") in noted
    assert "4711" not in str(await system.store.audit.list(5))


@pytest.mark.parametrize("kind", ["wav", "mp3"])
async def test_d3_05_a_greeting_is_uploaded_heard_and_removed(
    system: System, anna: httpx.AsyncClient, kind: str
) -> None:
    place = "/api/phone/mailbox/greetings/unavailable"
    assert (await anna.get(f"{place}/audio")).status_code == 404
    answer = await anna.put(place, content=made(kind))
    assert answer.status_code == 200, answer.text
    (greeting,) = answer.json()["greetings"]
    assert (greeting["kind"], greeting["text"]) == ("unavailable", "")
    assert greeting["seconds"] == pytest.approx(2.0, abs=0.1)
    sound = await anna.get(f"{place}/audio")
    assert sound.content[:4] == b"RIFF"
    assert (await anna.delete(place)).status_code == 204
    assert (await anna.get("/api/phone/mailbox")).json()["greetings"] == []
    assert list(system.store.voicemails.folder.iterdir()) == []


async def test_what_can_not_be_a_greeting_is_refused_in_words(
    system: System, anna: httpx.AsyncClient
) -> None:
    place = "/api/phone/mailbox/greetings/busy"
    for data, status, error_id in (
        (b"hello", 422, "not-a-sound"),
        (made("webm", rate=48000), 422, "not-a-sound"),
        (made("wav", level=0.0), 422, "silent"),
        (made("wav", 121.0, 8000, 1), 422, "too-long"),
        (bytes(5 * 1024 * 1024 + 1), 413, "too-large"),
    ):
        answer = await anna.put(place, content=data)
        assert (answer.status_code, answer.json()["error_id"]) == (status, error_id)
        assert answer.json()["message"]
    assert list(system.store.voicemails.folder.iterdir()) == []


@pytest.mark.skipif(find_synthesiser() is None, reason="no speech synthesis is installed")
async def test_d3_05_a_greeting_is_spoken_text(system: System, anna: httpx.AsyncClient) -> None:
    place = "/api/phone/mailbox/greetings/busy/text"
    answer = await anna.put(place, json={"text": "I am on the phone.", "language": "en"})
    (greeting,) = answer.json()["greetings"]
    assert (greeting["kind"], greeting["text"]) == ("busy", "I am on the phone.")
    assert greeting["seconds"] > 0.5


async def test_administrators_see_how_many_and_give_a_team_s_box_its_pin(
    system: System, anna: httpx.AsyncClient
) -> None:
    leave(system, 1)
    leave(system, 2, SALES.id)
    counts = (await system.client.get("/api/voicemail-counts")).json()
    assert {one["mailbox"]: one["new"] for one in counts} == {ANNA: 1, BRUNO: 0, "sales": 1}
    assert (await anna.get("/api/voicemail-counts")).status_code == 403
    put = system.client.put
    assert (await put("/api/mailboxes/sales/pin", json={"pin": "4711"})).status_code == 204
    assert (await put("/api/mailboxes/sales/pin", json={"pin": "0600"})).status_code == 422
    assert (await put(f"/api/mailboxes/{ANNA}/pin", json={"pin": "4711"})).status_code == 404
    assert not await system.store.voicemails.pin_is(ANNA, "4711")
    place, kept = "/api/mailboxes/sales/greetings/unavailable", system.store.voicemails
    assert (await put(place, content=made("mp3"))).status_code == 204
    (greeting,) = (await system.client.get("/api/mailboxes/sales/greetings")).json()
    assert (greeting["kind"], greeting["text"]) == ("unavailable", "")
    sound = await system.client.get(place + "/audio")
    assert sound.headers["content-type"] == "audio/wav" and sound.content.startswith(b"RIFF")
    for path in ("greetings", "greetings/unavailable/audio"):
        assert (await anna.get(f"/api/mailboxes/sales/{path}")).status_code == 403
        assert (await system.client.get(f"/api/mailboxes/{ANNA}/{path}")).status_code == 404, "that is hers"
    assert (await put(place, content=b"hello")).status_code == 422
    assert (await put(place.replace("sales", ANNA), content=made("wav"))).status_code == 404
    assert (await system.client.delete(place)).status_code == 204
    assert (await system.client.get("/api/mailboxes/sales/greetings")).json() == []
    assert (await system.client.get(place + "/audio")).status_code == 404
    assert kept.greeting(SALES.id, GreetingKind.UNAVAILABLE) is None


async def test_the_pages_of_a_phone_are_told_how_many_there_are(
    system: System, anna: httpx.AsyncClient
) -> None:
    """Of one's own mailboxes, and nobody's else."""
    leave(system, 1)
    hub = system.app.state.tab_hub
    pages = {user: hub.join(user, "t", "d", GroupKey("s", "b"), True) for user in (ANNA, BRUNO, "user-203")}

    def told(user: str) -> list[tuple[int, int]]:
        sent = [pages[user].outbox.get_nowait() for _ in range(pages[user].outbox.qsize())]
        read = [json.loads(one) for one in sent if isinstance(one, bytes)]
        return [(one["new"], one["old"]) for one in read if one["type"] == "voicemail"]

    assert [told(user) for user in pages] == [[(1, 0)], [(0, 0)], []]
    leave(system, 2)
    await anna.patch("/api/phone/voicemails/m1", json={"heard": True})
    leave(system, 3, SALES.id)
    assert [told(user) for user in pages] == [[(2, 0), (1, 1)], [], []]
    for page in pages.values():
        hub.leave(page)
