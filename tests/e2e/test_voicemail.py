"""Voicemail through a whole running system: left by a real phone, heard by *98, mailed; killed meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import signal
import time
import wave
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.e2e.test_calls import phones
from tests.e2e.test_forwarding import apply, forward, user_of
from tests.e2e.test_real_phones import need_baresip
from tests.harness.audio import Samples, strongest
from tests.harness.baresip import Baresip
from tests.harness.phone import Phone
from tests.harness.phone_call import PhoneCall
from tests.harness.rtp import Tone
from tests.harness.server import Server
from tests.outbox.mailbox import mail_server

pytestmark = pytest.mark.e2e

TONE = 431
PIN = "4711"


async def own(server: Server, extension: str, method: str, path: str, body: object | None = None) -> Any:
    """A request of a user."""
    login = next(name for name in server.passwords if name == extension)

    def ask() -> Any:
        words = {"name": login, "password": server.passwords[login]}
        token = server.api("POST", "/api/login", words, token="")["token"]
        return server.api(method, path, body, token=token)

    return await asyncio.to_thread(ask)


async def give_mailbox(server: Server, extension: str = "202", **changes: Any) -> None:
    """Somebody gets a mailbox, and its PIN."""
    user = await user_of(server, extension)
    await server.api_async("PATCH", f"/api/users/{user['id']}", {"voicemail": True, **changes})
    await apply(server)
    await own(server, extension, "PUT", "/api/phone/mailbox/pin", {"pin": PIN})


async def messages(server: Server, extension: str = "202", count: int = 1) -> list[dict[str, Any]]:
    """What is in a mailbox, once there are so many."""
    for _ in range(50):
        found = await own(server, extension, "GET", "/api/phone/voicemails")
        if len(found["messages"]) >= count:
            return [dict(one) for one in found["messages"]]
        await asyncio.sleep(0.2)
    raise AssertionError(f"not {count} messages")


def sound(content: bytes) -> tuple[Samples, int]:
    """Samples and rate of a WAV file."""
    with wave.open(io.BytesIO(content)) as file:
        data, rate = file.readframes(file.getnframes()), file.getframerate()
    return np.frombuffer(data, dtype="<i2").astype(np.int16), rate


async def leave(phone: Phone, seconds: float = 3.0) -> PhoneCall:
    """A caller goes past the greeting and speaks for so long; he is still there."""
    call = await phone.call("**202", source=Tone(TONE))
    await call.answered()
    await asyncio.sleep(0.5)
    await call.media.dtmf("#")
    await asyncio.sleep(1.0 + seconds)
    return call


async def test_b7_01_d3_05_a_real_phone_leaves_a_message_that_star_98_plays(
    server: Server, tmp_path: Path
) -> None:
    need_baresip()
    await give_mailbox(server)
    caller = Baresip(tmp_path / "1", "201", server.secrets["201"], server.sip, tone=TONE)
    try:
        await caller.start()
        await caller.dial("**202")
        await caller.event("CALL_ESTABLISHED")
        await asyncio.sleep(0.5)
        await caller.digits("#")
        await asyncio.sleep(5)
        await caller.command("hangup")
    finally:
        await caller.stop()
    (message,) = await messages(server)
    assert (message["caller_number"], message["heard_at"]) == ("201", None)
    assert 3.0 < message["seconds"] < 6.5
    folder = server.data / "voicemail"
    (file,) = await asyncio.to_thread(lambda: list(folder.iterdir()))
    samples, rate = sound(await asyncio.to_thread(file.read_bytes))
    assert abs(strongest(samples[rate:-rate], rate) - TONE) < 3
    async with phones(server, "202") as (phone,):
        call = await phone.call("*98")
        await call.answered()
        await asyncio.sleep(0.5)
        await call.media.dtmf(f"{PIN}#")
        await asyncio.sleep(1.0)
        await call.media.dtmf("1")
        deadline = time.monotonic() + 25
        while True:  # from whom and when are said before it
            heard = await call.media.listen(1.0)
            if abs(strongest(heard, 8000) - TONE) < 5:
                break
            assert time.monotonic() < deadline, "the message was not heard"
        await asyncio.sleep(3.0)
        await call.media.dtmf("9")
        await asyncio.sleep(0.5)
        await call.hang_up()
    (message,) = await messages(server)
    assert message["heard_at"] is not None


async def test_b3_05_who_is_not_answered_is_led_to_the_mailbox(server: Server) -> None:
    await give_mailbox(server, ring_seconds=5)
    await forward(server, "202", no_answer_voicemail=True)
    async with phones(server, "201", "202") as (one, other):
        call = await one.call("202", source=Tone(TONE))
        rung = await other.incoming()
        await call.answered(12)
        await rung.ended()
        await asyncio.sleep(0.5)
        await call.media.dtmf("#")
        await asyncio.sleep(3.5)
        await call.hang_up()
        (message,) = await messages(server)
        assert message["seconds"] > 1.5


async def test_b7_02_the_message_is_mailed_with_its_sound_once(server: Server) -> None:
    async with mail_server() as box:
        settings = {
            "host": "127.0.0.1", "port": box.port, "security": "none", "sender": "pbx@example.com",
        }  # fmt: skip
        await server.api_async("PUT", "/api/mail", settings)
        await give_mailbox(server, email="bruno@example.org", language="fr")
        async with phones(server, "201") as (one,):
            call = await leave(one)
            await call.hang_up()
        (message,) = await messages(server)
        for _ in range(100):
            if box.taken:
                break
            await asyncio.sleep(0.1)
        ((_, receivers, content),) = box.taken
        mail = message_from_bytes(content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        assert receivers == ["bruno@example.org"]
        assert str(mail["Subject"]).startswith("Message vocal de ")
        (attached,) = mail.iter_attachments()
        samples, rate = sound(attached.get_content())
        assert abs(len(samples) / rate - message["seconds"]) < 0.1
        assert abs(strongest(samples[rate:-rate], rate) - TONE) < 3
        server.kill()
        await asyncio.to_thread(server.start)
        await asyncio.sleep(2)
        assert len(box.taken) == 1


async def test_a_message_survives_kill_9_at_any_moment(server: Server) -> None:
    await give_mailbox(server)
    for number, seconds in enumerate((1.6, 3.3, 4.1), 1):
        async with phones(server, "201") as (one,):
            await leave(one, seconds)
            worker = await asyncio.to_thread(server.worker_pid)
            server.kill()
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)
            one.calls.clear()
            await asyncio.to_thread(server.start)
        found = await messages(server, count=number)
        message = max(found, key=lambda one: one["at"])
        assert seconds - 0.8 < message["seconds"] < seconds + 1.5, (seconds, message)
        file = server.data / "voicemail" / f"{message['id']}.wav"
        samples, rate = sound(await asyncio.to_thread(file.read_bytes))
        assert abs(len(samples) / rate - message["seconds"]) < 0.05
        assert abs(strongest(samples[rate // 2 : -rate // 4], rate) - TONE) < 3
