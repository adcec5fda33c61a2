"""directory/diff.py: the words of "Apply changes"."""

from __future__ import annotations

from dataclasses import replace

from switchroom.directory import Conference, ConferenceId, Settings, Snapshot, User, UserId, diff

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
