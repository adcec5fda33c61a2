"""A PostgreSQL server for the tests: the one SWITCHROOM_TEST_POSTGRES names, or one of our own."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import asyncpg

from switchroom.store.crm_tables import metadata
from switchroom.store.schema import HEAD

VARIABLE = "SWITCHROOM_TEST_POSTGRES"
_ROOTS = (Path("/usr/lib/postgresql"), Path("/usr/local/pgsql"))


def binaries() -> Path | None:
    """Where initdb and postgres are installed."""
    found = [path.parent for root in _ROOTS for path in sorted(root.glob("**/bin/initdb"))]
    return found[-1] if found else None


@contextmanager
def server() -> Iterator[str | None]:
    """A URL of a server where databases may be created; None when there is no server to be had."""
    given = os.environ.get(VARIABLE)
    if given:
        yield given.rstrip("/")
        return
    folder = binaries()
    if folder is None:
        yield None
        return
    home = Path(tempfile.mkdtemp(prefix="switchroom-postgres-"))
    user: list[str] = []
    if os.geteuid() == 0:
        shutil.chown(home, "postgres", "postgres")
        user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "HOME": str(home)}
    data = home / "data"
    subprocess.run(
        [*user, folder / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"],
        check=True,
        env=environment,
        cwd=home,
        stdout=subprocess.DEVNULL,
        timeout=120,
    )
    port = _free_port()
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": home,
        "fsync": "off",
    }
    options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
    with (home.parent / f"{home.name}.log").open("wb") as log:
        process = subprocess.Popen(
            [*user, folder / "postgres", "-D", data, *options],
            env=environment,
            cwd=home,
            stdout=log,
            stderr=log,
        )
    try:
        _wait(port, process)
        yield f"postgresql://postgres@127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGQUIT)  # at once: the data goes too
        process.wait(timeout=30)
        shutil.rmtree(home, ignore_errors=True)
        Path(log.name).unlink(missing_ok=True)


@contextmanager
def new_database(base: str) -> Iterator[str]:
    """A URL of a new database of a server, dropped in the end."""
    name = f"test_{uuid4().hex}"
    asyncio.run(_administer(base, f'CREATE DATABASE "{name}"'))
    try:
        yield f"{base}/{name}"
    finally:
        asyncio.run(_administer(base, f'DROP DATABASE "{name}" WITH (FORCE)'))


async def _administer(base: str, statement: str) -> None:
    for _ in range(50):
        try:
            connection = await asyncpg.connect(f"{base}/postgres", timeout=60)
            break
        except (asyncpg.CannotConnectNowError, OSError):
            await asyncio.sleep(0.1)
    else:
        raise RuntimeError("PostgreSQL does not answer")
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def empty(url: str) -> None:
    """Make a migrated database as it was before the last test, whatever that one left open."""
    connection = await asyncpg.connect(url, timeout=60)
    try:
        await connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database()"
            " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        for table in reversed(metadata.sorted_tables):
            await connection.execute(f'DELETE FROM "{table.name}"')
        await connection.execute("SELECT setval(sequencename::regclass, 1, false) FROM pg_sequences")
        await connection.execute("UPDATE alembic_version SET version_num = $1", HEAD)
    finally:
        await connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("PostgreSQL did not start")
