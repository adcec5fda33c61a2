"""directory/document.py and draft.py: there and back, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchroom.directory import (
    Conference,
    ConferenceId,
    ConferenceServer,
    DocumentError,
    NameAnnouncement,
    Recording,
    RevisionNumber,
    Settings,
    Snapshot,
    User,
    UserId,
    from_document,
    from_json,
    to_document,
    to_json,
)
from switchroom.directory.document import canonical, entry_to_document
from switchroom.directory.draft import (
    Chosen,
    DraftEntry,
    check,
    overlay,
    part_of,
    selected,
    with_entry,
    without_entry,
)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
maybe = st.none() | texts
users = st.builds(
    User,
    id=texts.map(UserId),
    extension=texts,
    name=texts,
    email=maybe,
    language=maybe,
    call_waiting=st.booleans(),
    ring_seconds=st.none() | st.integers(-5, 5),
)
rooms = st.builds(
    Conference,
    id=texts.map(ConferenceId),
    name=texts,
    extension=maybe,
    access_code=maybe,
    dial_in_id=maybe,
    recording=st.sampled_from(Recording),
    names=st.sampled_from(NameAnnouncement),
    administrator=st.none() | texts.map(UserId),
    tones=st.booleans(),
)
servers = st.builds(ConferenceServer, extension=texts, max_rooms=st.integers(), language=maybe)
snapshots = st.builds(
    lambda people, conferences, country, server: Snapshot(
        settings=Settings(country=country),
        users={user.id: user for user in people},
        conferences={room.id: room for room in conferences},
        conference_server=server,
    ),
    st.lists(users, max_size=4),
    st.lists(rooms, max_size=4),
    texts,
    st.none() | servers,
)


@given(snapshots)
def test_there_and_back(snapshot: Snapshot) -> None:
    again = from_json(to_json(snapshot), RevisionNumber(7))
    assert again.revision == 7
    assert (again.settings, again.users, again.conferences, again.conference_server) == (
        snapshot.settings,
        snapshot.users,
        snapshot.conferences,
        snapshot.conference_server,
    )
    assert all(type(room.recording) is Recording for room in again.conferences.values())
    assert to_json(again) == to_json(snapshot)


def test_equal_snapshots_have_equal_text() -> None:
    anna, otto = User(UserId("a"), "201", "Anna"), User(UserId("o"), "202", "Otto")
    one = Snapshot(users={anna.id: anna, otto.id: otto})
    other = Snapshot(users={otto.id: otto, anna.id: anna})
    assert to_json(one) == to_json(other)


def test_a_missing_field_is_its_default() -> None:
    document = {"schema": 1, "users": {"a": {"id": "a", "extension": "201", "name": "Anna"}}}
    assert from_document(document).users[UserId("a")] == User(UserId("a"), "201", "Anna")


GOOD: dict[str, Any] = {"id": "a", "extension": "201", "name": "Anna"}
ROOM: dict[str, Any] = {"id": "b", "extension": "8002", "name": "Board"}


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ([], ""),
        ({}, "schema"),
        ({"schema": 2}, "schema"),
        ({"schema": 1, "queues": {}}, "queues"),
        ({"schema": 1, "users": []}, "users"),
        ({"schema": 1, "users": {"a": 1}}, "users/a"),
        ({"schema": 1, "users": {"a": {**GOOD, "shoe": 43}}}, "users/a/shoe"),
        ({"schema": 1, "users": {"a": {**GOOD, "extension": 201}}}, "users/a/extension"),
        ({"schema": 1, "users": {"a": {**GOOD, "call_waiting": 1}}}, "users/a/call_waiting"),
        ({"schema": 1, "users": {"a": {**GOOD, "ring_seconds": True}}}, "users/a/ring_seconds"),
        ({"schema": 1, "users": {"b": GOOD}}, "users/b/id"),
        ({"schema": 1, "users": {"a": {"id": "a", "name": "Anna"}}}, "users/a/extension"),
        ({"schema": 1, "settings": {"country": None}}, "settings/country"),
        ({"schema": 1, "conferences": {"b": {**ROOM, "recording": "loud"}}}, "conferences/b/recording"),
        ({"schema": 1, "conferences": {"b": {**ROOM, "recording": None}}}, "conferences/b/recording"),
        ({"schema": 1, "conferences": {"b": {**ROOM, "dial_in_id": 314}}}, "conferences/b/dial_in_id"),
        ({"schema": 1, "conference_server": []}, "conference_server"),
        ({"schema": 1, "conference_server": {}}, "conference_server/extension"),
    ],
)
def test_what_is_refused(document: object, path: str) -> None:
    with pytest.raises(DocumentError) as caught:
        from_document(document)
    assert caught.value.path == path


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000])
def test_what_is_not_json(text: str) -> None:
    with pytest.raises(DocumentError):
        from_json(text)


def entry(value: User | Conference | ConferenceServer | Settings) -> DraftEntry:
    part, key = part_of(value)
    return DraftEntry(part, key, canonical(entry_to_document(value)))


@given(snapshots, users, rooms, servers)
def test_an_overlay_is_what_the_edits_made(
    base: Snapshot, user: User, room: Conference, server: ConferenceServer
) -> None:
    edited = with_entry(with_entry(with_entry(base, user), room), server)
    assert overlay(base, [entry(user), entry(room), entry(server)]) == edited
    removed = without_entry(without_entry(edited, "users", user.id), "conference_server", "server")
    gone = [DraftEntry("users", user.id, None), DraftEntry("conference_server", "server", None)]
    assert overlay(base, [*gone, entry(room)]) == removed


@given(snapshots, snapshots)
def test_selected_entries_make_the_one_of_the_other(applied: Snapshot, wanted: Snapshot) -> None:
    keys: list[tuple[str, str]] = [("users", key) for key in {**applied.users, **wanted.users}]
    keys += [("conferences", key) for key in {**applied.conferences, **wanted.conferences}]
    keys += [("settings", "settings"), ("conference_server", "server")]
    entries = selected(applied, wanted, [Chosen(*key) for key in keys])
    assert overlay(applied, entries) == wanted
    assert overlay(applied, selected(applied, wanted, [])) == applied


def test_a_document_of_the_time_before_the_conference_server() -> None:
    old = {"schema": 1, "conferences": {"b": {"id": "b", "name": "Board", "extension": "8002"}}}
    read = from_document(old)
    assert read.conference_server is None
    assert read.conferences[ConferenceId("b")] == Conference(ConferenceId("b"), "Board", "8002")


def test_who_is_reached_by_which_number() -> None:
    both = Conference(ConferenceId("b"), "Both", "8002", dial_in_id="314")
    behind = Conference(ConferenceId("s"), "Behind", dial_in_id="271")
    server = ConferenceServer("8000")
    here = Snapshot(conferences={both.id: both, behind.id: behind}, conference_server=server)
    assert here.by_extension == {"8002": both, "8000": server}
    assert here.by_dial_in_id == {"314": both, "271": behind}


def test_check_lays_the_draft_over_its_base() -> None:
    user = User(UserId("a"), "201", "Anna")
    checked = check(to_json(Snapshot()), [entry(user), entry(Settings(country="XX"))])
    assert [change.message for change in checked.changes] == [
        "System: country US is now XX",
        "User Anna (201) added",
    ]
    assert [problem.error_id for problem in checked.problems] == ["country-unknown"]
    assert json.loads(checked.document) == to_document(
        Snapshot(settings=Settings(country="XX"), users={user.id: user})
    )


def test_an_unknown_part_of_a_draft_is_refused() -> None:
    with pytest.raises(DocumentError):
        overlay(Snapshot(), [DraftEntry("queues", "q", "{}")])
