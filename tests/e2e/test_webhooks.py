"""Any other system: what happens is told, signed, again until it is taken, over a crash too; and a program
has somebody's phone ring and connects it (F-05)."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.e2e.test_calls import phones, talk
from tests.harness.rtp import Tone
from tests.harness.server import Server

pytestmark = pytest.mark.e2e
EVENTS = ["call.started", "call.answered", "call.ended", "call.missed"]
PLACE = "/api/phone/click-to-call"


@dataclass
class Receiver:
    """A program that is told. `status` is what it answers."""

    port: int = 0
    status: int = 500
    told: list[tuple[int, dict[str, str], str]] = field(default_factory=list)
    """What it answered, the headers in small letters, the body."""

    def taken(self) -> dict[str, dict[str, Any]]:
        """The events that it took, by their ids."""
        bodies = [json.loads(body) for status, _, body in self.told if status < 300]
        return {body["id"]: body for body in bodies}

    def of(self, call: str) -> list[str]:
        """What it took of a call, in the order in which it happened."""
        found = [body for body in self.taken().values() if body["data"].get("call_id") == call]
        return [body["type"] for body in sorted(found, key=lambda body: (body["time"], body["type"]))]


@contextlib.contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver on this machine."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.told.append((receiver.status, headers, body))
            self.send_response(receiver.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    serving = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.port = serving.server_port
    thread = threading.Thread(target=serving.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        serving.shutdown()
        serving.server_close()


async def until(true: Callable[[], bool], within: float = 30.0) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(within):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.05)


def believed(secret: str, headers: dict[str, str], body: str) -> bool:
    """Whether a receiver may believe it: as the documentation says."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body}"
    good = base64.b64encode(hmac.new(key, signed.encode(), hashlib.sha256).digest()).decode()
    return headers["webhook-signature"] == f"v1,{good}" and json.loads(body)["id"] == headers["webhook-id"]


def login(server: Server, extension: str) -> str:
    """The token of a program of somebody's."""
    body = {"name": extension, "password": server.passwords[extension]}
    return str(server.api("POST", "/api/login", body, token="")["token"])


async def test_f_05_a_program_connects_two_phones_and_every_event_is_told_over_a_crash(
    server: Server,
) -> None:
    async def ask(method: str, path: str, body: object | None = None, token: str | None = None) -> Any:
        return await asyncio.to_thread(server.api, method, path, body, token=token)

    async def click(state: str, made: dict[str, Any]) -> dict[str, Any]:
        """The call that was asked for, as soon as it is so far."""
        async with asyncio.timeout(20):
            while (now := await ask("GET", f"{PLACE}/{made['id']}", token=anna_s))["state"] != state:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        return dict(now)

    anna_s = await asyncio.to_thread(login, server, "201")
    with receiving() as receiver, socket.create_server(("127.0.0.1", 0)) as deaf:
        hook = {"name": "CRM", "url": f"http://127.0.0.1:{receiver.port}/calls?from=pbx", "events": EVENTS}
        made = await ask("POST", "/api/webhooks", hook)
        silent = {"name": "Deaf", "url": f"http://127.0.0.1:{deaf.getsockname()[1]}/", "events": EVENTS}
        await ask("POST", "/api/webhooks", silent)
        async with phones(server, "201", "202") as (anna, bruno):
            first = await ask("POST", PLACE, {"number": "tel:202", "device": "desk"}, token=anna_s)
            assert first["state"] == "phone-rings"
            mine = await anna.incoming(20)
            assert mine.invite_request is not None
            shown = anna.caller_name(mine.invite_request)
            assert (shown.display_name, str(shown.uri)) == (first["name"], f"sip:202@{shown.uri.host}")  # type: ignore[union-attr]
            assert bruno.ringing == 0, "my own phone rings first"
            await mine.answer(source=Tone(440), within=20)
            other = await bruno.incoming(20)
            assert other.invite_request is not None
            assert "201" in str(bruno.caller_name(other.invite_request).uri)
            await click("calling", first)
            await other.answer(source=Tone(617), within=20)
            await click("talking", first)
            await talk(mine, other, 440, 617)
            await until(lambda: len({headers["webhook-id"] for _, headers, _ in receiver.told}) == 2)
            assert receiver.taken() == {}, "it takes nothing so far"
            asked = {headers["webhook-id"] for _, headers, _ in receiver.told}

            server.kill()
            receiver.status = 204
            await asyncio.to_thread(server.start)
            place = f"/api/webhooks/{made['id']}/deliveries"
            for waits in (await ask("GET", place))["deliveries"]:
                if waits["state"] == "waiting" and waits["attempts"]:
                    again = await ask("POST", f"/api/webhooks/deliveries/{waits['id']}/send")
                    assert again["event_id"] in asked
            await until(lambda: receiver.of(first["id"]) == ["call.started", "call.answered", "call.ended"])
            bodies = receiver.taken()
            assert asked <= set(bodies), "by the ids that they were told with before the crash"
            ended = next(body["data"] for body in bodies.values() if body["type"] == "call.ended")
            assert (ended["cause"], ended["callee"]["number"], ended["dialled"]) == ("crash", "202", "202")
            assert all(believed(made["secret"], headers, body) for _, headers, body in receiver.told)

            assert [(await one.register()).status for one in (anna, bruno)] == [200, 200]
            second = await ask("POST", PLACE, {"number": "202"}, token=anna_s)
            (await anna.incoming(20)).reject(603)
            over = await click("ended", second)
            assert (over["failure"], over["problem"]) == ("phone-refused", "Your own phone refused the call.")
            third = await ask("POST", PLACE, {"number": "202"}, token=anna_s)
            await (await anna.incoming(20)).answer(within=20)
            (await bruno.incoming(20)).reject(486)
            assert (await click("ended", third))["failure"] == "busy"
            await until(lambda: receiver.of(third["id"]) == ["call.started", "call.ended", "call.missed"])
        log = (await ask("GET", place))["deliveries"]
        assert {one["state"] for one in log} == {"delivered"}
        test = await ask("POST", f"/api/webhooks/{made['id']}/test")
        assert (test["state"], test["status"], test["answer"]) == ("delivered", 204, "")
        assert receiver.told[-1][2] == test["body"]
