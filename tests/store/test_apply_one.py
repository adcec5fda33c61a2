"""store/configuration.py: one change of the draft is applied alone (S3-06, G-11); the conference server."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from switchroom.directory import Conference, ConferenceId, ConferenceServer, User, UserId
from switchroom.directory.draft import Chosen
from switchroom.store import InvalidConfiguration, NotFound, Store, load_demonstration
from switchroom.store.configuration import entry_version
from switchroom.store.errors import ChangedMeanwhile, Conflict, InUse

SERVER = ConferenceServer("8000")
ROOM = Conference(ConferenceId("room"), "Room", dial_in_id="31415")
OTTO = User(UserId("otto"), "301", "Otto")
BOARD = ConferenceId("conference-8002")


async def ready(store: Store) -> None:
    """The demonstration with a server and one room, in force as revision 2."""
    await load_demonstration(store)
    await store.configuration.save(SERVER, "admin", ROOM)
    await store.configuration.apply(1, "admin")


async def test_s3_06_one_change_is_applied_and_the_others_stay_pending(store: Store) -> None:
    await ready(store)
    configuration = store.configuration
    await configuration.save(OTTO, "one")
    await configuration.edit("conferences", BOARD, {"name": "Big board"}, "one")
    await configuration.edit("conferences", ROOM.id, {"access_code": "2468"}, "two")
    made = await configuration.apply_one("conferences", ROOM.id, "two")
    assert made is not None
    assert (made.number, made.author) == (3, "two")
    assert [change.message for change in made.changes] == ["Conference Room: access code set"]
    applied = configuration.applied
    assert applied.conferences[ROOM.id].access_code == "2468"
    assert (applied.revision, OTTO.id in applied.users, applied.conferences[BOARD].name) == (
        3,
        False,
        "Board",
    )
    draft = await configuration.draft()
    assert draft.base == 3
    assert draft.pending == {("users", "otto"), ("conferences", BOARD)}
    assert await configuration.apply_one("conferences", ROOM.id, "two") is None
    # The rest is applied later, on top.
    await configuration.apply(3, "one")
    assert configuration.applied.conferences[BOARD].name == "Big board"


async def test_s3_06_fields_that_somebody_else_changed_stay_pending(store: Store) -> None:
    await ready(store)
    configuration = store.configuration
    await configuration.edit("conferences", ROOM.id, {"tones": False}, "one")
    await configuration.edit("conferences", ROOM.id, {"access_code": "2468"}, "two")
    await configuration.apply_one("conferences", ROOM.id, "two", frozenset({"access_code"}))
    applied = configuration.applied.conferences[ROOM.id]
    assert (applied.access_code, applied.tones) == ("2468", True)
    draft = await configuration.draft()
    assert draft.snapshot.conferences[ROOM.id] == replace(applied, tones=False)
    assert draft.pending == {("conferences", ROOM.id)}


async def test_s3_06_a_removal_is_applied_alone(store: Store, url: str, tmp_path: Path) -> None:
    await ready(store)
    await store.configuration.save(OTTO, "one")
    await store.configuration.remove("conferences", ROOM.id, "two")
    made = await store.configuration.apply_one("conferences", ROOM.id, "two")
    assert made is not None
    assert [change.message for change in made.changes] == ["Conference Room (ID 31415) removed"]
    assert (await store.configuration.draft()).pending == {("users", "otto")}
    other = await Store.open(url, tmp_path / "key")
    try:
        assert other.configuration.applied == store.configuration.applied
        assert (await other.configuration.draft()).pending == {("users", "otto")}
    finally:
        await other.close()


async def test_s3_06_what_needs_other_pending_changes_is_refused_and_stays_saved(store: Store) -> None:
    await ready(store)
    configuration = store.configuration
    await configuration.edit("users", "user-201", {"extension": "211"}, "one")
    await configuration.edit("conference_server", "server", {"extension": "201"}, "two")
    with pytest.raises(InvalidConfiguration) as caught:
        await configuration.apply_one("conference_server", "server", "two")
    assert {(p.path, p.error_id) for p in caught.value.problems} == {
        ("conference_server/extension", "extension-taken"),
        ("users/user-201/extension", "extension-taken"),
    }
    assert configuration.applied.revision == 2
    assert len((await configuration.draft()).pending) == 2
    await configuration.apply_some(
        [Chosen("conference_server", "server"), Chosen("users", "user-201")], "one"
    )
    assert configuration.applied.by_extension["201"] == ConferenceServer("201")


async def test_two_who_save_on_the_servers_pages_at_once_both_get_theirs(
    store: Store, url: str, tmp_path: Path
) -> None:
    await ready(store)
    other = await Store.open(url, tmp_path / "key")
    try:
        for number in range(4):
            rooms = [
                Conference(ConferenceId(f"r{number}{side}"), "Room", dial_in_id=f"{number}{side}00")
                for side in (1, 2)
            ]
            await store.configuration.save(rooms[0], "one")
            await other.configuration.save(rooms[1], "two")
            await asyncio.gather(
                store.configuration.apply_one("conferences", rooms[0].id, "one"),
                other.configuration.apply_one("conferences", rooms[1].id, "two"),
            )
            await store.refresh()
            await other.refresh()
            assert store.configuration.applied == other.configuration.applied
            assert {room.id for room in rooms} <= store.configuration.applied.conferences.keys()
            assert (await store.configuration.draft()).pending == frozenset()
    finally:
        await other.close()


async def test_s3_10_a_conference_that_is_given_an_id_gets_the_servers_limit(store: Store) -> None:
    await load_demonstration(store)
    configuration = store.configuration
    await configuration.save(replace(SERVER, max_participants=12), "admin")
    await configuration.edit("conferences", BOARD, {"dial_in_id": "31415"}, "admin")
    await configuration.edit(
        "conferences", "conference-8001", {"dial_in_id": "27182", "max_participants": None}, "admin"
    )
    draft = await configuration.draft()
    rooms = draft.snapshot.conferences
    assert rooms[BOARD].max_participants == 12
    assert rooms[ConferenceId("conference-8001")].max_participants is None
    # Once it has an ID, nothing is set behind an editor's back.
    await configuration.edit("conferences", BOARD, {"max_participants": None}, "admin")
    await configuration.edit("conferences", BOARD, {"dial_in_id": "99999"}, "admin")
    assert (await configuration.draft()).snapshot.conferences[BOARD].max_participants is None


async def test_s3_11_the_server_is_not_removed_while_it_has_rooms(store: Store) -> None:
    await ready(store)
    configuration = store.configuration
    with pytest.raises(InUse, match="still has rooms") as caught:
        await configuration.remove("conference_server", "server", "admin")
    assert caught.value.blocked_by == (("conferences", "room", "Room"),)
    await configuration.remove("conferences", ROOM.id, "admin")
    await configuration.remove("conference_server", "server", "admin")
    with pytest.raises(InvalidConfiguration) as refused:
        await configuration.apply_one("conference_server", "server", "admin")
    assert refused.value.problems[0].error_id == "conference-server-missing"
    await configuration.apply(2, "admin")
    assert configuration.applied.conference_server is None
    with pytest.raises(NotFound):
        await configuration.remove("conference_server", "server", "admin")


async def test_the_server_is_compared_rolled_back_and_discarded_like_everything(store: Store) -> None:
    await ready(store)
    configuration = store.configuration
    draft = await configuration.edit("conference_server", "server", {"max_rooms": 20}, "admin")
    assert draft.pending == {("conference_server", "server")}
    assert [change.message for change in (await configuration.review()).changes] == [
        "Conference server: rooms at most 10 is now 20"
    ]
    await configuration.discard("admin")
    assert (await configuration.review()).changes == ()
    assert [change.message for change in (await configuration.difference(1)).changes] == [
        "Conference server (8000) removed",
        "Conference Room (ID 31415) removed",
    ]
    await configuration.roll_back(1, "admin")
    assert configuration.applied.conference_server is None
    await configuration.roll_back(2, "admin")
    assert configuration.applied.conference_server == SERVER
    found = [(e.action, e.subject, e.detail) for e in await store.audit.list(20)]
    assert (
        "conference server saved",
        "conference_server/server",
        "Conference server: rooms at most 10 is now 20",
    ) in found


async def test_two_who_edit_the_server_and_the_second_is_told(store: Store) -> None:
    await ready(store)
    version = entry_version(SERVER)
    edit = store.configuration.edit
    await edit("conference_server", "server", {"max_rooms": 20}, "one", expected=version)
    # What callers did there is no edit.
    await store.audit.note("201", "wrong conference id", "conference_server/server", "Anna")
    with pytest.raises(ChangedMeanwhile, match="one changed it") as caught:
        await edit("conference_server", "server", {"extension": "8100"}, "two", expected=version)
    assert caught.value.entry == replace(SERVER, max_rooms=20)
    with pytest.raises(Conflict):
        await store.configuration.save(ConferenceServer("8100"), "two", new=True)


async def test_a_set_up_is_saved_whole_or_not_at_all(store: Store) -> None:
    await load_demonstration(store)
    with pytest.raises(InvalidConfiguration) as caught:
        await store.configuration.save(SERVER, "admin", replace(ROOM, dial_in_id="1"))
    assert [p.path for p in caught.value.problems] == ["conferences/room/dial_in_id"]
    assert (await store.configuration.draft()).pending == frozenset()
