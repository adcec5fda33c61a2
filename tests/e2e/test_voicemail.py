"""Voicemail and hold music through a whole system, measured: what callers hear, what is kept and mailed."""

from __future__ import annotations

import asyncio
import io
import json
import urllib.error
import urllib.request
import wave
from contextlib import AsyncExitStack
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.e2e.test_calls import phones
from tests.e2e.test_forwarding import apply, forward, user_of
from tests.e2e.test_real_phones import need_baresip
from tests.e2e.test_trunk_signalling import session_timers
from tests.e2e.test_trunks import MAIN, add_number, add_trunk, provider, state, until
from tests.harness.audio import Samples, level_of, rms, share, tone
from tests.harness.baresip import Baresip
from tests.harness.phone import Phone
from tests.harness.phone_call import PhoneCall
from tests.harness.rtp import Recorded, Tone
from tests.harness.server import Server
from tests.outbox.mailbox import mail_server

pytestmark = pytest.mark.e2e

TONE, OWNER, GREETING = 431, 617, 523
PIN = "4711"
LOUD = (600, 6000, 6000)
"""Amplitudes of the words that are said."""
SAID, SILENCE = 7.8, 10.0
"""Seconds that they take, and of silence that end the message."""


async def own(server: Server, extension: str, method: str, path: str, body: object | None = None) -> Any:
    """A request of a user; bytes are sent as a sound, and a sound comes back as bytes."""
    login = next(name for name in server.passwords if name == extension)

    def ask() -> Any:
        words = {"name": login, "password": server.passwords[login]}
        token = server.api("POST", "/api/login", words, token="")["token"]
        if not isinstance(body, bytes) and not path.endswith("/audio"):
            return server.api(method, path, body, token=token)
        headers = {"Content-Type": "audio/wav", "Authorization": f"Bearer {token}"}
        data = body if isinstance(body, bytes) else None
        request = urllib.request.Request(server.url + path, data=data, headers=headers, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read()

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


def wav(samples: Samples, rate: int) -> bytes:
    """A WAV file."""
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(samples.tobytes())
    return content.getvalue()


async def test_b7_d3_04_d3_05_d3_06_greeted_recorded_mailed_heard_called_back_and_archived(
    server: Server, tmp_path: Path
) -> None:
    """What the caller hears, and what is kept of him, measured; the owner has a real phone with a lamp."""
    need_baresip()
    owner = Baresip(tmp_path / "1", "202", server.secrets["202"], server.sip, tone=OWNER, waiting=True)
    async with mail_server() as box, phones(server, "201") as (caller,), AsyncExitStack() as beside:
        # All this takes most of the 45 s after which session timers are refreshed.
        await beside.enter_async_context(session_timers(server))
        settings = {
            "host": "127.0.0.1", "port": box.port, "security": "none", "sender": "pbx@example.com",
        }  # fmt: skip
        await server.api_async("PUT", "/api/mail", settings)
        await give_mailbox(server, email="bruno@example.org", language="fr")
        greeting = wav(tone(GREETING, 1.5, 16000, 6000), 16000)
        await own(server, "202", "PUT", "/api/phone/mailbox/greetings/unavailable", greeting)
        try:
            await owner.start()
            await lamp(owner, "no")
            await leave_words(caller)
            (message,) = await messages(server)
            assert (message["caller_number"], message["heard_at"]) == ("201", None)
            await lamp(owner, "yes", "1/0")
            kept = await own(server, "202", "GET", f"/api/phone/voicemails/{message['id']}/audio")
            samples, rate = sound(kept)
            assert abs(len(samples) / rate - message["seconds"]) < 0.1
            assert message["seconds"] > SAID + SILENCE - 0.5, "silence is waited for"
            whole(samples, rate)
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
            assert attached.get_content() == kept
            await call_back(owner, caller)
            await lamp(owner, "no", "0/1")
            whole(*owner.heard())
            await star_98(owner, "2")
            await owner.digits("8")
            await archived(server)
            await lamp(owner, "no", "0/0")
        finally:
            await owner.stop()
        await beside.aclose()
        server.kill()
        await asyncio.to_thread(server.start)
        await asyncio.sleep(2)
        assert len(box.taken) == 1, "the mail goes once"
        assert len(await messages(server, count=0)) == 0 and await archived(server) == message["id"]


async def lamp(phone: Baresip, waiting: str, counts: str = "") -> None:
    """The phone is told whether messages wait, and how many are new and old."""
    told = ""
    for _ in range(100):
        told = phone.messages()
        if f"Messages-Waiting: {waiting}" in told and counts in told:
            return
        await asyncio.sleep(0.2)
    raise AssertionError(f"not told {waiting} {counts} but {told}")


async def leave_words(caller: Phone) -> None:
    """A caller is greeted, hears the tone, says three words, is silent and then asked about the message."""
    call = await caller.call("**202")
    await call.answered()
    rate = call.media.codec.rate
    for hertz in (GREETING, 660):  # the greeting, then the tone, which rises to that
        for _ in range(1000):
            if level_of(call.media.heard()[-rate // 10 :], rate, hertz) > 500:
                break
            await asyncio.sleep(0.02)
        else:
            raise AssertionError(f"{hertz} Hz were not heard")
    await asyncio.sleep(0.5)
    call.media.source = Recorded(spoken(rate))
    begin = asyncio.get_running_loop().time() + 1
    await asyncio.sleep(SAID + SILENCE - 3)
    assert rms(call.media.heard(begin)) < 50, "nobody interrupts"
    for _ in range(150):
        if rms(call.media.heard(asyncio.get_running_loop().time() - 0.5)) > 300:
            break
        await asyncio.sleep(0.1)
    else:
        raise AssertionError("silence does not end the message")
    await call.hang_up()


def spoken(rate: int) -> Samples:
    """Three words, the first one faint, with long pauses."""
    pause = np.zeros(int(2 * rate), dtype=np.int16)
    words = [tone(TONE, 0.6, rate, loud) for loud in LOUD]
    return np.concatenate([pause, words[0], pause, words[1], pause, words[2]])


def whole(samples: Samples, rate: int) -> None:
    """All three words are there, as long and as loud as they were said; a busy machine may tear a word."""
    steps = [samples[at : at + rate // 20] for at in range(0, len(samples) - rate // 20, rate // 50)]
    levels = [level_of(step, rate, TONE, 60) if share(step, rate, TONE, 60) > 0.7 else 0.0 for step in steps]
    words: list[list[int]] = []
    for at, level in enumerate(levels):
        if level > LOUD[0] / 2:
            if words and at - words[-1][-1] <= 8:
                words[-1].append(at)
            else:
                words.append([at])
    words = [word for word in words if len(word) > 12]
    assert len(words) == 3, words
    for word, loud in zip(words, LOUD, strict=True):
        assert 0.45 < (word[-1] - word[0]) / 50 < 0.85, words
        assert 0.85 < float(np.median([levels[at] for at in word])) / loud < 1.15, words


async def star_98(owner: Baresip, menu: str) -> None:
    """Open the mailbox with the PIN, and listen to messages."""
    await owner.dial("*98")
    await owner.event("CALL_ESTABLISHED")
    await asyncio.sleep(1)
    await owner.digits(f"{PIN}#")
    await asyncio.sleep(1)
    await owner.digits(menu)
    await asyncio.sleep(1)


async def call_back(owner: Baresip, caller: Phone) -> None:
    """The owner hears the words of the message, and then calls who left it."""
    await star_98(owner, "1")
    await asyncio.sleep(SAID + 12)  # from whom and when are said before them
    await owner.digits("0")
    rung = await caller.incoming()
    await rung.answer(source=Tone(743))
    await asyncio.sleep(0.5)
    heard = await rung.media.listen(1)
    assert share(heard, rung.media.codec.rate, OWNER) > 0.9
    await rung.hang_up()
    await owner.event("CALL_CLOSED")


async def archived(server: Server) -> str:
    """The only message is in the archive: which one it is."""
    for _ in range(50):
        found = await own(server, "202", "GET", "/api/phone/voicemails?archived=true")
        if found["messages"]:
            (message,) = found["messages"]
            return str(message["id"])
        await asyncio.sleep(0.1)
    raise AssertionError("not archived")


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


async def test_b7_01_a_box_of_its_own_takes_the_calls_of_a_number_and_opens_by_its_pin(
    server: Server,
) -> None:
    """A team's box: a caller who hides his number, a mail to the team, three wrong PINs, the right one."""
    async with mail_server() as post, provider(server) as line, phones(server, "201") as (anna,):
        settings = {
            "host": "127.0.0.1", "port": post.port, "security": "none", "sender": "pbx@example.com",
        }  # fmt: skip
        await server.api_async("PUT", "/api/mail", settings)
        body = {"name": "Sales", "extension": "600", "email": "sales@example.org"}
        made = await server.api_async("POST", "/api/mailboxes", body)
        box = made["mailbox"]["id"]
        trunk = add_trunk(server, line.port, secret=line.password)
        add_number(server, "voicemail", box)
        await apply(server)
        await until(lambda: state(server, trunk)["registered"])
        place = f"/api/mailboxes/{box}/pin"
        for weak in ("0000", "1234", "600600"):
            with pytest.raises(urllib.error.HTTPError):
                await server.api_async("PUT", place, {"pin": weak})
        await server.api_async("PUT", place, {"pin": PIN})

        headers = [("P-Called-Party-ID", f"<sip:{MAIN}@provider.example>"), ("Privacy", "id")]
        call = await line.call(line.contact_user, source=Tone(TONE), headers=headers)
        await call.answered()
        await asyncio.sleep(0.5)
        await call.media.dtmf("#")
        await asyncio.sleep(4)
        await call.hang_up()
        for _ in range(100):
            if post.taken:
                break
            await asyncio.sleep(0.1)
        ((_, receivers, content),) = post.taken
        assert receivers == ["sales@example.org"]
        (attached,) = message_from_bytes(content, policy=policy.default).iter_attachments()
        samples, rate = sound(attached.get_content())
        assert share(samples[rate:-rate], rate, TONE) > 0.9

        call = await anna.call("*98")
        await call.answered()
        await asyncio.sleep(0.5)
        await call.media.dtmf("600#")
        for _ in range(3):
            await asyncio.sleep(1)
            await call.media.dtmf("9753#")
        await call.ended(20)
        call = await anna.call("*98")
        await call.answered()
        await asyncio.sleep(0.5)
        await call.media.dtmf("600#")
        await asyncio.sleep(1)
        await call.media.dtmf(f"{PIN}#")
        await asyncio.sleep(1)
        await call.media.dtmf("1")
        for _ in range(50):  # who and when are said before it
            if share(await call.media.listen(0.5), call.media.codec.rate, TONE) > 0.9:
                break
        else:
            raise AssertionError("the message was not heard")
        await call.hang_up()


async def test_b8_05_music_of_the_system_and_of_a_conference_is_what_those_who_wait_hear(
    server: Server,
) -> None:
    for content, status in ((b"OggS no music", 422), (b"", 422)):
        with pytest.raises(urllib.error.HTTPError) as refused:
            await own(server, "admin", "PUT", "/api/hold-music?name=No", content)
        assert refused.value.code == status
    pieces = {}
    for hertz in (700, 900):
        music = wav(tone(hertz, 2.0, 16000, 6000), 16000)
        made = json.loads(await own(server, "admin", "PUT", f"/api/hold-music?name={hertz}", music))
        pieces[hertz] = made["id"]
    await server.api_async("PATCH", "/api/settings", {"hold_music": pieces[700]})
    await server.api_async("PATCH", "/api/conferences/conference-8001", {"hold_music": pieces[900]})
    await apply(server)
    async with phones(server, "201", "202") as (one, other):
        call = await one.call("202", source=Tone(TONE))
        rung = await other.incoming()
        await rung.answer(source=Tone(OWNER))
        await call.answered()
        await rung.hold()
        await heard(call, 700)
        await rung.resume()
        await heard(call, OWNER)
        await call.hang_up()
        call = await one.call("8001", source=Tone(TONE))
        await call.answered()
        await heard(call, 900)
        await call.hang_up()


async def heard(call: PhoneCall, hertz: float) -> None:
    """Sooner or later, only that is heard."""
    for _ in range(30):
        if share(await call.media.listen(0.5), call.media.codec.rate, hertz) > 0.95:
            return
    raise AssertionError(f"{hertz} Hz is not heard")
