"""directory/validate.py: every rule, each with its field and stable id; all problems at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from switchroom.directory import Conference, ConferenceId, Settings, Snapshot, User, UserId, validate
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
