"""Real phones: three baresip and one linphone in a room, each with its own tone; calls between them."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import pytest

from tests.harness import baresip, linphone
from tests.harness.audio import level_of, strongest, tones_heard
from tests.harness.baresip import Baresip
from tests.harness.linphone import Linphone
from tests.harness.server import Server

pytestmark = pytest.mark.e2e


def need_baresip() -> None:
    """Skip, loudly, without it."""
    if not baresip.installed():
        pytest.skip("NOT TESTED with real phones: baresip is not installed (apt-get install baresip-core)")


def need_linphone() -> None:
    """Skip, loudly, without it."""
    if not linphone.installed():
        pytest.skip("NOT TESTED with linphone: linphonec is not installed (apt-get install linphone-cli)")


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
async def test_baresip_calls_baresip(shared_server: Server, tmp_path: Path, transport: str) -> None:
    need_baresip()
    where = ("127.0.0.1", shared_server.tls_port if transport == "tls" else shared_server.sip_port)
    encryption = "srtp-mand" if transport == "tls" else None
    secrets = shared_server.secrets
    one = Baresip(tmp_path / "1", "201", secrets["201"], where, tone=431, transport=transport,
                  media_encryption=encryption)  # fmt: skip
    other = Baresip(
        tmp_path / "2", "202", secrets["202"], shared_server.sip, tone=617, codecs=("opus", "PCMU")
    )
    try:
        await other.start()
        await one.start()
        await one.dial("202")
        await one.event("CALL_ESTABLISHED")
        await asyncio.sleep(3)
        await one.command("hangup")
        await other.event("CALL_CLOSED")
        await asyncio.sleep(0.3)
        for phone, tone in ((one, 617), (other, 431)):
            samples, rate = phone.heard()
            assert abs(strongest(samples[-2 * rate : -rate // 2], rate) - tone) < 5
    finally:
        await asyncio.gather(one.stop(), other.stop())


async def test_s1_07_three_baresip_and_a_linphone_meet_behind_a_code(
    shared_server: Server, tmp_path: Path
) -> None:
    need_baresip()
    need_linphone()
    secrets, where = shared_server.secrets, shared_server.sip
    tones = {"201": 431, "202": 617, "203": 853, "204": 1109}
    phones: list[Baresip | Linphone] = [
        Baresip(tmp_path / "201", "201", secrets["201"], where, tone=431, codecs=("PCMU",)),
        Baresip(tmp_path / "202", "202", secrets["202"], where, tone=617, codecs=("G722",)),
        Baresip(tmp_path / "203", "203", secrets["203"], where, tone=853, codecs=("opus",)),
        Linphone(tmp_path / "204", "204", secrets["204"], where, tone_hz=1109, codec="opus"),
    ]
    for extension in tones:
        (tmp_path / extension).mkdir(exist_ok=True)
    try:
        for phone in phones:
            await phone.start()
        for phone in phones:
            await phone.dial("8002")
            await asyncio.sleep(1.0)
            await phone.digits("4321#")
        await asyncio.sleep(8)
        (room,) = await shared_server.api_async("GET", "/api/rooms")
        assert {p["extension"] for p in room["participants"] if not p["waiting"]} == set(tones)
    finally:
        with contextlib.suppress(ProcessLookupError):
            await asyncio.gather(*(phone.stop() for phone in phones))
    for phone in phones:
        samples, rate = phone.heard()
        line = samples[-5 * rate : -rate]
        heard = tones_heard(line, rate, [float(tone) for tone in tones.values()])
        assert heard == {float(tone) for who, tone in tones.items() if who != phone.extension}, (
            phone.extension
        )
        # The tones are near full level and limited together: judge the own one against the others.
        weakest = min(level_of(line, rate, tone) for tone in heard)
        assert level_of(line, rate, tones[phone.extension]) < 0.05 * weakest, phone.extension
