"""What the command line says of a running server."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from typing import Any

import pytest

from tests.e2e.test_calls import phones
from tests.harness.rtp import Tone
from tests.harness.server import Server

pytestmark = pytest.mark.e2e


async def switchroom(server: Server, *arguments: str) -> str:
    """What a command prints."""
    command = [sys.executable, "-c", "from switchroom.cli import main; main()", *arguments]
    done = await asyncio.to_thread(
        subprocess.run, [*command, "--data", str(server.data)], capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return str(done.stdout)


async def test_status_shows_phones_calls_and_rooms(shared_server: Server) -> None:
    async with phones(shared_server, "201", "202", "203") as (one, other, third):
        call = await one.call("202", source=Tone(431))
        rung = await other.incoming()
        await rung.answer(source=Tone(617))
        await call.answered()
        visit = await third.call("8001", source=Tone(853))
        await visit.answered()
        await asyncio.sleep(0.5)
        found: dict[str, list[dict[str, Any]]] = json.loads(
            await switchroom(shared_server, "status", "--json")
        )
        assert {phone["username"] for phone in found["registrations"]} >= {"201", "202", "203"}
        states = {(c["caller"]["extension"], c["dialled"]): c["state"] for c in found["calls"]}
        assert states["201", "202"] == "talking"
        assert states["203", "8001"] == "in-conference"
        assert [p["extension"] for room in found["rooms"] for p in room["participants"]] == ["203"]
        text = await switchroom(shared_server, "status")
        assert "talking" in text
        assert "Open room" in text


async def test_a_user_added_to_a_running_server_can_register_after_apply(shared_server: Server) -> None:
    saved = json.loads(await switchroom(shared_server, "user", "add", "231", "New Person", "--json"))
    shared_server.secrets["231"] = saved["secret"]["secret"]
    async with shared_server.phone("231") as phone:
        assert (await phone.register()).status == 403, "saved is not applied (S1-08)"
    await switchroom(shared_server, "apply")
    async with phones(shared_server, "231") as (phone,):
        assert phone.extension == "231"
    await switchroom(shared_server, "user", "remove", "231", "--apply")
