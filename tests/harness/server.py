"""A whole Switchroom started for a test: its own data directory, its own ports, its own secrets."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from tests.harness import zygote
from tests.harness.binaries import ROOT, find
from tests.harness.phone import Phone
from tests.harness.ports import free_port, free_range
from tests.harness.punctual import comes_first
from tests.harness.zygote import Forked


class ServerError(Exception):
    """The server did not do what it was started for."""


def _environment() -> dict[str, str]:
    environment = dict(os.environ)
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT / "src"), environment.get("PYTHONPATH", "")])
    media = find("switchroom-media")
    if media is not None:
        environment["PATH"] = os.pathsep.join([str(media.parent), environment.get("PATH", "")])
        environment["SWITCHROOM_MEDIA"] = str(media)
    return environment


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-c", "from switchroom.cli import main; main()", *arguments]


def _installed(data: Path, demonstration: bool) -> dict[str, Any]:
    """A system in `data`, and what `init` printed of it. Made once a session, and copied."""
    made, printed = _made(demonstration)
    shutil.copytree(made, data, dirs_exist_ok=True)
    initial: dict[str, Any] = json.loads(printed)
    return {**initial, "data": str(data)}


@cache
def _made(demonstration: bool) -> tuple[Path, bytes]:
    folder = Path(tempfile.mkdtemp(prefix="switchroom-made-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    arguments = (
        "init",
        "--data",
        str(folder),
        "--json",
        *["--demonstration", "--no-customers"] * demonstration,
    )
    done = subprocess.run(
        _command(*arguments), capture_output=True, env=_environment(), timeout=60, check=False
    )
    if done.returncode != 0:
        raise ServerError(f"init failed: {done.stderr.decode(errors='replace')[-3000:]}")
    return folder, done.stdout


class Server:
    """One installation with the demonstration's users and conferences, to start and kill at will."""

    def __init__(
        self, data: Path, *, extra: Sequence[str] = (), rtp_ports: int = 400, demonstration: bool = True
    ) -> None:
        """A new system in `data`; raises ServerError when that fails. `extra` goes to `serve`.

        Without `demonstration` there is an administrator and nothing else.
        """
        self.data = data
        self.sip_port, self.tls_port = free_port(), free_port()
        self.http_port, self.https_port = free_port(), free_port()
        self.webrtc_port = free_port()
        # Few: of the harness's own range. Many: above it, where each phone on this machine finds others.
        self.rtp_first = free_range(rtp_ports) if rtp_ports <= 1000 else 30_000
        self.rtp_last = self.rtp_first + rtp_ports - 1
        self.extra = tuple(extra)
        self.process: subprocess.Popen[bytes] | Forked | None = None
        self.log_path = data / "serve.log"
        self._token = ""
        self.initial = _installed(data, demonstration)
        self.secrets = {user["extension"]: user["secret"] for user in self.initial["users"]}
        self.passwords = {user["login"]: user["password"] for user in self.initial["users"]}
        administrator = self.initial["administrator"]
        self.passwords[administrator["username"]] = administrator["password"]

    def start(self, *, within: float = 60.0, web: bool = True) -> float:
        """Start it and wait until it answers OPTIONS; how many seconds that took.

        Phones are served before the web side is: unless `web` is False, that is waited for too.
        """
        begin = time.monotonic()
        arguments = ["serve", "--data", str(self.data), "--bind", "127.0.0.1"]
        arguments += ["--sip-port", str(self.sip_port), "--tls-port", str(self.tls_port)]
        arguments += ["--http-port", str(self.http_port), "--https-port", str(self.https_port)]
        arguments += ["--rtp-ports", f"{self.rtp_first}-{self.rtp_last}"]
        arguments += ["--webrtc-port", str(self.webrtc_port), *self.extra]
        self.process = self._launched(arguments)
        while not self._answers():
            if self.process.poll() is not None:
                raise ServerError(f"serve ended with {self.process.returncode}: {self.log()}")
            if time.monotonic() - begin > within:
                raise ServerError(f"serve does not answer after {within} s: {self.log()}")
        took = time.monotonic() - begin
        with contextlib.suppress(ServerError):
            comes_first(self.worker_pid())
        while web and not self._serves_web():
            if self.process.poll() is not None or time.monotonic() - begin > within:
                raise ServerError(f"no HTTP after {within} s: {self.log()}")
            time.sleep(0.05)
        return took

    def _launched(self, arguments: list[str]) -> subprocess.Popen[bytes] | Forked:
        """The process of a start. A restart is what anybody's is: what it takes counts."""
        born = zygote.current
        with self.log_path.open("ab") as log:
            if born is not None and self.process is None and born.is_here():
                return born.become(arguments, _environment(), log.fileno())
            return subprocess.Popen(
                _command(*arguments), stdout=log, stderr=log, env=_environment(), start_new_session=True
            )

    def _serves_web(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.http_port), timeout=1).close()
        except OSError:
            return False
        return True

    def _answers(self) -> bool:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.settimeout(0.2)
            probe.connect(("127.0.0.1", self.sip_port))
            here = probe.getsockname()
            text = (
                f"OPTIONS sip:127.0.0.1:{self.sip_port} SIP/2.0\r\n"
                f"Via: SIP/2.0/UDP {here[0]}:{here[1]};rport;branch=z9hG4bK{time.monotonic_ns()}\r\n"
                f"Max-Forwards: 70\r\nFrom: <sip:probe@127.0.0.1>;tag=1\r\n"
                f"To: <sip:127.0.0.1:{self.sip_port}>\r\n"
                f"Call-ID: {time.monotonic_ns()}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
            )
            try:
                probe.send(text.encode())
                return probe.recv(2048).startswith(b"SIP/2.0 ")
            except OSError:
                time.sleep(0.02)
                return False

    def log(self, size: int = 4000) -> str:
        """The end of what it logged."""
        return self.log_path.read_text(errors="replace")[-size:] if self.log_path.exists() else ""

    @property
    def runs(self) -> bool:
        """Whether the control side was started and has not ended."""
        return self.process is not None and self.process.poll() is None

    @property
    def pid(self) -> int:
        """Process id of the control side."""
        assert self.process is not None, "the server was not started"
        return self.process.pid

    def cpu_seconds(self) -> float:
        """What the control side has used of a processor since its start."""
        used = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
        return sum(map(int, used)) / os.sysconf("SC_CLK_TCK")

    def processes(self) -> list[int]:
        """Process ids of the control side, the media worker and whatever else it started."""
        parents: dict[int, list[int]] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with contextlib.suppress(OSError, IndexError):
                    parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
                    parents.setdefault(parent, []).append(int(entry.name))
        found = [self.pid]
        for each in found:
            found.extend(parents.get(each, []))
        return found

    def worker_pid(self) -> int:
        """Process id of the media worker. Raises ServerError without one."""
        for pid in self.processes():
            with contextlib.suppress(OSError):
                if b"switchroom-media" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0]:
                    return pid
        raise ServerError("no media worker runs")

    def kill(self) -> None:
        """SIGKILL to the control side, as a crash. The worker stays for a while."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self, *, within: float = 15.0) -> int:
        """SIGTERM and wait; the exit status."""
        if self.process is None:
            return 0
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(within)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def close(self) -> None:
        """End everything it started."""
        if self.process is None:
            return
        workers = [pid for pid in self._workers() if pid]
        if self.process.poll() is None:
            # A second SIGTERM ends the drain at once; SIGKILL if not even that.
            for _ in range(2):
                self.process.send_signal(signal.SIGTERM)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.process.wait(1.5)
                    break
            else:
                self.process.kill()
                self.process.wait()
        for pid in workers + self._workers():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _workers(self) -> list[int]:
        """Media workers of this installation, also those whose owner is gone (known by their socket)."""
        wanted = str(self.data).encode()
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with contextlib.suppress(OSError):
                    words = (entry / "cmdline").read_bytes().split(b"\0")
                    if b"switchroom-media" in words[0] and any(word.startswith(wanted) for word in words):
                        found.append(int(entry.name))
        return found

    # --- using it ---

    @property
    def sip(self) -> tuple[str, int]:
        """Where phones on UDP and TCP go."""
        return ("127.0.0.1", self.sip_port)

    def phone(self, extension: str, **options: Any) -> Phone:
        """A virtual phone of a demonstration user, not started. `options`: as `Phone`, and `where`."""
        return Phone(extension, self.secrets[extension], options.pop("where", self.sip), **options)

    @property
    def url(self) -> str:
        """Where the API is, over plain HTTP."""
        return f"http://127.0.0.1:{self.http_port}"

    def token(self) -> str:
        """Log in as the administrator; a bearer token."""
        admin = self.initial["administrator"]
        login = {"name": admin["username"], "password": admin["password"]}
        return str(self.api("POST", "/api/login", login, token="")["token"])

    def api(self, method: str, path: str, body: object | None = None, *, token: str | None = None) -> Any:
        """One request to the API, decoded. Raises urllib.error.HTTPError; `token` None logs in once."""
        headers = {"Content-Type": "application/json"}
        if token is None:
            self._token = self._token or self.token()
        known = self._token if token is None else token
        if known:
            headers["Authorization"] = f"Bearer {known}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, headers=headers, method=method)
        deadline = time.monotonic() + 5
        while True:
            try:
                with urllib.request.urlopen(request, timeout=10) as answer:
                    text = answer.read()
                return json.loads(text) if text else None
            except urllib.error.HTTPError:
                raise
            except urllib.error.URLError:
                # Just started: SIP may answer before HTTP does.
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def call_records(self) -> list[dict[str, Any]]:
        """The newest 50 call records. The end of a call is durable soon, not at once: waited for 2 s."""
        until = time.monotonic() + 2
        while True:
            records: list[dict[str, Any]] = self.api("GET", "/api/call-records")["records"]
            if all(record["end_cause"] for record in records) or time.monotonic() > until:
                return records
            time.sleep(0.05)

    async def api_async(self, method: str, path: str, body: object | None = None) -> Any:
        """As `api`, without stopping the phones of this process meanwhile."""
        return await asyncio.to_thread(self.api, method, path, body)


@contextlib.contextmanager
def running_server(
    *, extra: Sequence[str] = (), demonstration: bool = True, rtp_ports: int = 400, machine: str = ""
) -> Iterator[Server]:
    """A server for the time of a with-block. `machine`: what stands in its switchroom.toml."""
    with tempfile.TemporaryDirectory(prefix="switchroom-test-") as folder:
        server = Server(Path(folder), extra=extra, demonstration=demonstration, rtp_ports=rtp_ports)
        if machine:
            (Path(folder) / "switchroom.toml").write_text(machine + "\n")
        try:
            server.start()
            yield server
        finally:
            server.close()
