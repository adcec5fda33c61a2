"""directory/validate.py: every rule, each with its field and stable id; all problems at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from switchroom.directory import (
    Conference,
    ConferenceId,
    ConferenceServer,
    Settings,
    Snapshot,
    User,
    UserId,
    validate,
)
from switchroom.directory.number_plan import FEATURES
from switchroom.directory.validate import validate_entry

ANNA = User(UserId("a"), "201", "Anna")
BOARD = Conference(ConferenceId("b"), "Board", "8002", access_code="4321")


def snapshot(
    users: tuple[User, ...] = (ANNA,), rooms: tuple[Conference, ...] = (BOARD,), **settings: Any
) -> Snapshot:
    return Snapshot(
        settings=Settings(**settings),
        users={user.id: user for user in users},
        conferences={room.id: room for room in rooms},
    )


def found(draft: Snapshot) -> set[tuple[str, str]]:
    return {(problem.path, problem.error_id) for problem in validate(draft)}


def test_a_sound_configuration_has_no_problem() -> None:
    assert validate(snapshot()) == []
    assert validate(Snapshot()) == []


@pytest.mark.parametrize(
    ("change", "path", "error_id"),
    [
        ({"extension": "2"}, "extension", "extension-invalid"),
        ({"extension": "123456789"}, "extension", "extension-invalid"),
        ({"extension": "20a"}, "extension", "extension-invalid"),
        *[({"extension": code}, "extension", "extension-invalid") for code in FEATURES],
        ({"extension": "２０１"}, "extension", "extension-invalid"),
        ({"extension": "911"}, "extension", "extension-emergency"),
        ({"extension": "112"}, "extension", "extension-emergency"),
        ({"extension": "9110"}, "extension", "extension-shadows-emergency"),
        ({"extension": "8002"}, "extension", "extension-taken"),
        ({"name": ""}, "name", "name-missing"),
        ({"name": " \t"}, "name", "name-missing"),
        ({"name": "x" * 81}, "name", "name-too-long"),
        ({"name": "a\nb"}, "name", "name-invalid"),
        ({"name": "a\x00b"}, "name", "name-invalid"),
        ({"email": "nobody"}, "email", "email-invalid"),
        ({"email": "a@b\nBcc: c@d"}, "email", "email-invalid"),
        ({"language": "tlh"}, "language", "language-unknown"),
        ({"ring_seconds": 4}, "ring_seconds", "out-of-range"),
        ({"ring_seconds": 601}, "ring_seconds", "out-of-range"),
    ],
)
def test_a_user_field(change: dict[str, Any], path: str, error_id: str) -> None:
    assert (f"users/a/{path}", error_id) in found(snapshot((replace(ANNA, **change),)))


@pytest.mark.parametrize(
    ("change", "path", "error_id"),
    [
        ({"access_code": "432"}, "access_code", "access-code-invalid"),
        ({"access_code": "12345678901"}, "access_code", "access-code-invalid"),
        ({"access_code": "43 21"}, "access_code", "access-code-invalid"),
        ({"administrator_code": "12"}, "administrator_code", "administrator-code-invalid"),
        ({"administrator_code": "4321"}, "administrator_code", "administrator-code-same"),
        ({"administrator": UserId("gone")}, "administrator", "administrator-unknown"),
        ({"wait_for_administrator": True}, "wait_for_administrator", "administrator-missing"),
        ({"end_when_administrator_leaves": True}, "end_when_administrator_leaves", "administrator-missing"),
        ({"max_participants": 1}, "max_participants", "out-of-range"),
        ({"name": ""}, "name", "name-missing"),
        ({"extension": "201"}, "extension", "extension-taken"),
        ({"language": "de"}, "language", "language-unknown"),
        ({"extension": None}, "extension", "entrance-missing"),
        ({"dial_in_id": "31415"}, "dial_in_id", "conference-server-missing"),
        ({"dial_in_id": "31"}, "dial_in_id", "conference-id-invalid"),
        ({"dial_in_id": "123456789"}, "dial_in_id", "conference-id-invalid"),
        ({"dial_in_id": "３１４"}, "dial_in_id", "conference-id-invalid"),
        ({"max_minutes": 0}, "max_minutes", "out-of-range"),
        ({"max_minutes": 10_081}, "max_minutes", "out-of-range"),
        ({"lone_minutes": 0}, "lone_minutes", "out-of-range"),
    ],
)
def test_a_conference_field(change: dict[str, Any], path: str, error_id: str) -> None:
    assert (f"conferences/b/{path}", error_id) in found(snapshot(rooms=(replace(BOARD, **change),)))


@pytest.mark.parametrize("code", ["1234", "0123456789"])
def test_g_03_access_codes_have_4_to_10_digits(code: str) -> None:
    assert validate(snapshot(rooms=(replace(BOARD, access_code=code),))) == []


@pytest.mark.parametrize("extension", ["20", "20123456"])
def test_g_08_extensions_have_2_to_8_digits(extension: str) -> None:
    assert validate(snapshot((replace(ANNA, extension=extension),))) == []


def test_g_08_an_extension_is_unique_over_users_and_conferences() -> None:
    other = User(UserId("o"), "201", "Otto")
    assert found(snapshot((ANNA, other))) == {
        ("users/a/extension", "extension-taken"),
        ("users/o/extension", "extension-taken"),
    }
    message = next(iter(validate(snapshot((ANNA, other))))).message
    assert message == "Extension 201 is already used by user Otto."


def test_emergency_numbers_are_those_of_the_country() -> None:
    assert ("users/a/extension", "extension-emergency") in found(
        snapshot((replace(ANNA, extension="17"),), country="FR")
    )
    assert found(snapshot((replace(ANNA, extension="17"),), country="US")) == set()
    assert found(snapshot((replace(ANNA, extension="911"),), country="FR")) == set()


def test_waiting_for_the_administrator_needs_one_or_a_code() -> None:
    by_user = replace(BOARD, wait_for_administrator=True, administrator=UserId("a"))
    by_code = replace(BOARD, wait_for_administrator=True, administrator_code="9999")
    assert validate(snapshot(rooms=(by_user,))) == []
    assert validate(snapshot(rooms=(by_code,))) == []


def test_settings() -> None:
    draft = snapshot(country="XX", language="xx", ring_seconds=1, max_call_seconds=1, name="")
    assert found(draft) == {
        ("settings/name", "name-missing"),
        ("settings/country", "country-unknown"),
        ("settings/language", "language-unknown"),
        ("settings/ring_seconds", "out-of-range"),
        ("settings/max_call_seconds", "out-of-range"),
    }


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"first_orbit": "0701", "orbits": 3}, None),
        ({"first_orbit": "8x"}, ("settings/first_orbit", "orbit-malformed")),
        ({"first_orbit": "995", "orbits": 9}, ("settings/first_orbit", "orbit-malformed")),
        ({"first_orbit": "905", "orbits": 9}, ("settings/first_orbit", "orbit-emergency")),
        ({"orbits": 100}, ("settings/orbits", "out-of-range")),
        ({"parked_seconds": 5}, ("settings/parked_seconds", "out-of-range")),
    ],
)
def test_places_for_parked_calls(changes: dict[str, Any], wrong: tuple[str, str] | None) -> None:
    problems = found(snapshot(**changes))
    assert (wrong in problems) if wrong is not None else not problems


def test_all_problems_are_found_at_once() -> None:
    draft = snapshot((replace(ANNA, name="", extension="1"),), (replace(BOARD, access_code="1"),), country="")
    assert len(validate(draft)) == 4


def test_a_saved_entry_answers_for_itself_only() -> None:
    bad = User(UserId("bad"), "1", "")
    draft = snapshot((ANNA, bad))
    assert validate_entry(ANNA, draft) == []
    assert {problem.path for problem in validate_entry(bad, draft)} == {
        "users/bad/name",
        "users/bad/extension",
    }


def test_messages_never_show_a_code() -> None:
    room = replace(BOARD, access_code="98765432109", administrator_code="98765432109")
    text = " ".join(f"{p.message} {p.values}" for p in validate(snapshot(rooms=(room,))))
    assert "987654" not in text


def served(*rooms: Conference, server: ConferenceServer | None = None) -> Snapshot:
    """A snapshot with a conference server."""
    return replace(snapshot(rooms=rooms), conference_server=server or ConferenceServer("8000"))


def behind(number: int) -> Conference:
    """A room that is reached by the conference server only."""
    return Conference(ConferenceId(f"r{number}"), f"Room {number}", dial_in_id=str(10_000 + number))


@pytest.mark.parametrize(
    ("change", "field", "error_id"),
    [
        ({"extension": "8"}, "extension", "extension-invalid"),
        ({"extension": "911"}, "extension", "extension-emergency"),
        ({"extension": "201"}, "extension", "extension-taken"),
        ({"extension": "8002"}, "extension", "extension-taken"),
        ({"max_rooms": 0}, "max_rooms", "out-of-range"),
        ({"max_participants": 1}, "max_participants", "out-of-range"),
        ({"language": "de"}, "language", "language-unknown"),
    ],
)
def test_a_field_of_the_conference_server(change: dict[str, Any], field: str, error_id: str) -> None:
    server = replace(ConferenceServer("8000"), **change)
    draft = served(BOARD, server=server)
    assert (f"conference_server/{field}", error_id) in found(draft)
    assert error_id in {problem.error_id for problem in validate_entry(server, draft)}


def test_g_08_an_extension_is_unique_over_the_conference_server_too() -> None:
    draft = served(replace(BOARD, extension="8000"))
    assert found(draft) == {
        ("conferences/b/extension", "extension-taken"),
        ("conference_server/extension", "extension-taken"),
    }


@pytest.mark.parametrize("dial_in_id", ["314", "31415926"])
def test_s3_03_conference_ids_have_3_to_8_digits(dial_in_id: str) -> None:
    assert validate(served(replace(BOARD, dial_in_id=dial_in_id))) == []


def test_s3_03_a_conference_id_is_unique_and_may_equal_an_extension() -> None:
    assert validate(served(replace(BOARD, dial_in_id="8002"), behind(1))) == []
    twice = replace(behind(2), dial_in_id="10001")
    assert found(served(behind(1), twice)) == {
        ("conferences/r1/dial_in_id", "conference-id-taken"),
        ("conferences/r2/dial_in_id", "conference-id-taken"),
    }


def test_s3_09_the_11th_room_is_refused_where_it_is_typed() -> None:
    rooms = [behind(number) for number in range(11)]
    assert validate(served(*rooms[:10], BOARD)) == []
    draft = served(*rooms)
    assert found(draft) == {("conference_server/max_rooms", "too-many-rooms")}
    (problem,) = validate_entry(rooms[10], draft)
    assert (problem.path, problem.error_id) == ("conferences/r10/dial_in_id", "conference-server-full")
    assert validate(served(*rooms, server=ConferenceServer("8000", max_rooms=11))) == []


def test_s3_11_rooms_without_their_server_can_not_be_applied() -> None:
    assert found(snapshot(rooms=(behind(1), BOARD))) == {
        ("conferences/r1/dial_in_id", "conference-server-missing")
    }


def test_recordings_are_kept_for_a_day_at_least() -> None:
    assert validate(snapshot(recording_days=1)) == []
    assert found(snapshot(recording_days=0)) == {("settings/recording_days", "out-of-range")}
