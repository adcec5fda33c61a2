"""A PostgreSQL server for the tests: the one SWITCHROOM_TEST_POSTGRES names, or one of our own."""

from __future__ import annotations

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
