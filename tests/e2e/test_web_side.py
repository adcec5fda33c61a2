"""The web side on a whole system: the console's own listener, a renewed certificate, a phone by QR code."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import os
import signal
import socket
import ssl
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from switchroom.certificates import ensure
from tests.e2e.test_calls import phones
from tests.e2e.test_status import switchroom
from tests.harness.binaries import find
from tests.harness.ports import free_port
from tests.harness.rtp import Tone
from tests.harness.server import Server

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def closed_server() -> Iterator[Server]:
    """A server whose console has a listener of its own."""
    if find("switchroom-media") is None:
        pytest.skip("NOT TESTED: switchroom-media is not built (cargo build --release)")
    with tempfile.TemporaryDirectory(prefix="switchroom-test-") as folder:
        server = Server(Path(folder))
        port = free_port()
        acme = Path(folder) / "acme"
        (server.data / "switchroom.toml").write_text(f'console_port = {port}\nacme_folder = "{acme}"\n')
        try:
            server.start()
            yield server
        finally:
            server.close()


@contextmanager
def console(server: Server) -> Iterator[httpx.Client]:
    """The console, signed in, trusting nothing but the system's own authority."""
    port = tomllib.loads((server.data / "switchroom.toml").read_text())["console_port"]
    trust = ssl.create_default_context(cafile=str(server.data / "tls" / "authority.pem"))
    with httpx.Client(base_url=f"https://127.0.0.1:{port}", verify=trust, timeout=20) as client:
        admin = server.initial["administrator"]
        body = {"name": admin["username"], "password": admin["password"]}
        token = client.post("/api/login", json=body).json()["token"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


CONSOLE = ("/api/users", "/api/system", "/api/configuration", "/api/docs", "/api/health", "/metrics")


def test_the_console_is_served_on_its_own_listener_only(closed_server: Server) -> None:
    with console(closed_server) as admin, httpx.Client(base_url=closed_server.url, timeout=20) as public:
        token = {"Authorization": admin.headers["Authorization"]}
        for path in CONSOLE:
            assert public.get(path, headers=token).status_code == 404, path
            assert admin.get(path).status_code == 200, path
        assert public.get("/api/welcome").status_code == 200
        assert public.get("/api/phone").status_code == 401
        found = admin.get("/api/system").json()
        listening = {check["id"]: check["severity"] for check in found["checks"]}
        assert {listening[name] for name in ("http", "https", "console", "sip-over-udp")} == {"ok"}
        pem = admin.get("/api/system/authority.pem")
        assert pem.content == (closed_server.data / "tls" / "authority.pem").read_bytes()


def test_certificate_authorities_find_their_challenge(closed_server: Server) -> None:
    place = closed_server.data / "acme" / ".well-known" / "acme-challenge"
    place.mkdir(parents=True)
    (place / "abc").write_text("abc.def")
    assert httpx.get(f"{closed_server.url}/.well-known/acme-challenge/abc").text == "abc.def"


async def test_the_command_line_finds_the_console(closed_server: Server) -> None:
    assert "No phone is registered." in await switchroom(closed_server, "status")


def serial(data: Path, port: int) -> Any:
    """Of the certificate a new connection is shown."""
    trust = ssl.create_default_context(cafile=str(data / "tls" / "authority.pem"))
    with (
        socket.create_connection(("127.0.0.1", port), 5) as plain,
        trust.wrap_socket(plain, server_hostname="127.0.0.1") as secure,
    ):
        certificate = secure.getpeercert()
    assert certificate
    return certificate["serialNumber"]


async def test_a_renewed_certificate_is_shown_and_calls_go_on(closed_server: Server) -> None:
    server = closed_server
    trust = ssl.create_default_context(cafile=str(server.data / "tls" / "authority.pem"))
    ports = (server.tls_port, server.https_port)
    async with phones(server, "201", "202") as (one, other):
        call = await one.call("202", source=Tone(431))
        rung = await other.incoming()
        await rung.answer(source=Tone(617))
        await call.answered()
        reader, writer = await asyncio.open_connection("127.0.0.1", server.tls_port, ssl=trust)
        before = [await asyncio.to_thread(serial, server.data, port) for port in ports]
        names = ["localhost", "127.0.0.1", "renewed.example"]
        await asyncio.to_thread(ensure, server.data / "tls", names, dt.datetime.now(dt.UTC))
        os.kill(server.pid, signal.SIGHUP)
        async with asyncio.timeout(10):
            await until(lambda: before != [serial(server.data, port) for port in ports])
        writer.write(b"\r\n\r\n")
        async with asyncio.timeout(5):
            assert await reader.readexactly(2) == b"\r\n", "the open connection goes on (RFC 5626 §3.5.1)"
        writer.close()
        assert await asyncio.to_thread(calls, server) == [("201", "talking")]
        await call.hang_up()


async def until(holds: Callable[[], bool]) -> None:
    """Wait until it holds; asks in a thread, a few times a second."""
    for _ in itertools.count():
        if await asyncio.to_thread(holds):
            return
        await asyncio.sleep(0.2)


def registered(server: Server) -> set[str]:
    """User names of the phones that can be reached now."""
    with console(server) as admin:
        return {phone["username"] for phone in admin.get("/api/registrations").json()}


def calls(server: Server) -> list[tuple[str, str]]:
    """Caller and state of the calls of now."""
    with console(server) as admin:
        return [(call["caller"]["extension"], call["state"]) for call in admin.get("/api/calls").json()]


async def test_linphone_registers_by_its_one_time_address(closed_server: Server, tmp_path: Path) -> None:
    if find("linphonec") is None:
        pytest.skip("NOT TESTED: linphonec is not installed")

    def prepare() -> str:
        with console(closed_server) as admin:
            made = admin.post("/api/users", json={"extension": "241", "name": 'Zoé "Z" <b>'}).json()
            base = admin.get("/api/configuration").json()["base_revision"]
            assert admin.post("/api/configuration/apply", json={"base_revision": base}).status_code == 200
            return str(made["secret"]["provisioning_url"])

    url = await asyncio.to_thread(prepare)
    (tmp_path / ".local/share/linphone").mkdir(parents=True)
    port = free_port()
    (tmp_path / "rc").write_text(
        f"[sip]\nsip_port={port}\nsip_tcp_port=0\nsip_tls_port=0\n[misc]\nconfig-uri={url}\n"
    )
    environment = os.environ | {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / ".local/share")}
    process = await asyncio.create_subprocess_exec(
        "linphonec",
        *("-c", str(tmp_path / "rc")),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        env=environment,
    )
    try:
        async with asyncio.timeout(30):
            await until(lambda: "241" in registered(closed_server))
    finally:
        process.kill()
        await process.wait()
    answer = await asyncio.to_thread(httpx.get, url)
    assert answer.status_code == 404, "the address is good once"
