"""directory/diff.py: the words of "Apply changes"."""

from __future__ import annotations

from dataclasses import replace

from switchroom.directory import (
    Conference,
    ConferenceId,
    ConferenceServer,
    NameAnnouncement,
    Recording,
    Settings,
    Snapshot,
    User,
    UserId,
    diff,
)

ANNA = User(UserId("a"), "201", "Anna")
BRUNO = User(UserId("b"), "202", "Bruno")
BOARD = Conference(ConferenceId("c"), "Board", "8002")


def snapshot(*entries: User | Conference, settings: Settings | None = None) -> Snapshot:
    return Snapshot(
        settings=settings or Settings(),
        users={entry.id: entry for entry in entries if isinstance(entry, User)},
        conferences={entry.id: entry for entry in entries if isinstance(entry, Conference)},
    )


def words(old: Snapshot, new: Snapshot) -> list[str]:
    return [change.message for change in diff(old, new)]


def test_equal_snapshots_have_no_difference() -> None:
    assert diff(snapshot(ANNA, BOARD), snapshot(ANNA, BOARD)) == []


def test_added_and_removed() -> None:
    assert words(snapshot(ANNA), snapshot(BRUNO, BOARD)) == [
        "User Anna (201) removed",
        "User Bruno (202) added",
        "Conference Board (8002) added",
    ]


def test_a_code_is_named_and_never_shown() -> None:
    first, second = replace(BOARD, access_code="4321"), replace(BOARD, access_code="987654")
    assert words(snapshot(BOARD), snapshot(first)) == ["Conference Board: access code set"]
    assert words(snapshot(first), snapshot(second)) == ["Conference Board: access code changed"]
    assert words(snapshot(first), snapshot(BOARD)) == ["Conference Board: access code removed"]
    assert words(snapshot(), snapshot(first)) == ["Conference Board (8002) added"]
    admin = replace(BOARD, administrator_code="5555")
    assert words(snapshot(BOARD), snapshot(admin)) == ["Conference Board: administrator code set"]


def test_fields_in_words() -> None:
    old = snapshot(ANNA, BRUNO, replace(BOARD, administrator=ANNA.id))
    new = snapshot(
        replace(ANNA, extension="211", call_waiting=False, email="a@b.example"),
        BRUNO,
        replace(BOARD, administrator=BRUNO.id, wait_for_administrator=True),
    )
    assert words(old, new) == [
        "User Anna: extension 201 is now 211",
        "User Anna: mail address set to a@b.example",
        "User Anna: call waiting switched off",
        "Conference Board: administrator Anna (201) is now Bruno (202)",
        "Conference Board: wait for the administrator switched on",
    ]


def test_a_new_name_stands_in_the_title() -> None:
    assert words(snapshot(ANNA), snapshot(replace(ANNA, name="Anna Weber"))) == [
        "User Anna Weber: name Anna is now Anna Weber"
    ]


def test_settings() -> None:
    changed = snapshot(settings=Settings(country="FR"))
    assert words(snapshot(), changed) == ["System: country US is now FR"]
    assert diff(snapshot(), changed)[0].path == "settings/country"


def test_the_conference_server_in_words() -> None:
    without, present = snapshot(), replace(snapshot(), conference_server=ConferenceServer("8000"))
    moved = replace(present, conference_server=ConferenceServer("8100", max_rooms=20, language="fr"))
    (added,) = diff(without, present)
    assert (added.path, added.message, added.part, added.id, added.name, added.extension) == (
        "conference_server",
        "Conference server (8000) added",
        "conference_server",
        "server",
        "",
        "8000",
    )
    assert words(present, without) == ["Conference server (8000) removed"]
    assert words(present, moved) == [
        "Conference server: extension 8000 is now 8100",
        "Conference server: rooms at most 10 is now 20",
        "Conference server: language set to fr",
    ]
    assert diff(present, moved)[1].path == "conference_server/max_rooms"


def test_a_conference_without_an_extension_is_named_by_its_id() -> None:
    room = Conference(ConferenceId("r"), "Sales", dial_in_id="31415")
    (added,) = diff(snapshot(), snapshot(room))
    assert (added.message, added.extension) == ("Conference Sales (ID 31415) added", "")


def test_the_new_fields_of_a_conference_in_words() -> None:
    changed = replace(
        BOARD,
        dial_in_id="31415",
        recording=Recording.ALWAYS,
        names=NameAnnouncement.SPOKEN,
        lobby=True,
        lone_minutes=None,
    )
    assert words(snapshot(BOARD), snapshot(changed)) == [
        "Conference Board: conference ID set to 31415",
        "Conference Board: lobby switched on",
        "Conference Board: recording on request is now always",
        "Conference Board: announcement of names none is now spoken",
        "Conference Board: longest time alone (minutes) 60 removed",
    ]
    parts = [(change.old, change.new) for change in diff(snapshot(BOARD), snapshot(changed))]
    assert parts == [(None, "31415"), (False, True), ("on_request", "always"), ("none", "spoken"), (60, None)]
    assert all(type(value) is not Recording for pair in parts for value in pair)
