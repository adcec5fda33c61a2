"""The command `switchroom`: set up, serve, and administer, each act one request to the API (ADR 0003)."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from switchroom import __version__, setup
from switchroom.options import OptionError, Options, load
from switchroom.running import running_server
from switchroom.store import Conflict, NotFound, Role, Store, StoreError

if TYPE_CHECKING:
    from switchroom.local_api import LocalApi

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Switchroom: a self-hosted business phone system."
)
user_app = typer.Typer(no_args_is_help=True, help="People and their extensions.")
conference_app = typer.Typer(no_args_is_help=True, help="Conference rooms.")
app.add_typer(user_app, name="user")
app.add_typer(conference_app, name="conference")
login_app = typer.Typer(
    no_args_is_help=True, help="Who may sign in to the console and the phone in a browser."
)
app.add_typer(login_app, name="login")

DataOption = Annotated[
    Path, typer.Option("--data", help="Folder with the database, keys and sounds.", envvar="SWITCHROOM_DATA")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
ApplyOption = Annotated[
    bool, typer.Option("--apply", help="Apply the change at once, together with what is pending.")
]
DATA = Path("var")
T = TypeVar("T")
PIPE_WIDTH = 200
"""Columns a table may take where nobody looks at a terminal."""
console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else PIPE_WIDTH)


def main() -> None:
    """Entry point: errors that a person can mend are one sentence and status 1, not a traceback."""
    try:
        app()
    except (OptionError, StoreError, setup.SetupError) as error:
        console.print(f"[red]{error}[/red]")
        raise SystemExit(1) from None


def _options_of(data: Path) -> Options:
    options = load(data, {})
    if options.database is None and not (data / "switchroom.db").exists():
        console.print(
            f"[red]There is no system in {data} yet: `switchroom init --data {data}` makes one.[/red]"
        )
        raise typer.Exit(1)
    return options


def run_store(data: Path, work: Callable[[Store], Awaitable[T]]) -> T:
    """Run `work` with the store itself: for logins, so that a lost administrator can be made anew."""
    options = _options_of(data)

    async def reach() -> T:
        store = await Store.open(options.database_url, options.key_file)
        try:
            return await work(store)
        finally:
            await store.close()

    return asyncio.run(reach())


def run_api(data: Path, work: Callable[[LocalApi], Awaitable[T]]) -> T:
    """Run `work` with the API; a refusal is printed and ends the command with status 1."""
    from switchroom.local_api import ApiRefusal, open_api  # slow to import, and `serve` does without

    options = _options_of(data)

    async def reach() -> T:
        async with open_api(options) as api:
            return await work(api)

    try:
        return asyncio.run(reach())
    except ApiRefusal as error:
        place = f"{error.field}: " if error.field else ""
        console.print(f"[red]{place}{error.message}[/red]")
        raise typer.Exit(1) from None


def show_json(value: Any) -> None:
    """Machine-readable output."""
    sys.stdout.write(json.dumps(value, indent=2) + "\n")


def show_table(columns: list[str], rows: list[list[Any]], empty: str) -> None:
    """A table, or a sentence when there is nothing in it."""
    if not rows:
        console.print(empty)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*["-" if cell is None else escape(str(cell)) for cell in row])
    console.print(table)


@app.command()
def version() -> None:
    """Print the version."""
    console.print(__version__)


@app.command()
def init(
    data: DataOption = DATA,
    demonstration: Annotated[
        bool, typer.Option(help="Six people, three conferences, one administrator.")
    ] = False,
    customers: Annotated[
        bool, typer.Option(help="Their customers, records and calls of today, with --demonstration.")
    ] = True,
    country: Annotated[
        str, typer.Option(help="ISO 3166 code: tones, emergency numbers, number plan.")
    ] = "US",
    language: Annotated[str, typer.Option(help="en, fr or it.")] = "en",
    as_json: JsonOption = False,
) -> None:
    """Create the database, keys, certificate and prompts. Secrets are generated and shown once."""
    options = load(data, {})
    made = asyncio.run(
        setup.initialise(
            options, demonstration=demonstration, country=country, language=language, customers=customers
        )
    )
    if as_json:
        show_json(made.as_json(options))
    else:
        console.print(made.text(options))


@app.command()
def serve(
    data: DataOption = DATA,
    bind: Annotated[str | None, typer.Option(help="Addresses to listen on, with commas between.")] = None,
    sip_port: Annotated[int | None, typer.Option(help="SIP over UDP and TCP.")] = None,
    tls_port: Annotated[int | None, typer.Option(help="SIP over TLS; 0: none.")] = None,
    http_port: Annotated[int | None, typer.Option(help="API and SIP over WebSocket.")] = None,
    https_port: Annotated[int | None, typer.Option(help="The same, encrypted; 0: none.")] = None,
    rtp_ports: Annotated[str | None, typer.Option(help="Ports for voice, such as 30000-39999.")] = None,
    webrtc_port: Annotated[int | None, typer.Option(help="Voice of browsers, UDP and TCP; 0: none.")] = None,
    advertised_address: Annotated[str | None, typer.Option(help="Public address, behind NAT.")] = None,
    local_networks: Annotated[
        str | None, typer.Option(help="Networks that reach this machine directly.")
    ] = None,
    hosts: Annotated[str | None, typer.Option(help="Names phones may use for this system.")] = None,
    drain_seconds: Annotated[int | None, typer.Option(help="Time for running calls after SIGTERM.")] = None,
    log_level: Annotated[str | None, typer.Option(help="debug, info, warning or error.")] = None,
    log_format: Annotated[str | None, typer.Option(help="text or json.")] = None,
) -> None:
    """Run the phone system until SIGTERM; running calls are given time to end."""
    overrides = {name: value for name, value in locals().items() if name != "data"}
    options = load(data, overrides)
    from switchroom import node

    raise typer.Exit(node.run(options))


@app.command()
def doctor(data: DataOption = DATA, as_json: JsonOption = False) -> None:
    """Look at ports, addresses, prompts, clock and more: what is wrong and how to mend it."""
    from switchroom.doctor import Severity, examine

    server = running_server(data)
    options = load(data, dict(server.ports) if server else {})
    findings = examine(options, running=server is not None)
    if as_json:
        show_json(
            [
                {"check": f.check, "severity": f.severity.value, "found": f.found, "cure": f.cure}
                for f in findings
            ]
        )
    else:
        marks = {Severity.OK: "[green]ok     [/green]", Severity.WARNING: "[yellow]warning[/yellow]",
                 Severity.PROBLEM: "[red]problem[/red]"}  # fmt: skip
        for finding in findings:
            console.print(f"{marks[finding.severity]}  {finding.check}: {finding.found}")
            if finding.cure:
                console.print(f"         {finding.cure}")
    if any(finding.severity is Severity.PROBLEM for finding in findings):
        raise typer.Exit(1)


LIVE = ("registrations", "calls", "rooms", "problems")
WATCH_SECONDS = 1.0


@app.command()
def status(
    data: DataOption = DATA,
    watch: Annotated[bool, typer.Option("--watch", help="Show it anew every second, until Ctrl+C.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show registrations, calls, rooms and what was refused, as they are now."""
    if running_server(data) is None:
        console.print("The server does not run. Start it with `switchroom serve`.")
        raise typer.Exit(1)

    async def work(api: LocalApi) -> None:
        while True:
            found = {name: await api.request("GET", f"/api/{name}") for name in LIVE}
            if watch:
                console.clear()
            if as_json:
                show_json(found)
            else:
                _show_status(found)
            if not watch:
                return
            await asyncio.sleep(WATCH_SECONDS)

    with contextlib.suppress(KeyboardInterrupt):
        run_api(data, work)


def _show_status(found: dict[str, list[dict[str, Any]]]) -> None:
    now = dt.datetime.now(dt.UTC).timestamp()
    phones = [
        [r["username"], r["remote"], r["transport"], r["user_agent"], _duration(r["expires_at"] - now)]
        for r in found["registrations"]
    ]
    calls = [
        [c["caller"]["extension"], c["dialled"], c["state"], _duration(now - c["started_at"]), c["id"]]
        for c in found["calls"]
    ]
    rooms = [
        [r["name"], r["extension"], ", ".join(p["extension"] for p in r["participants"])]
        for r in found["rooms"]
    ]
    problems = [[_duration(now - p["time"]), p["count"], p["text"]] for p in found["problems"][:10]]
    console.print("[bold]Registrations[/bold]")
    show_table(["user", "from", "transport", "phone", "for another"], phones, "No phone is registered.")
    console.print("\n[bold]Calls[/bold]")
    show_table(["from", "to", "state", "for", "id"], calls, "No calls.")
    console.print("\n[bold]Rooms[/bold]")
    show_table(["conference", "extension", "people"], rooms, "Nobody is in a conference.")
    console.print("\n[bold]Problems[/bold]")
    show_table(["ago", "times", "what"], problems, "None.")


def _duration(seconds: float) -> str:
    return str(dt.timedelta(seconds=max(0, int(seconds))))


@app.command()
def apply(
    data: DataOption = DATA,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the difference only.")] = False,
) -> None:
    """Put what is saved into production; running calls are not touched."""

    async def work(api: LocalApi) -> None:
        await _apply(api, dry_run=dry_run)

    run_api(data, work)


@app.command()
def revisions(data: DataOption = DATA, as_json: JsonOption = False) -> None:
    """List what was applied, when and by whom."""

    async def ask(api: LocalApi) -> Any:
        return await api.request("GET", "/api/configuration/revisions")

    found = run_api(data, ask)
    rows = found["revisions"] if isinstance(found, dict) else found
    if as_json:
        show_json(rows)
        return
    show_table(
        ["number", "when", "by", "what"],
        [
            [
                r["number"],
                _moment(r["time"]),
                r["author"],
                r["comment"] or "; ".join(c["message"] for c in r["changes"]),
            ]
            for r in rows
        ],
        "Nothing was applied yet.",
    )


def _moment(time: float) -> str:
    return dt.datetime.fromtimestamp(time).isoformat(sep=" ", timespec="seconds")


@app.command("roll-back")
def roll_back(number: int, data: DataOption = DATA) -> None:
    """Apply an earlier revision again."""

    async def work(api: LocalApi) -> None:
        answer = await api.request("POST", f"/api/configuration/revisions/{number}/roll-back", {})
        _show_changes(answer["changes"], f"Applied as revision {answer['revision']}.")

    run_api(data, work)


def _show_changes(changes: list[dict[str, Any]], closing: str) -> None:
    for change in changes:
        console.print(f"  {change['message']}")
    console.print(closing)


async def _apply(api: LocalApi, *, dry_run: bool = False) -> None:
    configuration = await api.request("GET", "/api/configuration")
    changes = configuration["changes"]
    if not changes:
        console.print("Nothing is pending.")
        return
    if dry_run:
        for problem in configuration["problems"]:
            console.print(f"[red]{problem['path']}: {problem['message']}[/red]")
        _show_changes(changes, "Not applied.")
        return
    answer = await api.request(
        "POST", "/api/configuration/apply", {"base_revision": configuration["base_revision"]}
    )
    _show_changes(changes, f"Applied as revision {answer['revision']}.")


async def _after_save(api: LocalApi, apply_now: bool) -> None:
    if apply_now:
        await _apply(api)
    else:
        console.print("Saved. `switchroom apply` puts it into production.")


async def _find(api: LocalApi, kind: str, extension: str) -> dict[str, Any]:
    entries = await _entries(api, kind)
    for field in ("extension", "dial_in_id"):
        for entry in entries:
            if entry.get(field) == extension:
                return entry
    from switchroom.local_api import ApiRefusal

    raise ApiRefusal(404, "not-found", None, f"Nobody among the {kind} has the extension {extension}.")


async def _entries(api: LocalApi, kind: str) -> list[dict[str, Any]]:
    found = await api.request("GET", f"/api/{kind}")
    entries = found[kind] if isinstance(found, dict) else found
    return sorted(entries, key=lambda entry: str(entry["extension"] or f"~{entry['dial_in_id']}"))


@user_app.command("add")
def user_add(
    extension: Annotated[str, typer.Argument(help="2 to 8 digits; 3 to 5 advised.")],
    name: str,
    data: DataOption = DATA,
    email: str | None = None,
    language: str | None = None,
    call_waiting: bool = True,
    ring_seconds: int | None = None,
    apply_now: ApplyOption = False,
    as_json: JsonOption = False,
) -> None:
    """Add a person; the phone's secret is shown once."""

    async def work(api: LocalApi) -> None:
        body = {"extension": extension, "name": name, "email": email, "language": language,
                "call_waiting": call_waiting, "ring_seconds": ring_seconds}  # fmt: skip
        saved = await api.request("POST", "/api/users", body)
        if as_json:
            show_json(saved)
            if apply_now:
                await _apply_silently(api)
            return
        console.print(
            f"User name {saved['secret']['username']}, secret [bold]{saved['secret']['secret']}[/bold]"
        )
        await _after_save(api, apply_now)

    run_api(data, work)


async def _apply_silently(api: LocalApi) -> None:
    configuration = await api.request("GET", "/api/configuration")
    await api.request("POST", "/api/configuration/apply", {"base_revision": configuration["base_revision"]})


@user_app.command("list")
def user_list(data: DataOption = DATA, as_json: JsonOption = False) -> None:
    """List people."""

    async def ask(api: LocalApi) -> list[dict[str, Any]]:
        return await _entries(api, "users")

    found = run_api(data, ask)
    if as_json:
        show_json(found)
        return
    rows = [[u["extension"], u["name"], u["email"], _yes(u["call_waiting"]), _pending(u)] for u in found]
    show_table(["extension", "name", "e-mail", "call waiting", ""], rows, "There are no users yet.")


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _pending(entry: dict[str, Any]) -> str:
    return "not applied yet" if entry["pending"] else ""


@user_app.command("remove")
def user_remove(extension: str, data: DataOption = DATA, apply_now: ApplyOption = False) -> None:
    """Remove a person."""
    _remove("users", extension, data, apply_now)


def _remove(kind: str, extension: str, data: Path, apply_now: bool) -> None:
    async def work(api: LocalApi) -> None:
        entry = await _find(api, kind, extension)
        await api.request("DELETE", f"/api/{kind}/{entry['id']}")
        console.print(f"Removed {entry['name']}.")
        await _after_save(api, apply_now)

    run_api(data, work)


@user_app.command("reset-secret")
def user_reset_secret(extension: str, data: DataOption = DATA, as_json: JsonOption = False) -> None:
    """Make a new secret for the person's first phone, at once; the old one no longer works."""

    async def work(api: LocalApi) -> dict[str, Any]:
        entry = await _find(api, "users", extension)
        answer: dict[str, Any] = await api.request("POST", f"/api/users/{entry['id']}/reset-secret")
        return answer

    answer = run_api(data, work)
    if as_json:
        show_json(answer)
    else:
        console.print(f"User name {answer['username']}, secret [bold]{answer['secret']}[/bold]")


@conference_app.command("list")
def conference_list(data: DataOption = DATA, as_json: JsonOption = False) -> None:
    """List conference rooms."""

    async def ask(api: LocalApi) -> list[dict[str, Any]]:
        rooms = await _entries(api, "conferences")
        people = {user["id"]: user["extension"] for user in await _entries(api, "users")}
        return [room | {"administrator_extension": people.get(room["administrator"])} for room in rooms]

    found = run_api(data, ask)
    if as_json:
        show_json(found)
        return
    rows = [[c["extension"], c["dial_in_id"], c["name"], "set" if c["access_code"] else "-",
             c["administrator_extension"], _yes(c["wait_for_administrator"]), _pending(c)]
            for c in found]  # fmt: skip
    columns = ["extension", "conference ID", "name", "access code", "administrator", "waits", ""]
    show_table(columns, rows, "There are no conferences yet.")


CodeOption = Annotated[str | None, typer.Option(help="4 to 10 digits; an empty text takes it away.")]
AdministratorOption = Annotated[str | None, typer.Option(help="Extension of the person who runs the room.")]
WaitOption = Annotated[
    bool | None,
    typer.Option("--wait/--no-wait", help="Nobody can use the room before the administrator is there."),
]
EndOption = Annotated[
    bool | None,
    typer.Option(
        "--end-with-administrator/--go-on", help="The conference ends when its administrator leaves."
    ),
]
TonesOption = Annotated[bool | None, typer.Option(help="Tones when somebody comes or goes.")]
IdOption = Annotated[
    str | None, typer.Option("--conference-id", help='What callers of the conference server key; "": none.')
]


CONFERENCE_FIELDS = ("extension", "name", "access_code", "wait_for_administrator", "administrator_code",
                     "end_when_administrator_leaves", "tones", "max_participants", "language",
                     "dial_in_id")  # fmt: skip


def _conference_fields(given: dict[str, Any]) -> dict[str, Any]:
    """A command's parameters that are fields of a conference."""
    return {name: given[name] for name in CONFERENCE_FIELDS}


async def _conference_body(
    api: LocalApi, administrator: str | None, fields: dict[str, Any]
) -> dict[str, Any]:
    """The fields that were given; an empty text stands for "take it away"."""
    body = {name: (None if value == "" else value) for name, value in fields.items() if value is not None}
    if administrator is not None:
        body["administrator"] = (await _find(api, "users", administrator))["id"] if administrator else None
    return body


@conference_app.command("add")
def conference_add(
    extension: Annotated[str, typer.Argument(help="2 to 8 digits; 3 to 5 advised.")],
    name: str,
    data: DataOption = DATA,
    access_code: CodeOption = None,
    administrator: AdministratorOption = None,
    wait_for_administrator: WaitOption = None,
    administrator_code: CodeOption = None,
    end_when_administrator_leaves: EndOption = None,
    tones: TonesOption = None,
    max_participants: int | None = None,
    language: str | None = None,
    dial_in_id: IdOption = None,
    apply_now: ApplyOption = False,
) -> None:
    """Add a conference room (S1-03)."""
    fields = _conference_fields(locals())

    async def work(api: LocalApi) -> None:
        await api.request("POST", "/api/conferences", await _conference_body(api, administrator, fields))
        await _after_save(api, apply_now)

    run_api(data, work)


@conference_app.command("edit")
def conference_edit(
    extension: str,
    data: DataOption = DATA,
    new_extension: str | None = None,
    name: str | None = None,
    access_code: CodeOption = None,
    administrator: AdministratorOption = None,
    wait_for_administrator: WaitOption = None,
    administrator_code: CodeOption = None,
    end_when_administrator_leaves: EndOption = None,
    tones: TonesOption = None,
    max_participants: Annotated[int | None, typer.Option(help="0: no limit.")] = None,
    language: str | None = None,
    dial_in_id: IdOption = None,
    apply_now: ApplyOption = False,
) -> None:
    """Change a conference room, named by extension or conference ID; what is not named stays."""
    fields = _conference_fields(locals()) | {"extension": new_extension}

    async def work(api: LocalApi) -> None:
        entry = await _find(api, "conferences", extension)
        body = await _conference_body(api, administrator, fields)
        if max_participants == 0:
            body["max_participants"] = None
        await api.request("PATCH", f"/api/conferences/{entry['id']}", body)
        await _after_save(api, apply_now)

    run_api(data, work)


@conference_app.command("remove")
def conference_remove(extension: str, data: DataOption = DATA, apply_now: ApplyOption = False) -> None:
    """Remove a conference room; who is inside stays until they leave."""
    _remove("conferences", extension, data, apply_now)


@conference_app.command("server")
def conference_server(
    extension: Annotated[
        str | None, typer.Argument(help="What callers dial; none: show what is set.")
    ] = None,
    data: DataOption = DATA,
    max_rooms: int | None = None,
    max_participants: Annotated[int | None, typer.Option(help="Of a room that gets a conference ID.")] = None,
    language: str | None = None,
    remove: Annotated[bool, typer.Option("--remove", help="Delete it: it must have no rooms.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Set up the conference server, change it, or show it; in force at once (S3-02)."""
    given = {"extension": extension, "max_rooms": max_rooms, "max_participants": max_participants,
             "language": language}  # fmt: skip
    found = run_api(data, lambda api: _server(api, given, remove))
    for problem in found.get("problems", ()):
        console.print(f"Saved, not applied: {problem['message']}")
    if as_json:
        show_json(found.get("server"))
    elif remove:
        console.print("Removed the conference server.")
    else:
        columns = ["extension", "rooms", "rooms at most", "participants of a new room", "language"]
        fields = ("extension", "rooms", "max_rooms", "max_participants", "language")
        show_table(columns, [[found["server"][name] for name in fields]], "")


async def _server(api: LocalApi, given: dict[str, Any], remove: bool) -> dict[str, Any]:
    from switchroom.local_api import ApiRefusal

    path, body = "/api/conference-server", {key: value for key, value in given.items() if value is not None}
    if remove:
        return dict(await api.request("DELETE", path))
    try:
        present = await api.request("GET", path)
    except ApiRefusal as refusal:
        if refusal.error_id != "conference-server-missing" or "extension" not in body:
            raise
        return dict(await api.request("POST", path, body))
    return dict(await api.request("PATCH", path, body)) if body else {"server": present}


AUTHOR = "command line"
RoleOption = Annotated[Role, typer.Option(help="administrator, conference_manager or user.")]


@login_app.command("add")
def login_add(
    name: str,
    role: RoleOption = Role.USER,
    extension: Annotated[str | None, typer.Option(help="Of the person it belongs to, if any.")] = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Let somebody sign in; the temporary password is shown once."""

    async def work(store: Store) -> str:
        user_id = None
        if extension is not None:
            draft = await store.configuration.draft()
            found = [user for user in draft.snapshot.users.values() if user.extension == extension]
            if not found:
                raise NotFound(f"user with the extension {extension}")
            user_id = found[0].id
            if (login := await store.logins.of_user(user_id)) is not None:
                raise Conflict("extension", f"Extension {extension} has the login {login.name} already.")
        password = await store.logins.add(name, role=role, user_id=user_id, temporary=True)
        await store.audit.note(AUTHOR, "login added", name, role)
        return password

    _show_password(name, run_store(data, work), as_json)


def _show_password(name: str, password: str, as_json: bool) -> None:
    if as_json:
        show_json({"name": name, "password": password})
    else:
        console.print(f"Login {escape(name)}, temporary password [bold]{password}[/bold]")


@login_app.command("list")
def login_list(data: DataOption = DATA, as_json: JsonOption = False) -> None:
    """List who may sign in."""

    async def work(store: Store) -> list[dict[str, Any]]:
        users = (await store.configuration.draft()).snapshot.users
        extensions = {user.id: user.extension for user in users.values()}
        return [
            {
                "name": login.name,
                "role": login.role.value,
                "extra_rights": sorted(login.extra_rights),
                "extension": extensions.get(login.user_id) if login.user_id else None,
                "active": store.logins.sessions.lives(login),
                "totp": login.totp,
                "signed_in_at": login.signed_in_at,
            }
            for login in await store.logins.list()
        ]

    found = run_store(data, work)
    if as_json:
        show_json(found)
        return
    rows = [
        [
            f["name"],
            f["role"],
            ", ".join(f["extra_rights"]) or None,
            f["extension"],
            _yes(f["totp"]),
            _moment(f["signed_in_at"]) if f["signed_in_at"] else None,
            "" if f["active"] else "its user is not applied",
        ]
        for f in found
    ]
    columns = ["login", "role", "more rights", "extension", "codes", "signed in", ""]
    show_table(columns, rows, "Nobody may sign in yet.")


@login_app.command("reset-password")
def login_reset_password(
    name: str,
    remove_totp: Annotated[
        bool, typer.Option("--remove-totp", help="Ask for no codes any more: the app is lost.")
    ] = False,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Make a temporary password; every session of the login ends."""

    async def work(store: Store) -> str:
        password = await store.logins.reset_password(name, temporary=True)
        await store.audit.note(AUTHOR, "password reset", name)
        login = await store.logins.find(name)
        if remove_totp and login is not None and await store.logins.remove_totp(login):
            await store.audit.note(AUTHOR, "codes switched off", name)
        return password

    _show_password(name, run_store(data, work), as_json)


@login_app.command("remove")
def login_remove(name: str, data: DataOption = DATA) -> None:
    """Let somebody sign in no more, at once."""

    async def work(store: Store) -> None:
        login = await store.logins.find(name)
        if login is None:
            raise NotFound(f"login {name}")
        await store.logins.remove(login)
        await store.audit.note(AUTHOR, "login removed", login.name)
        console.print(f"Removed {escape(login.name)}.")

    run_store(data, work)
