"""Nothing is lost by SIGKILL at any moment: call records, messages, forwardings.

SWITCHROOM_KILLS says how often (10; `make soak`: 200), SWITCHROOM_SEED at which moments (it is printed).
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import io
import itertools
import os
import random
import re
import signal
import threading
import time
import urllib.request
import wave
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest

from tests.e2e.test_forwarding import apply
from tests.e2e.test_voicemail import give_mailbox
from tests.harness.audio import rms, share, strongest
from tests.harness.phone import Phone, Timeout
from tests.harness.phone_call import CallError, PhoneCall
from tests.harness.rtp import Tone
from tests.harness.server import Server

pytestmark = pytest.mark.e2e

KILLS = int(os.environ.get("SWITCHROOM_KILLS", "10"))
SEED = int(os.environ.get("SWITCHROOM_SEED", "0")) or random.randrange(1, 1 << 32)
SPOKE = 2.0
"""Seconds after the tone from which a message must not be lost."""
UNWRITTEN = 1.2
"""The end of a message that a crash may cost: the worker writes twice a second, on a machine that is busy."""
Over = (CallError, Timeout, TimeoutError, OSError)
"""How an act of a phone ends when the system is killed meanwhile."""


@dataclass
class Spoken:
    """Somebody leaves a message."""

    dialled: float
    hertz: float
    toned: float | None = None
    """When the tone was over."""
    killed: float = 0.0


@dataclass
class Witness:
    """What the people outside of the system know, and it must know too."""

    outside: list[str] = field(default_factory=list)
    """The numbers whose calls were answered: each is dialled once."""
    inside: int = 0
    """Answered calls from 201 to 202."""
    tried: int = 0
    spoken: list[Spoken] = field(default_factory=list)
    numbers: Iterator[str] = field(default_factory=lambda: (f"+322290{n:04}" for n in itertools.count(1000)))


class Forwarder(threading.Thread):
    """Sets a forwarding again and again; what was answered with 200 is there after each crash."""

    def __init__(self, server: Server) -> None:
        super().__init__(daemon=True)
        self.server = server
        self.over = threading.Event()
        self.kept, self.crashes_seen, self.lost = 0, 0, list[str]()
        self._path = "/api/users/user-206/forwardings"
        self._settings = server.api("GET", self._path)
        for derived in ("user", "voicemail"):
            self._settings.pop(derived, None)

    def run(self) -> None:
        """Until it is over."""
        known, wanted = "", ""
        sure = True
        for number in itertools.count(1000):
            if self.over.is_set() and sure:
                return
            try:
                if not sure:
                    now = (self.server.api("GET", self._path)["always"] or {"target": ""})["target"]
                    if now not in (known, wanted):
                        self.lost.append(f"{now} instead of {known}")
                    known, sure = now, True
                    self.crashes_seen += 1
                wanted = f"+322291{number:04}"
                always = {"kind": "number", "target": wanted}
                self.server.api("PUT", self._path, {**self._settings, "always": always})
            except (OSError, http.client.HTTPException):
                sure = False
                time.sleep(0.1)
            else:
                known = wanted
                self.kept += 1
                time.sleep(0.02)


@contextlib.asynccontextmanager
async def people(server: Server) -> AsyncIterator[tuple[list[Phone], Phone]]:
    """Registered phones of 201 to 204, and a provider; 202 and the provider answer at once."""

    async def answers(call: PhoneCall) -> None:
        with contextlib.suppress(*Over):
            await call.answer(source=Tone(617))

    async with contextlib.AsyncExitStack() as stack:
        line = await stack.enter_async_context(Phone("provider", "", server.sip))
        line.on_invite = answers
        phones = []
        for extension in ("201", "202", "203", "204"):
            phone = await stack.enter_async_context(server.phone(extension))
            assert (await phone.register(7200)).status == 200
            phones.append(phone)
        phones[1].on_invite = answers
        yield phones, line


async def prepare(server: Server, line: Phone) -> None:
    """A trunk to the provider, no limits, a mailbox."""
    trunk = {"name": "Line", "kind": "address", "host": "127.0.0.1", "port": line.link.local[1]}
    await server.api_async("POST", "/api/trunks", {**trunk, "check_seconds": 0, "countries": ["BE"]})
    limits = ("calls_per_hour", "calls_per_day", "minutes_per_hour", "minutes_per_day")
    await server.api_async("PATCH", "/api/settings", {"country": "BE", **dict.fromkeys(limits)})
    await apply(server)
    await give_mailbox(server)


# --- what people do ----------------------------------------------------------------------------------------


async def one_call_out(phone: Phone, witness: Witness) -> None:
    """A short call outside."""
    number = next(witness.numbers)
    call = await phone.call(number)
    await call.answered(20)
    witness.outside.append(number)
    await call.hang_up()


async def call_out(phone: Phone, witness: Witness) -> None:
    """One after the other."""
    while True:
        await served(phone, witness)


async def served(phone: Phone, witness: Witness) -> None:
    """A short call outside, as soon as calls are taken: the worker may be starting, or too much goes on."""
    until = time.monotonic() + 20
    while True:
        try:
            return await one_call_out(phone, witness)
        except CallError:
            assert time.monotonic() < until, "no call is taken"
            await asyncio.sleep(0.1)


async def taken(phone: Phone, witness: Witness, number: str, hertz: float) -> PhoneCall:
    """An answered call. One that is refused because too much goes on (503) is dialled again."""
    until = time.monotonic() + 20
    while True:
        witness.tried += number == "202"
        call = await phone.call(number, source=Tone(hertz))
        try:
            await call.answered(20)
        except CallError:
            if call.status != 503 or time.monotonic() > until:
                raise
            await asyncio.sleep(0.2)
        else:
            return call


async def talk_inside(phone: Phone, witness: Witness) -> None:
    """One call that goes on."""
    call = await taken(phone, witness, "202", 431)
    witness.inside += 1
    await call.ended(60)


async def begins(call: PhoneCall) -> None:
    """Wait until somebody speaks."""
    for _ in range(200):
        if rms(call.media.heard()) > 100:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("nothing is said")


async def toned(call: PhoneCall) -> None:
    """Wait for the end of the tone, which goes from 440 to 660 Hz."""
    loop, rate = asyncio.get_running_loop(), call.media.codec.rate
    for _ in range(400):
        heard = call.media.heard(loop.time() - 0.5)
        windows = (heard[at : at + rate // 16] for at in range(0, len(heard), rate // 32))
        if any(rms(window) > 100 and share(window, rate, 660, 40) > 0.7 for window in windows):
            await asyncio.sleep(0.2)
            return
        await asyncio.sleep(0.05)
    raise AssertionError("there is no tone")


async def leave_message(phone: Phone, witness: Witness, hertz: float) -> None:
    """Past the greeting, and speak on after the tone."""
    spoken = Spoken(time.time(), hertz)
    witness.spoken.append(spoken)
    call = await taken(phone, witness, "**202", hertz)
    await asyncio.sleep(0.3)
    await begins(call)
    await call.media.dtmf("#")
    await toned(call)
    spoken.toned = time.time()
    await call.ended(60)


# --- the moments -------------------------------------------------------------------------------------------


@pytest.mark.timeout(600 if KILLS <= 10 else 0)
async def test_nothing_is_lost_by_sigkill_at_any_moment(server: Server) -> None:
    print(f"SWITCHROOM_SEED={SEED} SWITCHROOM_KILLS={KILLS}")
    chance, witness = random.Random(SEED), Witness()
    async with people(server) as (phones, line):
        await prepare(server, line)
        forwarder = Forwarder(server)
        forwarder.start()
        try:
            for number in range(KILLS):
                early = number % 2 == 1
                moment = chance.uniform(0.0, 1.5) if early else chance.uniform(3.5, 5.0)
                await live(phones, line, witness, moment, Kill(server, worker=number % 5 == 3), number)
        finally:
            forwarder.over.set()
        await asyncio.to_thread(server.kill)
        await asyncio.to_thread(server.start)
        await asyncio.to_thread(forwarder.join, 30)
    assert not forwarder.is_alive() and forwarder.kept >= KILLS and forwarder.crashes_seen >= 1
    assert forwarder.lost == []
    await asyncio.to_thread(check_records, server, witness)
    await asyncio.to_thread(check_messages, server, witness)


class Kill:
    """SIGKILL to the server, or to its media worker alone; and wait until there is one again."""

    def __init__(self, server: Server, *, worker: bool) -> None:
        self._server = server
        self._worker = server.worker_pid() if worker else None

    def strike(self) -> None:
        """Now."""
        if self._worker is None:
            self._server.kill()
        else:
            os.kill(self._worker, signal.SIGKILL)

    def recover(self) -> None:
        """Phones are served again. The web side may not be yet."""
        if self._worker is None:
            self._server.start(web=False)
            return
        until = time.monotonic() + 20
        while time.monotonic() < until:
            with contextlib.suppress(Exception):
                if self._server.worker_pid() != self._worker:
                    return
            time.sleep(0.05)
        raise AssertionError("no media worker came back")


async def live(
    phones: list[Phone], line: Phone, witness: Witness, moment: float, kill: Kill, number: int
) -> None:
    """People do what they do, until the moment."""
    one, _, third, fourth = phones
    await served(fourth, witness)
    hertz = 400.0 + 20 * (number % 40)
    acts = [
        asyncio.create_task(talk_inside(one, witness)),
        asyncio.create_task(leave_message(third, witness, hertz)),
        asyncio.create_task(call_out(fourth, witness)),
    ]
    await asyncio.wait(acts, timeout=moment, return_when=asyncio.FIRST_EXCEPTION)
    early = [act.exception() for act in acts if act.done()]
    kill.strike()
    witness.spoken[-1].killed = time.time()
    for act in acts:
        act.cancel()
    await asyncio.gather(*acts, return_exceptions=True)
    for phone in (*phones, line):
        await phone.forget()
    await asyncio.to_thread(kill.recover)
    assert early == [], f"an act failed before the {number}th kill: {early}"


# --- what is there afterwards ------------------------------------------------------------------------------


def check_records(server: Server, witness: Witness) -> None:
    """Each answered call has one record, and that is closed."""
    records: list[dict[str, Any]] = []
    after = ""
    while True:
        page = server.api("GET", f"/api/call-records?limit=500{after}")
        records += page["records"]
        if not page.get("next"):
            break
        after = f"&after={quote(page['next'])}"
    assert [one for one in records if one["ended_at"] is None] == []
    found = [one["dialled"] for one in records]
    counts = {number: found.count(number) for number in witness.outside}
    wrong = {number: count for number, count in counts.items() if count != 1}
    # No call waits for seconds until its record is written (`call_log.MOST_WAITED`); then the log says so.
    hurried = sum(map(int, re.findall(r"(\d+) calls go on before", server.log(1 << 30))))
    assert len(wrong) <= hurried, wrong
    assert witness.inside <= found.count("202") <= witness.tried
    assert len(witness.outside) >= KILLS and witness.inside >= KILLS // 2


def check_messages(server: Server, witness: Witness) -> None:
    """Each message that somebody spoke is there, and sounds as he did."""
    body = {"name": "202", "password": server.passwords["202"]}
    token = server.api("POST", "/api/login", body, token="")["token"]
    messages: list[dict[str, Any]] = []
    after = ""
    while True:
        page = server.api("GET", f"/api/phone/voicemails?limit=100{after}", token=token)
        messages += page["messages"]
        if not page.get("next"):
            break
        after = f"&after={quote(page['next'])}"
    heard = 0
    for spoken in witness.spoken:
        found = [one for one in messages if spoken.dialled - 0.5 < one["at"] < spoken.killed + 0.5]
        if spoken.toned is None or spoken.killed - spoken.toned <= SPOKE:
            assert len(found) <= 1
            continue
        (message,) = found
        heard += 1
        assert message["seconds"] > spoken.killed - spoken.toned - UNWRITTEN, (message, spoken)
        path = f"{server.url}/api/phone/voicemails/{message['id']}/audio"
        request = urllib.request.Request(path, headers={"Authorization": f"Bearer {token}"})
        with (
            urllib.request.urlopen(request, timeout=10) as answer,
            wave.open(io.BytesIO(answer.read())) as file,
        ):
            samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.int16)
            rate = file.getframerate()
        assert abs(len(samples) / rate - message["seconds"]) < 0.1
        assert abs(strongest(samples[rate // 2 : -rate // 4], rate) - spoken.hertz) < 5
    print(f"{heard} messages, {witness.inside} calls inside, {len(witness.outside)} outside: all are there")
    assert heard >= KILLS // 5, "too few messages were long enough to tell"
