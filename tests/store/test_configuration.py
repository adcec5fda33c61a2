"""store/configuration.py: the draft, apply, roll back (S1-08; the design's third idea)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from switchroom.directory import Conference, ConferenceId, Settings, User, UserId
from switchroom.store import InvalidConfiguration, NotFound, StaleBase, Store, load_demonstration
from switchroom.store.configuration import entry_version
from switchroom.store.errors import ChangedMeanwhile

OTTO = User(UserId("otto"), "301", "Otto")
ROOM = Conference(ConferenceId("room"), "Room", "8009")


async def test_s1_08_saved_but_unapplied_changes_are_not_in_force(store: Store) -> None:
    await load_demonstration(store)
    before = store.configuration.applied
    draft = await store.configuration.save(OTTO, "admin")
    assert draft.snapshot.users[OTTO.id] == OTTO
    assert draft.pending == {("users", "otto")}
    assert store.configuration.applied is before
    assert (await store.configuration.snapshot(1)).users == before.users

    made = await store.configuration.apply(1, "admin", "Otto comes")
    assert made is not None
    assert (made.number, made.author, made.comment) == (2, "admin", "Otto comes")
    assert [change.message for change in made.changes] == ["User Otto (301) added"]
    assert store.configuration.applied.users[OTTO.id] == OTTO
    assert store.configuration.applied.revision == 2
    assert (await store.configuration.draft()).pending == frozenset()


async def test_the_draft_survives_a_restart(store: Store, url: str, tmp_path: Path) -> None:
    await load_demonstration(store)
    draft = await store.configuration.save(OTTO, "admin")
    draft = await store.configuration.remove("conferences", "conference-8001", "admin")
    other = await Store.open(url, tmp_path / "key")
    try:
        again = await other.configuration.draft()
        assert again.snapshot == draft.snapshot
        assert (again.base, again.version, again.pending) == (1, draft.version, draft.pending)
    finally:
        await other.close()


async def test_a_form_is_refused_with_its_problems(store: Store) -> None:
    await load_demonstration(store)
    with pytest.raises(InvalidConfiguration) as caught:
        await store.configuration.save(User(UserId("x"), "201", ""), "admin")
    assert [problem.error_id for problem in caught.value.problems] == ["name-missing", "extension-taken"]
    assert (await store.configuration.draft()).pending == frozenset()


async def test_apply_refuses_a_stale_base(store: Store) -> None:
    await load_demonstration(store)
    await store.configuration.save(OTTO, "admin")
    with pytest.raises(StaleBase) as caught:
        await store.configuration.apply(0, "admin")
    assert caught.value.current == 1
    assert store.configuration.applied.revision == 1


async def test_two_who_edit_different_fields_both_get_theirs(store: Store) -> None:
    await load_demonstration(store)
    edits = ({"name": "Big board"}, {"access_code": "9876"}, {"tones": False})
    await asyncio.gather(
        *(store.configuration.edit("conferences", "conference-8002", edit, "one") for edit in edits)
    )
    room = (await store.configuration.draft()).snapshot.conferences[ConferenceId("conference-8002")]
    assert (room.name, room.access_code, room.tones) == ("Big board", "9876", False)


async def test_an_editor_is_told_who_was_faster_and_nothing_is_lost(store: Store) -> None:
    await load_demonstration(store)
    seen = store.configuration.applied.users[UserId("user-201")]
    version = entry_version(seen)
    await store.configuration.edit("users", seen.id, {"name": "Anne"}, "one", expected=version)
    with pytest.raises(ChangedMeanwhile) as caught:
        await store.configuration.edit("users", seen.id, {"email": "a@b.example"}, "two", expected=version)
    assert caught.value.entry == replace(seen, name="Anne")
    assert (caught.value.author, caught.value.pending) == ("one", True)
    with pytest.raises(ChangedMeanwhile):
        await store.configuration.remove("users", seen.id, "two", expected=version)
    assert (await store.configuration.draft()).snapshot.users[seen.id].name == "Anne"
    # What was taken back is what the other saw: no conflict.
    await store.configuration.edit("users", seen.id, {"name": seen.name}, "one")
    await store.configuration.edit("users", seen.id, {"email": "a@b.example"}, "two", expected=version)

    await store.configuration.remove("users", seen.id, "three")
    with pytest.raises(ChangedMeanwhile, match="three removed it") as caught:
        await store.configuration.edit("users", seen.id, {"name": "x"}, "two", expected=version)
    assert caught.value.entry is None
    with pytest.raises(NotFound):
        await store.configuration.edit("users", seen.id, {"name": "x"}, "two")
    with pytest.raises(NotFound):
        await store.configuration.edit("users", "nobody", {"name": "x"}, "two", expected=version)


async def test_discarding_and_rolling_back_are_changes_too(store: Store) -> None:
    await load_demonstration(store)
    await store.configuration.save(OTTO, "one")
    version = entry_version(OTTO)
    await store.configuration.discard("two")
    with pytest.raises(ChangedMeanwhile, match="two removed it"):
        await store.configuration.edit("users", OTTO.id, {"name": "x"}, "one", expected=version)
    await store.configuration.save(OTTO, "one")
    await store.configuration.apply(1, "one")
    await store.configuration.roll_back(1, "three")
    with pytest.raises(ChangedMeanwhile, match="three removed it"):
        await store.configuration.edit("users", OTTO.id, {"name": "x"}, "one", expected=version)


async def test_saves_are_in_the_audit_list_without_secrets(store: Store) -> None:
    await load_demonstration(store)
    await store.configuration.edit("conferences", "conference-8002", {"access_code": "1357"}, "one")
    await store.configuration.edit("conferences", "conference-8002", {"access_code": "1357"}, "two")
    await store.configuration.remove("users", "user-202", "one")
    found = [(e.who, e.action, e.subject, e.detail) for e in await store.audit.list(2)]
    assert found == [
        ("one", "user removed", "users/user-202", "User Bruno Conti (202) removed"),
        ("one", "conference saved", "conferences/conference-8002", "Conference Board: access code changed"),
    ]


async def test_what_a_roll_back_would_change_is_known_before(store: Store) -> None:
    await load_demonstration(store)
    await store.configuration.save(OTTO, "one")
    await store.configuration.apply(1, "one")
    checked = await store.configuration.difference(1)
    assert [change.message for change in checked.changes] == ["User Otto (301) removed"]
    assert store.configuration.applied.revision == 2
    with pytest.raises(NotFound):
        await store.configuration.difference(9)


async def test_apply_names_all_problems_and_changes_nothing(store: Store) -> None:
    await load_demonstration(store)
    await store.configuration.remove("users", "user-201", "admin")
    await store.configuration.save(Settings(country="FR", name="France"), "admin")
    await store.configuration.save(ROOM, "admin")
    with pytest.raises(InvalidConfiguration) as caught:
        await store.configuration.apply(1, "admin")
    assert {(p.path, p.error_id) for p in caught.value.problems} == {
        ("conferences/conference-8003/administrator", "administrator-unknown"),
    }
    assert [revision.number for revision in await store.configuration.revisions()] == [1]
    review = await store.configuration.review()
    assert len(review.problems) == 1
    assert len(review.changes) == 4


async def test_an_edit_taken_back_leaves_nothing_to_apply(store: Store) -> None:
    await load_demonstration(store)
    anna = store.configuration.applied.users[UserId("user-201")]
    assert (await store.configuration.save(replace(anna, name="A"), "admin")).pending
    assert not (await store.configuration.save(anna, "admin")).pending
    await store.configuration.save(ROOM, "admin")
    assert not (await store.configuration.remove("conferences", ROOM.id, "admin")).pending
    assert await store.configuration.apply(1, "admin") is None
    assert store.configuration.applied.revision == 1


async def test_discard(store: Store) -> None:
    await load_demonstration(store)
    await store.configuration.save(OTTO, "admin")
    draft = await store.configuration.discard("admin")
    assert OTTO.id not in draft.snapshot.users
    assert (await store.configuration.review()).changes == ()


async def test_roll_back_is_a_new_revision_and_keeps_the_draft(store: Store) -> None:
    await load_demonstration(store)
    await store.configuration.remove("conferences", "conference-8002", "admin")
    await store.configuration.apply(1, "admin")
    await store.configuration.save(OTTO, "admin")
    made = await store.configuration.roll_back(1, "chief")
    assert made is not None
    assert (made.number, made.author) == (3, "chief")
    assert [change.message for change in made.changes] == ["Conference Board (8002) added"]
    assert ConferenceId("conference-8002") in store.configuration.applied.conferences
    review = await store.configuration.review()
    assert [change.message for change in review.changes] == ["User Otto (301) added"]
    assert review.draft.base == 3
    assert await store.configuration.roll_back(3, "chief") is None
    with pytest.raises(NotFound):
        await store.configuration.roll_back(17, "chief")
    numbers = [revision.number for revision in await store.configuration.revisions(limit=2)]
    assert numbers == [3, 2]
    assert [r.number for r in await store.configuration.revisions(before=2)] == [1]


async def test_two_administrators_apply_at_once_and_one_wins(store: Store, url: str, tmp_path: Path) -> None:
    await load_demonstration(store)
    other = await Store.open(url, tmp_path / "key")
    try:
        for base in range(1, 9):
            await store.configuration.save(replace(OTTO, name=f"Otto {base}"), "one")
            await other.configuration.save(replace(ROOM, name=f"Room {base}"), "two")
            outcomes = await asyncio.gather(
                store.configuration.apply(base, "one"),
                other.configuration.apply(base, "two"),
                return_exceptions=True,
            )
            assert sum(isinstance(outcome, StaleBase) for outcome in outcomes) == 1, outcomes
            await store.refresh()
            await other.refresh()
            assert store.configuration.applied == other.configuration.applied
            assert store.configuration.applied.revision == base + 1
        assert OTTO.id in store.configuration.applied.users
        assert ROOM.id in store.configuration.applied.conferences
    finally:
        await other.close()


async def test_many_edits_at_once_all_count(store: Store) -> None:
    await load_demonstration(store)
    people = [User(UserId(f"u{n}"), str(3000 + n), f"Person {n}") for n in range(40)]
    await asyncio.gather(*(store.configuration.save(user, "admin") for user in people))
    made = await store.configuration.apply(1, "admin")
    assert made is not None
    assert len(made.changes) == 40
    assert len(store.configuration.applied.users) == 46


async def test_a_large_configuration_is_checked_in_another_process(store: Store) -> None:
    people = {f"u{n}": User(UserId(f"u{n}"), str(10_000 + n), f"Person {n}") for n in range(1000)}
    from switchroom.directory import Snapshot

    snapshot = Snapshot(users={user.id: user for user in people.values()})
    assert await store.configuration.initialise(snapshot, "admin", "import")
    await store.configuration.save(OTTO, "admin")
    made = await store.configuration.apply(1, "admin")
    assert made is not None
    assert len(store.configuration.applied.users) == 1001
    assert store.offload.started
