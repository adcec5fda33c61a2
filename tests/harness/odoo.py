"""A real Odoo 19 for tests: installed once into a cache outside the checkout, each module has a copy of it.

`../shared/tools/odoo_up.sh` installs it (minutes, 1.7 GB). It is begun in the background when tests that want
it are collected, so that the others do not wait; who wants it before it is there skips, and says so.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.harness.binaries import ROOT
from tests.harness.ports import free_port

PLACE = Path(os.environ.get("SWITCHROOM_ODOO") or "/var/cache/switchroom/odoo")
"""Not below the home of root, which the user postgres can not enter."""
SCRIPT = Path(os.environ.get("SWITCHROOM_ODOO_SCRIPT") or ROOT.parent / "shared" / "tools" / "odoo_up.sh")
POSTGRES = Path("/usr/lib/postgresql/15/bin")
PATIENCE = 100.0
"""Seconds that tests wait for an Odoo that is being installed."""
FAILED = Path(f"{PLACE}.failed")
"""Why an installation failed; not tried again within `AGAIN` seconds."""
AGAIN = 1800.0
ADMINISTRATOR = 2
DATABASE = "base"
PEOPLE = ("anna", "ben")
"""Users with an API key each; the password is the login, too."""

_MAKE_PEOPLE = """
import json
from datetime import datetime, timedelta
names = ('base.group_user', 'sales_team.group_sale_salesman_all_leads', 'project.group_project_user',
         'helpdesk_mgmt.group_helpdesk_user', 'base.group_partner_manager')
groups = [env.ref(name).id for name in names]
made = {}
for login in %r:
    user = env['res.users'].create({'name': login.title(), 'login': login, 'password': login,
                                    'group_ids': [(6, 0, groups)], 'tz': 'Europe/Brussels'})
    keys = env(user=user.id)['res.users.apikeys'].sudo()
    made[login] = [user.id, keys._generate(None, 'switchroom', datetime.now() + timedelta(hours=1))]
env.cr.execute('UPDATE res_users_apikeys SET expiration_date = NULL')
env.cr.commit()
print('PEOPLE', json.dumps(made))
"""


def why_not() -> str | None:
    """Why there can be no Odoo here; None: there is one, or it can be installed."""
    if os.geteuid() != 0:
        return "installing PostgreSQL beside the machine's needs root"
    if not (POSTGRES / "pg_ctl").exists():
        return "PostgreSQL 15 is not installed"
    if not (PLACE / ".ready").exists() and not SCRIPT.exists():
        return f"there is neither {PLACE} nor {SCRIPT}"
    with suppress(FileNotFoundError):
        if time.time() - FAILED.stat().st_mtime < AGAIN:
            return f"its installation failed: {FAILED.read_text().strip()} (see {PLACE}.log)"
    return None


def begin_install() -> None:
    """See to it that Odoo gets installed, in the background; one process of all does it."""
    if why_not() is None and not (PLACE / ".ready").exists():
        command = ["nice", "-n", "19", sys.executable, "-m", "tests.harness.odoo"]
        log = Path(f"{PLACE}.log")
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            subprocess.Popen(
                command,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )


def wait_for_odoo() -> str | None:
    """Wait a while for the installation; why there is no Odoo, or None."""
    reason = why_not()
    if reason is not None:
        return reason
    begin_install()
    deadline = time.monotonic() + PATIENCE
    while not (PLACE / ".ready").exists():
        if (reason := why_not()) is not None:
            return reason
        if time.monotonic() > deadline:
            return f"it is still being installed: see {PLACE}.log, and run the tests again"
        time.sleep(0.5)
    return None


def install() -> None:
    """Install Odoo into the cache: people and their keys are in it, its database is shut down."""
    PLACE.parent.mkdir(parents=True, exist_ok=True)
    with Path(f"{PLACE}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        if (PLACE / ".ready").exists():
            return
        shutil.rmtree(PLACE, ignore_errors=True)
        try:
            subprocess.run(["bash", str(SCRIPT), str(PLACE)], check=True, timeout=900)
            _stop_of_script()
            _finish_install()
        except BaseException as error:
            FAILED.write_text(f"{type(error).__name__}: {error}")
            _stop_of_script()
            _pg_ctl(PLACE / "pg" / "d", "-m", "immediate", "stop", check=False)
            raise


def _stop_of_script() -> None:
    """The server that the script started."""
    with suppress(FileNotFoundError, ValueError, ProcessLookupError):
        os.kill(int((PLACE / "odoo.pid").read_text()), 15)


def _finish_install() -> None:
    """The people; then the database is shut down, so that it can be copied."""
    said = subprocess.run(
        _odoo("shell", "-d", DATABASE, "--no-http", "--log-level=error"),
        input=(_MAKE_PEOPLE % (PEOPLE,)).encode(),
        capture_output=True,
        cwd=PLACE,
        env=_environment(),
        timeout=120,
        check=True,
    )
    line = next(line for line in said.stdout.decode().splitlines() if line.startswith("PEOPLE "))
    (PLACE / "people.json").write_text(line.removeprefix("PEOPLE "))
    _pg_ctl(PLACE / "pg" / "d", "-m", "fast", "-w", "stop")
    (PLACE / ".ready").touch()


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(PLACE / "root/usr/lib/python3/dist-packages")}


def _odoo(*words: str) -> list[str]:
    command = [*words[:1]] if words and not words[0].startswith("-") else []
    rest = words[len(command) :]
    return [str(PLACE / "venv/bin/python"), "-m", "odoo", *command, "-c", str(PLACE / "odoo.conf"), *rest]


def _pg_ctl(data: Path, *words: str, check: bool = True) -> None:
    as_postgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    command = [*as_postgres, str(POSTGRES / "pg_ctl"), "-D", str(data), *words]
    subprocess.run(command, check=check, timeout=60, stdout=subprocess.DEVNULL, cwd="/")


@dataclass
class Odoo:
    """One that runs, alone, with a database of its own."""

    url: str
    database: str
    people: Mapping[str, tuple[int, str]]
    """User id and API key, by login."""
    command: Sequence[str]
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Serve; returns when it answers."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                ["chrt", "--other", "0", "nice", "-n", "10", *self.command],  # phones come first
                stdout=log,
                stderr=log,
                env=_environment(),
                cwd=PLACE,
            )
        _wait(self.url, self.process)

    def stop(self) -> None:
        """Nothing listens any more."""
        process, self.process = self.process, None
        if process is not None:
            process.send_signal(signal.SIGCONT)
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()
            process.wait()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """It takes connections and answers nothing."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    async def rpc(self, model: str, method: str, *arguments: Any, **options: Any) -> Any:
        """One call of the external API, as the administrator."""
        return await self.rpc_as(ADMINISTRATOR, "admin", model, method, *arguments, **options)

    async def rpc_as(
        self, user: int, password: str, model: str, method: str, *arguments: Any, **options: Any
    ) -> Any:
        """The same, as somebody."""
        return await asyncio.to_thread(self._call, user, password, model, method, list(arguments), options)

    def _call(self, user: int, password: str, model: str, method: str, *given: Any) -> Any:
        parameters = [self.database, user, password, model, method, *given]
        call = {"service": "object", "method": "execute_kw", "args": parameters}
        body = json.dumps({"jsonrpc": "2.0", "method": "call", "params": call}).encode()
        request = urllib.request.Request(f"{self.url}/jsonrpc", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            decoded = json.loads(answer.read())
        assert "error" not in decoded, decoded
        return decoded["result"]


@contextmanager
def running_odoo(
    scratch: Path, *, add_ons: Sequence[Path] = (), modules: Sequence[str] = ()
) -> Iterator[Odoo]:
    """A copy of the installed Odoo, served until the block ends; `modules` of `add_ons` are installed.

    Call `wait_for_odoo` before. The log is `odoo.log` in `scratch`.
    """
    with tempfile.TemporaryDirectory(prefix="switchroom-odoo-") as folder:
        Path(folder).chmod(0o755)
        with _served(Path(folder), scratch / "odoo.log", add_ons, modules) as found:
            yield found


@contextmanager
def _served(folder: Path, log_file: Path, add_ons: Sequence[Path], modules: Sequence[str]) -> Iterator[Odoo]:
    data, port, database_port = folder / "pg", free_port(), free_port()
    subprocess.run(["cp", "-a", str(PLACE / "pg" / "d"), str(data)], check=True, timeout=60)
    sockets = folder / "sockets"
    sockets.mkdir()
    shutil.chown(sockets, "postgres", "postgres")
    place = f"-p {database_port} -k {sockets}"
    words = ["--db_port", str(database_port), "--http-port", str(port), "--log-level=warn", "-d", DATABASE]
    words += ["--db-filter", f"^{DATABASE}$", "--data-dir", str(folder / "data")]
    if add_ons:
        conf = (PLACE / "odoo.conf").read_text()
        known = (
            next(line for line in conf.splitlines() if line.startswith("addons_path"))
            .split("=", 1)[1]
            .strip()
        )
        words += ["--addons-path", ",".join([known, *map(str, add_ons)])]
    _pg_ctl(data, "-o", place, "-l", str(data / "log.txt"), "-w", "start")
    try:
        if modules:
            command = _odoo(*words, "-i", ",".join(modules), "--stop-after-init")
            with log_file.open("ab") as log:
                subprocess.run(command, check=True, timeout=180, stdout=log, stderr=log, env=_environment())
        people = json.loads((PLACE / "people.json").read_text())
        keys = {login: (uid, key) for login, (uid, key) in people.items()}
        odoo = Odoo(f"http://127.0.0.1:{port}", DATABASE, keys, _odoo(*words), log_file)
        try:
            odoo.start()
            yield odoo
        finally:
            odoo.stop()
    finally:
        _pg_ctl(data, "-m", "immediate", "stop", check=False)


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(f"{url}/web/health", timeout=5).close()
            return
        except (OSError, urllib.error.URLError):
            assert process.poll() is None, "Odoo ended: see odoo.log"
            assert time.monotonic() < deadline, "Odoo does not answer"
            time.sleep(0.2)


if __name__ == "__main__":
    install()
