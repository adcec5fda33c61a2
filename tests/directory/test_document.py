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
    DocumentError,
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
from switchroom.directory.draft import DraftEntry, check, overlay, part_of, with_entry, without_entry

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
    extension=texts,
    access_code=maybe,
    administrator=st.none() | texts.map(UserId),
    tones=st.booleans(),
)
snapshots = st.builds(
    lambda people, conferences, country: Snapshot(
        settings=Settings(country=country),
        users={user.id: user for user in people},
        conferences={room.id: room for room in conferences},
    ),
    st.lists(users, max_size=4),
    st.lists(rooms, max_size=4),
    texts,
)


@given(snapshots)
def test_there_and_back(snapshot: Snapshot) -> None:
    again = from_json(to_json(snapshot), RevisionNumber(7))
    assert again.revision == 7
    assert (again.settings, again.users, again.conferences) == (
        snapshot.settings,
        snapshot.users,
        snapshot.conferences,
    )
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


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ([], ""),
        ({}, "schema"),
        ({"schema": 2}, "schema"),
        ({"schema": 1, "trunks": {}}, "trunks"),
        ({"schema": 1, "users": []}, "users"),
        ({"schema": 1, "users": {"a": 1}}, "users/a"),
        ({"schema": 1, "users": {"a": {**GOOD, "shoe": 43}}}, "users/a/shoe"),
        ({"schema": 1, "users": {"a": {**GOOD, "extension": 201}}}, "users/a/extension"),
        ({"schema": 1, "users": {"a": {**GOOD, "call_waiting": 1}}}, "users/a/call_waiting"),
        ({"schema": 1, "users": {"a": {**GOOD, "ring_seconds": True}}}, "users/a/ring_seconds"),
        ({"schema": 1, "users": {"b": GOOD}}, "users/b/id"),
        ({"schema": 1, "users": {"a": {"id": "a", "name": "Anna"}}}, "users/a/extension"),
        ({"schema": 1, "settings": {"country": None}}, "settings/country"),
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


def entry(value: User | Conference | Settings) -> DraftEntry:
    part, key = part_of(value)
    return DraftEntry(part, key, canonical(entry_to_document(value)))


@given(snapshots, users, rooms)
def test_an_overlay_is_what_the_edits_made(base: Snapshot, user: User, room: Conference) -> None:
    edited = with_entry(with_entry(base, user), room)
    assert overlay(base, [entry(user), entry(room)]) == edited
    removed = without_entry(edited, "users", user.id)
    assert overlay(base, [DraftEntry("users", user.id, None), entry(room)]) == removed


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
        overlay(Snapshot(), [DraftEntry("trunks", "t", "{}")])
