"""Where the server of a data directory is, as it wrote down itself."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from switchroom.options import Options

SERVER_FILE = "server.json"
PORTS = ("sip_port", "tls_port", "http_port", "https_port")


@dataclass(frozen=True, slots=True)
class RunningServer:
    """What a running server wrote about itself."""

    pid: int
    url: str
    ports: dict[str, int]
    """sip_port, tls_port, http_port and https_port, as it listens on them."""


def write_server_file(options: Options, url: str) -> None:
    """Tell the command line where the server is (no secret in it)."""
    ports = {name: getattr(options, name) for name in PORTS}
    (options.data / SERVER_FILE).write_text(json.dumps({"pid": os.getpid(), "url": url, "ports": ports}))


def remove_server_file(data: Path) -> None:
    """The server stops."""
    (data / SERVER_FILE).unlink(missing_ok=True)


def running_server(data: Path) -> RunningServer | None:
    """The server of this data directory; None when none runs (a file left by a crash does not count)."""
    try:
        found = json.loads((data / SERVER_FILE).read_text())
        server = RunningServer(int(found["pid"]), str(found["url"]), dict(found["ports"]))
        os.kill(server.pid, 0)
        command = Path(f"/proc/{server.pid}/cmdline").read_bytes()
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return server if b"switchroom" in command else None
