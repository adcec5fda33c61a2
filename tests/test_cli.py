"""The command line on a system that does not run: set-up, people, rooms, apply, roll back, plain errors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from switchroom import cli
from switchroom.doctor import examine
from switchroom.options import Options


class System:
    """A fresh system in a folder, and the command line for it."""

    def __init__(self, data: Path) -> None:
        self.data = data

    def run(self, *arguments: str, status: int = 0) -> str:
        result: Result = CliRunner().invoke(cli.app, [*arguments, "--data", str(self.data)])
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == status, result.output
        return result.output

    def json(self, *arguments: str) -> Any:
        return json.loads(self.run(*arguments, "--json"))


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    system = System(tmp_path_factory.mktemp("system"))
    system.made = system.json("init", "--demonstration", "--country", "BE")  # type: ignore[attr-defined]
    yield system


def test_init_shows_generated_secrets_once(fresh: System) -> None:
    made: Any = fresh.made  # type: ignore[attr-defined]
    assert made["created"]
    assert [user["extension"] for user in made["users"]] == ["201", "202", "203", "204", "205", "206"]
    secrets = {made["administrator"]["password"]}
    secrets |= {user[kind] for user in made["users"] for kind in ("secret", "password")}
    assert len(secrets) == 13
    assert min(map(len, secrets)) >= 20
    again = fresh.json("init", "--demonstration")
    assert not again["created"]
    assert not again["users"]
    for path in fresh.data.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not any(secret.encode() in content for secret in secrets), path


def test_files_with_keys_are_private(fresh: System) -> None:
    assert (fresh.data / "secret.key").stat().st_mode & 0o077 == 0
    assert (
        fresh.data.stat().st_mode & 0o077 == 0
        or (fresh.data / "tls" / "server.key").stat().st_mode & 0o077 == 0
    )


def test_the_demonstration_is_what_the_readme_says(fresh: System) -> None:
    rooms = {room["extension"]: room for room in fresh.json("conference", "list")}
    assert rooms["8001"]["access_code"] is None
    assert rooms["8002"]["access_code"] == "4321"
    assert rooms["8003"]["wait_for_administrator"]
    assert rooms["8003"]["administrator_extension"] == "201"
    assert "Anna Weber" in fresh.run("user", "list")


def test_saving_and_applying_are_two_acts_s1_08(fresh: System) -> None:
    added = fresh.json("user", "add", "207", "Grace Lee")
    assert added["secret"]["username"] == "207"
    assert "not applied yet" in fresh.run("user", "list")
    dry = fresh.run("apply", "--dry-run")
    assert "Grace Lee" in dry
    assert "Not applied." in dry
    assert "Applied as revision 2." in fresh.run("apply")
    assert "not applied yet" not in fresh.run("user", "list")
    assert "Nothing is pending." in fresh.run("apply")
    fresh.run("user", "remove", "207", "--apply")


def test_a_conference_is_added_edited_rolled_back_and_removed(fresh: System) -> None:
    before = len(fresh.json("revisions"))
    fresh.run(
        "conference",
        "add",
        "8010",
        "Sales",
        "--access-code",
        "9876",
        "--administrator",
        "202",
        "--wait",
        "--apply",
    )
    room = next(room for room in fresh.json("conference", "list") if room["extension"] == "8010")
    assert (room["access_code"], room["administrator_extension"], room["wait_for_administrator"]) == (
        "9876",
        "202",
        True,
    )
    number = fresh.json("revisions")[0]["number"]
    fresh.run(
        "conference", "edit", "8010", "--access-code", "", "--no-wait", "--name", "Sales team", "--apply"
    )
    room = next(room for room in fresh.json("conference", "list") if room["extension"] == "8010")
    assert (room["name"], room["access_code"], room["wait_for_administrator"]) == ("Sales team", None, False)
    fresh.run("roll-back", str(number))
    room = next(room for room in fresh.json("conference", "list") if room["extension"] == "8010")
    assert (room["name"], room["access_code"]) == ("Sales", "9876")
    fresh.run("conference", "remove", "8010", "--apply")
    assert all(room["extension"] != "8010" for room in fresh.json("conference", "list"))
    assert len(fresh.json("revisions")) == before + 4


def test_s3_02_the_conference_server_by_command(fresh: System) -> None:
    assert "set it up" in fresh.run("conference", "server", status=1)
    made = fresh.json("conference", "server", "8000", "--max-rooms", "12")
    assert (made["extension"], made["max_rooms"], made["rooms"], made["pending"]) == ("8000", 12, 0, False)
    assert fresh.json("conference", "server", "8100")["extension"] == "8100"
    fresh.run("conference", "edit", "8001", "--conference-id", "31415", "--apply")
    room = next(room for room in fresh.json("conference", "list") if room["dial_in_id"] == "31415")
    assert (room["extension"], room["max_participants"]) == ("8001", 10)
    assert "31415" in fresh.run("conference", "list")
    assert "still has rooms" in fresh.run("conference", "server", "--remove", status=1)
    fresh.run("conference", "edit", "31415", "--conference-id", "", "--apply")
    assert "Removed" in fresh.run("conference", "server", "--remove")
    fresh.run("conference", "edit", "8001", "--max-participants", "0", "--apply")


def test_a_secret_is_reset_and_shown_once(fresh: System) -> None:
    first = fresh.json("user", "reset-secret", "201")
    second = fresh.json("user", "reset-secret", "201")
    assert first["username"] == "201"
    assert first["secret"] != second["secret"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("user", "add", "201", "Twin"), "201"),
        (("user", "add", "2", "Short"), "2 to 8 digits"),
        (("user", "add", "112", "Emergency"), "emergency"),
        (("conference", "add", "8011", "Bad", "--access-code", "12"), "4 to 10 digits"),
        (("conference", "add", "8011", "Bad", "--administrator", "999"), "999"),
        (("conference", "edit", "8999"), "8999"),
        (("roll-back", "999"), "999"),
        (("user", "reset-secret", "999"), "999"),
    ],
)
def test_a_refusal_says_what_is_wrong(fresh: System, arguments: tuple[str, ...], said: str) -> None:
    assert said in fresh.run(*arguments, status=1)


def test_without_a_system_the_command_says_how_to_make_one(tmp_path: Path) -> None:
    assert "switchroom init" in System(tmp_path).run("user", "list", status=1)


def test_status_needs_the_server(fresh: System) -> None:
    assert "does not run" in fresh.run("status", status=1)


@pytest.mark.parametrize(("limit", "severity"), [(1000, "problem"), (20_000, "warning"), (65_536, "ok")])
def test_doctor_complains_of_the_file_limit_as_serve_does(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, limit: int, severity: str
) -> None:
    monkeypatch.setattr("switchroom.doctor.resource.getrlimit", lambda _: (limit, limit))
    found = {finding.check: finding for finding in examine(Options(tmp_path), running=False)}
    assert found["Open files"].severity.value == severity


def test_doctor_tells_every_check(fresh: System) -> None:
    result = CliRunner().invoke(cli.app, ["doctor", "--json", "--data", str(fresh.data)])
    findings = {finding["check"]: finding for finding in json.loads(result.output)}
    assert {"SIP over UDP", "Address", "Prompts", "Clock", "Media worker", "Certificate", "Disk"} <= set(
        findings
    )
    assert findings["Certificate"]["severity"] == "ok"
    assert all(finding["cure"] for finding in findings.values() if finding["severity"] != "ok")
